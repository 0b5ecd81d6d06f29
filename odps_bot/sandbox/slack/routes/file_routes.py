"""Where files are fetched: by the bot with its token, by a person at the page."""

from urllib.parse import quote

from aiohttp import web

from odps_bot.sandbox.slack.app import BOT_USER_ID
from odps_bot.sandbox.slack.credentials import Credentials
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.file_objects import file_object
from odps_bot.sandbox.slack.traffic import Exchange
from odps_bot.sandbox.slack.uploads import File
from odps_bot.sandbox.slack.web_api.files import is_visible_to
from odps_bot.sandbox.slack.workspace import Workspace

_OK = 200
_FOUND = 302
_NOT_FOUND = 404
_SIGN_IN = "<!DOCTYPE html><title>Sign in | Slack</title><p>Sign in to see this file.</p>\n"


class FileRoutes:
    """Hands files to those who may see them, and sends strangers to a page to sign in.

    https://docs.slack.dev/messaging/working-with-files says that a token with `files:read` is
    needed; without one Slack answers with a web page rather than an error.
    """

    def __init__(self, workspace: Workspace, credentials: Credentials) -> None:
        """Know the bot by its token."""
        self._workspace = workspace
        self._credentials = credentials

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_get("/files-pri/{key}/download/{name}", self.download)
        router.add_get("/files-pri/{key}/{name}", self.show)
        router.add_get("/signin", self.sign_in)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Hand a file out to be kept."""
        return self._hand_out(request, disposition="attachment")

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Hand a file out to be looked at."""
        return self._hand_out(request, disposition="inline")

    async def sign_in(self, _request: web.Request) -> web.StreamResponse:
        """Serve what strangers get instead of a file."""
        return web.Response(text=_SIGN_IN, content_type="text/html")

    def _hand_out(self, request: web.Request, *, disposition: str) -> web.StreamResponse:
        is_app = "Authorization" in request.headers
        user_id = self._read_user_id(request)
        if user_id is None:
            self._note(_FOUND, "not signed in", is_app=is_app)
            raise web.HTTPFound(f"/signin?redir={quote(request.path, safe='')}")
        try:
            with self._workspace.changed:
                file = self._find(request.match_info["key"], user_id)
                described = file_object(
                    file,
                    base_url=self._workspace.base_url,
                    team=self._workspace.team,
                    channels=self._workspace.channels,
                )
        except SlackError:
            self._note(_NOT_FOUND, request.match_info["name"], is_app=is_app)
            return web.Response(status=_NOT_FOUND, text="file not found")
        self._note(_OK, f"{file.name}, {described['size']} bytes", is_app=is_app)
        # Nothing that somebody shared is shown as a page of this server.
        is_text = described["mimetype"].startswith("text/")
        return web.Response(
            body=file.content or b"",
            content_type="text/plain" if is_text else "application/octet-stream",
            charset="utf-8" if is_text else None,
            headers={"Content-Disposition": content_disposition(disposition, file.name)},
        )

    def _read_user_id(self, request: web.Request) -> str | None:
        """Return the bot by its token, or whoever the page says is looking."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            is_bot = self._credentials.kind_of(token.strip()) == "bot"
            may_read = "files:read" in self._workspace.app.scopes
            return BOT_USER_ID if is_bot and may_read else None
        try:
            return self._workspace.actor(request.query.get("user", "")).id
        except SlackError:
            return None

    def _find(self, key: str, user_id: str) -> File:
        file = self._workspace.files.find(key.rpartition("-")[2])
        if not file.is_complete or not is_visible_to(self._workspace, file, user_id):
            raise SlackError("file_not_found")
        return file

    def _note(self, http_status: int, summary: str, *, is_app: bool) -> None:
        """Note what the app fetches; what people look at is no traffic of the app."""
        if not is_app:
            return
        with self._workspace.changing():
            self._workspace.traffic.add(
                Exchange(
                    at=self._workspace.clock(),
                    direction="in",
                    kind="download",
                    method="download",
                    http_status=http_status,
                    ok=http_status == _OK,
                    summary=summary,
                )
            )


def content_disposition(kind: str, name: str) -> str:
    """Return a Content-Disposition header that names a file, in any alphabet.

    https://www.rfc-editor.org/rfc/rfc6266
    """
    safe = name.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
    header = f'{kind}; filename="{safe}"'
    return header if safe == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"
