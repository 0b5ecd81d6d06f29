"""The words that mean something, in lower case.

Source: OdpsLexer.g4 and OdpsParser.g4 of aliyun/aliyun-odps-java-sdk.
"""


def words(text: str) -> frozenset[str]:
    """Return the words of `text`."""
    return frozenset(text.split())


#: Words that begin or go on with something other than reading. In a query they may stand only
#: behind a dot or between back-ticks, harmless or not.
WRITING = words(
    "alter begin call create delete drop exec execute export function grant import insert into"
    " load loop merge new overwrite revoke truncate unload update upsert"
)

#: Words that the grammar of queries needs for itself: never a name without back-ticks.
RESERVED = WRITING | words(
    "all and anti as asc between by case cast cluster cross desc distinct distribute else end"
    " except exists for from full group having in inner intersect is join lateral left like limit"
    " minus natural not null on or order outer over partition qualify regexp right rlike select"
    " semi set sort tablesample then true false union using values when where window with"
    " zorder"
)

#: What a statement may begin with, for the hunt for words that only look alike.
BEGINNINGS = words(
    "add allow analyze archive clear clone cost count deny desc describe disallow explain exstore"
    " freeze from get if install kill list lock map msck optimize pai purge put read rebuild redo"
    " reduce refresh reload remove rename replace restore select set setproject show status table"
    " transform tunnel undo uninstall unlock unset use values vacuum while whoami with"
)

KEYWORDS = RESERVED | BEGINNINGS
