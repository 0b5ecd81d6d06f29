import subprocess
import sys

HEAVY = ("slack_bolt", "slack_sdk", "redis", "rq", "http.server", "pyarrow", "odps", "asyncio")


def test_the_client_imports_nothing_it_does_not_need():
    script = "import sys, odps_bot.maxcompute; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    modules = done.stdout.split()
    assert not [name for name in HEAVY if name in modules]
    ours = {name for name in modules if name.startswith("odps_bot")}
    others = {name for name in ours if not name.startswith("odps_bot.maxcompute")}
    # It reads settings and merge statements, and judges nothing.
    assert {name.partition(".sql")[0] for name in others} == {"odps_bot"}
    assert not [name for name in others if name.startswith("odps_bot.sql.classification")]


MAKE_A_CLIENT = """
import sys
from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
credentials = StaticCredentials(AccessKey("id", "secret"))
client = Client("https://h/api", project="p", credentials=credentials, tunnel_endpoint="http://t")
client.get_instance("20260101000000123gabcdefgh2")
client.close()
print(*sorted(sys.modules))
"""


def test_a_client_that_sends_nothing_does_not_import_requests():
    done = subprocess.run(
        [sys.executable, "-c", MAKE_A_CLIENT], capture_output=True, text=True, check=True
    )

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "odps_bot" in loaded
    assert not loaded & {"requests", "urllib3", "ssl"}
