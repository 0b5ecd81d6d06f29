"""What is kept of a success, and of which statement it is one. Pure values."""

import hashlib
from typing import Annotated

import msgspec

from odps_bot.sql.fingerprint import job_fingerprint

#: A run that took less has no history: in so little time nothing can be slow.
SHORTEST_S = 2.0

#: So many of a job's stages are kept, those with the most input; a record is bounded by them.
MOST_STAGES = 12
STAGE_NAME_CHARACTERS = 24
QUOTA_CHARACTERS = 40

#: DataWorks' ids of nodes are some ten digits long.
NODE_CHARACTERS = 40

_Seconds = Annotated[float, msgspec.Meta(ge=0)]


class PastStage(msgspec.Struct, frozen=True, array_like=True):
    """A stage of a past run."""

    name: str
    workers: int | None = None
    input_records: int | None = None
    output_records: int | None = None


class PastRun(msgspec.Struct, frozen=True, array_like=True):
    """A success of a statement. None: nobody told it. Later versions append fields only."""

    instance_id: str
    submitted_s: int  #: since 1970
    run_s: _Seconds  #: from when something of it ran; with the wait before, if that is not known
    wait_s: _Seconds | None = None  #: until something of it ran
    planning_s: _Seconds | None = None  #: with sub-statuses 1235 and 1240
    input_records: int | None = None
    input_bytes: int | None = None
    output_records: int | None = None
    cpu_core_s: float | None = None
    memory_gb_s: float | None = None
    quota: str = ""  #: that its settings chose, if they did
    stages: tuple[PastStage, ...] = ()

    @property
    def total_s(self) -> float:
        """How long it took altogether."""
        return self.run_s + (self.wait_s or 0)


def statement_of(sql: str, *, node_id: str = "") -> str:
    """Return what all runs of a job share: the node of DataWorks and the statement's fingerprint.

    Empty where the statement is not known: such a run has no history.
    """
    fingerprint = job_fingerprint(sql)
    if not fingerprint or not node_id:
        return fingerprint
    return hashlib.sha256(f"{node_id} {fingerprint}".encode()).hexdigest()[:16]


def is_worth_keeping(past: PastRun) -> bool:
    """Return whether the run says anything about how long the next one takes."""
    return past.total_s >= SHORTEST_S


def bounded(past: PastRun) -> PastRun:
    """Return the run as it is kept: without the small ones of very many stages, numbers rounded."""
    largest = sorted(past.stages, key=lambda stage: -(stage.input_records or 0))[:MOST_STAGES]
    kept = {stage.name for stage in largest}
    stages = tuple(
        msgspec.structs.replace(stage, name=stage.name[:STAGE_NAME_CHARACTERS])
        for stage in past.stages
        if stage.name in kept
    )
    rounded = {
        name: None if value is None else round(value, 1)
        for name in ("run_s", "wait_s", "planning_s", "cpu_core_s", "memory_gb_s")
        for value in (getattr(past, name),)
    }
    return msgspec.structs.replace(
        past, **rounded, quota=past.quota[:QUOTA_CHARACTERS], stages=stages[:MOST_STAGES]
    )
