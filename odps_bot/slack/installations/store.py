"""slack_sdk's InstallationStore in Redis: one record a workspace, or organisation, sealed.

The app asks for no rights of persons, so whoever installs it last installs it for all.
"""

import json
import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis
from slack_sdk.oauth.installation_store import Bot, Installation, InstallationStore

from odps_bot.slack.installations.errors import NotAllowedError, NotInstalledError, UnreadableError
from odps_bot.slack.installations.token_cipher import TokenCipher
from odps_bot.store import keys

log = logging.getLogger(__name__)

#: Seals a record anew unless it has changed meanwhile. KEYS record. ARGV before, after.
_RESEAL = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) end
"""

#: Slack tells when something happened in whole seconds.
A_SECOND = timedelta(seconds=1)

#: Of persons, or of features that we do not ask for: not kept.
_NEEDLESS = ("user_token", "user_refresh_token", "incoming_webhook_url")


class Installations(InstallationStore):
    """Who has installed the app. Methods raise redis.RedisError when Redis does not answer.

    Reading raises UnreadableError for what no key opens. What an older key has sealed is sealed
    by the newest as soon as it is read.
    """

    def __init__(self, redis: Redis, seal: TokenCipher, *, allowed: Collection[str]) -> None:
        """Serve only `allowed`: the ids of workspaces and organisations."""
        self._redis = redis
        self._seal = seal
        self._allowed = frozenset(allowed)
        self._reseal = redis.register_script(_RESEAL)

    @property
    def logger(self) -> logging.Logger:
        """The log of whoever uses the store."""
        return log

    def save(self, installation: Installation) -> None:
        """Keep an installation in place of the one before. Raises NotAllowedError."""
        owner = _owner(
            installation.enterprise_id,
            installation.team_id,
            is_enterprise_install=installation.is_enterprise_install,
        )
        if owner not in self._allowed:
            raise NotAllowedError(f"{owner or 'nobody'} is not in ODPS_BOT_SLACK_TEAMS")
        if not installation.bot_token or installation.bot_token_expires_at:
            # Its token would be void after 12 hours.
            raise NotAllowedError(f"{owner}: the app needs a bot token that does not expire")
        facts = installation.to_dict_for_copying() | dict.fromkeys(_NEEDLESS)
        self._redis.set(
            keys.installation(owner), self._seal.encrypt(json.dumps(facts, default=str))
        )
        log.info("the app is installed in %s", owner)

    def save_bot(self, bot: Bot) -> None:
        """Not used: `save` keeps all there is."""
        raise NotImplementedError

    def find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """Return the bot of a workspace or organisation, or None."""
        found = self.find_installation(
            enterprise_id=enterprise_id,
            team_id=team_id,
            is_enterprise_install=is_enterprise_install,
        )
        return found.to_bot() if found else None

    def find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,  # noqa: ARG002  -- slack_sdk's interface
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return what a workspace or organisation has installed, or None."""
        owner = _owner(enterprise_id, team_id, is_enterprise_install=is_enterprise_install)
        return self._read(owner) if owner else None

    def delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget an installation."""
        self.delete_installation(enterprise_id=enterprise_id, team_id=team_id)

    def delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget an installation for all; that of one person (`user_id`) is nothing of its own."""
        if user_id is None:
            owner = _owner(enterprise_id, team_id, is_enterprise_install=team_id is None)
            self._redis.delete(keys.installation(owner))

    def of_workspace(self, team_id: str, *, enterprise_id: str | None = None) -> Installation:
        """Return the installation that serves a workspace: its own, or its organisation's.

        A workspace's organisation is remembered from when it was named. Raises NotInstalledError.
        """
        own = self._read(team_id) if team_id else None
        if own:
            return own
        stored = self._redis.hget(keys.organisations(), team_id)
        known = stored.decode() if isinstance(stored, bytes) else None
        # What was known goes first: a payload may name the organisation of an external person.
        for organisation in filter(None, dict.fromkeys((known, enterprise_id))):
            if (shared := self._read(organisation)) is not None:
                if team_id and organisation != known:
                    self._redis.hset(keys.organisations(), team_id, organisation)
                return shared
        raise NotInstalledError(team_id)

    def may_serve(self, team_id: str | None, enterprise_id: str | None) -> bool:
        """Return whether the settings name the workspace or its organisation."""
        return not self._allowed.isdisjoint({team_id, enterprise_id})

    def uninstalled(self, owner_id: str, *, at: datetime) -> bool:
        """Forget what was uninstalled in the second that began then; what is newer stays.

        Returns whether there was something to forget.
        """
        try:
            found = self._read(owner_id)
        except UnreadableError:
            return False
        if found is None or datetime.fromtimestamp(found.installed_at, UTC) >= at + A_SECOND:
            return False
        return bool(self._redis.delete(keys.installation(owner_id)))

    def _read(self, owner: str) -> Installation | None:
        sealed = self._redis.get(keys.installation(owner))
        if not isinstance(sealed, bytes):
            return None
        try:
            installation = _decode(self._seal.decrypt(sealed))
        except (ValueError, TypeError) as error:
            raise UnreadableError(owner) from error
        # Sealed it may be, but taken from another's place.
        if owner != _owner(
            installation.enterprise_id,
            installation.team_id,
            is_enterprise_install=installation.is_enterprise_install,
        ):
            raise UnreadableError(owner)
        if owner not in self._allowed:
            return None
        if not self._seal.is_newest(sealed):
            anew = self._seal.encrypt(self._seal.decrypt(sealed))
            self._reseal(keys=[keys.installation(owner)], args=[sealed, anew])
        return installation


def _owner(
    enterprise_id: str | None, team_id: str | None, *, is_enterprise_install: bool | None
) -> str:
    """Return whose installation it is; Slack's ids of both kinds differ."""
    return (enterprise_id if is_enterprise_install else team_id) or ""


def _decode(text: str) -> Installation:
    facts: dict[str, Any] = json.loads(text)
    return Installation(**facts)
