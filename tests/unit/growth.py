"""That the time of something grows with the length of its text alone.

Nothing is said in seconds: they mean nothing on a machine that does other things as well.
"""

import time
from collections.abc import Callable

#: The second text is so many times as long; what is quadratic takes the square of that.
TIMES = 8

#: Shorter times hold more of the clock, and of what is done once, than of the text.
_LEAST_S = 0.01

#: The least of a few: a busy machine only adds.
_TRIES = 3


def grows_with_length(
    read: Callable[[str], object], make_text: Callable[[int], str], *, longest: int
) -> bool:
    """Return whether reading a text of `longest` characters takes no more than its length says."""
    short, long = make_text(longest // TIMES), make_text(longest)
    return any(
        _seconds(read, long) < TIMES * TIMES / 2 * max(_seconds(read, short), _LEAST_S)
        for _ in range(_TRIES)
    )


def _seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    read(text)
    return time.process_time() - started
