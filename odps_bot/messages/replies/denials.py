"""Why somebody may not do something: what is missing, and who can help."""

from odps_bot.config.rules import Channel, Role
from odps_bot.errors import Denial, DenialCode
from odps_bot.messages import text as t
from odps_bot.policy.effective_role import Permission
from odps_bot.store.project_locks import ProjectLock

#: Ends every denial of something that was to be run or changed.
NOTHING_DONE = "Nothing was submitted or changed."

GROUPS_NOT_KNOWN = (
    "Slack has not told me lately who belongs to the user groups that have a role: try again in a"
    " minute, if you belong to one."
)

#: What a role is needed for, behind *to*.
PERMISSIONS = {
    Permission.SEE: "see how jobs stand",
    Permission.READ: "run statements that read",
    Permission.WATCH: "follow jobs that were started elsewhere",
    Permission.SUBSCRIBE: "subscribe a channel to a project",
    Permission.WRITE: "change rows",
    Permission.DEFINE: "define or drop tables",
    Permission.STOP_OTHERS: "stop other people's jobs",
    Permission.ADMINISTER: (
        "run statements about rights and settings, or that I cannot understand"
    ),
    Permission.LOCK: "lock a project",
}

REASON_CHARACTERS = 300
UNPROVEN_CHARACTERS = 300


def denied(
    denial: Denial,
    *,
    channel: Channel,
    contact: str,
    unproven: str = "",
    are_groups_known: bool = True,
) -> str:
    """Return the sentence for the person, as mrkdwn.

    `unproven` says why a statement was not understood; it may quote what they typed. Where it
    is not known who belongs to the user groups, the person may have more than it seems.
    """
    read = (
        f" What I make of it: {t.one_line(unproven, limit=UNPROVEN_CHARACTERS)}" if unproven else ""
    )
    unknown = (
        "" if are_groups_known or denial.code is not DenialCode.ROLE else f" {GROUPS_NOT_KNOWN}"
    )
    missing = what_is_missing(denial, channel=channel)
    return f"{missing}{read}{unknown} {NOTHING_DONE} {ask_for_help(contact)}"


def what_is_missing(denial: Denial, *, channel: Channel) -> str:
    """Return why somebody may not do something here."""
    needed, has = f"*{denial.needed}*", f"*{denial.has}*"
    what = PERMISSIONS[Permission(denial.permission)]
    is_none = denial.has == Role.NONE
    match denial.code:
        case DenialCode.ROLE if is_none:
            return f"You have no role here; to {what}, you need {needed}."
        case DenialCode.ROLE:
            return f"To {what}, you need the role {needed}; yours is {has}."
        case DenialCode.CHANNEL if is_none:
            return "I am not to be used in this channel. Ask in another one."
        case DenialCode.CHANNEL:
            return (
                f"This channel allows {has} at most; to {what}, {needed} is needed. Ask in another"
                " channel."
            )
        case _:
            known = ", ".join(t.code(name) for name in channel.projects) or "none"
            project = t.code(denial.project)
            return f"This channel may not use the project {project}, only {known}."


def denial_in_words(denial: Denial) -> str:
    """Return why somebody may not do something as a clause of plain text."""
    needs = f"needs {denial.needed}"
    if denial.permission:
        needs = f"to {PERMISSIONS[Permission(denial.permission)]} {needs}"
    return {
        DenialCode.ROLE: f"{needs}, the person has {denial.has}",
        DenialCode.CHANNEL: f"{needs}, the channel allows {denial.has}",
        DenialCode.PROJECT: f"the channel may not use the project {denial.project}",
        DenialCode.LOCKED: f"the project is locked: {denial.detail}",
        DenialCode.APPROVAL_ELSEWHERE: f"there {denial.detail} needs a second person",
        DenialCode.FORBIDDEN_SETTING: f"the setting {denial.detail} weakens a guard",
        DenialCode.NOT_REQUESTER: f"it is for {denial.detail}, who asked",
        DenialCode.OWN_RUN: "it is their own run",
        DenialCode.OTHER_CHANNEL: "its card stands in another channel",
        DenialCode.OTHER_WORKSPACE: "it was started in another workspace",
    }[denial.code]


def ask_for_help(contact: str) -> str:
    """Return who can help, in a sentence."""
    return f"Ask {t.escape(contact)} for help."


def locked(lock: ProjectLock) -> str:
    """Return why nothing but reads is accepted in a locked project."""
    return f"{_locked_by(lock)} Only statements that read are accepted meanwhile. {NOTHING_DONE}"


def needs_approval_there(project: str, statement_class: str) -> str:
    """Return why what changes a project is not run from another one."""
    return (
        f"It reaches into {t.code(project)}, and statements of the class *{statement_class}* need a"
        f" second person in {t.code(project)}. Run it there, with"
        f" {t.code(f'--project {project}')}. {NOTHING_DONE}"
    )


def lock_line(lock: ProjectLock) -> str:
    """Return who has locked a project, when and why, in one line."""
    return f":lock: {_locked_by(lock)}"


def _locked_by(lock: ProjectLock) -> str:
    if lock.is_corrupt:
        return (
            f"{t.code(lock.project)} is locked, but by whom, since when and why can no longer be"
            f" read. {t.code(f'/odps unlock {lock.project}')} unlocks it, for those who may."
        )
    reason = t.one_line(lock.reason, limit=REASON_CHARACTERS)
    return (
        f"{t.code(lock.project)} is locked by {t.mention(lock.user_id)} since"
        f" {t.day_and_time(lock.at)}: {reason}" + ("" if reason.endswith((".", "!", "?")) else ".")
    )


def was_locked(lock: ProjectLock) -> str:
    """Return the answer to whoever has locked a project."""
    return (
        f"{lock_line(lock)}\nNothing but statements that read is accepted there until"
        f" {t.code(f'/odps unlock {lock.project}')}. What runs already goes on."
    )


def was_unlocked(project: str) -> str:
    """Return the answer to whoever has unlocked a project."""
    return (
        f":unlock: {t.code(project)} is unlocked: everybody may run there again what their role"
        " allows."
    )


def not_locked(project: str) -> str:
    """Return the answer to whoever unlocks what is open."""
    return f"{t.code(project)} is not locked. Nothing was changed."


def forbidden_setting(name: str, reason: str) -> str:
    """Return why a statement with this setting is refused; `reason` is a clause."""
    return (
        f"I refuse the setting {t.code(name, limit=80)}, for {t.escape(reason)}. Take it out"
        f" and run the rest. {NOTHING_DONE}"
    )
