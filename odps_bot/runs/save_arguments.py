"""What the script that saves a change of a run is given: keys and values, in its order. Pure."""

from odps_bot.runs.charges import Settlement
from odps_bot.runs.lifecycle import Change
from odps_bot.runs.run import Run, RunState
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.spending import shares


def arguments_of_save(
    change: Change,
    revision: str,
    record: bytes,
    *,
    keep_s: int,
    settlement: Settlement | None,
    audit: tuple[bytes, int],
) -> tuple[list[str], list[str | bytes | int | float]]:
    """Return KEYS and ARGV of `SAVE`. `audit` is a line or nothing, and how many lines are kept."""
    run = change.run
    day = settlement.day if settlement else run.requested_at.date()
    ways = _all_ways_to(run)
    names = [
        keys.run(run.run_id),
        keys.deadlines(),
        keys.watched(run.project),
        keys.outbox_versions(),
        keys.outbox(NotificationKind.CARD_REFRESH),
        keys.open_runs(run.team_id),
        keys.audit(),
        keys.spending(run.team_id, day),
        keys.charges(run.team_id, day),
        keys.open_questions(run.team_id),
        *ways,
        *(keys.outbox(kind) for kind in change.notifications),
    ]
    arguments: list[str | bytes | int | float] = [
        revision,
        record,
        keep_s,
        run.run_id,
        _due(change),
        f"{run.instance_id} {run.run_id}" if run.instance_id else "",
        run.requested_at.timestamp(),
        *audit,
        *_settling(settlement),
        len(ways),
        _undecided_until(run),
        *(settlement.fields if settlement else ()),
        *(f"{kind.stored_name}:{run.run_id}" for kind in change.notifications),
    ]
    return names, arguments


def _all_ways_to(run: Run) -> list[str]:
    """Return what leads to the run, and would be lost before it if it lived no longer."""
    instances = [run.instance_id] if run.instance_id else []
    messages = {ts for ts in (run.card_ts, run.thread_ts) if ts and run.card_ts}
    return [
        keys.run_name(run.team_id, run.name),
        keys.runs_in(run.team_id, run.channel_id),
        keys.runs_in(run.team_id, run.user_id),
        *(keys.run_instance(instance_id) for instance_id in instances),
        *(keys.run_card(run.channel_id, ts) for ts in sorted(messages)),
    ]


def _undecided_until(run: Run) -> float | str:
    """Return until when the run awaits a decision; empty if it doesn't."""
    is_open = run.state is RunState.AWAITING_DECISION and run.question is not None
    return run.question.expires_at.timestamp() if is_open and run.question else ""


def _due(change: Change) -> str:
    """Return in how many seconds the run is overdue, or what else becomes of its deadline."""
    if change.run.is_final:
        return "over"
    return "as it is" if change.overdue_in is None else str(change.overdue_in.total_seconds())


def _settling(settlement: Settlement | None) -> list[str | int]:
    if settlement is None:
        return ["nothing", keys.spending.life_s, 0]
    cost = "" if settlement.cost is None else shares(settlement.cost)
    return [cost, keys.spending.life_s, len(settlement.fields)]


def is_about_submission(before: Run, after: Run) -> bool:
    """Return whether a run would be submitted anew if this change of it was lost."""
    is_claim = after.state is RunState.SUBMITTING and before.state is not RunState.SUBMITTING
    # Without this mark, what was sent would be taken for unsent.
    is_sent_now = after.last_sent_at not in {None, before.last_sent_at}
    is_found = after.instance_id is not None and before.instance_id is None
    # Without it, nobody could ask how a statement about permissions is doing.
    is_answered = after.query_id is not None and before.query_id is None
    return is_claim or is_sent_now or is_found or is_answered
