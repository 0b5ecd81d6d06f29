"""The endpoint whose results are made into files: `python -m … ROWS`, in a process of its own.

It prints its port, and serves until its standard input ends. Its rows are read by the million, and
would take the processor from the servers that are measured.
"""

import sys
from urllib.parse import urlsplit

from odps_bot.sandbox.maxcompute import MaxComputeSandbox, Timing

PROJECT = "files"

#: All rows of the sample table.
ALL_ROWS = "select * from orders where ds >= '20000101'"


def main() -> None:
    """Serve."""
    with MaxComputeSandbox(
        projects=(PROJECT,), orders_rows=int(sys.argv[1]), timing=Timing.instant()
    ) as sandbox:
        sys.stdout.write(f"{urlsplit(sandbox.endpoint).port}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
