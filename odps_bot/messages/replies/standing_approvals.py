"""The list of approvals that hold for the same statement with other values."""

from collections.abc import Sequence

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, button, confirmation, context, section, section_with
from odps_bot.messages.message import Message
from odps_bot.store.standing_approvals import StandingApproval

REVOKE_APPROVAL = "revoke_approval"

MOST_SHOWN = 20
SQL_CHARACTERS = 200

NONE_YET = (
    "There are no standing approvals that you gave, that cover you, or that you could revoke."
)
NOT_ALLOWED = "The rules of no project allow standing approvals: each run is asked about."


def approvals_list(
    approvals: Sequence[StandingApproval], *, first: str, is_allowed: bool
) -> Message:
    """Return the approvals, each with a button that ends it; `first` is said before them."""
    if not approvals:
        none = NONE_YET if is_allowed else NOT_ALLOWED
        return Message("\n".join(filter(None, [first, none])))
    title = (
        "*Standing approvals*: these statements run without a question, whatever their values,"
        " which are shown as `'…'` and `0`."
    )
    shown = approvals[:MOST_SHOWN]
    blocks: list[Block] = [section(words) for words in (first, title) if words]
    blocks += [
        section_with(_revoke(one), _line(one), block_id=f"approval:{one.approval_id}")
        for one in shown
    ]
    if len(approvals) > MOST_SHOWN:
        blocks.append(context(f"and {len(approvals) - MOST_SHOWN} more, which end later."))
    lines = [first, title, *map(_line, shown)]
    return Message(t.clip("\n".join(filter(None, lines)), 3_500), blocks)


def _line(approval: StandingApproval) -> str:
    until = t.day_and_time(approval.expires_at)
    return (
        f"{t.mention(approval.user_id)} in {t.code(approval.project)} until {until}, approved by"
        f" {t.mention(approval.approver_id)} with *{approval.run}*\n"
        f"{t.code(approval.text, limit=SQL_CHARACTERS)}"
    )


def _revoke(approval: StandingApproval) -> Block:
    confirm = confirmation(
        "End this approval?",
        "From now on such a statement needs an approval of its own. Running jobs continue.",
        yes="Revoke",
        no="Keep it",
    ) | {"style": "danger"}
    value = f"{approval.project} {approval.approval_id}"
    return button("Revoke", action_id=REVOKE_APPROVAL, value=value) | {
        "style": "danger",
        "confirm": confirm,
    }
