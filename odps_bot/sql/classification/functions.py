"""Functions that do more than compute from their arguments. Pure.

Sources: https://www.alibabacloud.com/help/en/maxcompute/other-functions,
https://www.alibabacloud.com/help/en/maxcompute/unstructured-processing-function, and what Hive has
beside it: https://hive.apache.org/docs/latest/language/languagemanual-udf/
"""

import re
from collections.abc import Sequence

from odps_bot.sql.keywords import words

#: These look at a table whose name is their first argument: `max_pt('project.table')`.
_LOOK_AT_NAMED = words("max_pt partition_exists table_exists get_data_from_oss")

#: The link that this returns opens files to whoever has it, for writing as well.
_SIGN_LINKS = words("get_signed_url_from_oss")

#: These call a method of Java by its name, or read a file where the query runs.
_RUN_CODE = words("reflect reflect2 java_method in_file")


#: The first argument of these is a model's name, which may have a project before it:
#: https://www.alibabacloud.com/help/en/maxcompute/user-guide/ai-generate
_USE_MODELS = re.compile(r"ml_predict|ai_[a-z]+")


def uses_model(parts: Sequence[str]) -> bool:
    """Return whether a function's first argument is the name of a model."""
    return len(parts) == 1 and _USE_MODELS.fullmatch(parts[0].lower()) is not None


def looks_at_named(parts: Sequence[str]) -> bool:
    """Return whether a function, by the parts of its name, looks at a table named by a text."""
    return parts[-1].lower() in _LOOK_AT_NAMED


def why_function_is_unproven(parts: Sequence[str], *, is_of_project: bool = False) -> str:
    """Say why calling a function is not proven to only read; empty if nothing speaks against it.

    With `is_of_project` a project and a colon stand before the parts of its name.
    """
    function = parts[-1].lower()
    if function in _SIGN_LINKS:
        return f"`{function}` makes a link that lets anyone read or replace a file."
    if function in _RUN_CODE:
        return f"`{function}` runs code or reads files outside of tables."
    if function in _LOOK_AT_NAMED and (is_of_project or len(parts) > 1):
        # Whether it is the built-in one, or one of a project, is MaxCompute's to say.
        return f"It calls `{function}` with something before its name."
    return ""
