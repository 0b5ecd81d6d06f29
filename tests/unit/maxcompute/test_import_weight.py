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
    assert {name for name in ours if not name.startswith("odps_bot.maxcompute")} == {"odps_bot"}
