"""A run as Redis keeps it: JSON, of this version or of an older one."""

from collections.abc import Iterable

import msgspec
from redis.exceptions import RedisError, ResponseError

from odps_bot.runs import former_records
from odps_bot.runs.run import VERSION, Run
from odps_bot.store.codec import CorruptRecordError, decode


def encode_run(run: Run) -> bytes:
    """Return the run as JSON."""
    return msgspec.json.encode(msgspec.structs.replace(run, version=VERSION))


def decode_run(record: bytes | str) -> Run:
    """Return the run in `record`. Raises CorruptRecordError when it is not one."""
    run = decode(record, Run)
    if run.version < VERSION:
        return former_records.upgrade(run, record)
    return run


def readable_run(record: object) -> Run | None:
    """Return the run of a response of Redis; None: it is gone or damaged. Raises RedisError."""
    if isinstance(record, RedisError) and not isinstance(record, ResponseError):
        raise record
    if not isinstance(record, bytes | str):
        return None
    try:
        return decode_run(record)
    except CorruptRecordError:
        return None


def readable_runs(records: Iterable[object]) -> list[Run]:
    """Return those that are there and undamaged."""
    return [run for record in records if (run := readable_run(record))]
