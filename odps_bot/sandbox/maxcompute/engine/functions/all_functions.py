"""The names of all functions that the sandbox has, in lower case."""

from odps_bot.sandbox.maxcompute.engine.functions import calls, lambdas, macros, names
from odps_bot.sandbox.maxcompute.engine.functions.table_functions import TABLE_FUNCTIONS

FUNCTIONS = frozenset(
    name.lower()
    for group in (
        calls.REWRITTEN,
        lambdas.WITH_LAMBDA,
        macros.MACROS,
        names.RENAMED,
        names.SPECIAL,
        names.TRANSLATED,
        TABLE_FUNCTIONS,
        ["transform"],  # with its own grammar
    )
    for name in group
    if " " not in name
)
