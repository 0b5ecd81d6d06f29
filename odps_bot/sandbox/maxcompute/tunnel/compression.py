"""Compressed streams, as `Accept-Encoding` asks for them; pure."""

import zlib
from collections.abc import Iterable, Iterator

DEFLATE = "deflate"
_LEVEL = 1


def accepts_deflate(accept_encoding: str) -> bool:
    """Return whether a client takes this encoding, which is the only one here."""
    for part in accept_encoding.split(","):
        name, _, weight = part.partition(";")
        if name.strip().lower() == DEFLATE:
            return weight.replace(" ", "").rstrip("0.") != "q="
    return False


def deflated(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a stream in the zlib format, which HTTP calls deflate."""
    compressor = zlib.compressobj(_LEVEL)
    for part in content:
        if compressed := compressor.compress(part):
            yield compressed
    yield compressor.flush()
