"""What importing a client costs a fresh interpreter: processor time, and memory afterwards."""

import json
import subprocess
import sys
from collections.abc import Mapping

#: What programs write, by the name of the client.
STATEMENTS = {
    "ours": "from odps_bot.maxcompute import Client",
    "pyodps": "from odps import ODPS",
    "bare_requests": "import requests",
}

# Nothing is imported besides what every interpreter has loaded already.
_SCRIPT = """
import sys, time
before = time.process_time()
{statement}
after = time.process_time()
with open("/proc/self/status") as status:
    memory = next(line.split()[1] for line in status if line.startswith("VmRSS"))
print('{{"cpu_seconds": %r, "memory_bytes": %d}}' % (after - before, int(memory) * 1024))
"""


def measure_import(client: str, *, environment: Mapping[str, str]) -> dict[str, float]:
    """Return `cpu_seconds` and `memory_bytes`. Linux only."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(statement=STATEMENTS[client])],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured
