"""The `state` of an installation under way: ours, used once, and soon forgotten.

Bolt binds it to the browser by a cookie. https://docs.slack.dev/authentication/installing-with-oauth
"""

import hashlib
import logging
import secrets

from redis import Redis
from slack_sdk.oauth.state_store import OAuthStateStore

from odps_bot.store import keys


class OAuthStates(OAuthStateStore):
    """slack_sdk's store of states in Redis; methods raise redis.RedisError."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    @property
    def logger(self) -> logging.Logger:
        """The log of whoever uses the store."""
        return logging.getLogger(__name__)

    def issue(self, *_: object, **__: object) -> str:
        """Return a new state."""
        state = secrets.token_urlsafe(32)
        self._redis.set(_key(state), 1, ex=keys.oauth_state.life)
        return state

    def consume(self, state: str) -> bool:
        """Return whether the state was issued lately and not used; from now on it is."""
        return bool(self._redis.delete(_key(state)))


def _key(state: str) -> str:
    # What stands in an address may be of any length, and is not for those who list keys.
    return keys.oauth_state(hashlib.sha256(state.encode()).hexdigest())
