"""What has MaxCompute itself hold a run to what it was allowed to be. Pure."""

from odps_bot.sql.classification import Classification

#: MaxCompute refuses whatever changes something. A setting, so code that runs in a query may get
#: around it: only an account that can't write is a guarantee.
READ_ONLY = "odps.sql.read.only"


def engine_guards(statement: Classification) -> dict[str, str]:
    """Return the settings to send beside a statement, over all others of the same name."""
    return {READ_ONLY: "true"} if statement.is_read else {}
