"""What has MaxCompute itself hold a run to what it was allowed to be. Pure."""

from odps_bot.config.rules import Project
from odps_bot.sql.classification import Classification

#: MaxCompute refuses whatever changes something. A setting, so code that runs in a query may get
#: around it: only an account that can't write is a guarantee.
READ_ONLY = "odps.sql.read.only"

#: Names of two parts begin with a schema, not with a project, whatever the account's default is.
#: https://www.alibabacloud.com/help/en/maxcompute/schema-related-operations
SCHEMAS = "odps.namespace.schema"


def engine_guards(statement: Classification, rules: Project) -> dict[str, str]:
    """Return the settings to send beside a statement, over all others of the same name.

    `rules` are those of the project that it runs in.
    """
    return ({READ_ONLY: "true"} if statement.is_read else {}) | name_settings(statement, rules)


def name_settings(statement: Classification, rules: Project) -> dict[str, str]:
    """Return what has MaxCompute read names as they were judged, in an estimate as well."""
    return {SCHEMAS: "true"} if rules.schemas and statement.keeps_schemas_on else {}
