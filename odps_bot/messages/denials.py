"""Why somebody isn't allowed to do something: what is missing, and who can help."""

from odps_bot.config.rules import Channel, Role
from odps_bot.errors import Denial, DenialCode
from odps_bot.messages import text as t
from odps_bot.messages.people import contact_in_words
from odps_bot.messages.run_link import link_for_others
from odps_bot.messages.sentences import SENTENCES
from odps_bot.policy.effective_role import Permission
from odps_bot.runs import Owner, Run
from odps_bot.sql.classification import StatementClass
from odps_bot.store.project_locks import ProjectLock

#: Part of every denial of something that would run or change something.
NOTHING_DONE = "Nothing was submitted or changed."

GROUPS_NOT_KNOWN = (
    "I couldn't ask Slack recently who belongs to the user groups that have a role. If you belong"
    " to one, try again in a minute."
)

#: Slack names the workspace with commands, but not with every click or mention.
MEMBERSHIP_NOT_KNOWN = (
    "Slack didn't say whether you belong to this organization. If you do, type the command instead:"
    " `/odps help` lists them."
)

REASON_CHARACTERS = 300
UNPROVEN_CHARACTERS = 300


def denied(
    denial: Denial,
    *,
    channel: Channel,
    contact: str,
    user_id: str = "",
    unproven: str = "",
    are_groups_known: bool = True,
    is_membership_known: bool = True,
) -> str:
    """Return the sentence for the person, as mrkdwn.

    `unproven` says why a statement could not be verified; it may quote what they typed. While the
    members of the user groups are not known, or it is not known whether the person belongs to the
    organization, they may have a higher role than it seems.
    """
    why = t.one_line(unproven, limit=UNPROVEN_CHARACTERS)
    read = f" I couldn't verify this statement: {why}" if unproven else ""
    unknown = ""
    if denial.code is DenialCode.ROLE and not is_membership_known:
        unknown = f" {MEMBERSHIP_NOT_KNOWN}"
    elif denial.code is DenialCode.ROLE and not are_groups_known:
        unknown = f" {GROUPS_NOT_KNOWN}"
    missing = what_is_missing(denial, channel=channel)
    return f"{missing}{read}{unknown} {NOTHING_DONE} {ask_for_help(contact, user_id=user_id)}"


def what_is_missing(denial: Denial, *, channel: Channel) -> str:
    """Return why somebody isn't allowed to do something here."""
    needed, has = f"*{denial.needed}*", f"*{denial.has}*"
    what = SENTENCES.permissions[Permission(denial.permission)] if denial.permission else "do this"
    is_none = denial.has == Role.NONE
    match denial.code:
        case DenialCode.ROLE if is_none:
            return f"You have no role here. You need the role {needed} to {what}."
        case DenialCode.ROLE:
            return f"You need the role {needed} to {what}. Yours is {has}."
        case DenialCode.CHANNEL if is_none:
            return "I'm not enabled in this channel. Use another channel."
        case DenialCode.CHANNEL:
            return (
                f"This channel is limited to {has}, and you need {needed} to {what}. Use another"
                " channel."
            )
        case DenialCode.PROJECT:
            known = ", ".join(t.code(name) for name in channel.projects) or "none"
            project = t.code(denial.project)
            return f"Project {project} isn't available in this channel. Available here: {known}."
        case (
            DenialCode.FOREIGN_PROJECT
            | DenialCode.LOCKED
            | DenialCode.APPROVAL_ELSEWHERE
            | DenialCode.FORBIDDEN_SETTING
            | DenialCode.NOT_REQUESTER
            | DenialCode.NOT_APPROVER
            | DenialCode.OWN_RUN
            | DenialCode.OTHER_CHANNEL
            | DenialCode.OTHER_WORKSPACE
        ):
            return f"You can't {what}: {t.escape(denial_in_words(denial))}."


def denial_in_words(denial: Denial) -> str:
    """Return why somebody isn't allowed to do something, as a clause of plain text."""
    needs = f"needs {denial.needed}"
    if denial.permission:
        needs = f"{needs} to {SENTENCES.permissions[Permission(denial.permission)]}"
    return {
        DenialCode.ROLE: f"{needs}; the person has {denial.has}",
        DenialCode.CHANNEL: f"{needs}; the channel allows {denial.has}",
        DenialCode.PROJECT: f"project {denial.project} is not available in the channel",
        DenialCode.FOREIGN_PROJECT: f"{denial.project} is not a project that I use",
        DenialCode.LOCKED: f"the project is locked: {denial.detail}",
        DenialCode.APPROVAL_ELSEWHERE: f"{denial.detail} needs a second person there",
        DenialCode.FORBIDDEN_SETTING: f"the setting {denial.detail} weakens a guard",
        DenialCode.NOT_REQUESTER: f"only {denial.detail}, the requester, can do it",
        DenialCode.NOT_APPROVER: "the rules name others who can approve it",
        DenialCode.OWN_RUN: "it is their own run",
        DenialCode.OTHER_CHANNEL: "its card is in another channel",
        DenialCode.OTHER_WORKSPACE: "it belongs to another workspace",
    }[denial.code]


