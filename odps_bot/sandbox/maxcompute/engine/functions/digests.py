"""Checksums and digests as macros.

Vendor page: https://www.alibabacloud.com/help/en/maxcompute/user-guide/other-functions
DuckDB has no CRC-32 and of SHA-2 (FIPS 180-4) only SHA-256. Numbers are HUGEINT, so that no sum
or shift of words of 64 bits overflows.
"""

from math import isqrt


def _primes(count: int) -> list[int]:
    primes: list[int] = []
    candidate = 2
    while len(primes) < count:
        if all(candidate % prime for prime in primes):
            primes.append(candidate)
        candidate += 1
    return primes


def _cube_root(number: int) -> int:
    """Return the greatest integer whose cube is not above a number."""
    root = 1 << (number.bit_length() // 3 + 1)
    while (smaller := (2 * root + number // root**2) // 3) < root:
        root = smaller
    return root


def _listed(numbers: list[int]) -> str:
    return f"CAST([{', '.join(map(str, numbers))}] AS HUGEINT[])"


#: What takes some seconds.
_LONGEST = 8192
_TOO_LONG = (
    "error('ODPS-0010000:System internal error - the sandbox computes sha2 with 224, 384 and 512"
    f" of at most {_LONGEST} bytes')"
)
_PRIMES = _primes(80)
#: The first bits behind the point of the roots of primes.
_SQUARE_ROOTS = [isqrt(prime << 128) % 2**64 for prime in _PRIMES[:16]]
_CUBE_ROOTS = [_cube_root(prime << 192) % 2**64 for prime in _PRIMES]
#: By bits of a word: the distances of its rotations and, last of three, shifts.
_SCHEDULED = {32: ((7, 18, 3), (17, 19, 10)), 64: ((1, 8, 7), (19, 61, 6))}
_ROTATED = {32: ((2, 13, 22), (6, 11, 25)), 64: ((28, 34, 39), (14, 18, 41))}


def _rotated(word: str, by: int, bits: int) -> str:
    return f"(({word} >> {by}) | (({word} & {2**by - 1}) << {bits - by}))"


def _mixed(word: str, distances: tuple[int, int, int], bits: int, *, is_shifted: bool) -> str:
    first, second, third = distances
    last = f"({word} >> {third})" if is_shifted else _rotated(word, third, bits)
    return f"xor(xor({_rotated(word, first, bits)}, {_rotated(word, second, bits)}), {last})"


def _bound(name: str, value: str, body: str) -> str:
    """Return a body with a name for a value, which is then computed once."""
    return f"list_transform([{value}], lambda {name}: {body})[1]"


def _schedule(bits: int, rounds: int) -> str:
    """Return all words of a block `b` of 16."""
    first, second = _SCHEDULED[bits]
    older, newer = "w[len(w) - 14]", "w[len(w) - 1]"
    word = (
        f"(w[len(w) - 15] + {_mixed(older, first, bits, is_shifted=True)} + w[len(w) - 6]"
        f" + {_mixed(newer, second, bits, is_shifted=True)}) % {2**bits}"
    )
    return (
        f"list_reduce(list_transform(range({rounds - 16}), lambda unused: b[1:0]),"
        f" lambda w, unused: list_append(w, {word}), b)"
    )


def _compressed(bits: int, rounds: int) -> str:
    """Return the state `h` after a block `b`."""
    first, second = _ROTATED[bits]
    most = 2**bits - 1
    constants = _listed([root >> (64 - bits) for root in _CUBE_ROOTS[:rounds]])
    added = (
        f"s[8] + {_mixed('s[5]', second, bits, is_shifted=False)}"
        f" + xor(s[5] & s[6], ({most} - s[5]) & s[7]) + k[1]"
    )
    majority = "xor(xor(s[1] & s[2], s[1] & s[3]), s[2] & s[3])"
    top = f"{_mixed('s[1]', first, bits, is_shifted=False)} + {majority}"
    state = (
        f"[({added} + {top}) % {2**bits}, s[1], s[2], s[3],"
        f" (s[4] + {added}) % {2**bits}, s[5], s[6], s[7]]"
    )
    words = f"list_transform({_schedule(bits, rounds)}, lambda w, i: [w + ({constants})[i]])"
    ended = f"list_reduce({words}, lambda s, k: {state}, h)"
    return _bound("e", ended, f"list_transform(h, lambda x, i: (x + e[i]) % {2**bits})")


def _padded(bits: int) -> str:
    """Return the hexadecimal digits of a BLOB `s` with its length, in whole blocks."""
    block, length = bits // 2 * 8, bits // 2
    return (
        f"hex(s) || '80' || repeat('0', CAST(({block} - (2 * octet_length(s) + 2 + {length})"
        f" % {block}) % {block} AS BIGINT))"
        f" || lpad(to_base(8 * octet_length(s), 16), {length}, '0')"
    )


def _digest(bits: int, start: list[int], words: int) -> str:
    digits = bits // 4
    listed = (
        f"list_transform(regexp_extract_all({_padded(bits)}, '.{{{digits}}}'),"
        " lambda d: CAST(CAST('0x' || d AS UBIGINT) AS HUGEINT))"
    )
    blocks = _bound(
        "m", listed, "list_transform(range(len(m) // 16), lambda i: m[16 * i + 1:16 * i + 16])"
    )
    name = f"odps_functions.sha_block_{bits}"
    state = f"list_reduce({blocks}, lambda h, b: {name}(h, b), {_listed(start)})"
    shown = f"lambda x: lpad(lower(to_hex(x)), {digits}, '0')"
    digest = f"array_to_string(list_transform(list_slice({state}, 1, {words}), {shown}), '')"
    return f"CASE WHEN octet_length(s) > {_LONGEST} THEN {_TOO_LONG} ELSE {digest} END"


def _checksum_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xEDB88320 if byte & 1 else 0)
    return byte


_BYTE = "(instr('0123456789ABCDEF', d[1]) - 1) * 16 + instr('0123456789ABCDEF', d[2]) - 1"
_TABLE = f"CAST({list(map(_checksum_of_byte, range(256)))} AS BIGINT[])"
_CHECKSUM = (
    f"xor(list_reduce(list_transform(regexp_extract_all(hex({{s}}), '..'), lambda d: {_BYTE}),"
    f" lambda c, b: xor(c >> 8, ({_TABLE})[(xor(c, b) & 255) + 1]), 4294967295), 4294967295)"
)
_STARTS_224 = [root % 2**32 for root in _SQUARE_ROOTS[8:]]

#: What the macros below are made of; no statement can name them.
HELPERS: dict[str, str] = {
    "sha_block_32(h, b)": _compressed(32, 64),
    "sha_block_64(h, b)": _compressed(64, 80),
    "sha224(s)": _digest(32, _STARTS_224, 7),
    "sha384(s)": _digest(64, _SQUARE_ROOTS[8:], 6),
    "sha512(s)": _digest(64, _SQUARE_ROOTS[:8], 8),
    "sha2_of(s, n)": "CASE n WHEN 0 THEN sha256(s) WHEN 256 THEN sha256(s)"
    " WHEN 224 THEN odps_functions.sha224(s) WHEN 384 THEN odps_functions.sha384(s)"
    " WHEN 512 THEN odps_functions.sha512(s) END",
}


#: For constants, as DuckDB takes a second to prepare all digests: the function by the bits.
OF_CONSTANT = {
    "0": "sha256",
    "224": "odps_functions.sha224",
    "256": "sha256",
    "384": "odps_functions.sha384",
    "512": "odps_functions.sha512",
}
MACROS: dict[str, dict[str, str]] = {
    "crc32": {
        "s BLOB": _CHECKSUM.format(s="s"),
        "s TEXT": _CHECKSUM.format(s="encode({s})"),
    },
}
