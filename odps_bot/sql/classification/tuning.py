"""The settings that are known to only tune a job, each with its source. Pure.

They choose how wide it runs, which types and functions there are, how a client shows results, or
where unqualified names are looked up. Whatever is not here needs the highest role: it may open what
others close, and most settings of MaxCompute are documented nowhere. A key is here only if the page
or client named beside it has that key: the like of a known one is not known.
"""

import re
from typing import NamedTuple

_HELP = "https://www.alibabacloud.com/help/en/maxcompute/"
_GUIDE = f"{_HELP}user-guide/"
_GITHUB = "https://github.com/aliyun/"


class Family(NamedTuple):
    """Settings that one page, or one official client, documents."""

    source: str  #: its address
    keys: str  #: a pattern of whole names, in lower case
    value: str = r".*"  #: a pattern of the values for which that holds, in lower case


FAMILIES = (
    Family(
        f"{_HELP}flag-parameters",
        r"odps\.stage\.(?:(?:(?:mapper|reducer|joiner)\.)?mem|(?:(?:reducer|joiner)\.)?num)"
        r"|odps\.stage\.mapper\.split\.size"
        r"|odps\.sql\.(?:split\.(?:size|dop|row\.count)|reshuffle\.dynamicpt)"
        r"|odps\.sql\.udf\.(?:getjsonobj\.new|jvm\.memory|ppr\.(?:deterministic|to\.subquery))"
        r"|odps\.sql\.(?:udt\.display\.tostring|python\.version|select\.output\.format)"
        r"|odps\.sql\.(?:skewjoin|skewinfo|groupby\.skewindata)"
        r"|odps\.sql\.(?:mapjoin\.memory\.max|distributed\.map\.join\.memory\.max)"
        r"|odps\.sql\.(?:groupby|orderby|groupby\.orderby)\.position\.alias"
        r"|odps\.sql\.unstructured\.(?:external\.max\.dop|oss\.commit\.mode|tablestore\.put\.row)"
        r"|odps\.sql\.unstructured\.file\.pattern\.black\.list"
        r"|odps\.sql\.decimal\.(?:odps2|tostring\.trimzero)|odps\.sql\.type\.json\.enable"
        r"|odps\.sql\.executionengine\.enable\.(?:string\.to\.date\.full\.format|rand\.time\.seed)"
        r"|odps\.sql\.(?:hive\.compatible|timezone|type\.system\.odps2|job\.max\.time\.hours)"
        r"|odps\.sql\.(?:allow\.fullscan|acid\.table\.enable)"
        r"|odps\.(?:function\.timeout|job\.workers\.limit|meta\.exttable\.stats\.onlinecollect)"
        r"|odps\.optimizer\.(?:enable\.range\.partial\.repartitioning|merge\.partitioned\.table)"
        r"|odps\.optimizer\.(?:skew\.join\.topk\.num|stat\.collect\.(?:auto|plan))"
        r"|odps\.(?:task\.wlm\.quota|ext\.oss\.orc\.native)|console\.sql\.result\.instancetunnel",
    ),
    Family(f"{_GUIDE}select-syntax", r"odps\.sql\.validate\.orderby\.limit"),
    Family(f"{_GUIDE}project-operations", r"odps\.table\.drop\.ignorenonexistent"),
    Family(
        f"{_HELP}set-operations", r"odps\.sql\.executionengine\.coldata\.deep\.buffer\.size\.max"
    ),
    Family(f"{_GUIDE}job-priority", r"odps\.instance\.priority"),
    Family(
        f"{_GUIDE}manage-quotas-in-the-new-maxcompute-console", r"odps\.task\.max\.concurrent\.cu"
    ),
    Family(f"{_GUIDE}overview-22", r"odps\.sql\.udf\.joiner\.jvm\.memory"),
    # Only so are older libraries left out of code; the other way round nothing is published.
    Family(
        "https://github.com/alibaba/GraphScope", r"odps\.sql\.udf\.java\.retain\.legacy", r"false"
    ),
    Family(f"{_GUIDE}paimon-external-tables", r"odps\.sql\.common\.table\.jni\.disable\.native"),
    Family(
        f"{_GUIDE}maxframe-and-maxcompute-flag-configuration-guide",
        r"odps\.sql\.(?:executionengine\.batch\.rowcount|udf\.timeout|cfile2\.field\.maxsize)"
        r"|odps\.sql\.(?:jobmaster\.memory|split\.cluster\.parallel_explore)"
        r"|odps\.optimizer\.(?:enable\.conditional\.mapjoin|cbo\.rule\.filter\.black)"
        r"|odps\.optimizer\.dynamic\.partition\.is\.first\.nth\.value\.split\.enable",
    ),
    Family(f"{_GUIDE}dynamic-filtering", r"odps\.optimizer\.(?:force|enable)\.dynamic\.filter"),
    Family(
        f"{_HELP}schema-related-operations",
        r"odps\.sql\.allow\.namespace\.schema|odps\.namespace\.schema",
    ),
    Family(
        f"{_GUIDE}merge-small-files",
        r"odps\.merge\.(?:cross\.paths|max\.partition\.count)"
        r"|odps\.merge\.(?:smallfile|maxmerged)\.filesize\.threshold"
        r"|odps\.merge\.max\.filenumber\.per\.(?:job|instance)",
    ),
    Family(
        f"{_GUIDE}materialized-view-query-overwrite-operation",
        r"odps\.sql\.materialized\.view\.enable\.(?:auto|substitute)\.rewriting",
    ),
    Family(f"{_GUIDE}common-table-expressions", r"odps\.sql\.rcte\.max\.iterate\.num"),
    Family(f"{_GUIDE}sql-in-script-mode", r"odps\.sql\.submit\.mode"),
    # Code of users runs apart from that of others; switched off it does not.
    Family(
        f"{_HELP}reference-third-party-packages-in-python-udfs",
        r"odps\.isolation\.session\.enable",
        r"true",
    ),
    # The vendor's own list of what a forced statement may set, and the examples beside it.
    Family(
        f"{_GITHUB}alibabacloud-aiops-skills",
        r"odps\.ext\.hive\.lazy\.simple\.serde\.native|odps\.function\.strictmode"
        r"|odps\.mcqa\.disable|odps\.optimizer\.auto\.mapjoin\.threshold"
        r"|odps\.sql\.(?:default\.zorder\.type|insert\.acidtable\.deduplicate\.enable)"
        r"|odps\.sql\.timestamp\.function\.ntz",
    ),
    # odpscmd: whitelist.txt, ODPSConsoleConstants, ExecuteScriptCommand, CompactCommand and the
    # plans that TuneCommand offers. The cluster becomes a field of the job, as there.
    Family(
        f"{_GITHUB}aliyun-odps-console",
        r"odps\.sql\.mapper\.(?:merge\.limit\.size|split\.size|cpu|memory)"
        r"|odps\.sql\.(?:reducer|joiner)\.(?:cpu|memory|instances)"
        r"|odps\.instance\.trywait|odps\.running\.cluster|odps\.sql\.ddl\.odps2"
        r"|odps\.optimizer\.(?:cbo\.remove\.shuffle|cbo\.rule\.filter\.white)"
        r"|odps\.optimizer\.(?:enable\.correlated\.shuffle|spool\.enabled\.adaptive)",
    ),
    Family(f"{_GITHUB}aliyun-odps-console", r"odps\.sql\.runtime\.mode", r"executionengine"),
    Family(f"{_GITHUB}aliyun-odps-console", r"odps\.merge\.restructure\.action", r"hardlink"),
    Family(
        f"{_GITHUB}aliyun-odps-python-sdk",
        r"odps\.sql\.(?:jobconf\.odps2|udf\.strict\.mode)",
    ),
    # The name of one, which has no project before it.
    Family(f"{_GITHUB}aliyun-odps-python-sdk", r"odps\.default\.schema", r"[a-z0-9_]+"),
    # JobConf, GraphJob, Task, and the tests of SQLTask and of compactions.
    Family(
        f"{_GITHUB}aliyun-odps-java-sdk",
        r"odps\.stage\.mapper\.num|odps\.graph\.worker\.(?:num|memory|cpu)"
        r"|odps\.idata\.userenv|odps\.service\.mode|odps\.merge\.task\.mode"
        r"|odps\.compiler\.warning\.disable",
    ),
    Family(f"{_GITHUB}aliyun-odps-go-sdk", r"odps\.sql\.upsertable\.table\.enable"),
    Family(f"{_GITHUB}aliyun-odps-jdbc", r"odps\.sql\.select\.auto\.limit"),
    Family(f"{_GITHUB}dbt-maxcompute", r"odps\.sql\.allow\.cartesian"),
    Family(f"{_GITHUB}alibabacloud-maxcompute-tool-migrate", r"odps\.sql\.split\.hive\.bridge"),
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
