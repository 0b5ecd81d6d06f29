"""The vendor's MCP server in its local mode, spoken to as an agent does: JSON-RPC over stdio.

https://pypi.org/project/alibabacloud-maxcompute-mcp-server/
"""

import itertools
import json
import subprocess
import time

import pytest

SELECT = "select city, count(*) as n from customers group by city order by city limit 2"
#: Of the protocol, as the first message has to say.
VERSION = "2025-06-18"
SECONDS = 30


class Session:
    """A session with the server: tools by name, and what they return."""

    def __init__(self, process):
        self._process = process
        self._numbers = itertools.count(1)
        client = {"name": "odps-bot's tests", "version": "1"}
        self.server = self.ask(
            "initialize", protocolVersion=VERSION, capabilities={}, clientInfo=client
        )
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def ask(self, method, **params):
        number = next(self._numbers)
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        for line in self._process.stdout:
            told = json.loads(line)
            if told.get("id") == number:
                assert "error" not in told, told
                return told["result"]
        raise AssertionError("the server has ended")

    def call(self, tool, **arguments):
        result = self.ask("tools/call", name=tool, arguments=arguments)
        assert not result.get("isError"), result
        (content,) = result["content"]
        told = json.loads(content["text"])
        assert "error" not in told, told
        return told.get("data", told)

    def _send(self, message):
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()


@pytest.fixture(scope="module")
def agent(sandbox, foreign_bin, environment):
    process = subprocess.Popen(
        [foreign_bin / "alibabacloud-maxcompute-mcp-server", "--mode", "local"],
        env={
            **environment,
            "MAXCOMPUTE_ENDPOINT": sandbox.endpoint,
            "MAXCOMPUTE_CATALOG_API_ENDPOINT": sandbox.endpoint.removesuffix("/api"),
            "MAXCOMPUTE_DEFAULT_PROJECT": "sandbox",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Session(process)
    finally:
        process.kill()
        process.wait()


def ended(agent, instance_id):
    deadline = time.monotonic() + SECONDS
    while not (told := agent.call("get_instance_status", instanceId=instance_id))["isTerminated"]:
        assert time.monotonic() < deadline, told
    return told


def test_the_tools_of_instances_are_there(agent):
    tools = {tool["name"] for tool in agent.ask("tools/list")["tools"]}

    assert {"cost_sql", "execute_sql", "get_instance_status", "get_instance"} <= tools


def test_a_query_is_estimated(agent):
    cost = agent.call("cost_sql", sql=SELECT)["costEstimate"]

    assert (cost["inputBytes"], cost["complexity"], cost["udfCount"]) == (140_000, 1.0, 0)
    assert "stub" not in cost


def test_a_query_is_submitted_followed_and_read(agent):
    begun = agent.call("execute_sql", sql=SELECT, maxCU=10, **{"async": True})

    told = ended(agent, begun["instanceId"])
    assert told["isSuccessful"] is True
    assert f"i={begun['instanceId']}" in told["logView"]
    assert "Beijing" in json.dumps(agent.call("get_instance", instanceId=begun["instanceId"]))


def test_a_query_is_awaited(agent):
    told = agent.call("execute_sql", sql=SELECT, **{"async": False})

    assert "Beijing" in json.dumps(told)


def test_a_query_that_takes_long_is_handed_over(agent):
    stuck = {"sandbox.stuck": "true"}
    told = agent.call("execute_sql", sql=SELECT, hints=stuck, timeout=1, **{"async": False})
    assert told["timeout"] is True

    going_on = agent.call("get_instance_status", instanceId=told["instanceId"])

    assert (going_on["status"], going_on["isTerminated"]) == ("RUNNING", False)


def test_access_is_checked(agent):
    assert "sandbox-id" in json.dumps(agent.call("check_access"))
