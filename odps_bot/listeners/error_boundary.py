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
from odps_bot.errors import CommandError, DeniedError, UsageError
from odps_bot.input.request import Surface
from odps_bot.listeners.run_modal import ModalFieldError
from odps_bot.messages import text as t
from odps_bot.messages.replies import ephemeral
from odps_bot.services import Services
from odps_bot.store.audit import AuditKind, AuditLine

log = logging.getLogger(__name__)

KINDS: Mapping[Surface, AuditKind] = MappingProxyType(
    {
        Surface.COMMAND: AuditKind.COMMAND,
        Surface.MENTION: AuditKind.MENTION,
        Surface.CLICK: AuditKind.ACTION,
        Surface.HOME: AuditKind.ACTION,
        Surface.FORM: AuditKind.MODAL,
        Surface.SHORTCUT: AuditKind.SHORTCUT,
    }
)

#: A button's value is the id of its run, or anything that somebody forged.
_RUN_ID = re.compile("([0-9a-f]{24})(?::|$)")


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """What a person did, as the audit trail records it."""

    what: str  #: the verb, the button, the modal
    typed: str = ""  #: the text after the verb, or the input of the modal
    about: str = ""  #: a button's value; recorded if it starts with the id of a run


@dataclass(frozen=True, kw_only=True)
class InteractionOutcome:
    """The outcome of an interaction."""

    answer: Answer
    outcome: str = "answered"  #: or refused, denied, failed
    reference: str = ""  #: links the message to the log
    denial: DeniedError | None = None
    is_redis_gone: bool = False


def run_guarded(
    act: Callable[[], Answer], request: Request, services: Services, *, asked: Interaction
) -> Answer:
    """Return the answer of `act`, or a message about its error.

    Never raises: an unexpected error is in the log, with the reference that the message shows.
    Records a line in the audit trail, and a second one for a denial.
    """
    began_s = time.perf_counter()
    explained = explain(act)
    took_ms = round((time.perf_counter() - began_s) * 1_000)
    lines = tuple(_lines(explained, request, asked, duration_ms=took_ms))
    # An acknowledgement that has waited for Redis in vain does not wait a second time.
    services.stores.audit.record(*lines, is_redis_there=not explained.is_redis_gone)
    return explained.answer


def explain(act: Callable[[], Answer]) -> InteractionOutcome:
    """Return the outcome of `act`; never raises. Errors of a modal's fields are not messages."""
    try:
        return InteractionOutcome(answer=act())
    except ModalFieldError:
        return InteractionOutcome(answer=None, outcome="refused")
    except CommandError as error:
        return _refused(error)
    except RedisError:
        reference = new_reference()
        log.exception("cannot reach Redis (ref %s)", reference)
        said = ephemeral.problem(
            f"I can't reach my database (Redis) right now (ref {t.code(reference)}). Nothing was"
            " submitted or changed. Try again in a minute."
        )
        return InteractionOutcome(
            answer=said, outcome="failed", reference=reference, is_redis_gone=True
        )
    except Exception:
        reference = new_reference()
        log.exception("an interaction failed (ref %s)", reference)
        said = ephemeral.unexpected(
            reference,
            was_submitted="Check `/odps status` to see whether your request was accepted.",
        )
        return InteractionOutcome(answer=said, outcome="failed", reference=reference)


def _refused(error: CommandError) -> InteractionOutcome:
    usage = error.usage if isinstance(error, UsageError) else None
    said = ephemeral.problem(str(error), usage=usage)
    if isinstance(error, DeniedError):
        return InteractionOutcome(answer=said, outcome="denied", denial=error)
    return InteractionOutcome(answer=said, outcome="refused")


def _lines(
    explained: InteractionOutcome, request: Request, asked: Interaction, *, duration_ms: int
) -> Iterator[AuditLine]:
    line = AuditLine(
        kind=KINDS[request.surface],
        what=asked.what,
        outcome=explained.outcome,
        team_id=request.team_id,
        channel_id=request.channel_id,
        user_id=request.user_id,
        # A new run has the id of its request.
        run_id=_run_id_in(asked.about) or request.interaction_id,
        sql=asked.typed,
        reference=explained.reference,
        duration_ms=duration_ms,
    )
    yield line
    if explained.denial is not None:
        yield AuditLine(
            kind=AuditKind.DENIAL,
            what=asked.what,
            outcome="denied",
            team_id=line.team_id,
            channel_id=line.channel_id,
            user_id=line.user_id,
            run_id=line.run_id,
            project=explained.denial.project,
            detail=explained.denial.detail,
        )


def _run_id_in(value: str) -> str:
    found = _RUN_ID.match(value)
    return found[1] if found else ""


def new_reference() -> str:
    """Return an id that links a message to the log."""
    return secrets.token_hex(4)
