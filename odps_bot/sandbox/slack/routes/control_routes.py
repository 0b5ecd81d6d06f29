"""The control API: what people do at the page and tests do besides, as posts to `/sandbox/`."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from odps_bot.sandbox.slack.actions import Actions
from odps_bot.sandbox.slack.actions.files import read_file_content
from odps_bot.sandbox.slack.delivery.dispatcher import Delivery
from odps_bot.sandbox.slack.errors import SlackError
from odps_bot.sandbox.slack.faults import Faults
from odps_bot.sandbox.slack.rate_limits import RateLimits

_log = logging.getLogger(__name__)

Body = dict[str, Any]
Act = Callable[[Body], Awaitable[Body]]

_DONE: Body = {"ok": True}


class ControlRoutes:
    """Each path names an action; the body has its arguments."""

    def __init__(
        self,
        actions: Actions,
        *,
        faults: Faults,
        limits: RateLimits,
        reset: Callable[[], None],
    ) -> None:
        """Act in the workspace by `actions`; `reset` is called in its own thread."""
        self._reset_all = reset
        self._actions = actions
        self._faults = faults
        self._limits = limits

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register the routes."""
        actions: dict[str, Act] = {
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
            "forward": self._forward,
            "freeze": self._freeze,
            "share_file": self._share_file,
            "remove_files": self._remove_files,
            "click": self._click,
            "options": self._options,
            "shortcut": self._shortcut,
            "submit_view": self._submit_view,
            "close_view": self._close_view,
            "open_home": self._open_home,
            "invite": self._invite,
            "kick": self._kick,
            "archive": self._archive,
            "restrict": self._restrict,
            "rename": self._rename,
            "make_private": self._make_private,
            "delete_channel": self._delete_channel,
            "organization": self._join_organization,
            "faults": self._add_fault,
            "limits": self._set_limits,
            "reset": self._reset,
        }
        for name, act in actions.items():
            router.add_post(f"/sandbox/{name}", serve_act(act))

    # -- messages ----------------------------------------------------------------------------

    async def _say(self, body: Body) -> Body:
        delivery = await self._actions.messages.say(
            body["user"],
            body["channel"],
            body.get("text") or "",
            thread_ts=body.get("thread_ts") or None,
            blocks=body.get("blocks"),
            is_broadcast=bool(body.get("broadcast", False)),
            is_through_app=bool(body.get("through_app", False)),
        )
        if delivery.ts is not None:
            return {"ok": True, "ts": delivery.ts}
        return _outcome(delivery) | (
            {"delivered": True, "ack": delivery.ack} if delivery.ok else {}
        )

    async def _edit(self, body: Body) -> Body:
        self._actions.messages.edit(
            body["user"],
            body["channel"],
            body["message_ts"],
            body.get("text") or "",
            blocks=body.get("blocks"),
        )
        return _DONE

    async def _delete(self, body: Body) -> Body:
        self._actions.messages.delete(
            body["user"],
            body["channel"],
            body["message_ts"],
            as_admin=bool(body.get("as_admin", False)),
        )
        return _DONE

    async def _freeze(self, body: Body) -> Body:
        self._actions.messages.freeze(body["channel"], body["message_ts"])
        return _DONE

    async def _forward(self, body: Body) -> Body:
        delivery = self._actions.messages.forward(
            body["user"],
            body["channel"],
            body["message_ts"],
            body["to"],
            body.get("comment") or "",
        )
        return {"ok": True, "ts": delivery.ts}

    async def _share_file(self, body: Body) -> Body:
        delivery = self._actions.files.share(
            body["user"],
            body["channel"],
            str(body.get("name") or ""),
            read_file_content(body),
            body.get("comment") or "",
            thread_ts=body.get("thread_ts") or None,
            snippet_type=body.get("snippet_type") or None,
        )
        return {"ok": True, "ts": delivery.ts}

    async def _remove_files(self, body: Body) -> Body:
        where = body["user"], body["channel"], body["message_ts"]
        self._actions.files.remove(*where, is_hidden=bool(body.get("hidden", False)))
        return _DONE

    # -- interactions ------------------------------------------------------------------------

    async def _click(self, body: Body) -> Body:
        chosen = body.get("selected_option", body.get("value"))
        target = {"action_id": body["action_id"], "block_id": body.get("block_id")}
        if "view_id" in body:
            delivery = await self._actions.views.click(
                body["user"], body["view_id"], **target, value=chosen, values=body.get("values")
            )
        else:
            delivery = await self._actions.messages.click(
                body["user"], body["channel"], body["message_ts"], **target, value=chosen
            )
        return _outcome(delivery)

    async def _options(self, body: Body) -> Body:
        suggestions = self._actions.suggestions
        question = {
            "action_id": body["action_id"],
            "block_id": body.get("block_id"),
            "typed": str(body.get("value") or ""),
        }
        if "view_id" in body:
            delivery = await suggestions.in_view(body["user"], body["view_id"], **question)
        else:
            delivery = await suggestions.in_message(
                body["user"], body["channel"], body["message_ts"], **question
            )
        return _outcome(delivery) | (delivery.ack if delivery.ok else {})

    async def _shortcut(self, body: Body) -> Body:
        shortcuts, user, callback_id = self._actions.shortcuts, body["user"], body["callback_id"]
        if "message_ts" in body:
            return _outcome(
                await shortcuts.start_on_message(
                    user, callback_id, body["channel"], body["message_ts"]
                )
            )
        return _outcome(await shortcuts.start(user, callback_id))

    async def _submit_view(self, body: Body) -> Body:
        delivery = await self._actions.modals.submit(
            body["user"], body["view_id"], dict(body["values"])
        )
        errors = delivery.ack.get("errors") if isinstance(delivery.ack, dict) else None
        return _outcome(delivery) | ({"errors": errors} if delivery.ok and errors else {})

    async def _close_view(self, body: Body) -> Body:
        closes_all = bool(body.get("all", False))
        return _outcome(
            await self._actions.modals.close(body["user"], body["view_id"], closes_all=closes_all)
        )

    async def _open_home(self, body: Body) -> Body:
        tab = body.get("tab", "home")
        if tab not in {"home", "messages"}:
            raise ValueError(f"unknown tab {tab!r}")
        return {"ok": True, "view": self._actions.views.open_home(body["user"], tab=tab)}

    # -- channels ----------------------------------------------------------------------------

    async def _invite(self, body: Body) -> Body:
        self._actions.channels.invite(body["user"], body["channel"])
        return _DONE

    async def _kick(self, body: Body) -> Body:
        self._actions.channels.kick(body["channel"])
        return _DONE

    async def _archive(self, body: Body) -> Body:
        archived = bool(body.get("archived", True))
        self._actions.channels.archive(body["channel"], archived=archived)
        return _DONE

    async def _restrict(self, body: Body) -> Body:
        self._actions.channels.restrict(body["channel"], body["posting"])
        return _DONE

    async def _rename(self, body: Body) -> Body:
        self._actions.channels.rename(body["channel"], body["name"])
        return _DONE

    async def _make_private(self, body: Body) -> Body:
        self._actions.channels.make_private(body["channel"])
        return _DONE

    async def _delete_channel(self, body: Body) -> Body:
        self._actions.channels.delete(body["channel"])
        return _DONE

    async def _join_organization(self, body: Body) -> Body:
        homes = dict(body.get("homes") or {}) if body.get("enabled", True) else None
        self._actions.channels.join_organization(homes)
        return _DONE

    # -- faults and reset --------------------------------------------------------------------

    async def _add_fault(self, body: Body) -> Body:
        self._faults.add(**body)
        return _DONE

    async def _reset(self, _body: Body) -> Body:
        try:
            await asyncio.to_thread(self._reset_all)
        except Exception:  # noqa: BLE001  -- the page shows that it failed
            _log.exception("Resetting the sandbox failed")
            return {"ok": False, "error": "reset_failed"}
        return _DONE

    async def _set_limits(self, body: Body) -> Body:
        self._limits.is_enabled = bool(body["enabled"])
        return _DONE


def serve_act(act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return a handler that reads the JSON body, and answers with the outcome or what is wrong."""

    async def serve(request: web.Request) -> web.StreamResponse:
        # Other web pages cannot send this type without a CORS preflight.
        if request.content_type != "application/json":
            return web.json_response({"ok": False, "error": "json_expected"}, status=415)
        try:
            body = json.loads(await request.read())
            return web.json_response(await act(body))
        except SlackError as error:
            return web.json_response(error.body())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"{type(error).__name__}: {error}"
            error_body = {"ok": False, "error": "invalid_arguments", "detail": message}
            return web.json_response(error_body, status=400)

    return serve


def _outcome(delivery: Delivery) -> Body:
    return {"ok": True} if delivery.ok else {"ok": False, "error": delivery.error}
