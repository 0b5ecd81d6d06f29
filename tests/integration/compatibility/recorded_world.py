"""Let a MaxCompute and a Slack of today know what a recording names, by other ids."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

from slack_sdk import WebClient

from odps_bot.maxcompute import AccessKey, Client, StaticCredentials
from odps_bot.maxcompute.pai_command import parse_pai_command
from odps_bot.sandbox.maxcompute import MaxComputeSandbox
from odps_bot.sandbox.slack import SlackSandbox

#: What ran when the recording was made goes on for so long, by the clock that a test pushes.
LASTS = timedelta(hours=2)


def start_instances(recorded: Mapping[str, Any], server: MaxComputeSandbox) -> dict[str, str]:
    """Submit what the recording knows once more; return the new ids by the recorded ones."""
    clients = {
        owner: Client(
            server.endpoint,
            project="analytics",
            credentials=StaticCredentials(AccessKey(owner, secret)),
        )
        for owner, secret in (("key", "secret"), ("other", "other-secret"))
    }
    names: dict[str, str] = {}
    steps = {step for one in recorded["instances"] for step in one["steps"].values()}
    stopped = _record(recorded, "stopping_sent")["instance_id"]
    try:
        for one in recorded["instances"]:
            if one["id"] in steps:
                continue
            client = clients[re.sub(r"ALIYUN\$|@.*", "", one["owner"])]
            instance = _start(one, client, recorded)
            names[one["id"]] = instance.id
            if one["id"] == stopped:
                instance.stop()
            for action in _steps(instance, one["steps"], client):
                names[one["steps"][action.name]] = action.instance_id
        _wait_for_ends(server, {names[i["id"]] for i in recorded["instances"] if _ended(i)})
    finally:
        for client in clients.values():
            client.close()
    return names


def _start(one: Mapping[str, Any], client: Client, recorded: Mapping[str, Any]) -> Any:
    place = {"project": one["project"], "guid": one["guid"]}
    hints = {} if _ended(one) else {"sandbox.duration": f"{LASTS.total_seconds()}"}
    sql = one["sql"].removesuffix(";")
    match one["kind"]:
        case "xflow":
            found = next(
                s for s, about in recorded["stories"].items() if about["run_id"] == one["guid"]
            )
            pai = parse_pai_command(_record(recorded, found)["sql"])
            return client.xflows.run(
                pai.xflow,
                xflow_project=pai.xflow_project,
                parameters=pai.parameters,
                hints=hints,
                **place,
            )
        case "SQLCost":
            return client.run_sql_cost(sql, **place)
        case _:
            return client.run_sql(sql, hints=hints, **place)


def _steps(flow: Any, wanted: Mapping[str, str], client: Client) -> list[Any]:
    """Return the steps of a flow, once all that are wanted are there."""
    if not wanted:
        return []
    until = monotonic() + 10
    while monotonic() < until:
        found = [a for a in client.xflows.get_actions(flow) if a.name in wanted]
        if all(action.instance_id for action in found) and len(found) == len(wanted):
            return found
        sleep(0.02)
    raise AssertionError(f"the flow {flow.id} does not have {wanted}")


def _record(recorded: Mapping[str, Any], story: str) -> Any:
    run_id = recorded["stories"][story]["run_id"]
    return json.loads(recorded["redis"][f"odps-bot:run:{run_id}"]["value"]["record"])


def _ended(instance: Mapping[str, Any]) -> bool:
    return instance["kind"] == "SQLCost" or instance["status"] not in {"Running", "Waiting"}


def _wait_for_ends(server: MaxComputeSandbox, ids: set[str]) -> None:
    until = monotonic() + 20
    while monotonic() < until:
        if ids <= {one.id for one in server.instances() if one.ended_at}:
            return
        sleep(0.02)
    raise AssertionError("what has ended in the recording does not end here")


def post_messages(messages: list[Mapping[str, Any]], slack: SlackSandbox) -> dict[str, str]:
    """Post what was posted once more; return the new timestamps by the recorded ones."""
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    names: dict[str, str] = {}
    for message in sorted(messages, key=lambda message: message["ts"]):
        thread_ts = names.get(message.get("thread_ts", ""))
        if message["user"] == "U0ODPSBOT":
            posted = client.chat_postMessage(
                channel=message["channel"],
                text=message["text"] or "a file",
                thread_ts=thread_ts,
                metadata=message.get("metadata"),
            )
            names[message["ts"]] = posted["ts"]
        else:
            said = slack.say(message["user"], message["channel"], message["text"], thread_ts)
            names[message["ts"]] = str(said.ts)
    return names
