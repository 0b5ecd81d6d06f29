"""What a table or one of its partitions holds: one request, which reads no data."""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from odps_bot.maxcompute import arguments
from odps_bot.maxcompute.endpoints import Endpoints
from odps_bot.maxcompute.models.tables import TableContent
from odps_bot.maxcompute.wire import parse_json_object, parse_xml, text_at, whole_number_or_none


class Tables:
    """Asks about tables. Thread-safe; methods raise MaxComputeError."""

    def __init__(self, endpoints: Endpoints, *, project: str) -> None:
        self._endpoints = endpoints
        self._project = project

    def get_content(
        self,
        table: str,
        *,
        project: str | None = None,
        schema: str | None = None,
        partition: Mapping[str, object] | None = None,
    ) -> TableContent:
        """Return how much a table holds, or one of its partitions, as far as the service tells.

        `partition` has a value for each of the table's partition columns. Raises NotFoundError for
        a table or partition that is not there.
        """
        name = arguments.segment("table", table)
        path = ("projects", arguments.project(project, default=self._project), "tables", name)
        chosen = arguments.optional_text("schema", schema)
        params = {"curr_schema": chosen} if chosen else {}
        if values := arguments.mapping("partition", partition):
            params["partition"] = ",".join(f"{key}='{value}'" for key, value in values.items())
        return parse_content(self._endpoints.rest.get(path, params).body)


def parse_content(body: bytes) -> TableContent:
    """Parse the description of a table or partition; what is odd in it is not known."""
    root = parse_xml(body)
    facts = _facts(root)
    is_partition = root.tag == "Partition"
    size = _known(facts.get("partitionSize" if is_partition else "size"))
    rows = _known(facts.get("partitionRecordNum" if is_partition else "recordNum"))
    is_view = any(facts.get(key) is True for key in ("isVirtualView", "isMaterializedView"))
    return TableContent(
        size_bytes=size,
        # Rows that nobody has counted are none, too.
        rows=None if rows == 0 and size else rows,
        is_partitioned=bool(facts.get("partitionKeys")),
        is_view=is_view,
    )


def _facts(root: Element) -> dict[str, Any]:
    schema = text_at(root, "Schema")
    return parse_json_object(schema.encode()) if schema else {}


def _known(value: object) -> int | None:
    """Return a number of things; the service says -1 where it does not know."""
    number = whole_number_or_none(value)
    return number if number is not None and number >= 0 else None
