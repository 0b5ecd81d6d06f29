"""Why somebody may not do something: what is missing, and who can help."""

from odps_bot.messages import text as t
from odps_bot.policy.standing import Denial
from odps_bot.rules import Channel, Role
from odps_bot.runs.locks import ProjectLock

#: Ends every denial of something that was to be run or changed.
NOTHING_DONE = "Nothing was submitted or changed."


def denied(denial: Denial, *, channel: Channel, contact: str) -> str:
    """Return the sentence for the person, as mrkdwn."""
    who = t.escape(contact)
    needed = f"*{denial.needed}*"
    match denial.lacks:
        case "role" if denial.has is Role.NONE:
            why = f"You have no role here; to {denial.deed}, you need {needed}."
        case "role":
            why = f"To {denial.deed}, you need the role {needed}; yours is *{denial.has}*."
        case "channel":
            why = (
                f"This channel allows *{denial.has}* at most; to {denial.deed}, {needed} is needed."
                " Ask in another channel."
            )
        case _:
            known = ", ".join(t.code(name) for name in channel.projects) or "none"
            project = t.code(denial.project or "")
            why = f"This channel may not use the project {project}, only {known}."
    return f":wave: {why} {who} can help. {NOTHING_DONE}"


def locked(lock: ProjectLock) -> str:
    """Return why nothing but reads is accepted in a locked project."""
    return (
        f":lock: {t.code(lock.project)} is locked by {t.mention(lock.user_id)} since"
        f" {t.day_and_time(lock.at)}: {t.one_line(lock.reason, limit=300)}. Only statements that"
        f" read are accepted meanwhile. {NOTHING_DONE}"
    )


def forbidden_setting(name: str, reason: str) -> str:
    """Return why a statement with this setting is refused."""
    return f":wave: The setting {t.code(name)} is refused: {t.escape(reason)} {NOTHING_DONE}"
