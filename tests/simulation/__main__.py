"""`python -m tests.simulation`: see docs/contributing.md."""

import os
import sys

if os.environ.get("PYTHONHASHSEED") != "0":
    # The order of a set of texts would be another one in each process.
    os.execve(
        sys.executable,
        [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
        {**os.environ, "PYTHONHASHSEED": "0"},
    )

from tests.simulation.outside import take_over

take_over()

from tests.simulation.command_line import main  # noqa: E402  -- the product comes after it

sys.exit(main(sys.argv[1:]))