def belongs_elsewhere(owner: Owner, wanted: str) -> str:
    """Return whose the job is that `wanted`, the id of an instance or a run, leads to."""
    name = link_for_others(owner) if isinstance(owner, Run) else f"*{t.escape(owner.name)}*"
    what = f"Run {name}" if owner.name else f"Instance {t.code(wanted)}"
    if not owner.channel_id or owner.channel_id.startswith("D"):  # nobody else reads those
        return f"{what} belongs to {t.mention(owner.user_id)}. Ask them."
    return (
        f"{what} belongs to <#{owner.channel_id}>. Ask there, or its owner"
        f" {t.mention(owner.user_id)}."
    )


def belongs_to_workspace(wanted: str) -> str:
    """Return why nothing is said about a job of another workspace."""
    return f"Job {t.code(wanted)} belongs to another workspace. Ask there."


def ask_for_help(contact: str, *, user_id: str = "") -> str:
    """Return who can help this person, in a sentence; nobody is sent to themselves."""
    who = contact_in_words(contact, but_not=user_id)
    return f"Ask {who} for help." if who else "The rules in odps-bot.toml decide this."


def locked(lock: ProjectLock) -> str:
    """Return why only reads are accepted in a locked project."""
    return f"{_locked_by(lock)} Until it is unlocked, only reads are accepted. {NOTHING_DONE}"


def needs_approval_there(project: str, statement_class: str) -> str:
    """Return why a statement that changes a project isn't run from another one."""
    return (
        f"This statement changes {t.code(project)}, where *{statement_class}* statements need a"
        f" second person's approval. Run it with {t.code(f'--project {project}')}. {NOTHING_DONE}"
    )


def foreign_project(
    name: str,
    done: StatementClass,
    *,
    project: str,
    may_be_schema: bool,
    contact: str,
    user_id: str = "",
) -> str:
    """Return why a statement that names a project which the bot does not use isn't run.

    `project` is the one that it would run in.
    """
    is_read = done is StatementClass.READ
    does = "reads from" if is_read else "may change something in"
    ways = [f"{t.code('reads_from')} would allow reading from it"] if is_read else []
    if may_be_schema:
        ways.insert(0, f"{t.code('schemas = true')} would make it a schema of {t.code(project)}")
    remedy = f" In the rules, {', and '.join(ways)}." if ways else ""
    return (
        f"This statement {does} {t.code(name, limit=80)}, which isn't one of my projects.{remedy}"
        f" {NOTHING_DONE} {ask_for_help(contact, user_id=user_id)}"
    )


def lock_line(lock: ProjectLock) -> str:
    """Return who locked a project, when and why, in one line."""
    return f":lock: {_locked_by(lock)}"


def _locked_by(lock: ProjectLock) -> str:
    if lock.is_corrupt:
        return (
            f"{t.code(lock.project)} is locked, but the record of who locked it, when and why"
            f" can't be read. An operator can unlock it with"
            f" {t.code(f'/odps unlock {lock.project}')}."
        )
    reason = t.one_line(lock.reason, limit=REASON_CHARACTERS)
    return (
        f"{t.code(lock.project)} is locked ({t.mention(lock.user_id)},"
        f" {t.day_and_time(lock.at)}): {reason}" + ("" if reason.endswith((".", "!", "?")) else ".")
    )


def was_locked(lock: ProjectLock, *, ended_approvals: int = 0) -> str:
    """Return the reply to the person who locked a project."""
    count = f"{ended_approvals} standing approval{'s' if ended_approvals > 1 else ''}"
    ended = f" {count} ended." if ended_approvals else ""
    return (
        f"{lock_line(lock)}\nOnly reads are accepted there until"
        f" {t.code(f'/odps unlock {lock.project}')}. Running jobs continue.{ended}"
    )


def was_unlocked(project: str) -> str:
    """Return the reply to the person who unlocked a project."""
    return f":unlock: {t.code(project)} is unlocked: everyone can run what their role allows again."


def not_locked(project: str) -> str:
    """Return the reply to a person who unlocks a project that isn't locked."""
    return f"{t.code(project)} is not locked. Nothing was changed."


def forbidden_setting(name: str, reason: str) -> str:
    """Return why a statement with this setting is refused; `reason` is a clause."""
    return (
        f"The setting {t.code(name, limit=80)} isn't allowed here: {t.escape(reason)}. Remove it"
        f" and run the rest. {NOTHING_DONE}"
    )
