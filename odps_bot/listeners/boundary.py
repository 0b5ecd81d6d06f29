"""The one place where errors become answers for people."""

import logging
import secrets
from collections.abc import Callable

from redis.exceptions import RedisError

from odps_bot.commands import Answer
from odps_bot.errors import CommandError, UsageError
from odps_bot.messages import answers
from odps_bot.messages import text as t

log = logging.getLogger(__name__)


def answer_or_explain(act: Callable[[], Answer]) -> Answer:
    """Return what `act` answers, or a message that explains why it could not.

    Never raises: the person is always told, and what was unexpected is in the log by its reference.
    """
    try:
        return act()
    except UsageError as error:
        return answers.problem(str(error), usage=error.usage)
    except CommandError as error:
        return answers.problem(str(error))
    except RedisError:
        reference = new_reference()
        log.exception("Redis does not answer (ref %s)", reference)
        return answers.problem(
            f"My memory (Redis) does not answer (ref {t.code(reference)}). Nothing was submitted"
            " or changed. Please try again in a minute."
        )
    except Exception:
        reference = new_reference()
        log.exception("A command failed (ref %s)", reference)
        return answers.unexpected(
            reference,
            was_submitted="I cannot say whether your request was kept: see `/odps status`.",
        )


def new_reference() -> str:
    """Return an id that ties what a person sees to the log."""
    return secrets.token_hex(4)
