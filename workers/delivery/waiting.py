"""Find the open questions that a person can answer."""

from collections.abc import Iterable
from datetime import datetime

from odps_bot.policy.approvers import approvers_of
from odps_bot.runs import Run, RunState
from odps_bot.services import Services

#: So many of a team's open questions are looked through, those first that expire first.
MOST_QUESTIONS = 200


def waiting_for(team_id: str, user_id: str, others: Iterable[Run], services: Services) -> list[Run]:
    """Return the runs whose question the person can answer, those first that expire first.

    That is what their own runs cost or destroy, and what they can approve by name or by a group;
    where anyone can, the channel is asked. `others` are runs that were read already, questions of
    older records among them.
    """
    indexed = services.stores.runs.open_questions(team_id, limit=MOST_QUESTIONS)
    found = {
        run.run_id: run
        for run in (*others, *indexed)
        if run.state is RunState.AWAITING_DECISION and run.question is not None
    }
    members = services.stores.memberships.members_of(services.rules.group_ids) if found else {}

    def is_theirs(run: Run) -> bool:
        if run.question is not None and run.question.is_for_requester:
            return run.user_id == user_id
        approvers = approvers_of(
            services.rules.project(run.project),
            rules=services.rules,
            channel_id=run.channel_id,
            requester=run.user_id,
            members=members,
        )
        return user_id in approvers.people(members)

    theirs = [run for run in found.values() if is_theirs(run)]
    return sorted(theirs, key=_until)


def _until(run: Run) -> datetime:
    return run.question.expires_at if run.question else run.requested_at
