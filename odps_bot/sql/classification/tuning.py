"""The settings that are known to only tune a job, each with its source. Pure.

They choose how wide it runs, which types and functions there are, how a client shows results, or
where unqualified names are looked up. Whatever is not here needs the highest role: it may open what
others close, and most settings of MaxCompute are documented nowhere.
"""

import re
from typing import NamedTuple

_HELP = "https://www.alibabacloud.com/help/en/maxcompute/"
_FLAGS = f"{_HELP}flag-parameters"
_SET = f"{_HELP}set-operations"
_SETPROJECT = f"{_HELP}set-project"
_MAXFRAME = f"{_HELP}user-guide/maxframe-and-maxcompute-flag-configuration-guide"
_SCHEMAS = f"{_HELP}schema-related-operations"
_MERGE = f"{_HELP}user-guide/merge-small-files"
_OPTIMIZER = f"{_HELP}user-guide/collect-information-for-the-optimizer-of-maxcompute"
_CLIENTS = "https://github.com/aliyun/aliyun-odps-python-sdk"


class Family(NamedTuple):
    """Settings that one page documents."""

    source: str  #: its address
    keys: str  #: a pattern of whole names, in lower case
    value: str = r".*"  #: a pattern of the values for which that holds, in lower case


#: What the names of the optimizer's settings are made of; of another word nobody knows the effect.
_OF_OPTIMIZER = (
    "adaptive aggregate aggregation auto black bloom broadcast bucket cardinality cbo collect"
    " collection conditional correlated cost count disable distinct distributed dop dynamic"
    " enable estimate expand factor filter first grouping groupingsets hash hint index infer"
    " instance instances is join joins limit list map mapjoin max memory merge min mode multi"
    " nth num number optimize order parallelism partial partition partitioned partitions plan"
    " ppd predicate prune pruning pushdown range ratio reduce reducer remove reorder"
    " repartition repartitioning row rule runtime shuffle size skew skewjoin small sort split"
    " stat statistics stats subquery table tables task threshold topk transform union value"
    " values white window"
)
_WORD_OF_OPTIMIZER = f"(?:{'|'.join(_OF_OPTIMIZER.split())})"

