"""Which known word a typed one probably is. Pure."""

from collections.abc import Iterable

#: Up to so many letters, one that is wrong is all that makes two words nearly the same.
SHORT = 5

#: So many letters of a word may stand for it: `ana` for `analytics`.
SHORTENED = 3

#: Nothing longer is a word that somebody mistyped.
LONGEST = 100


def close_words(typed: str, known: Iterable[str], *, most: int = 2) -> list[str]:
    """Return the known words that are nearest to what was typed, if they are near at all.

    Near is what a slip of a finger does: a letter or, in longer words, two are wrong, missing,
    needless or swapped; or what was typed is the beginning of a word, or begins with it.
    """
    word = typed.lower()
    if not word or len(word) > LONGEST:
        return []
    found = {}
    for one in known:
        difference = _difference(word, one.lower())
        if difference is not None:
            found[one] = difference
    best = min(found.values(), default=0)
    return [one for one, difference in found.items() if difference == best][:most]


def distance(one: str, other: str) -> int:
    """Return how many letters are wrong, missing, needless, or swapped with their neighbour."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, wanted in enumerate(other, start=1):
            best = min(
                last[column] + 1, current[column - 1] + 1, last[column - 1] + (letter != wanted)
            )
            if before and column > 1 and _are_swapped(one, row, other, column):
                best = min(best, before[column - 2] + 1)
            current.append(best)
        before, last = last, current
    return last[-1]


def _difference(word: str, known: str) -> int | None:
    """Return how far apart they are, or None if nobody would mistype one as the other."""
    shorter = min(len(word), len(known))
    farthest = 0 if shorter < SHORTENED else 1 if shorter <= SHORT else 2
    if abs(len(word) - len(known)) <= farthest:
        found = distance(word, known)
        if found <= farthest:
            return found
    is_cut = shorter >= SHORTENED and (known.startswith(word) or word.startswith(known))
    # Behind whatever is nearly the same.
    return 3 if is_cut else None


def _are_swapped(one: str, row: int, other: str, column: int) -> bool:
    return one[row - 2 : row] == other[column - 2 : column][::-1]
