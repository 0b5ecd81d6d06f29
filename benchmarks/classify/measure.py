"""Measure the processor time to classify texts, each in a fresh process."""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from benchmarks.classify.shapes import SHAPES
from odps_bot.sql.classification import classify
from odps_bot.sql.classification.classifier import LONGEST

#: What the bar is set for, and what MaxCompute takes at most, in characters.
LENGTHS = (300_000, LONGEST)

_STEPS = 5_000_000


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one text took."""

    shape: str
    characters: int
    statement_class: str
    took_s: float  #: of the processor, in user and system


def measure(rounds: int) -> list[Found]:
    """Return what each text took in each round."""
    return [
        measure_in_fresh_process(number, length)
        for _ in range(rounds)
        for length in LENGTHS
        for number in range(len(SHAPES))
    ]


def yardstick_s() -> float:
    """Return the processor time of an empty loop, by which machines can be compared."""
    started = time.process_time()
    for _ in range(_STEPS):
        pass
    return time.process_time() - started


def measure_in_fresh_process(number: int, length: int) -> Found:
    """Return what a text of one shape, by its number in `SHAPES`, took."""
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.classify.measure", str(number), str(length)],
        capture_output=True,
        check=True,
        timeout=300,
    )
    return Found(**json.loads(ended.stdout))


def _measure_one(number: int, length: int) -> Found:
    shape = SHAPES[number]
    text = shape.text(length)
    # Modules, patterns and caches of words are there before.
    classify("select a from t where b = 1")
    started = time.process_time()
    classification = classify(text)
    took_s = time.process_time() - started
    return Found(
        shape=shape.name,
        characters=len(text),
        statement_class=classification.statement_class.label,
        took_s=took_s,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(_measure_one(int(sys.argv[1]), int(sys.argv[2])))))
