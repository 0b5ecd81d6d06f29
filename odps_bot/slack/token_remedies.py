"""What to do when Slack does not accept a token, by its word for it.

https://docs.slack.dev/reference/methods/auth.test · …/apps.connections.open
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

#: Which token it is: by its setting, or that of a workspace which has installed the app itself.
TokenOrigin = Literal["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "installation"]

_BY_OAUTH = "let somebody there reinstall the app: https://YOUR-HOST/slack/install"

_APP = "api.slack.com/apps → your app"

_COPY: Mapping[str, str] = MappingProxyType(
    {
        "installation": _BY_OAUTH,
        "SLACK_BOT_TOKEN": (
            f"copy SLACK_BOT_TOKEN (xoxb-…) again: {_APP} → OAuth & Permissions"
            " → Bot User OAuth Token"
        ),
        "SLACK_APP_TOKEN": (
            "create an app-level token with connections:write for SLACK_APP_TOKEN (xapp-…):"
            f" {_APP} → Basic Information → App-Level Tokens; and switch Socket Mode on"
        ),
    }
)

_INSTALL: Mapping[str, str] = MappingProxyType(
    {
        "installation": _BY_OAUTH,
        "SLACK_BOT_TOKEN": (
            f"reinstall the app ({_APP} → Install App), and set the new token as"
            " SLACK_BOT_TOKEN: the old one stays invalid"
        ),
        "SLACK_APP_TOKEN": (
            f"reinstall the app ({_APP} → Install App), and create a new app-level token"
            " for SLACK_APP_TOKEN (Basic Information)"
        ),
    }
)

#: The app was removed, its token was revoked, or who owned it is gone.
_INSTALL_AGAIN = frozenset(
    {"account_inactive", "token_revoked", "user_removed_from_team", "app_uninstalled"}
)

_OTHERS: Mapping[str, str] = MappingProxyType(
    {
        "token_expired": (
            "the app has token rotation switched on, which cannot be switched off again: create"
            " the app again from manifest.yml"
        ),
        "not_authed": "no token was received: check that it is set, and that no proxy removes the"
        " Authorization header",
        "org_login_required": (
            "the workspace is moving into an Enterprise organization: wait until Slack has finished"
        ),
        "team_added_to_org": (
            "the workspace is moving into an Enterprise organization: wait until Slack has"
            " finished, then reinstall the app if necessary"
        ),
        "team_access_not_granted": (
            "ask an administrator of the Enterprise organization to give the app access to this"
            " workspace"
        ),
        "team_disabled": "the workspace is disabled: its owner has to contact Slack",
        "access_denied": "ask the workspace's administrator: the app isn't allowed there",
        "enterprise_is_restricted": (
            "ask the organization's administrator: the method isn't allowed there"
        ),
        "forbidden_team": "Socket Mode isn't allowed in this workspace: use signed HTTP"
        " (ODPS_BOT_SLACK_MODE=http)",
        "ekm_access_denied": "the organization's administrators have suspended access (EKM): ask"
        " them; what the bot has to say waits",
        "accesslimited": "Slack doesn't let the app in from this network: ask the organization's"
        " administrator, or add this machine's address (OAuth & Permissions)",
        "two_factor_setup_required": "whoever installed the app has to set up two-factor"
        " authentication in Slack",
        "missing_scope": "update the app from manifest.yml, and reinstall it",
    }
)


def token_remedy(code: str, origin: TokenOrigin) -> str:
    """Return the remedy for a token that was rejected; `code` can be unknown."""
    if code in _INSTALL_AGAIN:
        return _INSTALL[origin]
    if code == "missing_scope" and origin == "SLACK_APP_TOKEN":
        return _COPY[origin]
    if code == "invalid_auth":
        restricted = "the app may be limited to other IP addresses (OAuth & Permissions)"
        return f"{_COPY[origin]}. Or: {restricted}"
    return _OTHERS.get(code, _COPY[origin])
