"""What would help an instance that is slow or queued, in words: one remedy a finding. Pure.

None of them promises a gain, and none changes the running instance.
"""

from odps_bot.diagnosis.finding import Finding, Kind, Remedy
from odps_bot.messages import text as t

NAME_CHARACTERS = 60
HINT_CHARACTERS = 120

_WORDS = {
    Remedy.NOTHING: "Nothing to do.",
    Remedy.WAIT: "Wait: this usually passes.",
    Remedy.OTHER_QUOTA: "Wait, or use another quota.",
    Remedy.FEWER_JOBS: (
        "Run fewer jobs at a time in this project, or ask its owner to raise its limit."
    ),
    Remedy.SKEWED_GROUPS: "If one group has most of the rows, spread it over more workers.",
    Remedy.CHECK_JOIN_KEYS: "Check the join keys: each that occurs twice multiplies rows.",
    Remedy.LARGER_SPLITS: "Larger splits or merged files give each worker more to do.",
    Remedy.SMALLER_SPLITS: "Smaller splits spread the data over more workers.",
    Remedy.CHECK_PARTITIONS: "Is a partition condition missing, or did the table grow?",
    Remedy.REPLACE_UDF: "Use built-in functions where you can, or smaller batches.",
    Remedy.STOP_AND_RERUN: "Read its log. If it says nothing new, stop the job and run it again.",
    Remedy.FEWER_PARTITIONS: "Next time, write fewer dynamic partitions per job.",
    Remedy.SPLIT_STATEMENT: "Wait, or split the statement: fewer CTEs and joins per job.",
}

#: What makes a stage run in one worker, by the codes that findings name.
_ONE_WORKER = {
    "order_by": "ORDER BY",
    "limit": "LIMIT",
    "window": "a window without PARTITION BY",
    "aggregate": "an aggregate without GROUP BY",
    "distinct_count": "COUNT(DISTINCT) without GROUP BY",
    "join": "a JOIN without an equality condition",
}


def remedy_in_words(finding: Finding) -> str:
    """Return what would help, in one or two sentences of mrkdwn."""
    words = _specific(finding) or _WORDS[finding.remedy]
    return f"{words} {_hints(finding)}".rstrip()


def _specific(finding: Finding) -> str:
    """Return the remedies that name something; empty for all others."""
    words = ""
    match finding.remedy:
        case Remedy.WAIT if finding.kind is Kind.REPLICATION:
            words = "Wait; leave out old partitions where you can."
        case Remedy.SKEW_JOIN:
            hint = f"/*+ {finding.sql_hint or 'skewjoin(…)'} */"
            words = f"If both tables are large, {t.code(hint)} after SELECT spreads hot keys."
        case Remedy.MAP_JOIN:
            hint = f"/*+ {finding.sql_hint or 'mapjoin(…)'} */"
            words = f"If one table is small, use {t.code(hint)} after SELECT."
        case Remedy.READ_LOG:
            whose = "a worker" if finding.worker is None else f"worker {finding.worker:,}"
            words = f"The log of {whose} can say why."
        case Remedy.REWRITE_SINGLE:
            known = [_ONE_WORKER[name] for name in finding.names if name in _ONE_WORKER]
            words = f"Rewrite what needs one worker: {' or '.join(known[:2]) or 'see the plan'}."
        case Remedy.MERGE_FILES:
            merge = f"ALTER TABLE {_table(finding, 't')} MERGE SMALLFILES;"
            words = f"Merge small files with {t.code(merge)}, or read fewer partitions."
    return words


def _table(finding: Finding, otherwise: str) -> str:
    is_code = not finding.names or finding.names[0] in _ONE_WORKER
    return otherwise if is_code else finding.names[0][:NAME_CHARACTERS]


def _hints(finding: Finding) -> str:
    if not finding.hints:
        return ""
    settings = " ".join(f"set {name}={value};" for name, value in finding.hints.items())
    return f"Setting: {t.code(settings, limit=HINT_CHARACTERS)}."
