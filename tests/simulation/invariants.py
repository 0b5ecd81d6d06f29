"""What must hold, whatever happened: checked at every statement that begins, and at the end."""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from odps_bot.maxcompute.models.instances import is_interactive_id
from odps_bot.messages.run.card import run_cards
from odps_bot.messages.run.outcomes import is_never_submitted
from odps_bot.runs.lifecycle.findings import MOST_REPLIES
from odps_bot.runs.record import decode_run
from odps_bot.runs.run import FINAL_STATES, Run, RunState
from odps_bot.sql.classification import classify
from odps_bot.store import keys
from odps_bot.store.notification_kind import NotificationKind
from tests.simulation import people
from tests.simulation.maxcompute import Execution, gigabytes, mark_of
from tests.simulation.slack import Posted
from tests.simulation.stories import Asked, Stories
from tests.simulation.world import Watcher, World

#: Ends of runs that never ran.
NEVER_RAN = frozenset({RunState.REFUSED, RunState.REJECTED, RunState.EXPIRED})

#: Ends that are told by a reply of their own.
TOLD = frozenset(
    {
        RunState.SUCCEEDED,
        RunState.FAILED,
        RunState.CANCELLED,
        RunState.UNKNOWN,
        RunState.REJECTED,
        RunState.EXPIRED,
    }
)

_MARK = re.compile(r"mark-([A-Z0-9]+)-(\d+)")

#: The words in which a statement that was accepted is not acknowledged.
_NOT_ACCEPTED = ("can't", "cannot", "nothing was submitted", "lost the connection", "went wrong")


@dataclass(frozen=True)
class Lives:
    """How many runs ended: all, and those that a story has asked for by a statement of its own.

    The others are repetitions of these and instances that are followed.
    """

    all: int = 0
    asked: int = 0


