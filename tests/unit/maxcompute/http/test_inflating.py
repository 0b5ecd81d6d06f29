"""Bodies that come deflated, in zlib's format and bare."""

import zlib

import pytest

from odps_bot.maxcompute import MalformedResponseError
from odps_bot.maxcompute.http.inflating import inflated

STEP = 64 * 1024
BARE = -zlib.MAX_WBITS


def deflated(content, bits):
    stream = zlib.compressobj(9, zlib.DEFLATED, bits)
    return stream.compress(content) + stream.flush()


@pytest.mark.parametrize("bits", [zlib.MAX_WBITS, BARE])
@pytest.mark.parametrize("beyond", [-1, 0, 1, 2, 100, 257, 258, 259])
def test_what_a_full_step_leaves_behind_is_yielded_too(bits, beyond):
    content = bytes(2 * STEP + beyond)

    parts = list(inflated(iter([deflated(content, bits)]), "deflate"))

    assert b"".join(parts) == content
    assert max(map(len, parts)) <= STEP


@pytest.mark.parametrize("bits", [zlib.MAX_WBITS, BARE])
def test_a_body_that_is_cut_off_is_malformed(bits):
    body = deflated(bytes(range(256)) * 1000, bits)

    with pytest.raises(MalformedResponseError):
        list(inflated(iter([body[:-1]]), "deflate"))
