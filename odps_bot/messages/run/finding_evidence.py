"""The evidence of a finding in one clause with its numbers, in mrkdwn. Pure.

Each rule says which numbers its findings have; all are optional here: what needs a missing one is
left out. `names` are the quota (WAIT_QUOTA, STARVED), functions (SLOW_EVERYWHERE), or tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from odps_bot.diagnosis.finding import Finding, Kind
from odps_bot.messages import text as t
from odps_bot.messages.run.finding_numbers import amount, ratio, rough_duration

NAME_CHARACTERS = 60


def evidence_in_words(finding: Finding, *, since: str) -> str:
    """Return the evidence, beginning with a capital letter or a name; `since`: ``since 14:03``."""
    return _EVIDENCE[finding.kind](_Case(finding, since))


@dataclass(frozen=True)
class _Case:
    """A finding, and the words that most sentences need of it."""

    finding: Finding
    since: str

    @property
    def numbers(self) -> Mapping[str, float]:
        return self.finding.numbers

    @property
    def code(self) -> str:
        return "" if self.finding.code is None else f" (code {self.finding.code})"

    @property
    def quota(self) -> str:
        names = self.finding.names
        return f"quota {t.code(names[0], limit=NAME_CHARACTERS)}" if names else "the quota"

    @property
    def worker(self) -> str:
        return "one worker" if self.finding.worker is None else f"worker {self.finding.worker:,}"

    @property
    def has_run(self) -> str:
        """How long the worker has run, or since when."""
        age = self.numbers.get("worker_s")
        return self.since if age is None else f"for {rough_duration(age)}"

    @property
    def others(self) -> str:
        """What became of the stage's other workers."""
        ended, workers = self.numbers.get("ended"), self.numbers.get("workers")
        if not ended or not workers:
            return ""
        mean = self.numbers.get("ended_mean_s")
        after = "" if mean is None else f" after {rough_duration(mean)}"
        return f"{ended:,.0f} of {workers:,.0f} workers ended{after}; "

    def stage(self, otherwise: str = "A stage") -> str:
        name = self.finding.stage
        return t.code(name, limit=NAME_CHARACTERS) if name else otherwise


_FRAMEWORK = {
    1010: ("for MaxCompute's scheduler", ""),
    1011: ("for the compute cluster", ": it lacks resources to compile"),
    1012: ("for a task slot of the project", ": its other jobs hold them all"),
    1014: ("for an execution slot", ": MaxCompute throttles the job"),
    1015: ("for the cleanup of an earlier attempt", ""),
}


#: Sub-statuses of what runs, even if nothing of it has resources: 1041 is told once only.
_RUNNING = frozenset({1042, 1052})


def _wait_framework(case: _Case) -> str:
    what, why = _FRAMEWORK.get(case.finding.code or 0, ("for MaxCompute to start it", ""))
    return f"Waiting {what} {case.since}{case.code}{why}"


def _wait_quota(case: _Case) -> str:
    numbers = case.numbers
    facts = []
    if position := numbers.get("queue_position"):
        length = numbers.get("queue_length")
        facts.append(f"place {position:,.0f}" + (f" of {length:,.0f}" if length else ""))
    elif case.finding.code in _RUNNING:
        facts.append("none of its workers has started")
    facts += _cores(numbers)
    if usual := numbers.get("usual_wait_s"):
        facts.append(f"usually waits {rough_duration(usual)}")
    why = f": {'; '.join(facts)}" if facts else case.code
    return f"Waiting for {case.quota} {case.since}{why}"


def _cores(numbers: Mapping[str, float]) -> list[str]:
    """Return how the quota is used; MaxCompute counts in hundredths of a core."""
    used, usable = numbers.get("used_cpu"), numbers.get("usable_cpu")
    wanted = numbers.get("requested_cpu")
    facts = []
    if used is not None and usable:
        facts.append(f"{used / 100:,.0f} of its {usable / 100:,.0f} cores are in use")
    if wanted:
        facts.append(f"its jobs want {wanted / 100:,.0f} cores")
    return [", ".join(facts)] if facts else []


def _starved(case: _Case) -> str:
    numbers = case.numbers
    workers = "too few workers"
    if "running" in numbers and "wanted" in numbers:
        workers = f"{numbers['running']:,.0f} of {numbers['wanted']:,.0f} workers"
    stage = f"{case.stage()}: only " if case.finding.stage else "Only "
    facts = _cores(numbers) or [f"{case.quota} is used up"]
    return f"{stage}{workers} {case.since}; {facts[0]}"


def _optimizing(case: _Case) -> str:
    if case.finding.code in {1210, 1220}:
        return f"Compiling {case.since}{case.code}"
    return f"Optimizing the plan {case.since}{case.code}; this usually takes less than 10 min"


def _planning(case: _Case) -> str:
    usual = case.numbers.get("usual_s")
    usually = "" if usual is None else f", usually {rough_duration(usual)}"
    return (
        f"Reading the list of files {case.since}{case.code}{usually}: too many partitions or files"
    )


def _replication(case: _Case) -> str:
    reruns = case.numbers.get("reruns")
    again = f", and started again {reruns:,.0f} times" if reruns else ""
    return f"Waiting for data from another cluster {case.since}{case.code}{again}"


