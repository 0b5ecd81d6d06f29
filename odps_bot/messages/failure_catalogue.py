"""Failures of MaxCompute as people meet them: what each means, its likely cause, what to try.

Data only; `odps_bot.messages.failures` reads it. What a row's `source` names without a host is a
page below https://www.alibabacloud.com/help/en/maxcompute/, else a repository on GitHub.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Rerun(Enum):
    """Whether a plain read that failed so may be run again as it is."""

    CAN_HELP = auto()  #: passing trouble
    MAY_HELP = auto()  #: once, to see whether it was
    AFTER_CHANGE = auto()  #: useless until SQL, data, a setting or a right is changed
    CANNOT_HELP = auto()  #: not by repeating
    UNSAFE = auto()  #: whatever the statement: look before anything is run again


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A kind of failure. `cause` and `remedy` are sentences of mrkdwn without foreign text."""

    title: str
    cause: str
    remedy: str
    rerun: Rerun = Rerun.AFTER_CHANGE
    codes: str = ""  #: digits of ODPS codes, of which the error has one; empty: any or none
    says: str = ""  #: a regular expression that the text fits, in any case; empty: only the code
    is_before_run: bool = False  #: nothing has run, whatever the code says
    source: str


#: Codes that many different failures share: another code beside one of them tells more.
WRAPPERS = frozenset(
    {"0010000", "0110061", "0120011", "0130071", "0130161", "0140171", "0140181"}
    | {"0420061", "1850001"}
)

_SQL = "sql-errors"
_HANDBOOK = "aliyun/aliyun-odps-console: src/maxc_cli/skills/references/sql-common-errors.md (main)"
_SELECT_GUIDE = (
    "aliyun/aliyun-odps-console: src/maxc_cli/skills/references/maxcompute-select-guide.md (main)"
)
_SQA = "aliyun/aliyun-odps-java-sdk: odps-sdk-core sqa/SQLExecutorConstants.java"
_PYODPS = "aliyun/aliyun-odps-python-sdk: odps/errors.py"

