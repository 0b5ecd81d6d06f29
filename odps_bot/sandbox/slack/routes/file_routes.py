"""Downloads of files: by the bot with its token, by people at the page."""

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
    """Serves files to those who can see them, and redirects others to a sign-in page.

    Without a token with `files:read` Slack responds with a web page rather than an error.
    https://docs.slack.dev/messaging/working-with-files
    """

    def __init__(self, workspace: Workspace, credentials: Credentials) -> None:
        """Authenticate the bot by its token."""
        self._workspace = workspace
        self._credentials = credentials

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        router.add_get("/files-pri/{key}/download/{name}", self.download)
        router.add_get("/files-pri/{key}/{name}", self.show)
        router.add_get("/signin", self.sign_in)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Serve a file as a download."""
        return self._serve(request, disposition="attachment")

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Serve a file for display."""
        return self._serve(request, disposition="inline")

    async def sign_in(self, _request: web.Request) -> web.StreamResponse:
        """Serve the sign-in page that is shown instead of a file."""
        return web.Response(text=_SIGN_IN, content_type="text/html")

    def _serve(self, request: web.Request, *, disposition: str) -> web.StreamResponse:
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
        # Shared content is never served as a page of this server.
        is_text = described["mimetype"].startswith("text/")
        return web.Response(
            body=file.content or b"",
            content_type="text/plain" if is_text else "application/octet-stream",
            charset="utf-8" if is_text else None,
            headers={"Content-Disposition": content_disposition(disposition, file.name)},
        )

    def _read_user_id(self, request: web.Request) -> str | None:
        """Return the id of the bot by its token, or of the person that the page names."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            is_bot = self._credentials.kind_of(token.strip()) == "bot"
            has_scope = "files:read" in self._workspace.app.scopes
            return BOT_USER_ID if is_bot and has_scope else None
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
        """Log downloads of the app; those of people are not its traffic."""
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
    """Return a Content-Disposition header for a file name in any script.

    https://www.rfc-editor.org/rfc/rfc6266
    """
    safe = name.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
    header = f'{kind}; filename="{safe}"'
    return header if safe == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"
