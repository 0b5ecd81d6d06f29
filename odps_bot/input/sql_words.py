"""The words by which SQL is known where a verb, or nothing, was expected."""

#: What SQL begins with.
SQL_WORDS = frozenset(
    {"alter", "analyze", "call", "create", "delete", "desc", "describe", "drop", "from", "grant"}
    | {"insert", "load", "merge", "msck", "read", "revoke", "select", "set", "show", "truncate"}
    | {"unload", "update", "with"}
)
