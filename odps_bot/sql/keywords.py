"""The words that mean something, in lower case.

Source: OdpsLexer.g4 and OdpsParser.g4 of aliyun/aliyun-odps-java-sdk.
"""

import unicodedata


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

#: All words that a statement may begin with, many of which are words of prose, too; those of
#: odpscmd's own commands among them.
VERBS = (
    BEGINNINGS
    | WRITING
    | words("begin cache cancel compact cost cp declare delete describe exit function help history")
    | words("apply http jar login ls mcqa quit recover session sql tunnel uncache volume wait")
)


def look_alikes(text: str) -> set[str]:
    """Return what a reader who folds letters as Unicode has it may take the word for."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return {text.casefold(), text.upper().lower(), bare.lower(), bare.upper().lower()}
