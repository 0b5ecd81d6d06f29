"""Bodies that come compressed, undone in bounded steps. Pure."""

import zlib
from collections.abc import Iterator

from odps_bot.maxcompute.errors import MalformedResponseError

#: The request's header; the smallest answer of a few bytes can become a thousand times as long.
ACCEPTED = "deflate"

#: However well a body is compressed, no more of it is in memory at once.
_STEP_BYTES = 64 * 1024


def inflated(chunks: Iterator[bytes], encoding: str | None) -> Iterator[bytes]:
    """Yield the body whose Content-Encoding is `encoding`, in chunks of 64 KiB at most.

    "deflate" is zlib's format (RFC 9110), and also what some servers send: the bare stream.
    Raises MalformedResponseError for another encoding, and for a body that is none of these.
    """
    name = (encoding or "identity").strip().lower()
    if name in {"identity", ""}:
        return chunks
    if name != ACCEPTED:
        raise MalformedResponseError(f"The response has the unknown encoding {name[:40]!r}.")
    return _inflated(chunks)


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    stream = None
    for chunk in chunks:
        if stream is None:
            # The first byte of zlib's format names the method, 8, in its lower half.
            is_bare = chunk[0] & 0x0F != zlib.DEFLATED
            stream = zlib.decompressobj(-zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS)
        waiting, part = chunk, b""
        # A full step can leave something behind although all of the chunk has been taken.
        while waiting or len(part) == _STEP_BYTES:
            try:
                part = stream.decompress(waiting, _STEP_BYTES)
            except zlib.error as error:
                raise MalformedResponseError("The response can't be inflated.") from error
            if stream.eof and stream.unused_data:
                raise MalformedResponseError("Something follows the compressed response.")
            waiting = stream.unconsumed_tail
            if part:
                yield part
    if stream is not None and not stream.eof:
        raise MalformedResponseError("The compressed response ends early.")
