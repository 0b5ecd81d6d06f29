"""The first request of a process: connections are made with it, whoever sends it."""

import subprocess
import sys

RUNNING = "<Instance><Status>Running</Status></Instance>"

FIRST_REQUESTS_AT_ONCE = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
credentials = StaticCredentials(AccessKey("id", "secret"))
client = Client(sys.argv[1], project="p", credentials=credentials)
together = threading.Barrier(8)

def poll(_):
    together.wait(timeout=10)
    return client.get_instance("20260101000000123gabcdefgh2").get_status().value

assert "requests" not in sys.modules
with ThreadPoolExecutor(8) as pool:
    print(*pool.map(poll, range(8)))
client.close()
"""


def test_threads_can_send_the_first_requests_at_the_same_time(service):
    service.reply(RUNNING)

    done = subprocess.run(
        [sys.executable, "-c", FIRST_REQUESTS_AT_ONCE, service.endpoint],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.split() == ["Running"] * 8
    assert done.stderr == ""
    assert len(service.sent) == 8


def test_a_client_closed_before_its_first_request_still_works(service):
    service.reply(RUNNING)
    client = service.client()
    client.close()

    status = client.get_instance("20260101000000123gabcdefgh2").get_status()

    assert status.value == "Running"