#: Told apart by their words: the first one that fits.
BY_WORDS = (
    # The project's own rules.
    Failure(
        title="Only reads are allowed here",
        cause="The session is read-only (`odps.sql.read.only`), and this statement writes.",
        remedy="Ask the project's owner; the guard is not to be lifted by a statement.",
        rerun=Rerun.CANNOT_HELP,
        says="invalid statement in readonly mode",
        is_before_run=True,
        source="aliyun/aliyun-odps-console: src/maxc_cli/backend/job.py (main)",
    ),
    Failure(
        title="It would cost more than is allowed",
        cause="The estimate (input in GB times complexity) is above the cap for one statement."
        " Nothing has run.",
        remedy="Read fewer partitions and columns. The cap is raised by the project's owner only.",
        says="metering data exceed max value",
        is_before_run=True,
        source="product-overview/consumption-control",
    ),
    Failure(
        title="The daily spending limit is reached",
        cause="What the project may spend in a day (from midnight UTC+8) is used up.",
        remedy="Wait for the next day, or ask the project's owner to raise the limit.",
        rerun=Rerun.CANNOT_HELP,
        says=r"daily\W+(consumption|spend|cost)\w*.{0,40}(limit|exceed)|consumption limit",
        is_before_run=True,
        source="product-overview/consumption-control",
    ),
    Failure(
        title="All partitions would be read",
        cause="No partition is chosen: the condition is missing, wrapped in a function, or in an"
        " `OR`.",
        remedy="Add a plain condition on the partition column, such as `ds = '20261122'`. On"
        " purpose only, and it costs: `set odps.sql.allow.fullscan=true;`.",
        says="full scan with all partitions",
        source=_SQL,
    ),
    # Rights.
    Failure(
        title="The account is no member of the project",
        cause="My account, or yours, was never added to this project.",
        remedy="Ask the project's owner to add it (`ADD USER`) and to give it a role.",
        says=r"\[(\d+,)?4002\]|do(es)?n'?t exist in (the )?project",
        source="user-guide/odps-0420095",
    ),
    Failure(
        title="A policy forbids it",
        cause="A deny rule of the project's policy hits; granting a right does not lift it.",
        remedy="Ask the project's owner to look at the policy.",
        says=r"\[(\d+,)?4011\]|explicitly denied by policy",
        source="user-guide/odps-0130013",
    ),
    Failure(
        title="The project is protected",
        cause="Project protection keeps data from leaving, and this job runs elsewhere.",
        remedy="Run it inside that project (`--project`), or ask its owner for an exception.",
        says=r"\[(\d+,)?4021\]|project '?\S+'? is protected",
        source="user-guide/odps-0130013",
    ),
    Failure(
        title="A column is too confidential for the account",
        cause="The label of the column is above the level of the account.",
        remedy="Leave the column out, or ask the project's owner for the label.",
        says="checklabelsecurity failed|sensitive label of column",
        source="hologres: support/permissions-on-maxcompute",
    ),
    Failure(
        title="The service is frozen",
        cause="A bill is unpaid, or the subscription has expired.",
        remedy="Ask whoever pays for the account; no change of the statement helps.",
        rerun=Rerun.CANNOT_HELP,
        says=r"\[4093\]|access mode is alldenied",
        source="product-overview/description-of-overdue-payments-and-service-suspension",
    ),
    Failure(
        title="The address is not on the project's list",
        cause="The project takes requests from listed addresses only.",
        remedy="Ask the project's owner to add this bot's address to the list.",
        says="ip white ?list",
        source="hologres: support/permissions-on-maxcompute",
    ),
    Failure(
        title="The account may not start jobs here",
        cause="Its role lacks `odps:CreateInstance` on the project.",
        remedy="Ask the project's owner to grant `CreateInstance`.",
        says="odps:CreateInstance",
        source="user-guide/odps-0420095",
    ),
    Failure(
        title="The quota cannot be used",
        cause="The account may not use the quota that the job names, or it cannot run such jobs.",
        remedy="Leave the quota out to use the default one, or ask for the right to it.",
        codes="0130013 0420095",
        says=r"\bquota\b",
        source="user-guide/use-of-computing-resources",
    ),
    Failure(
        title="Such jobs are not offered here",
        cause="The edition of the project, or its region, does not have this kind of job.",
        remedy="Use another project or edition.",
        rerun=Rerun.CANNOT_HELP,
        says="not in release range",
        source="MaxCompute FAQ on MapReduce and Spark jobs",
    ),
    Failure(
        title="Volumes are switched off",
        cause="The project does not allow volumes, or OSS is not active.",
        remedy="Ask the project's administrator.",
        says="volumes is not allowed",
        source="user-guide/faq-about-permissions",
    ),
    Failure(
        title="A right is missing",
        cause="The right in quotes was not granted on the object in braces.",
        remedy="Ask its owner to grant it, and show the owner this message.",
        says=r"\[(\d+,)?4019\]|have no privilege",
        source="user-guide/odps-0420095",
    ),
    # Too large for the compiler.
    Failure(
        title="The statement is too large to parse",
        cause="It is generated, or has a huge `IN` list; the limit is about 2 MB.",
        remedy="Split it, or load the list as a table and join it.",
        says="DFA count",
        source=_HANDBOOK,
    ),
    Failure(
        title="The statement is too complex",
        cause="Deep nesting, or hundreds of common tables, make too large a syntax tree.",
        remedy="Split it into steps with tables in between.",
        says="AST node count",
        source=_HANDBOOK,
    ),
    Failure(
        title="An expression is too deep",
        cause="A generated chain of `OR` or `CASE` nests more than 5,000 deep.",
        remedy="Use a join with a table of the values instead.",
        says="max depth of expression",
        source=_SQL,
    ),
    Failure(
        title="The plan is too large",
        cause="Many common tables, joins or partitions make a plan above about 1 MB.",
        remedy="Read fewer partitions or split the statement; settings of memory do nothing here.",
        says="size of plan",
        is_before_run=True,
        source=_HANDBOOK,
    ),
    Failure(
        title="The optimizer gave up",
        cause="The script is too complex for it.",
        remedy="Split the script.",
        says="shortcut optimize failed",
        is_before_run=True,
        source="user-guide/odps-0010000-1",
    ),
    Failure(
        title="The compiler ran out of memory",
        cause="The planner, not a worker, ran out: too many partitions or too complex a statement.",
        remedy="Read fewer partitions or split the statement; memory of stages does nothing here.",
        says=r"sqltask.*(oom|out ?of ?memory)|(oom|out ?of ?memory).*sqltask",
        is_before_run=True,
        source=_HANDBOOK,
    ),
    Failure(
        title="Too many workers would be needed",
        cause="Too many or too small files, or too wide a range: over 99,999 for one job.",
        remedy="Narrow the range, or set a larger `odps.sql.mapper.split.size`.",
        says="instance count exceeds",
        source=_SQL,
    ),
    Failure(
        title="The subquery gives too many partitions",
        cause="`IN (SELECT …)` on a partition column gives more than 9,999 values.",
        remedy="Use a plain range of partitions, or fewer values.",
        says="subquery partition pruning",
        source=_SQL,
    ),
    Failure(
        title="The recursion goes too deep",
        cause="`WITH RECURSIVE` does not end within the limit of rounds (10, at most 100).",
        remedy="Give it a condition that ends it, or raise `odps.sql.rcte.max.iterate.num`.",
        says=r"recursive-cte.*max iterate|max iterate number",
        source=_HANDBOOK,
    ),
    # Names and types.
    Failure(
        title="A date is not in the form that is expected",
        cause="Some text is no date of the form `yyyy-mm-dd hh:mi:ss`, or of the one you gave.",
        remedy="Look at the value in the message; give `to_date` its format (`mi` are minutes).",
        says="string datetime's format|format string has",
        source="user-guide/common-errors-for-built-in-functions",
    ),
    Failure(
        title="Column not found",
        cause="The name is misspelt, has the wrong alias, or belongs to another table. Names of an"
        " outer `SELECT` are not known inside.",
        remedy="Look at the columns with `DESC table`.",
        says=r"column \S{1,200} cannot be resolved|invalid column reference|invalid table alias",
        source=_HANDBOOK,
    ),
    Failure(
        title="Function not found",
        cause="MaxCompute has no function of this name; `IFNULL` and others are of other engines.",
        remedy="Use its own name for it (`NVL`, `COALESCE`), or `project:function` for yours.",
        says=r"function (or view )?\S{1,200} cannot be resolved",
        source="user-guide/common-errors-for-built-in-functions",
    ),
    Failure(
        title="A name is ambiguous",
        cause="More than one table has a column of this name.",
        remedy="Put the alias of its table before it.",
        says=r"column \S{1,200} is ambiguous|ambiguous (column|reference)",
        source="use-cases/rewrite-incompatible-sql-statements",
    ),
    Failure(
        title="Partition not found",
        cause="It is not loaded yet, or its value is written otherwise (`2026-11-22`, `20261122`).",
        remedy="See `SHOW PARTITIONS table`; `max_pt('table')` gives the newest one.",
        says="partition not found",
        source=_HANDBOOK,
    ),
    Failure(
        title="Sorting needs a limit",
        cause="The project wants a `LIMIT` with every `ORDER BY`.",
        remedy="Add `LIMIT n`, or `set odps.sql.validate.orderby.limit=false;`.",
        says="order by must be used with a limit",
        source="use-cases/rewrite-incompatible-sql-statements",
    ),
    Failure(
        title="A column is neither grouped nor aggregated",
        cause="With `GROUP BY`, each selected column is one of its keys or inside an aggregate.",
        remedy="Add it to `GROUP BY`, or take `MAX(…)` or `ANY_VALUE(…)` of it.",
        says="not in group by|should appear in group by",
        source="use-cases/rewrite-incompatible-sql-statements",
    ),
    Failure(
        title="Aggregates and windows cannot stand there",
        cause="`WHERE`, `JOIN … ON` and `GROUP BY` look at single rows, before any aggregate.",
        remedy="Filter aggregates with `HAVING`, and windows in a query around this one.",
        says=r"(aggregate|window)\w*( functions?)? (are|is) not allowed in",
        source="odps_bot.sandbox.maxcompute.engine.duckdb_errors, in the words of its engine",
    ),
    Failure(
        title="DISTINCT and GROUP BY exclude each other",
        cause="Both are used in one query.",
        remedy="Drop one of them.",
        says="distinct and group by can ?not be in the same query",
        source=_SQL,
    ),
    Failure(
        title="The join needs an equality",
        cause="`ON` compares otherwise than by `=` and `AND`, which only map joins can do.",
        remedy="Write it as an equality, or add `/*+ MAPJOIN(small_table) */`.",
        says="expect equality expression",
        source="user-guide/odps-0130071",
    ),
    Failure(
        title="The PARTITION clause is incomplete",
        cause="The table has another number of partition columns than the clause names.",
        remedy="Name all of them, or leave values out so that rows bring them along.",
        says="number of input partition columns",
        source="user-guide/odps-0130071",
    ),
    Failure(
        title="The columns do not fit the table",
        cause="Their number or types differ from the target's; it may have changed since.",
        remedy="Compare with `DESC table`, and list the columns instead of `*`.",
        says="cannot insert into target table|wrong columns? count",
        source=_SQL,
    ),
    Failure(
        title="A clustered table takes no INSERT INTO",
        cause="Hash-clustered tables cannot be appended to.",
        remedy="Use `INSERT OVERWRITE`.",
        says="insert into hash clustered table",
        source=_HANDBOOK,
    ),
    Failure(
        title="This type is not switched on",
        cause="`INT`, `TIMESTAMP` and others belong to edition 2.0 of the types.",
        remedy="Begin with `set odps.sql.type.system.odps2=true;`.",
        says="type is not enabled in current mode",
        source="user-guide/common-errors-for-built-in-functions",
    ),
    Failure(
        title="The function does not take these types",
        cause="It has no variant for what it is given, such as `SUM` of a boolean.",
        remedy="Cast the argument, or use another function (`COUNT_IF` counts booleans).",
        says="cannot match any overloaded|overloaded functions",
        source=_HANDBOOK,
    ),
    Failure(
        title="The subquery gives more than one row",
        cause="Where one value is wanted, it found several.",
        remedy="Aggregate it, or add `LIMIT 1` if any of them will do.",
        says="exactly one row",
        source=_SQL,
    ),
    Failure(
        title="A backslash in a text is wrong",
        cause="`\\01` is no escape: it takes three octal digits.",
        remedy="Write `\\001`, and `\\\\` for a backslash.",
        says="unexpected escape sequence",
        source="use-cases/rewrite-incompatible-sql-statements",
    ),
    Failure(
        title="Several statements need the script mode",
        cause="They were sent as one statement.",
        remedy="Begin with `set odps.sql.submit.mode=script;`, or run one at a time.",
        says="multi-statement query is not supported",
        source="aliyun/aliyun-odps-jdbc: issue 108",
    ),
    Failure(
        title="Rows of this table cannot be changed",
        cause="`UPDATE`, `DELETE` and `MERGE` work on transactional tables only.",
        remedy="Write the rows anew with `INSERT OVERWRITE`, or create the table with"
        " `TBLPROPERTIES ('transactional'='true')`.",
        says="(non-?|only supported on )transactional table",
        source="user-guide/update-and-delete",
    ),
    Failure(
        title="The sandbox cannot run this",
        cause="Its engine is not MaxCompute's, and does not know everything that MaxCompute does.",
        remedy="Try it in a real project.",
        rerun=Rerun.CANNOT_HELP,
        says="the sandbox's engine cannot run",
        source="odps_bot.sandbox.maxcompute.engine.duckdb_errors",
    ),
    # Data.
    Failure(
        title="The table is full of partitions",
        cause="A table holds at most 60,000 partitions, and its key is too fine.",
        remedy="Drop old ones (a lifecycle does), or take a coarser key. It cannot be raised.",
        codes="0123031 0010000",
        says="maximum 60000 partitions",
        source="user-guide/odps-0123031",
    ),
    Failure(
        title="One job writes too many partitions",
        cause="The partition column has as many values as an id has.",
        remedy="Take another key, or write in several jobs.",
        says=r"more than \d+ partitions|10000 partitions",
        source="user-guide/odps-0123031",
    ),
    Failure(
        title="A value cannot name a partition",
        cause="It is NULL, or has Chinese or special characters, or is too long.",
        remedy="Clean or filter the column that chooses the partition.",
        says="invalid (dynamic )?partition value",
        source="user-guide/odps-0123031",
    ),
    Failure(
        title="Several source rows hit one target row",
        cause="The source of `MERGE` has a key more than once.",
        remedy="Make its keys unique first.",
        says="merge into statement not support",
        source="user-guide/odps-0010000-1",
    ),
    Failure(
        title="Something was divided by zero",
        cause="A divisor is 0 in some row.",
        remedy="Divide by `NULLIF(divisor, 0)`: the result is then NULL.",
        says="divi(sion|ded?) by zero|div result is nan or inf",
        source=_SQL,
    ),
    Failure(
        title="A regular expression is wrong",
        cause="It uses what this engine does not know, or lacks an escape.",
        remedy="Simplify it; double its backslashes.",
        says="regex compile error",
        source="user-guide/odps-0010000-1",
    ),
    Failure(
        title="The map join's table does not fit into memory",
        cause="A table that every worker loads whole is too large: hinted, or chosen by itself.",
        remedy="Remove the `MAPJOIN` hint or set `odps.optimizer.auto.mapjoin.threshold=0`; else"
        " raise `odps.sql.mapjoin.memory.max` (MB, to 8192).",
        says="small table exceeds",
        source=_HANDBOOK,
    ),
    Failure(
        title="A function took too long",
        cause="A UDF loops, calls something slow, or meets one bad row.",
        remedy="Find the rows or the call; set a smaller"
        " `odps.sql.executionengine.batch.rowcount`; raise `odps.function.timeout` last.",
        says="kInstanceMonitorTimeout|bad udf performance",
        source="user-guide/odps-0123144",
    ),
    Failure(
        title="The function's code is not packed with it",
        cause="A module or class that the UDF wants is missing on the workers.",
        remedy="Add it as a resource of the function.",
        says="ImportError|ModuleNotFoundError|No module named|ClassNotFound",
        source=_SQL,
    ),
    Failure(
        title="The function's class cannot be loaded",
        cause="The resource that the function names is missing, or lacks the class.",
        remedy="Upload it again, and look at `DESC FUNCTION name`.",
        says="cannot be loaded from any resources",
        source=_HANDBOOK,
    ),
    Failure(
        title="The function's code does not fit its declaration",
        cause="The annotation, the `evaluate` method or the Java version is not as it should be.",
        remedy="Correct the function, not the statement.",
        says="does not match annotation|static evaluate method|UnsatisfiedLinkError",
        source=_HANDBOOK,
    ),
    Failure(
        title="The table function does not take these arguments",
        cause="Its `initialize` refused the types that it is given.",
        remedy="Cast the arguments to what it expects.",
        says="wrong arguments UDTF",
        source=_HANDBOOK,
    ),
    Failure(
        title="A worker ran out of memory",
        cause="One key has far too many rows, a window or a collected list is huge, or a UDF"
        " keeps too much.",
        remedy="Find the stage in Logview and look for skew first; then raise"
        " `odps.stage.mapper.mem`, `…reducer.mem` or `…joiner.mem` (256 to 12288 MB).",
        says=r"kWorkerOutOfMemory|out ?of ?memory|sigkill\(oom\)|MemoryError",
        source="user-guide/odps-0010000-1",
    ),
    Failure(
        title="One value is too large for memory",
        cause="A huge array, or `wm_concat` over too many rows.",
        remedy="Make smaller arrays, or fewer rows a group.",
        says="alloc too large",
        source="user-guide/odps-0010000-1",
    ),
    Failure(
        title="The table is Hive's, and Hive's mode is off",
        cause="An external table needs a reader of Hive.",
        remedy="Begin with `set odps.sql.hive.compatible=true;`.",
        says="HiveInputFormatWrapper|HiveStorageHandlerWrapper",
        source="user-guide/odps-0123031",
    ),
    Failure(
        title="The external storage does not let MaxCompute in",
        cause="The role that reads from OSS lacks the right.",
        remedy="Ask whoever owns the bucket to grant it to that role.",
        says="OSSRequestException.*AccessDenied",
        source="user-guide/odps-0010000-1",
    ),
    Failure(
        title="The external storage answered badly",
        cause="Mostly passing trouble of OSS.",
        remedy="Run it once more; then look at the bucket.",
        rerun=Rerun.MAY_HELP,
        says="OSSRequestException",
        source="user-guide/odps-0010000-1",
    ),
    Failure(
        title="Third-party code could not be loaded",
        cause="The sandbox for foreign Java code refuses the archive.",
        remedy="For text files with the simple serde,"
        " `set odps.ext.hive.lazy.simple.serde.native=true;` reads without it.",
        says="archive resource|not allow symlink",
        source=_HANDBOOK,
    ),
    Failure(
        title="The volume may not be read",
        cause="The account lacks the right to the volume.",
        remedy="Ask its owner to grant `Read` on the volume.",
        says="PanguPermission|permission denied for volume",
        source=_HANDBOOK,
    ),
    # Resources, races, ends from outside, trouble inside.
    Failure(
        title="Not enough workers were free at once",
        cause="The quota is full.",
        remedy="Wait for a quieter hour, make the job smaller, or ask for more quota.",
        rerun=Rerun.CAN_HELP,
        says="AllOrNothingResourceWaitTimeout",
        source="user-guide/common-errors",
    ),
    Failure(
        title="Workers were taken back",
        cause="The quota group was short of resources.",
        remedy="Wait for a quieter hour, or ask for a larger share.",
        rerun=Rerun.CAN_HELP,
        says="resource revoke",
        source="user-guide/common-errors",
    ),
    Failure(
        title="MaxCompute's scheduler had trouble",
        cause="Mostly passing trouble of the platform; very many `UNION ALL` bring it on, too.",
        remedy="Wait a little; split giant unions.",
        rerun=Rerun.CAN_HELP,
        says="JobRunningTimeout|fuxi JobMaster error|OneWayWriterFail|Download resource failed",
        source="user-guide/common-errors",
    ),
    Failure(
        title="The table changed while it was read",
        cause="Somebody, or a load, rewrote it meanwhile.",
        remedy="Wait for the load to end.",
        rerun=Rerun.CAN_HELP,
        says="table data changed while reading",
        source="user-guide/common-errors",
    ),
    Failure(
        title="Storage could not be written or read",
        cause="Storage had a fault, or the project's is full.",
        remedy="Ask the project's owner whether its storage quota is used up.",
        says="std::exception",
        source="user-guide/common-errors",
    ),
    Failure(
        title="A process of MaxCompute crashed",
        cause="A bug or a broken machine.",
        remedy="Run it once more; then show Alibaba's support the instance id.",
        rerun=Rerun.MAY_HELP,
        says="process killed by signal|failed to open pot pb|enable python sandbox failed"
        "|core dumped",
        source="user-guide/common-errors",
    ),
    Failure(
        title="The commit failed half-way",
        cause="Two jobs wrote the same table.",
        remedy="Check what the table holds now; let jobs write separate partitions.",
        rerun=Rerun.UNSAFE,
        says="breach of atomicity",
        source=_SQL,
    ),
    Failure(
        title="Two jobs changed the same thing at once",
        cause="A partition was added or written twice at the same time, or is there already.",
        remedy="Do one after the other; `IF NOT EXISTS` passes over what is there.",
        rerun=Rerun.CAN_HELP,
        codes="0110061 0110041 0010000",
        says="AlreadyExistsException|SimpleLock conflict",
        source=_SQL,
    ),
    Failure(
        title="The project has no schemas",
        cause="Schemas (the three-level names) are not switched on for it.",
        remedy="Leave the schema out, or ask the project's owner to switch them on.",
        says="two-tier model",
        source="aliyun/dbt-maxcompute: dbt/adapters/maxcompute/wrapper.py",
    ),
    Failure(
        title="The package may not be installed here",
        cause="The project was not admitted by the package's owner.",
        remedy="Ask the package's owner to admit it.",
        says="not allowed to install the package",
        source=_SQL,
    ),
    Failure(
        title="It was stopped",
        cause="Somebody, or a time limit, ended it from outside.",
        remedy="Find out who and why before anything else.",
        rerun=Rerun.CANNOT_HELP,
        says="job is cancelled|OdpsJobCancelledException",
        source=_SQL,
    ),
    Failure(
        title="The result is too large to be shown",
        cause="Its rows are too wide or too many for the call that fetches results.",
        remedy="Select fewer columns or rows, or write it to a table and download that.",
        says="rendering limitation",
        source=_SQL,
    ),
    # Query acceleration.
    Failure(
        title="Acceleration takes reads only",
        cause="A write or a definition went to query acceleration (MCQA).",
        remedy="Begin with `set odps.mcqa.disable=true;`.",
        says="non select query",
        source="user-guide/odps-1850001",
    ),
    Failure(
        title="Acceleration cannot run this function",
        cause="A UDF cannot run in query acceleration (MCQA).",
        remedy="Begin with `set odps.mcqa.disable=true;`.",
        codes="1850001",
        says="udf in the map task",
        source="user-guide/odps-1850001",
    ),
    Failure(
        title="Acceleration cannot do recursion",
        cause="`WITH RECURSIVE` is not possible in query acceleration (MCQA).",
        remedy="Begin with `set odps.mcqa.disable=true;`.",
        says=r"rcte\.session\.mode",
        source=_SELECT_GUIDE,
    ),
    Failure(
        title="Accelerated queries are used up for today",
        cause="The daily number of free accelerated queries is reached.",
        remedy="Begin with `set odps.mcqa.disable=true;`: it then runs as a normal job.",
        says="run out of free query quota",
        source=_SQL,
    ),
    Failure(
        title="The accelerated query took too long",
        cause="Query acceleration (MCQA) gives a query little time.",
        remedy="Begin with `set odps.mcqa.disable=true;`: it then runs as a normal job.",
        says="wait for cache data timeout|SQLRTTask timeout|OdpsTaskTimeout",
        source=_SQA,
    ),
    # Answers of the API.
    Failure(
        title="The clock is off",
        cause="The clock of the bot's machine is more than 15 minutes from MaxCompute's.",
        remedy="Ask whoever runs this bot to set the clock.",
        says="RequestTimeTooSkewd|authentication request expired",
        source="user-guide/api-errors",
    ),
    Failure(
        title="Too many requests",
        cause="MaxCompute is asked more often than the project or the account may.",
        remedy="Wait a few minutes.",
        rerun=Rerun.CAN_HELP,
        says="RequestQuotaExceeded|QPSExceeded",
        source=_PYODPS,
    ),
    Failure(
        title="Too much is downloaded at once",
        cause="All slots, or the traffic, of the tunnel are in use.",
        remedy="Wait a few minutes; download less at once.",
        rerun=Rerun.CAN_HELP,
        says="SlotExceeded|FlowExceeded|(slot|flow) quota is exceeded",
        source="user-guide/common-tunnel-errors",
    ),
    Failure(
        title="The stop came too late",
        cause="It had ended already.",
        remedy="There is nothing to do: its status says how it ended.",
        rerun=Rerun.CANNOT_HELP,
        says="invalid ?state ?setting|not allowed to set status",
        source="user-guide/kill",
    ),
    Failure(
        title="MaxCompute does not know this instance",
        cause="The id is mistyped, of another project, or so old that it is forgotten.",
        remedy="Check the id and the project.",
        rerun=Rerun.CANNOT_HELP,
        says="NoSuchObject|NoSuchInstance",
        source=_PYODPS,
    ),
    Failure(
        title="MaxCompute was not available",
        cause="The service was busy or down for a moment.",
        remedy="Wait a few minutes.",
        rerun=Rerun.CAN_HELP,
        says="ServiceUnavailable|BadGateway",
        source=_PYODPS,
    ),
)