class Invariants(Watcher):
    """Watches a world."""

    def __init__(self, world: World, stories: Stories) -> None:
        self._world = world
        self._stories = stories
        self._executed: Counter[str] = Counter()
        self._reserved: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        world.watcher = self

    def check_execution(self, execution: Execution) -> None:
        """Check what must hold when a statement begins to run."""
        world = self._world
        self._executed[execution.guid] += 1
        if self._executed[execution.guid] > 1:
            world.violate(f"run {execution.guid} runs twice")
        run = world.run_of(execution.guid)
        if execution.guid in world.weather.forgotten_runs:
            return
        if run is None:
            world.violate(f"{execution.id} runs, but nobody knows run {execution.guid}")
            return
        if run.state is not RunState.SUBMITTING:
            world.violate(f"run {run.name} begins to run when it is {run.state}")
        self._check_way(execution, run)
        self._check_approval(run)
        self._check_right(run)
        self._check_budget(run)

    def _check_way(self, execution: Execution, run: Run) -> None:
        """Check that it runs interactively, or is on record as an ordinary job before it begins."""
        is_interactive = run.interactive is True and run.fallback is None
        if execution.is_interactive != is_interactive:
            way = "interactively" if execution.is_interactive else "as an ordinary job"
            self._world.violate(f"run {run.name} begins to run {way}, which is not on record")

    def check_repetition(self, execution: Execution) -> None:
        """Check that nothing is sent again that may change data."""
        is_read = execution.is_estimate or classify(execution.sql, {}).is_read
        if not is_read and execution.guid not in self._world.weather.forgotten_runs:
            self._world.violate(f"the write {execution.guid} is sent again")

    def _check_approval(self, run: Run) -> None:
        statement = classify(run.sql, run.hints)
        needs_approval = run.project == people.GUARDED and not statement.is_read
        decision = run.decision
        is_approved = decision is not None and decision.is_approval
        if needs_approval and not (is_approved and decision and decision.user_id in people.ADMINS):
            self._world.violate(f"run {run.name} writes without an approval")
        size = gigabytes(run.sql)
        if (
            run.project == people.PRICED
            and size > people.AUTOMATIC_LIMIT
            and not (is_approved and decision and decision.user_id == run.user_id)
        ):
            self._world.violate(f"run {run.name} costs {size} and nobody has said yes")
        if run.project == people.PRICED and size > people.CAP:
            self._world.violate(f"run {run.name} costs {size}, above the cap")

    def _check_right(self, run: Run) -> None:
        is_read = classify(run.sql, run.hints).is_read
        is_allowed = run.user_id in (*people.WRITERS, *people.ADMINS) or (
            is_read and run.user_id in people.RUNNERS
        )
        if not is_allowed:
            self._world.violate(f"run {run.name} of {run.user_id}, who has no right to it, runs")
        if not is_read and self._world.was_locked_at_recheck(run.project):
            self._world.violate(f"run {run.name} writes in a locked project")

    def _check_budget(self, run: Run) -> None:
        if run.project != people.PRICED:
            return
        size = gigabytes(run.sql) * people.PRICE
        for place, limit in (
            (("project", run.project), people.PROJECT_BUDGET),
            (("person", run.user_id), people.PERSON_BUDGET),
        ):
            self._reserved[place][run.run_id] = size
            total = sum(
                size for run_id, size in self._reserved[place].items() if not self._is_free(run_id)
            )
            # What was reserved may be forgotten.
            if total > limit and not self._world.weather.has_forgotten:
                self._world.violate(f"run {run.name} makes the budget of {place[1]} {total}")

    def _is_free(self, run_id: str) -> bool:
        """Return whether the run has failed: that is not billed."""
        execution = self._world.maxcompute.by_guid[people.PRICED, run_id]
        return execution.is_failure and self._world.maxcompute.is_over(execution)

    def check_shown(self, channel: str, user: str, text: str) -> None:
        """Check that nothing of a channel is shown in another one."""
        for mark in _MARK.finditer(text):
            if channel == mark[1]:
                continue
            asked = self._stories.asked.get(mark[0])
            reader = user or channel
            if asked is not None and asked.run_id in self._world.weather.forgotten_runs:
                # What nobody remembers looks like an instance that was submitted elsewhere.
                continue
            if asked is None or reader != asked.user:
                self._world.violate(f"{mark[0]} is shown to {reader} in {channel or 'a Home'}")

    def check_end(self) -> Lives:
        """Check what must hold when everything has come to its end; return which runs ended."""
        world = self._world
        posts = world.slack.posts()
        by_run: dict[str, list[Posted]] = defaultdict(list)
        for post in posts:
            by_run[post.label.get("run_id", "")].append(post)
        lines = self._audit_lines()
        runs = {run.run_id: run for run in self._all_runs()}
        forgotten = world.weather.forgotten_runs
        for asked in self._stories.asked.values():
            if asked.run_id not in runs and asked.run_id not in forgotten:
                self._check_not_accepted(asked)
        ended = [run for run in runs.values() if run.is_final]
        for run in runs.values():
            if not run.is_final:
                world.violate(f"run {run.name} never ends: it is {run.state}")
            elif run.run_id not in forgotten:
                self._check_ended(run, by_run[run.run_id])
                self._check_audit(run, lines[run.run_id])
        self._check_requests(list(runs.values()))
        self._check_rest()
        if self._stories.asked and not ended:
            # A world in which nothing happens keeps all rules.
            world.violate("no run ended")
        asked_ids = {asked.run_id for asked in self._stories.asked.values()}
        return Lives(all=len(ended), asked=sum(run.run_id in asked_ids for run in ended))

    def _all_runs(self) -> list[Run]:
        send = self._world.boundaries.now_in_redis
        names = sorted(send([("KEYS", keys.run("*"))])[0])
        records = send([("HGET", name, "record") for name in names])
        return [decode_run(record) for record in records if isinstance(record, bytes)]

    def _check_requests(self, runs: list[Run]) -> None:
        """Check that what was asked for once is one run."""
        world = self._world
        asked = Counter(mark_of(run.sql) for run in runs if not run.rerun_of)
        for mark, number in asked.items():
            if mark and number > 1 and not world.weather.has_forgotten:
                world.violate(f"{mark} was asked for once, and is {number} runs")

    def _check_not_accepted(self, asked: Asked) -> None:
        text = (asked.ack.text or "").lower()
        if asked.ack.is_acknowledged and not asked.ack.text:
            self._world.violate(f"{asked.mark} was accepted, and is lost")
        if asked.ack.text and not any(word in text for word in _NOT_ACCEPTED):
            self._world.violate(f"{asked.mark} was answered {text[:80]!r}")

    def _check_ended(self, run: Run, posts: list[Posted]) -> None:
        world = self._world
        count = self._executed[run.run_id]
        if run.state in NEVER_RAN and count:
            world.violate(f"run {run.name} is {run.state}, but it ran")
        is_ours = run.tracked_instance_id is None
        # What can't be compiled fails before it is submitted.
        once = int(not is_never_submitted(run))
        if is_ours and run.state in {RunState.SUCCEEDED, RunState.FAILED} and count != once:
            world.violate(f"run {run.name} is {run.state}, but it ran {count} times")
        kinds = Counter(post.label.get("kind") for post in posts)
        if kinds["card"] != 1 and not run.is_card_refused:
            world.violate(f"run {run.name} ({run.state}) has {kinds['card']} cards")
        is_told = run.state in TOLD and not _is_plain_no(run)
        if kinds["completion"] != int(is_told):
            world.violate(
                f"the end of run {run.name} ({run.state}) is told {kinds['completion']} times"
            )
        for kind, number in kinds.items():
            if number > 1:
                world.violate(f"run {run.name} has {number} messages of the kind {kind}")
        self._check_findings(run, kinds)
        self._check_found(run)
        card = next((post for post in posts if post.label.get("kind") == "card"), None)
        if card is not None:
            self._check_card(run, card)

    def _check_found(self, run: Run) -> None:
        """Check that what was to run interactively is not lost, and is shown as what it is."""
        if run.interactive is not True:
            return
        ran = {one.id for one in self._world.maxcompute.executions_of(run.run_id)}
        if ran and run.instance_id not in ran:
            self._world.violate(f"run {run.name} ran as {sorted(ran)}, but is {run.state}")
        if run.instance_id and is_interactive_id(run.instance_id) != (run.fallback is None):
            self._world.violate(f"run {run.name} is shown as what it is not: {run.instance_id}")

    def _check_findings(self, run: Run, kinds: Counter[str | None]) -> None:
        """Check that what held a run up was said in replies that are on record, and in few."""
        number = sum(count for kind, count in kinds.items() if (kind or "").startswith("finding"))
        most = MOST_REPLIES * (1 + len(run.gone_cards))
        if number > min(most, run.finding_replies + MOST_REPLIES * len(run.gone_cards)):
            self._world.violate(f"run {run.name} has {number} replies about what held it up")
        if run.told_finding is None and number:
            self._world.violate(f"nobody knows what was said to hold run {run.name} up")

    def _check_card(self, run: Run, card: Posted) -> None:
        if card.ts != run.card_ts:
            self._world.violate(f"the card of run {run.name} is not the one on record")
        shown = [
            message.as_replacement()
            for message in run_cards(run, now=run.ended_at or run.requested_at)
        ]
        if card.text not in {one.get("text") for one in shown}:
            self._world.violate(
                f"the card of run {run.name} ({run.state}) shows {card.text[:80]!r}"
            )

    def _check_audit(self, run: Run, lines: list[dict[str, Any]]) -> None:
        moves = [line["what"] for line in lines if line["kind"] == "transition"]
        if not moves or moves[-1] != run.state:
            self._world.violate(f"the audit trail of run {run.name} ends with {moves[-1:]}")
        final = [move for move in moves if RunState(move) in FINAL_STATES]
        if len(final) != int(run.is_final):
            self._world.violate(f"in the audit trail run {run.name} ends {final}")
        if run.decision is not None and not any(
            run.decision.user_id in json.dumps(line)
            for line in lines
            if line["kind"] in {"decision", "transition"}
        ):
            self._world.violate(f"nobody can tell who has decided on run {run.name}")
        is_denied = run.outcome is not None and run.outcome.denial is not None
        if is_denied and not any(line["kind"] == "denial" for line in lines):
            self._world.violate(f"the denial of run {run.name} is not in the audit trail")

    def _check_rest(self) -> None:
        """Check that nothing is left that waits for anybody."""
        world = self._world
        names = [keys.deadlines(), *(keys.outbox(kind) for kind in NotificationKind)]
        names += [keys.watched(project) for project in people.PROJECTS]
        counts = world.boundaries.now_in_redis([("ZCARD", name) for name in names])
        for name, count in zip(names, counts, strict=True):
            if count:
                world.violate(f"{count} are left in {name}")

    def _audit_lines(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        entries = self._world.boundaries.now_in_redis([("XRANGE", keys.audit(), "-", "+")])[0]
        for _, fields in entries:
            line = json.loads(fields[1])
            found[line.get("run_id", "")].append(line)
        return found


def _is_plain_no(run: Run) -> bool:
    """Return whether the requester themselves has declined: their card says so."""
    is_declined = (
        run.question is not None and run.question.kind == "cost" and run.decision is not None
    )
    return is_declined and run.state is RunState.CANCELLED and not run.decision.is_approval  # type: ignore[union-attr]