FAMILIES = (
    Family(
        _FLAGS,
        r"odps\.stage\.(?:(?:mapper|reducer|joiner)\.)?(?:mem|num|cpu|split\.size)"
        r"|odps\.sql\.(?:split\.(?:size|dop|row\.count)|reshuffle\.dynamicpt(?:\.mode)?)"
        r"|odps\.sql\.udf\.(?:getjsonobj\.new|jvm\.memory|ppr\.(?:deterministic|to\.subquery))"
        r"|odps\.sql\.(?:udt\.display\.tostring|python\.version|select\.output\.format)"
        r"|odps\.sql\.(?:skewjoin|skewinfo|groupby\.skewindata|counters\.dynamic\.limit)"
        r"|odps\.sql\.(?:mapjoin\.memory\.max|distributed\.map\.join\.memory\.max)"
        r"|odps\.sql\.(?:groupby|orderby|groupby\.orderby)\.position\.alias"
        r"|odps\.sql\.unstructured\.(?:external\.max\.dop|oss\.commit\.mode|tablestore\.put\.row)"
        r"|odps\.sql\.unstructured\.(?:file\.pattern\.black\.list|data\.split\.size)"
        r"|odps\.sql\.decimal\.(?:odps2|tostring\.trimzero)|odps\.sql\.type\.json\.enable"
        r"|odps\.sql\.executionengine\.enable\.(?:string\.to\.date\.full\.format|rand\.time\.seed)"
        r"|odps\.sql\.(?:hive\.compatible|timezone|type\.system\.odps2|job\.max\.time\.hours)"
        r"|odps\.(?:function\.timeout|job\.workers\.limit|meta\.exttable\.stats\.onlinecollect)"
        r"|odps\.(?:task\.(?:wlm\.quota|quota\.preference\.tag)|ext\.oss\.orc\.native)"
        r"|console\.sql\.result\.instancetunnel",
    ),
    Family(
        _SETPROJECT,
        r"odps\.sql\.(?:allow\.fullscan|allow\.cartesian|acid\.table\.enable|ddl\.odps2)"
        r"|odps\.sql\.(?:upsertable\.table\.enable|validate\.orderby\.limit|cfile2\.field\.maxsize)"
        r"|odps\.sql\.udf\.(?:strict\.mode|java\.retain\.legacy)|odps\.function\.strictmode"
        r"|odps\.sql\.timestamp\.function\.ntz"
        r"|odps\.(?:compiler\.warning\.disable|table\.drop\.ignorenonexistent)"
        r"|odps\.ext\.hive\.lazy\.simple\.serde\.native",
    ),
    Family(
        _SET, r"odps\.(?:mcqa\.disable|task\.max\.concurrent\.cu|service\.mode|instance\.priority)"
    ),
    # It becomes a field of the job, as in odpscmd.
    Family("https://github.com/aliyun/aliyun-odps-console", r"odps\.running\.cluster"),
    Family(
        _MAXFRAME,
        r"odps\.sql\.(?:mapper|reducer|joiner)"
        r"\.(?:instances|memory|mem|cpu|num|split\.size|merge\.limit\.size)"
        r"|odps\.sql\.udf\.(?:joiner\.jvm\.memory|python\.memory|timeout)"
        r"|odps\.sql\.executionengine\.(?:batch\.rowcount|coldata\.deep\.buffer\.size\.max)"
        r"|odps\.sql\.(?:runtime\.mode|jobconf\.odps2|split\.hive\.bridge|select\.auto\.limit)"
        r"|odps\.sql\.common\.table\.jni\.disable\.native|odps\.instance\.trywait"
        r"|odps\.sql\.(?:auto\.mapjoin\.threshold|map\.aggr|join\.skew|skewjoin\.skew\.key)"
        r"|odps\.graph\.worker\.(?:num|memory|cpu)",
    ),
    Family(_OPTIMIZER, rf"odps\.optimizer(?:[._]{_WORD_OF_OPTIMIZER})+"),
    Family(
        _SCHEMAS,
        r"odps\.sql\.allow\.namespace\.schema|odps\.namespace\.schema",
    ),
    # The name of one, which has no project before it.
    Family(_SCHEMAS, r"odps\.default\.schema", r"[a-z0-9_]+"),
    Family(
        _MERGE,
        r"odps\.merge\.(?:cross\.paths|task\.mode|restructure\.action|max\.partition\.count)"
        r"|odps\.merge\.(?:smallfile|maxmerged)\.filesize\.threshold"
        r"|odps\.merge\.max\.filenumber\.per\.(?:job|instance)"
        r"|odps\.task\.merge\.wait\.for\.fuxi\.timeout",
    ),
    Family(
        f"{_HELP}user-guide/materialized-view-query-overwrite-operation",
        r"odps\.sql\.materialized\.view\.enable\.(?:auto|substitute)\.rewriting",
    ),
    Family(
        f"{_HELP}user-guide/insert-or-update-data-into-a-table-or-a-static-partition",
        r"odps\.sql\.(?:default\.zorder\.type|insert\.acidtable\.deduplicate\.enable)",
    ),
    Family(
        f"{_HELP}user-guide/common-table-expressions",
        r"odps\.sql\.rcte\.(?:max\.iterate\.num|session\.mode)",
    ),
    Family(f"{_HELP}user-guide/sql-in-script-mode", r"odps\.sql\.submit\.mode"),
    # Code of users runs apart from that of others; switched off it does not.
    Family(
        f"{_HELP}reference-third-party-packages-in-python-udfs",
        r"odps\.isolation\.session\.enable",
        r"true",
    ),
    Family(_CLIENTS, r"odps\.idata\.userenv|odps\.task\.name"),
    # Of the sandbox only: MaxCompute does not know them.
    Family(
        "https://github.com/odps-bot/odps-bot/blob/main/docs/using.md",
        r"sandbox\.(?:duration|fail|queue|stuck)",
    ),
)

_PATTERNS = tuple((re.compile(row.keys), re.compile(row.value, re.DOTALL)) for row in FAMILIES)


def only_tunes(key: str, value: str) -> bool:
    """Return whether a setting is known to only tune a job; its name in lower case."""
    return any(
        keys.fullmatch(key) and values.fullmatch(value.lower()) for keys, values in _PATTERNS
    )
