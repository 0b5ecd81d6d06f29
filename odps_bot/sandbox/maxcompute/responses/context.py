"""The state that the handlers work with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from odps_bot.sandbox.maxcompute.access import Access
from odps_bot.sandbox.maxcompute.engine.catalog import PartitionValues
from odps_bot.sandbox.maxcompute.engine.engine import Engine
from odps_bot.sandbox.maxcompute.instances import Instance, Instances
from odps_bot.sandbox.maxcompute.lifecycles import Lifecycles
from odps_bot.sandbox.maxcompute.permissions import Permissions
from odps_bot.sandbox.maxcompute.service_errors import invalid_parameter, no_such_project

_ID = re.compile(r"[0-9A-Za-z_]{1,64}")


@dataclass(frozen=True)
class TunnelSession:
    """A tunnel session."""

    instance_id: str
    row_count: int
    opened_at: datetime


@dataclass(frozen=True)
class TableDownload:
    """A tunnel session that reads a table, or one of its partitions."""

    project: str
    table: str
    partition: PartitionValues | None
    row_count: int
    opened_at: datetime


@dataclass(frozen=True)
class Upload:
    """A tunnel session that adds rows to a table, or to one of its partitions."""

    project: str
    table: str
    partition: PartitionValues | None
    opened_at: datetime
    #: Whether the rows replace those that are there.
    is_overwrite: bool = False
    is_committed: bool = False
    #: Size in bytes and rows by the number of the block.
    blocks: dict[int, tuple[int, Sequence[Sequence[Any]]]] = field(default_factory=dict)


@dataclass(frozen=True)
class SlowQuery:
    """A query about permissions that is answered later."""

    result: str
    #: How often.
    asked: int


@dataclass(frozen=True)
class Context:
    """The state of a server."""

    projects: tuple[str, ...]
    region: str
    access: Access
    engine: Engine
    instances: Instances
    lifecycles: Lifecycles
    #: By project.
    properties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Interactive quotas; the first is that of projects.
    interactive_quotas: tuple[str, ...] = ()
    #: Open tunnel sessions by id, oldest first.
    downloads: dict[str, TunnelSession] = field(default_factory=dict)
    #: Likewise.
    table_downloads: dict[str, TableDownload] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    #: By project.
    permissions: dict[str, Permissions] = field(default_factory=dict)
    #: By project and id.
    slow_queries: dict[tuple[str, str], SlowQuery] = field(default_factory=dict)

    def project(self, name: str) -> str:
        """Return a project's name; raises `ServiceError` for an unknown one."""
        if name.lower() not in self.projects:
            raise no_such_project(name)
        return name.lower()

    def instance(self, project: str, instance_id: str) -> Instance:
        """Return an instance; raises `ServiceError` for an unknown one."""
        if not _ID.fullmatch(instance_id):
            raise invalid_parameter(f"the instance id '{instance_id}' is malformed")
        return self.instances.get(self.project(project), instance_id)
