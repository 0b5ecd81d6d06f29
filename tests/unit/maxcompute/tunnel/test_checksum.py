"""The checksums in Python are those of the compiled package."""

import google_crc32c
import pytest

from odps_bot.maxcompute.tunnel import checksum


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def extra(request, monkeypatch):
    """With the extra `fast`, and without it."""
    if request.param == "plain":
        monkeypatch.setattr(checksum, "_extend", lambda: None)


@pytest.mark.parametrize(
    ("data", "found"), [(b"", 0), (b"123456789", 0xE3069283), (b"\0" * 32, 0x8A9136AA)]
)
def test_it_is_that_of_the_standard(data, found):
    assert checksum.crc32c(data) == found


@pytest.mark.parametrize("size", [1, 511, 512, 513, 529, 4_097, 65_535, 65_536, 65_537, 200_001])
def test_long_data_are_taken_in_lanes(size):
    data = bytes(n * 31 % 251 for n in range(size))

    assert checksum.crc32c(data, 77) == google_crc32c.extend(77, data)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 300])
def test_texts_of_any_length_are_taken_side_by_side(count):
    texts = [b"ab" * (n * 37 % 600) for n in range(count)]

    assert checksum.crc32c_each(texts) == [google_crc32c.value(text) for text in texts]


def test_parts_join(extra):
    data = b"abc" * 1000

    for cut in (0, 1, 700, 3000):
        first, second = checksum.crc32c(data[:cut]), checksum.crc32c(data[cut:])
        assert checksum.crc32c_joined(first, second, 3000 - cut) == google_crc32c.value(data)
