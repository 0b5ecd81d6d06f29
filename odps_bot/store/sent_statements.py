"""Statements that people have sent a moment ago, so that one sent twice is noticed.

Slack tells a person after 3 seconds that their command failed, even where it runs; they send it
again. Redis decides which came first, whichever processes heard them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from odps_bot.store import keys
from odps_bot.store.pipelined import Pipelined
from odps_bot.store.redis_values import RedisStore, text

#: So soon after the first one a second one counts as sent again: the 3 seconds, the time to read
#: what Slack says, and to send it once more.
SENT_AGAIN_WITHIN = keys.sent_statement.life


#: Records the statement, and takes the next number for its run; nothing where it was sent before.
#: KEYS statement, last number. ARGV run id, life in s. Returns the first run's id, and the number.
_SEND = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then
  return {ARGV[1], redis.call('INCR', KEYS[2])}
end
return {redis.call('GET', KEYS[1]), 0}
"""

#: Records a run in place of the first one, unless another run was quicker.
#: KEYS statement. ARGV run id, the first run's id, life in s. Returns the id that is recorded now.
_REPLACE = """
local kept = redis.call('GET', KEYS[1])
if kept and kept ~= ARGV[2] then return kept end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
return ARGV[1]
"""


class Sent(NamedTuple):
    """What came of sending a statement."""

    first_id: str  #: the run that was first, perhaps this very one
    name: str  #: of this run, like those of `RunStore.naming`; empty: it was not the first


class SentStatements(RedisStore):
    """Who has sent what of late. Methods raise redis.RedisError when Redis does not respond."""

    @staticmethod
    def sending(team_id: str, user_id: str, digest: str, *, run_id: str) -> Pipelined[Sent]:
        """Return what records the statement, and names its run unless it was sent before."""
        key, names = keys.sent_statement(team_id, user_id, digest), keys.last_run_number(team_id)

        def decode(responses: Sequence[Any]) -> Sent:
            first_id, number = responses[0]
            return Sent(text(first_id), f"r{number}" if number else "")

        command = ("EVAL", _SEND, 2, key, names, run_id, keys.sent_statement.life_s)
        return Pipelined([command], decode)

    def forget(self, team_id: str, user_id: str, digest: str, *, run_id: str) -> None:
        """Forget the statement, if this run was the first one."""
        key = keys.sent_statement(team_id, user_id, digest)
        if self._redis.get(key) == run_id.encode():
            self._redis.delete(key)

    def replace(
        self, team_id: str, user_id: str, digest: str, *, run_id: str, first_id: str
    ) -> str:
        """Record this run in place of `first_id`, which came to nothing.

        Return the id of the run that is recorded now: another one, if that was quicker.
        """
        key = keys.sent_statement(team_id, user_id, digest)
        life_s = keys.sent_statement.life_s
        kept: Any = self._redis.eval(_REPLACE, 1, key, run_id, first_id, str(life_s))
        return text(kept)
