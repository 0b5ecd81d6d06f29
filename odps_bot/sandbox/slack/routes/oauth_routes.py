"""The consent page on which a person installs the app in a workspace."""

import html
from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.fixtures import TEAMS
from odps_bot.sandbox.slack.workspace import Workspace

PATH = "/oauth/v2/authorize"


class OAuthRoutes:
    """The page and its form."""

    def __init__(self, workspace: Workspace) -> None:
        """Install the app of `workspace`."""
        self._workspace = workspace

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_get(PATH, self.show)
        router.add_post(PATH, self.decide)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the consent page."""
        query = request.query
        try:
            self._check(query)
            self._check_scopes(query)
        except SlackError as error:
            return web.Response(status=400, text=f"{error.code}\n")
        kept = {name: query.get(name, "") for name in ("client_id", "state", "redirect_uri")}
        return web.Response(text=self._page(kept, query), content_type="text/html")

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """Redirect the person to the app with a code, or with `access_denied`."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            self._check(form)
            outcome = {"state": form.get("state", "")}
            if form.get("decision") == "allow":
                with self._workspace.changing():
                    team_id = form.get("team", "")
                    installer = self._installer_for(team_id)
                    code = self._workspace.installations.issue_code(team_id, user_id=installer)
                outcome = {"code": code, **outcome}
            else:
                outcome = {"error": "access_denied", **outcome}
        except SlackError as error:
            return web.Response(status=400, text=f"{error.code}\n")
        target = self._workspace.installations.redirect_url
        return web.Response(status=302, headers={"Location": f"{target}?{urlencode(outcome)}"})

    def _check(self, query: Mapping[str, str]) -> None:
        installations = self._workspace.installations
        installations.check_client(query.get("client_id", ""))
        named = query.get("redirect_uri", "")
        if not installations.redirect_url or named not in {"", installations.redirect_url}:
            raise SlackError("bad_redirect_uri")

    def _check_scopes(self, query: Mapping[str, str]) -> None:
        if not set(query.get("scope", "").split(",")) <= set(self._workspace.app.scopes):
            raise SlackError("invalid_scope")

    def _installer_for(self, team_id: str) -> str:
        people = self._workspace.people.values()
        return next((person.id for person in people if person.team.id == team_id), "")

    def _page(self, kept: Mapping[str, str], query: Mapping[str, str]) -> str:
        app = html.escape(self._workspace.app.display_name)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in kept.items()
        )
        options = "".join(
            f'<option value="{team.id}"{" selected" if team.id == query.get("team") else ""}>'
            f"{html.escape(team.name)}</option>"
            for team in TEAMS.values()
        )
        scopes = "".join(
            f"<li>{html.escape(scope)}</li>" for scope in query.get("scope", "").split(",")
        )
        return (
            f'<!doctype html><html lang="en"><title>{app}</title><h1>Install {app}?</h1>'
            f'<p>It requests these permissions:</p><ul>{scopes}</ul><form method="post">{hidden}'
            f'<label>Workspace <select name="team">{options}</select></label> '
            '<button name="decision" value="allow">Allow</button> '
            '<button name="decision" value="cancel">Cancel</button></form></html>'
        )