#: Told apart by their code alone.
_BY_CODE = (
    Failure(
        title="This is not valid SQL",
        cause="A typing error, a reserved word as a name, a function or clause of another engine,"
        " or a missing semicolon.",
        remedy="Look at the place that the message names; put names that are words of SQL into"
        " back-quotes.",
        codes="0130161",
        source=_SQL,
    ),
    Failure(
        title="The statement makes no sense to the compiler",
        cause="It is valid SQL, but does not fit the tables, types or rules of this project.",
        remedy="Read the message: it names what does not fit.",
        codes="0130071",
        source="user-guide/odps-0130071",
    ),
    Failure(
        title="Table not found",
        cause="It is misspelt, dropped, or stands in another project or schema (`…_dev`).",
        remedy="Give its full name, `project.table`; see `SHOW TABLES LIKE 'pattern*'`.",
        codes="0130131",
        source=_SQL,
    ),
    Failure(
        title="The view is gone or broken",
        cause="It was dropped, or a table below it was changed or dropped.",
        remedy="Create the view anew.",
        codes="0130201 0130231",
        source=_SQL,
    ),
    Failure(
        title="The partition does not exist",
        cause="It is not loaded yet, was dropped, or its value is written otherwise.",
        remedy="See `SHOW PARTITIONS table`.",
        codes="0130271",
        source=_SQL,
    ),
    Failure(
        title="The name is taken",
        cause="A table or view of this name is there already.",
        remedy="Take another name, or `IF NOT EXISTS`.",
        rerun=Rerun.CANNOT_HELP,
        codes="0130211",
        source=_SQL,
    ),
    Failure(
        title="A partition column is wrong",
        cause="A column is used as a partition, or the reverse.",
        remedy="Look at the table with `DESC table`.",
        codes="0130191",
        source=_SQL,
    ),
    Failure(
        title="There is no such project",
        cause="The project or schema is misspelt, or in another region.",
        remedy="Check its name; whoever runs this bot can check the endpoint.",
        codes="0420111",
        source="help pages of the MaxCompute client",
    ),
    Failure(
        title="The join has no condition",
        cause="Each row would meet each other one: `ON` is missing, or it is a `CROSS JOIN`.",
        remedy="Add `ON`, use a window function for totals, or hint a small side with"
        " `/*+ MAPJOIN(t) */`.",
        codes="0130252",
        source=_HANDBOOK,
    ),
    Failure(
        title="The map join cannot do this outer join",
        cause="The small side is the one whose rows are all kept.",
        remedy="Swap the sides, or drop the hint.",
        codes="0140081",
        source=_SQL,
    ),
    Failure(
        title="The sides of the union differ",
        cause="They have different numbers or types of columns.",
        remedy="Cast the columns of every side alike.",
        codes="0130241",
        source=_SQL,
    ),
    Failure(
        title="An argument has the wrong type",
        cause="The function wants another type than it is given.",
        remedy="Cast it to what the message expects.",
        codes="0130121",
        source="user-guide/common-errors-for-built-in-functions",
    ),
    Failure(
        title="The number of arguments is wrong",
        cause="The function takes more or fewer; perhaps another engine's does not.",
        remedy="Compare with the function's description.",
        codes="0130221",
        source="user-guide/common-errors-for-built-in-functions",
    ),
    Failure(
        title="The types do not fit without a cast",
        cause="Unlike types are compared or inserted, and are not converted silently.",
        remedy="Write `CAST(… AS type)`.",
        codes="0130141 0121035 0140021",
        source=_SQL,
    ),
    Failure(
        title="This cast is not possible",
        cause="There is no way from the one type to the other.",
        remedy="Go through a third type, such as `STRING`.",
        codes="0140011",
        source=_SQL,
    ),
    Failure(
        title="The window is wrong",
        cause="`OVER (…)` lacks its `ORDER BY`, or has an impossible frame.",
        remedy="Correct what stands in `OVER (…)`.",
        codes="0130181",
        source=_SQL,
    ),
    Failure(
        title="The function is not registered or does not fit",
        cause="It is not in this project, lacks its resource, or is given other arguments.",
        remedy="See `LIST FUNCTIONS`; name another project's as `project:function`.",
        codes="0130081 0140041",
        source=_SQL,
    ),
    Failure(
        title="The name means nothing here",
        cause="A column or alias is not known at this place.",
        remedy="Look at the columns with `DESC table`, and at the aliases.",
        codes="0140031",
        source=_SQL,
    ),
    Failure(
        title="Something is wrong with a subquery",
        cause="It gives more rows, columns or values than its place takes.",
        remedy="Run the subquery by itself and look.",
        codes="0130111 0130051",
        source=_SQL,
    ),
    Failure(
        title="Not allowed",
        cause="A right is missing, or a rule of the project forbids it.",
        remedy="Show this message to the project's owner, who can grant it.",
        codes="0130013 0420095 0110011 0120011 0030001",
        source="user-guide/odps-0130013",
    ),
    Failure(
        title="A value could not be converted",
        cause="Some rows hold text that is no number, date or other value of the type.",
        remedy="Filter or clean them first (`WHERE col RLIKE '^-?[0-9]+$'`);"
        " `set odps.function.strictmode=false;` gives NULL instead.",
        codes="0123091",
        source="user-guide/odps-0123091",
    ),
    Failure(
        title="A function refused a value",
        cause="A value is in another form than the function takes.",
        remedy="Look at the value in the message, and at samples of the column.",
        codes="0121095",
        source=_SQL,
    ),
    Failure(
        title="A text is no date of that format",
        cause="Some rows have dates in another format.",
        remedy="Correct the format, or filter these rows.",
        codes="0123081 0123111",
        source=_SQL,
    ),
    Failure(
        title="A number does not fit its type",
        cause="A sum or product is too large, or a decimal was divided by 0.",
        remedy="Cast to a wider type first; divide by `NULLIF(divisor, 0)`.",
        codes="0121145",
        source=_SQL,
    ),
    Failure(
        title="An argument is out of range or empty",
        cause="A function was given a value that it does not take.",
        remedy="Check the arguments, and samples of their columns.",
        codes="0121065 0121055",
        source=_SQL,
    ),
    Failure(
        title="A pattern is wrong",
        cause="A regular expression or `LIKE` uses what MaxCompute does not know.",
        remedy="Simplify it; double its backslashes.",
        codes="0121011 0121021",
        source=_SQL,
    ),
    Failure(
        title="A partition could not be written",
        cause="There are too many of them, or a value cannot name one.",
        remedy="Look at the values of the partition column.",
        codes="0123031",
        source="user-guide/odps-0123031",
    ),
    Failure(
        title="A table of the join is too large for memory",
        cause="A map join loads it whole on every worker.",
        remedy="Remove the `MAPJOIN` hint, or raise `odps.sql.mapjoin.memory.max` (MB, to 8192).",
        codes="0123065 0123121",
        source=_HANDBOOK,
    ),
    Failure(
        title="One key has too many rows",
        cause="A join or group collects all rows of a key on one worker.",
        remedy="Filter NULL and default keys, or treat the skew (`SKEWJOIN` hint).",
        codes="0123049 0123043",
        source=_SQL,
    ),
    Failure(
        title="Memory could not be had",
        cause="One value or list is too large.",
        remedy="Make smaller arrays, or fewer rows a group.",
        codes="0121135",
        source=_SQL,
    ),
    Failure(
        title="The separator changes inside a group",
        cause="`wm_concat` takes its separator from a column.",
        remedy="Use a constant separator.",
        codes="0120021",
        source=_SQL,
    ),
    Failure(
        title="A script or function of yours failed",
        cause="It raised an exception, lacks a module, or has another name than is called.",
        remedy="Read its traceback in Logview.",
        codes="0123055",
        source=_SQL,
    ),
    Failure(
        title="A function of yours failed",
        cause="A UDF raised an exception: a bad row, a NULL, or wrong types.",
        remedy="Read its traceback in Logview; filter such rows, or catch them inside the UDF.",
        codes="0123131",
        source=_SQL,
    ),
    Failure(
        title="The workers' job failed",
        cause="MaxCompute's scheduler (Fuxi) ended the job.",
        remedy="See in Logview which stage failed; then run it once more.",
        rerun=Rerun.MAY_HELP,
        codes="0123144",
        source="user-guide/odps-0123144",
    ),
    Failure(
        title="The code did what is forbidden",
        cause="A UDF used files, the network or a library that the sandbox does not let it.",
        remedy="Write it otherwise, or ask the project's administrator.",
        codes="0140171",
        source=_HANDBOOK,
    ),
    Failure(
        title="MaxCompute failed inside",
        cause="A fault of the platform, or one that it does not explain.",
        remedy="Run it once more; then show Alibaba's support the instance id.",
        rerun=Rerun.MAY_HELP,
        codes="0010000 0140178 0140181",
        source="user-guide/odps-0010000-1",
    ),
    Failure(
        title="The commit failed",
        cause="Another job may have written the same table.",
        remedy="Check what the table holds now before anything is run again.",
        rerun=Rerun.UNSAFE,
        codes="0110999",
        source=_SQL,
    ),
    Failure(
        title="The definition could not be changed",
        cause="Something of this name is there, is missing, or is being changed by another job.",
        remedy="Look with `DESC` or `SHOW` how things stand.",
        codes="0110061 0110041",
        source=_SQL,
    ),
    Failure(
        title="The data is being moved",
        cause="It is copied between clusters after a move of the project.",
        remedy="Wait an hour.",
        rerun=Rerun.CAN_HELP,
        codes="0110141",
        source=_PYODPS,
    ),
    Failure(
        title="Storage did not answer",
        cause="A read or write of files failed on the platform.",
        remedy="Wait a few minutes.",
        rerun=Rerun.CAN_HELP,
        codes="0123019 0130025",
        source=_SQL,
    ),
    Failure(
        title="It was cancelled",
        cause="Somebody, or a time limit, stopped it.",
        remedy="Find out who and why before it is run again.",
        rerun=Rerun.CANNOT_HELP,
        codes="0120031",
        source=_SQL,
    ),
    Failure(
        title="It was killed",
        cause="It was aborted from outside: by a limit, an administrator, or a stop.",
        remedy="See in Logview who did it, and why.",
        rerun=Rerun.CANNOT_HELP,
        codes="0123105",
        source=_SQL,
    ),
    Failure(
        title="The access key is not accepted",
        cause="Its secret is wrong, the key is deleted or disabled, or a token has expired.",
        remedy="Ask whoever runs this bot to check the key.",
        codes="0410001 0410011 0410021 0410031 0410042 0410051",
        source="user-guide/api-errors",
    ),
    Failure(
        title="MaxCompute does not understand the request",
        cause="The statement has characters that cannot be sent, or the bot sent nonsense.",
        remedy="Look for control characters; else show this to whoever runs this bot.",
        codes="0420031 0420041 0420051 0420061 0420411",
        source="user-guide/api-errors",
    ),
    Failure(
        title="The service was busy",
        cause="MaxCompute had too much to do for a moment.",
        remedy="Wait a few minutes.",
        rerun=Rerun.CAN_HELP,
        codes="0420153 0430055",
        source=_PYODPS,
    ),
)

