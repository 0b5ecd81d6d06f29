"""Statements that people have sent a moment ago, so that one sent twice is noticed.

Slack tells a person after 3 seconds that their command failed, even where it runs; they send it
again. Redis decides which came first, whichever processes heard them.
"""

from odps_bot.store import keys
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import RedisStore, text

#: So soon after the first one a second one counts as sent again: the 3 seconds, the time to read
#: what Slack says, and to send it once more.
SENT_AGAIN_WITHIN = keys.sent_statement.life


class SentStatements(RedisStore):
    """Who has sent what of late. Methods raise redis.RedisError when Redis does not respond."""

    @staticmethod
    def sending(team_id: str, user_id: str, digest: str, *, run_id: str) -> Pipelined[str]:
        """Return what records the statement; it has the run that was first, perhaps this one."""
        key = keys.sent_statement(team_id, user_id, digest)
        life_s = keys.sent_statement.life_s
        return Pipelined(
            [("SET", key, run_id, "NX", "EX", life_s), ("GET", key)],
            lambda responses: text(responses[1]) if responses[1] is not None else run_id,
        )

    def forget(self, team_id: str, user_id: str, digest: str, *, run_id: str) -> None:
        """Forget the statement, if this run was the first one."""
        key = keys.sent_statement(team_id, user_id, digest)
        if self._redis.get(key) == run_id.encode():
            self._redis.delete(key)

    def replace(self, team_id: str, user_id: str, digest: str, *, run_id: str) -> None:
        """Record this run as the first one: the one before came to nothing."""
        key = keys.sent_statement(team_id, user_id, digest)
        self._redis.set(key, run_id, ex=keys.sent_statement.life)
