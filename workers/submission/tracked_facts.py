"""What an instance that somebody follows tells of itself: statement, Guid, owner, start and origin.

Its source is read once, whether it is refused or not.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from odps_bot.maxcompute import Instance, InstanceSource, MaxComputeError
from odps_bot.maxcompute.pai_command import pai_command_of
from odps_bot.maxcompute_clients import Purpose
from odps_bot.runs.origin import origin_of
from odps_bot.services import Services
from workers.polling.side_questions import unless_refused

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class WhatWasSubmitted:
    """The statement of an instance, and what else its source says."""

    sql: str = ""  #: for an XFlow the PAI command; empty: not known
    guid: str | None = None
    source: InstanceSource | None = None  #: None: it is refused, or that of an XFlow
    is_known: bool = True  #: False: neither source could be read


def what_was_submitted(instance: Instance, services: Services) -> WhatWasSubmitted:
    """Return what was submitted, as far as known.

    A source that is refused is no reason not to follow the instance: raises MaxComputeError if its
    own status says so, or if MaxCompute must be asked again. Services that know no source of an
    XFlow answer with one that has no query.
    """
    source = unless_refused(instance.get_source)
    if source and (queries := [task.query for task in source.tasks if task.query]):
        return WhatWasSubmitted(sql=_together(queries), guid=source.guid, source=source)
    xflows = services.maxcompute.of(instance.project, Purpose.LOOK_UP).xflows
    flow = unless_refused(partial(xflows.get_source, instance))
    if flow is not None:
        return WhatWasSubmitted(sql=pai_command_of(flow), guid=flow.guid, source=source)
    if source is None:
        instance.reload()
        return WhatWasSubmitted(is_known=False)
    return WhatWasSubmitted(guid=source.guid, source=source)


def tracked_facts(
    instance: Instance, source: InstanceSource | None, *, is_foreign: bool
) -> Mapping[str, Any]:
    """Return the fields of a run that follows the instance; one request if its times are not known.

    Whatever MaxCompute does not tell is None: it is no reason not to follow the instance.
    """
    if instance.start_time is None:
        try:
            instance.reload()
        except MaxComputeError as error:
            log.info("owner and times of instance %s are not known: %s", instance.id, error)
    tasks = source.tasks if source else ()
    started_at = instance.start_time or (source.creation_time if source else None)
    if not is_foreign:
        return {"is_foreign": False, "started_at": started_at}
    return {
        "is_foreign": True,
        "started_at": started_at,
        "owner": instance.owner or (source.owner if source else None),
        "origin": origin_of(
            [task.name for task in tasks],
            {key: value for task in tasks for key, value in task.settings.items()},
        ),
    }


def _together(queries: Sequence[str]) -> str:
    """Return the statements of an instance's tasks as one text."""
    if len(queries) == 1:
        return queries[0]
    return "\n".join(f"{query.strip().removesuffix(';')};" for query in queries)