#: What can honestly be said of a code that is in no row, by its beginning, the longest first.
_BY_CLASS = (
    Failure(
        title="MaxCompute's metadata refused it",
        cause="I do not know this code. Its kind: tables, partitions or rights were not as needed.",
        remedy="Read the message; look with `DESC` or `SHOW` how things stand.",
        codes="011",
        source="user-guide/error-code-overview",
    ),
    Failure(
        title="It failed while it ran",
        cause="I do not know this code. Its kind: something in the data, or on a worker.",
        remedy="Read the message, and see in Logview which stage failed.",
        codes="012",
        source="user-guide/error-code-overview",
    ),
    Failure(
        title="MaxCompute could not compile it",
        cause="I do not know this code. Its kind: the parser or the checks before a run; nothing"
        " has run.",
        remedy="Read the message: it names what does not fit.",
        codes="013",
        source="user-guide/error-code-overview",
    ),
    Failure(
        title="MaxCompute could not plan it",
        cause="I do not know this code. Its kind: the planner, or the sandbox of functions.",
        remedy="Read the message; a simpler statement may pass.",
        codes="014",
        source="user-guide/error-code-overview",
    ),
    Failure(
        title="A common part of MaxCompute refused it",
        cause="I do not know this code. Its kind: common to all services, such as bad requests,"
        " rights, or trouble inside.",
        remedy="Read the message; show Alibaba's support the instance id if it says nothing.",
        codes="00",
        rerun=Rerun.MAY_HELP,
        source="user-guide/error-code-overview",
    ),
    Failure(
        title="The tunnel refused it",
        cause="I do not know this code. Its kind: up- and downloads.",
        remedy="Read the message; try a smaller result.",
        codes="03",
        source="user-guide/error-code-overview",
    ),
    Failure(
        title="MaxCompute's API refused it",
        cause="I do not know this code. Its kind: sign-in, rights, or a request it does not take.",
        remedy="Read the message; whoever owns the project can grant rights.",
        codes="04",
        source="user-guide/error-code-overview",
    ),
    Failure(
        title="A MapReduce job failed",
        cause="I do not know this code. Its kind: MapReduce.",
        remedy="Read the message, and see in Logview which stage failed.",
        codes="07",
        source="user-guide/error-code-overview",
    ),
    Failure(
        title="An algorithm failed",
        cause="I do not know this code. Its kind: workflows and machine learning (XFlow, PAI).",
        remedy="Read the message, and check the parameters of the algorithm.",
        codes="11 12",
        source="user-guide/error-code-overview",
    ),
    Failure(
        title="Query acceleration could not do it",
        cause="Its session was lost, not allowed, short of resources, or being upgraded (MCQA).",
        remedy="Begin with `set odps.mcqa.disable=true;`: it then runs as a normal job.",
        codes="18",
        rerun=Rerun.MAY_HELP,
        source=_SQA,
    ),
)

BY_CODE = {code: failure for failure in _BY_CODE for code in failure.codes.split()}
BY_CLASS = {code: failure for failure in _BY_CLASS for code in failure.codes.split()}

#: What can be said of a text without any code.
UNKNOWN = Failure(
    title="MaxCompute gives no error code",
    cause="I do not know this message.",
    remedy="See in Logview where it failed, and show the message to whoever knows the project.",
    rerun=Rerun.MAY_HELP,
    source="aliyun/aliyun-odps-console: odps-console-sql QueryCommand.java (release/0.56.x)",
)

ALL_FAILURES = (*BY_WORDS, *_BY_CODE, *_BY_CLASS, UNKNOWN)
