"""The tables of the service itself, which everybody reads and nobody changes."""

from odps_bot.sandbox.maxcompute.engine.errors import no_privilege
from odps_bot.sandbox.maxcompute.engine.session import Session
from odps_bot.sandbox.maxcompute.engine.statements import (
    ChangePartition,
    ChangeRows,
    CreateTable,
    CreateView,
    DropTable,
    Insert,
    Parsed,
    TruncateTable,
)
from odps_bot.sandbox.maxcompute.engine.tasks_history import PROJECT_LEVEL, TENANT_LEVEL

_CREATING = (CreateTable, CreateView)
#: The privilege that a statement needs on its table.
_PRIVILEGES = {
    Insert: "Update",
    ChangeRows: "Update",
    TruncateTable: "Update",
    ChangePartition: "Alter",
    DropTable: "Drop",
}


def check_owned(parsed: Parsed, session: Session) -> None:
    """Raise `SqlError` for a statement that changes a table of the service, or adds one to it."""
    if isinstance(parsed, _CREATING):
        project = (parsed.table.project or session.project).lower()
        if project in {PROJECT_LEVEL, TENANT_LEVEL} and not session.catalog.has_project(project):
            raise no_privilege("odps:CreateTable", f"projects/{project}")
        return
    name, privilege = getattr(parsed, "table", None), _PRIVILEGES.get(type(parsed))
    table = None if name is None or privilege is None else session.look_up(name)
    if table is not None and table.is_of_service:
        raise no_privilege(f"odps:{privilege}", f"projects/{table.project}/tables/{table.name}")
