"""`/odps subscribe`: notify a channel of a project's jobs, wherever they were started."""

import re
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from odps_bot.alerts.subscriptions import Subscription, Wanted
from odps_bot.authorization import require_permission
from odps_bot.errors import CommandError, UsageError
from odps_bot.input.command import Command, Group
from odps_bot.input.did_you_mean import unknown_word
from odps_bot.input.projects import allowed_project, projects_here
from odps_bot.input.request import Answer, Request
from odps_bot.input.spans import read_span
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.policy.effective_role import Permission
from odps_bot.services import Services
from odps_bot.spelling import close_words
from odps_bot.store.notification_kind import NotificationKind

USAGE = "/odps subscribe PROJECT [failures / slow / sick / all] [45m] [owner NAME …]"

#: Synonyms for the kinds of alerts.
WORDS = {
    **dict.fromkeys(("failures", "failure", "failed", "fails", "errors"), Wanted.FAILURES),
    **dict.fromkeys(("slow", "long"), Wanted.SLOW),
    **dict.fromkeys(("sick", "stuck", "unhealthy", "findings", "causes"), Wanted.SICK),
    **dict.fromkeys(("all", "everything"), Wanted.ALL),
}
#: The words that help shows, for whoever mistypes one.
_WORDS = ("failures", "slow", "sick", "all", "owner")

NOTHING_SUBSCRIBED = "Nothing was subscribed."

_OWNER_WORDS = frozenset({"owner", "owners", "by", "--owner"})
_PROJECT_WORDS = frozenset({"project", "--project", "-p"})
_FILLERS = frozenset({"to", "of", "in", "for", "and", "the", "only", "jobs", "after", "over"})

_ASSIGNED = re.compile(r"\b(owners?|project)[=:]", re.IGNORECASE)
SHORTEST_SLOW = timedelta(minutes=1)
LONGEST_SLOW = timedelta(days=7)
MOST_OWNERS = 20
OWNER_CHARACTERS = 128


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was typed."""

    project: str | None
    wants: tuple[Wanted, ...]
    slow_after: timedelta | None
    owners: tuple[str, ...]


def answer(request: Request, services: Services) -> Answer:
    """Store the subscription; it counts once a worker has announced it in the channel."""
    if not request.channel_id:
        raise CommandError("Use `/odps subscribe` in a channel. Nothing was subscribed.")
    wish = read_wish(request.text, projects=services.settings.projects)
    if wish.project is None:
        known = ", ".join(t.code(name) for name in services.settings.projects)
        raise UsageError(f"Which project? Available: {known}. Nothing was subscribed.", usage=USAGE)
    is_known = wish.project in services.settings.projects
    if not is_known and close_words(wish.project, _WORDS):
        words = (*_WORDS, *projects_here(request, services))
        raise unknown_word(wish.project, words, usage=USAGE, end=NOTHING_SUBSCRIBED)
    project = allowed_project(wish.project, request, services, undone=NOTHING_SUBSCRIBED)
    require_permission(request, services, Permission.SUBSCRIBE, project=project)
    if not services.stores.subscriptions.has_any(project):
        services.stores.observations.forget(project)
    new = Subscription(
        **request.who,
        project=project,
        created_at=services.clock(),
        wants=wish.wants,
        slow_after=wish.slow_after,
        owners=wish.owners,
        interaction_id=request.interaction_id,
    )
    services.stores.ephemeral_replies.remember_address(request.interaction_id, request.address)
    _, kept = services.stores.subscriptions.change(
        project, request.team_id, request.channel_id, lambda before: _with(before, new)
    )
    services.stores.observations.begin(project, new.created_at)
    if kept is not None and not kept.is_announced:
        services.stores.outbox.enqueue(NotificationKind.ALERT, kept.id)
        services.jobs.deliver()
    return Message(":bell: Announcing the subscription in this channel …")


def _with(before: Subscription | None, new: Subscription) -> Subscription:
    if before is None:
        return new
    if before.interaction_id == new.interaction_id:
        return before  # the same command, delivered again
    if not before.is_announced:
        before = before.replaces
    # Events that were detected before this are still posted.
    created_at = before.created_at if before else new.created_at
    replaced = msgspec.structs.replace(before, replaces=None) if before else None
    return msgspec.structs.replace(new, replaces=replaced, created_at=created_at)


def read_wish(text: str, *, projects: tuple[str, ...]) -> Wish:
    """Return what was typed after the verb, in any order. Raises UsageError.

    Without a project, the only one is used.
    """
    reading = _Reading(projects)
    words = [word.strip("`'\",;") for word in _ASSIGNED.sub(r"\1 ", text).split()]
    for word in filter(None, words):
        reading.read(word)
    return reading.wish()


class _Reading:
    """What has been read so far; names that follow `owner` are owners until another word comes."""

    def __init__(self, projects: tuple[str, ...]) -> None:
        self._projects = projects
        self._project: str | None = None
        self._wants: set[Wanted] = set()
        self._slow_after: timedelta | None = None
        self._owners: list[str] = []
        self._reads_owners = False

    def read(self, word: str) -> None:
        """Read one more word. Raises UsageError for an unknown one."""
        name = word.lower().replace("\u2014", "--")
        span = read_span(word)
        if name in _OWNER_WORDS:
            self._reads_owners = True
        elif name in WORDS and not (self._project is None and word in self._projects):
            self._wants.add(WORDS[name])
            self._reads_owners = False
        elif span is not None:
            self._slow_after = span
        elif name in _PROJECT_WORDS or (name in _FILLERS and not self._reads_owners):
            self._reads_owners = False
        elif self._reads_owners:
            self._owners.append(word[:OWNER_CHARACTERS])
        elif self._project is None:
            self._project = word
        else:
            raise unknown_word(word, _WORDS, usage=USAGE, end=NOTHING_SUBSCRIBED)

    def wish(self) -> Wish:
        """Return what all words add up to. Raises UsageError if that can't be subscribed to."""
        if self._reads_owners and not self._owners:
            raise UsageError("The name of the owner is missing.", usage=USAGE)
        if len(self._owners) > MOST_OWNERS:
            raise UsageError(f"Name at most {MOST_OWNERS} owners.", usage=USAGE)
        after = self._slow_after
        if after is not None and not SHORTEST_SLOW <= after <= LONGEST_SLOW:
            raise UsageError("Choose between 1 minute and 7 days for slow jobs.", usage=USAGE)
        only = self._projects[0] if len(self._projects) == 1 else None
        return Wish(
            project=self._project or only,
            wants=self._all_wants(),
            slow_after=self._slow_after,
            owners=tuple(dict.fromkeys(self._owners)),
        )

    def _all_wants(self) -> tuple[Wanted, ...]:
        if Wanted.ALL in self._wants:
            return tuple(one for one in (Wanted.SICK, Wanted.ALL) if one in self._wants)
        wants = self._wants | ({Wanted.SLOW} if self._slow_after is not None else set())
        return tuple(one for one in Wanted if one in wants) or (Wanted.FAILURES,)


COMMAND = Command(
    usage=USAGE,
    summary="Notify this channel of a project's failed, slow or sick jobs, wherever started",
    group=Group.ALERTS,
    examples=(
        "/odps subscribe analytics",
        "/odps subscribe analytics slow 45m",
        "/odps subscribe analytics failures slow owner ann bob",
        "/odps subscribe analytics sick",
        "/odps subscribe analytics all",
    ),
    answer=answer,
    permission=Permission.SUBSCRIBE,
)
