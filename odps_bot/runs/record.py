"""A run as Redis keeps it: JSON, of this version or of an older one."""

import msgspec

from odps_bot.runs import former_records
from odps_bot.runs.run import VERSION, Run
from odps_bot.store.codec import decode


def encode_run(run: Run) -> bytes:
    """Return the run as JSON."""
    return msgspec.json.encode(msgspec.structs.replace(run, version=VERSION))


def decode_run(record: bytes | str) -> Run:
    """Return the run in `record`. Raises CorruptRecordError when it is not one."""
    run = decode(record, Run)
    if run.version < VERSION:
        return former_records.upgrade(run, record)
    return run
