"""The last lines of a worker's log. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTail:
    """The last lines of a log."""

    lines: tuple[str, ...]
    is_cut: bool  #: whether there is more before them


def read_log_tail(body: bytes, *, lines: int, size_bytes: int) -> LogTail:
    """Return the last whole lines within the last bytes of a log.

    A body of as many bytes is the end of a longer log, whose first line may lack its beginning.
    """
    end = body[-size_bytes:]
    found = end.decode("utf-8", "replace").splitlines()
    is_cut = len(body) >= size_bytes
    if is_cut and len(found) > 1 and body[-size_bytes - 1 : -size_bytes] != b"\n":
        found = found[1:]
    return LogTail(lines=tuple(found[-lines:]), is_cut=is_cut or len(found) > lines)
