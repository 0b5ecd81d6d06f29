"""What a client costs a fresh interpreter, alone and with a first request.

Measured are processor time (user and system), and memory afterwards. The two are kept apart because
ours loads `requests` with the first request: what the import saves is in the other's number.
"""

import json
import subprocess
import sys
from collections.abc import Mapping

from benchmarks.client.recorded_responses import Ids

#: What programs write, by the name of the client.
IMPORTS = {
    "ours": "from odps_bot.maxcompute import Client",
    "pyodps": "from odps import ODPS",
    "bare_requests": "import requests",
}

#: Programs that request the status of one instance and exit. PyODPS requests the tenant as well;
#: its `reload()` is one poll, `status` would be two.
FIRST_REQUESTS = {
    "ours": """\
from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
credentials = StaticCredentials(AccessKey("sandbox-id", "sandbox-secret"))
client = Client(sys.argv[1], project="p", credentials=credentials)
client.get_instance(sys.argv[2]).get_status()
""",
    "pyodps": """\
from odps import ODPS
odps = ODPS("sandbox-id", "sandbox-secret", project="p", endpoint=sys.argv[1])
odps.get_instance(sys.argv[2]).reload()
""",
    "bare_requests": """\
import requests
session = requests.Session()
session.get(f"{sys.argv[1]}/projects/p/instances/{sys.argv[2]}").content
""",
}

# Nothing is imported besides what every interpreter has loaded already.
_SCRIPT = """
import sys, time
before = time.process_time()
{statements}
after = time.process_time()
with open("/proc/self/status") as status:
    memory = next(line.split()[1] for line in status if line.startswith("VmRSS"))
print('{{"cpu_seconds": %r, "memory_bytes": %d}}' % (after - before, int(memory) * 1024))
"""


def measure_import(client: str, *, environment: Mapping[str, str]) -> dict[str, float]:
    """Return `cpu_seconds` and `memory_bytes` of the import. Linux only."""
    return _measure(IMPORTS[client], environment=environment)


def measure_first_request(
    client: str, *, endpoint: str, environment: Mapping[str, str]
) -> dict[str, float]:
    """Return the same for importing a client, creating one and a first request. Linux only."""
    return _measure(FIRST_REQUESTS[client], endpoint, Ids().running, environment=environment)


def _measure(statements: str, *arguments: str, environment: Mapping[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(statements=statements), *arguments],
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured
