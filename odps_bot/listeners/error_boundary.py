"""The one place that turns errors into messages and interactions into lines of the audit trail."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from redis.exceptions import RedisError

from odps_bot.commands import Answer, Request
from odps_bot.errors import CommandError, Denial, DeniedError, UnconfirmedError, UsageError
from odps_bot.input.request import Surface
from odps_bot.messages import Message
from odps_bot.messages.denials import denial_in_words
from odps_bot.messages.replies import ephemeral
from odps_bot.messages.replies.redis_trouble import redis_trouble
from odps_bot.operations.logs import hide_secrets
from odps_bot.services import Services
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.redis_trouble import RedisTrouble, describe, trouble_of

log = logging.getLogger(__name__)

KINDS: Mapping[Surface, AuditKind] = MappingProxyType(
    {
        Surface.COMMAND: AuditKind.COMMAND,
        Surface.MENTION: AuditKind.MENTION,
        Surface.ACTION: AuditKind.ACTION,
        Surface.HOME: AuditKind.ACTION,
        Surface.MODAL: AuditKind.MODAL,
        Surface.SHORTCUT: AuditKind.SHORTCUT,
    }
)

#: The value of a button begins with the id of its run, or is whatever somebody sent.
_RUN_ID = re.compile("([0-9a-f]{24})(?::|$)")


class ModalFieldError(Exception):
    """What is wrong with fields of a modal, by their names; plain text to show below them."""

    def __init__(self, **errors: str) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """What a person did, as the audit trail names it."""

    what: str  #: the verb, the button, the modal
    typed: str = ""  #: what follows the verb, or was entered or chosen
    about: str = ""  #: a button's value; kept when it begins with the id of a run


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an interaction: an answer, in any case."""

    answer: Answer
    outcome: str = "answered"  #: or refused, denied, failed
    reference: str = ""  #: ties what a person sees to the log
    denial: Denial | None = None
    is_redis_gone: bool = False


def run_guarded(
    act: Callable[[], Answer], request: Request, services: Services, *, interaction: Interaction
) -> Answer:
    """Return the answer of `act`, or a message about its error.

    Never raises: the person always gets an answer, and what was unexpected is in the log by its
    reference. Leaves a line in the audit trail, and a second one about a denial.
    """
    began_s = time.perf_counter()
    outcome = attempt(act)
    took_ms = round((time.perf_counter() - began_s) * 1_000)
    lines = tuple(_audit_lines(outcome, request, interaction, duration_ms=took_ms))
    # An acknowledgement that has waited for Redis in vain does not wait a second time.
    services.stores.audit.record(*lines, is_redis_there=not outcome.is_redis_gone)
    return outcome.answer


def attempt(act: Callable[[], Answer]) -> Outcome:
    """Return the outcome of `act`; never raises. Errors of a modal's fields are not messages."""
    try:
        return Outcome(answer=act())
    except ModalFieldError:
        return Outcome(answer=None, outcome="refused")
    except CommandError as error:
        return _refuse(error)
    except UnconfirmedError as error:
        return Outcome(answer=Message(f":warning: {error}"))
    except RedisError as error:
        reference = new_reference()
        trouble = trouble_of(error)
        # Where it is known, the place in the code adds nothing to what Redis said.
        is_known = trouble is not RedisTrouble.REFUSED
        log.error("Redis %s (ref %s)", describe(error), reference, exc_info=not is_known)  # noqa: TRY400
        message = redis_trouble(trouble, reference)
        return Outcome(answer=message, outcome="failed", reference=reference, is_redis_gone=True)
    except Exception:
        reference = new_reference()
        log.exception("an interaction failed (ref %s)", reference)
        message = ephemeral.unexpected(
            reference,
            was_submitted="Check `/odps status` to see whether your request was accepted.",
        )
        return Outcome(answer=message, outcome="failed", reference=reference)


def _refuse(error: CommandError) -> Outcome:
    usage = error.usage if isinstance(error, UsageError) else None
    # It may quote what was pasted, such as a link that opens a job to whoever has it.
    message = ephemeral.problem(hide_secrets(str(error)), usage=usage)
    if isinstance(error, DeniedError):
        return Outcome(answer=message, outcome="denied", denial=error.denial)
    return Outcome(answer=message, outcome="refused")


def _audit_lines(
    outcome: Outcome, request: Request, interaction: Interaction, *, duration_ms: int
) -> Iterator[AuditLine]:
    line = AuditLine(
        kind=KINDS[request.surface],
        what=interaction.what,
        outcome=outcome.outcome,
        **request.who,
        # A new run has the id of the request for it.
        run_id=_run_id_in(interaction.about) or request.interaction_id,
        sql=interaction.typed,
        reference=outcome.reference,
        duration_ms=duration_ms,
    )
    yield line
    if outcome.denial is not None:
        yield AuditLine(
            kind=AuditKind.DENIAL,
            what=line.what,
            outcome="denied",
            team_id=line.team_id,
            channel_id=line.channel_id,
            user_id=line.user_id,
            run_id=line.run_id,
            project=outcome.denial.project,
            detail=denial_in_words(outcome.denial),
        )


def _run_id_in(value: str) -> str:
    found = _RUN_ID.match(value)
    return found[1] if found else ""


def new_reference() -> str:
    """Return an id that links a message to the log."""
    return secrets.token_hex(4)
