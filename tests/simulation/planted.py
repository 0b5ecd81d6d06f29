"""Faults planted by hand, each in another place of the product: the simulation must find them all.

Each breaks one guard. `python -m tests.simulation planted` looks for every one with fresh seeds.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch
from weakref import WeakKeyDictionary

from greenlet import getcurrent

from odps_bot.commands import run
from odps_bot.input.request import Request
from odps_bot.interactions import decide
from odps_bot.maxcompute import AmbiguousSubmitError, MaxComputeError
from odps_bot.maxcompute.client import Client
from odps_bot.runs import store as run_store
from odps_bot.runs.fallback import Fallback, FallbackReason
from odps_bot.runs.store import RunStore
from odps_bot.slack.earlier_posts import EarlierPosts
from odps_bot.store.audit import AuditKind, AuditTrail
from odps_bot.store.message_leases import MessageLeases
from odps_bot.store.pipelined import Pipelined
from tests.simulation.loop import Loop
from tests.simulation.outside import outside
from workers.delivery import cards, entries
from workers.submission import admission, charge, interactive, submit
from workers.submission.look_up import LookUp

Plant = Callable[[ExitStack], None]


def _replaced(stack: ExitStack, owner: Any, name: str, value: Any) -> None:
    stack.enter_context(patch.object(owner, name, value))


def _changed(script: str, old: str, new: str) -> str:
    """Return the script with another text. Raises ValueError where the old one is not in it."""
    if old not in script:
        raise ValueError(f"nothing is broken: {old!r} is not in the script")
    return script.replace(old, new)


def forget_guid(stack: ExitStack) -> None:
    """A statement is sent without its Guid, so that a second try runs it again."""
    run_sql = Client.run_sql

    def without_guid(self: Client, sql: str, **options: Any) -> Any:
        return run_sql(self, sql, **{**options, "guid": None})

    _replaced(stack, Client, "run_sql", without_guid)


def send_writes_again(stack: ExitStack) -> None:
    """A write whose outcome is unknown, and that is not found, is sent again."""
    _replaced(stack, submit, "is_plainly_a_read", lambda *_: True)


def skip_look_up(stack: ExitStack) -> None:
    """Nobody looks for what was sent before it is sent again."""
    _replaced(stack, submit, "look_up", lambda *_: LookUp())
    send_writes_again(stack)


def fall_back_in_doubt(stack: ExitStack) -> None:
    """What may run interactively, as nobody knows, is sent as an ordinary job besides."""
    judge = interactive.fallback_of_error

    def hasty(error: MaxComputeError) -> Fallback | None:
        is_in_doubt = isinstance(error, AmbiguousSubmitError)
        return Fallback(reason=FallbackReason.UNAVAILABLE) if is_in_doubt else judge(error)

    _replaced(stack, interactive, "fallback_of_error", hasty)


def overwrite_changes(stack: ExitStack) -> None:
    """A change of a run is stored although somebody else has changed it meanwhile."""
    script = _changed(run_store.SAVE, "revision ~= tonumber(number)", "false")
    _replaced(stack, run_store, "SAVE", _changed(script, "digest ~= ''", "false"))


def skip_rights(stack: ExitStack) -> None:
    """Nobody asks again, right before the submission, whether it is still allowed."""
    _replaced(stack, submit, "why_denied", lambda *_: None)


def let_anybody_approve(stack: ExitStack) -> None:
    """Whoever clicks may approve, the requester among them."""
    _replaced(stack, decide, "_check_right", lambda *_: None)


def run_undecided(stack: ExitStack) -> None:
    """What needs a decision counts as decided."""
    _replaced(stack, admission, "_is_decided", lambda *_: True)


def ignore_budgets(stack: ExitStack) -> None:
    """Nothing is reserved, and no budget ends."""
    _replaced(stack, charge, "is_within_budgets", lambda *_, **__: True)
    _replaced(stack, admission, "is_within_budgets", lambda *_, **__: True)


def refund_twice(stack: ExitStack) -> None:
    """What has cost less than was reserved is paid back twice."""
    script = _changed(run_store.SAVE, "'%.0f', more", "'%.0f', 2 * more - 3000000")
    _replaced(stack, run_store, "SAVE", script)


def ack_first(stack: ExitStack) -> None:
    """A notification is taken off the outbox before it is sent."""
    handle = entries._try

    def eager(entry: Any, handler: Any, services: Any) -> Any:
        services.stores.outbox.ack(entry)
        return handle(entry, handler, services)

    _replaced(stack, entries, "_try", eager)


def post_blindly(stack: ExitStack) -> None:
    """A post whose outcome is unknown is posted again without a look."""
    _replaced(stack, EarlierPosts, "posted", lambda *_: None)


def overwrite_final_card(stack: ExitStack) -> None:
    """An update that comes late stays in place of the final card."""
    _replaced(stack, cards, "_end_update", lambda *_: None)
    nothing = Pipelined[None]((), lambda _responses: None)
    _replaced(stack, MessageLeases, "reading_update", staticmethod(lambda _run_id: nothing))


def trust_jobs(stack: ExitStack) -> None:
    """Nobody enqueues again what was lost."""
    _replaced(stack, RunStore, "claim_overdue", lambda *_, **__: [])


def hear_twice(stack: ExitStack) -> None:
    """A request that Slack delivers again is another one, and repeats nothing."""
    _replaced(stack, run, "refuse_repetition", lambda *_: None)
    first: WeakKeyDictionary[Loop, dict[str, object]] = WeakKeyDictionary()
    id_of = Request.__dict__["interaction_id"]

    def fresh(request: Request) -> str:
        # Each delivery is handled by a greenlet of its own.
        known: str = id_of.__get__(request)
        deliveries = first.setdefault(outside.loop, {})
        is_first = deliveries.setdefault(known, getcurrent()) is getcurrent()
        return known if is_first else known[::-1]

    _replaced(stack, Request, "interaction_id", property(fresh))


def show_everything(stack: ExitStack) -> None:
    """Whoever knows the name of a run may read it."""
    _replaced(stack, Request, "sees", lambda *_: True)


def hide_denials(stack: ExitStack) -> None:
    """Denials leave no line in the audit trail."""
    record = AuditTrail.record

    def silent(self: AuditTrail, *lines: Any, **options: Any) -> None:
        record(self, *(one for one in lines if one.kind is not AuditKind.DENIAL), **options)

    _replaced(stack, AuditTrail, "record", silent)


PLANTS: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        forget_guid,
        skip_look_up,
        fall_back_in_doubt,
        overwrite_changes,
        skip_rights,
        let_anybody_approve,
        run_undecided,
        ignore_budgets,
        refund_twice,
        ack_first,
        post_blindly,
        overwrite_final_card,
        trust_jobs,
        hear_twice,
        show_everything,
        hide_denials,
    )
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Break the guard as long as this lasts."""
    with ExitStack() as stack:
        PLANTS[name](stack)
        yield