def _skew(case: _Case) -> str:
    times = case.numbers.get("ratio")
    share = "far more records than the others" if times is None else f"{ratio(times)} the records"
    return f"{case.stage()}: {case.others}{case.worker} has {share}"


def _slow_worker(case: _Case) -> str:
    running = f"{case.worker} has run {case.has_run}"
    return f"{case.stage()}: {case.others}{running} with no more data than the others"


def _long_tail(case: _Case) -> str:
    running = f"{case.worker} has run {case.has_run}"
    times = case.numbers.get("ratio")
    records = "" if times is None else f" with {ratio(times)} the records"
    return f"{case.stage()}: {case.others}{running}{records}"


def _expansion(case: _Case) -> str:
    numbers = case.numbers
    times = numbers.get("ratio")
    rows = "many rows" if times is None else f"{times:,.0f} rows"
    facts = ""
    if "input_records" in numbers and "output_records" in numbers:
        facts = f" ({amount(numbers['input_records'])} in, {amount(numbers['output_records'])} out)"
    return f"{case.stage()} makes {rows} out of one{facts}"


def _too_few(case: _Case) -> str:
    numbers = case.numbers
    workers = int(numbers.get("workers", 1))
    what = f"{case.stage()} has only {workers:,} {'worker' if workers == 1 else 'workers'}"
    if "records" in numbers:
        what += f" for {amount(numbers['records'])} records"
    elif "bytes" in numbers:
        what += f" for {t.data_size(int(numbers['bytes']))}"
    return f"{what}, running {case.has_run}"


def _too_many(case: _Case) -> str:
    numbers = case.numbers
    workers = f"{numbers['workers']:,.0f} workers" if "workers" in numbers else "many workers"
    mean_bytes, mean_s = numbers.get("mean_bytes"), numbers.get("ended_mean_s")
    size = f" with {t.data_size(int(mean_bytes))} each" if mean_bytes else ""
    life = f" that run for {rough_duration(mean_s)}" if mean_s else ""
    return f"{case.stage()} starts {workers}{size}{life}"


def _input_grew(case: _Case) -> str:
    numbers = case.numbers
    times = numbers.get("ratio", case.finding.input_ratio)
    grown = "more input than usual" if times is None else f"input {ratio(times)} of usual"
    if "records" not in numbers or "usual_records" not in numbers:
        return f"{case.stage('The job')} has {grown}"
    runs = f" ({numbers['runs']:,.0f} runs)" if "runs" in numbers else ""
    records, usual = amount(numbers["records"]), amount(numbers["usual_records"])
    return f"{case.stage('It')} reads {records} records, usually {usual}{runs}: {grown}"


def _retries(case: _Case) -> str:
    numbers = case.numbers
    attempt, restarts = numbers.get("attempt"), numbers.get("restarts")
    if case.finding.worker is None or not attempt:
        what = f"{case.stage()}: workers keep failing"
        return f"{what}, {restarts:,.0f} restarts so far" if restarts else what
    what = f"{case.stage()}: worker {case.finding.worker:,} has been restarted {_times(attempt)}"
    is_alone = not restarts or restarts <= attempt
    return what if is_alone else f"{what}, all workers together {restarts:,.0f} times"


def _times(count: float) -> str:
    return {1: "once", 2: "twice"}.get(int(count), f"{count:,.0f} times")


def _slow_everywhere(case: _Case) -> str:
    speed = case.numbers.get("records_per_s")
    rows = "few" if speed is None else f"{speed:,.0f}"
    names = ", ".join(t.code(name, limit=NAME_CHARACTERS) for name in case.finding.names[:3])
    calls = f"; the statement calls {names}" if names else ""
    return f"{case.stage()}: {rows} records a second per worker, all alike{calls}"


def _no_movement(case: _Case) -> str:
    numbers = case.numbers
    if numbers.get("computes"):
        return f"{case.stage('It')} is computing, but no record has moved {case.since}"
    records = numbers.get("records")
    held = "" if records is None else f" at {amount(records)} records"
    running = numbers.get("running")
    cpu = ", no CPU used" if numbers.get("computes") == 0 else ""
    whose = "" if not running else f" ({running:,.0f} running{cpu})"
    return f"{case.stage('It')} has stood still{held} {case.since}{whose}"


def _fallback(case: _Case) -> str:
    return f"Accelerated mode failed; MaxCompute has run it as a normal job {case.since}"


def _finishing(case: _Case) -> str:
    return f"All rows are written; metadata has been updated {case.since}"


_EVIDENCE: dict[Kind, Callable[[_Case], str]] = {
    Kind.WAIT_FRAMEWORK: _wait_framework,
    Kind.WAIT_QUOTA: _wait_quota,
    Kind.STARVED: _starved,
    Kind.OPTIMIZING: _optimizing,
    Kind.PLANNING: _planning,
    Kind.REPLICATION: _replication,
    Kind.SKEW: _skew,
    Kind.SLOW_WORKER: _slow_worker,
    Kind.LONG_TAIL: _long_tail,
    Kind.EXPANSION: _expansion,
    Kind.TOO_FEW: _too_few,
    Kind.TOO_MANY: _too_many,
    Kind.INPUT_GREW: _input_grew,
    Kind.RETRIES: _retries,
    Kind.SLOW_EVERYWHERE: _slow_everywhere,
    Kind.NO_MOVEMENT: _no_movement,
    Kind.FALLBACK: _fallback,
    Kind.FINISHING: _finishing,
}
