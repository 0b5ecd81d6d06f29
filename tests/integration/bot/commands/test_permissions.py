"""Every role at every deed, by every way to ask; what is denied is kept nowhere but in the audit.

People are called as their roles: U0RUNNER may run statements that read, and so on.
"""

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from odps_bot import listeners
from odps_bot.commands import COMMANDS
from odps_bot.config.rules import Channel, Project, Role, Rules
from odps_bot.messages.modals import run_modal
from odps_bot.messages.replies.estimates import RUN_ESTIMATED
from odps_bot.messages.replies.instances import SHOW_INSTANCE_LOGVIEW, WATCH_INSTANCE
from odps_bot.messages.run.buttons import (
    CONFIRM_RUN_AGAIN,
    NOTIFY_ME,
    RUN_AGAIN,
    SEND_CSV,
    SHOW_LOGVIEW,
    SHOW_RESULT,
    SHOW_SQL,
    SHOW_WHY,
    STOP_RUN,
)
from odps_bot.runs import Run, RunState
from odps_bot.services import Services
from odps_bot.store import keys
from odps_bot.store.audit import AuditKind, AuditLine
from odps_bot.store.connections import REDIS_TIME

INSTANCE_ID = "20261122120001123gabcde"
OTHER_INSTANCE_ID = "20261122120002123gabcde"

RULES = Rules(
    contact="#data-platform",
    users={f"U0{role.name}": role for role in Role},
    channels={
        "C0READS": Channel(highest_role=Role.RUNNER),
        "C0ADS": Channel(projects=("analytics",)),
        "C0CLOSED": Channel(highest_role=Role.NONE),
    },
    direct_messages=Channel(highest_role=Role.RUNNER),
)

#: What is typed behind `/odps`, and the least role for it. `{write}` and `{read}` are somebody
#: else's runs that have ended, `{open}` one that goes on.
TYPED = {
    "status": Role.VIEWER,
    "status {read}": Role.VIEWER,
    f"status {INSTANCE_ID}": Role.VIEWER,
    "history": Role.VIEWER,
    "history {read}": Role.VIEWER,
    f"history {INSTANCE_ID}": Role.VIEWER,
    "list all": Role.VIEWER,
    "result {read}": Role.VIEWER,
    "logview {read}": Role.VIEWER,
    f"logview {INSTANCE_ID}": Role.VIEWER,
    f"xflow {INSTANCE_ID}": Role.VIEWER,
    "why": Role.VIEWER,
    "why {read}": Role.VIEWER,
    f"why {INSTANCE_ID}": Role.VIEWER,
    "subscriptions": Role.VIEWER,
    "run": Role.RUNNER,
    "run select 1": Role.RUNNER,
    "cost select 1": Role.RUNNER,
    "cost drop table t": Role.RUNNER,
    "rerun {read}": Role.RUNNER,
    f"watch {OTHER_INSTANCE_ID}": Role.RUNNER,
    "subscribe sandbox": Role.RUNNER,
    "run insert into t select 1": Role.WRITER,
    "run set odps.sql.timezone=UTC; insert overwrite table t select 1": Role.WRITER,
    "rerun {write}": Role.WRITER,
    "run drop table t": Role.OPERATOR,
    "stop {open}": Role.OPERATOR,
    "lock sandbox month's end": Role.OPERATOR,
    "unlock sandbox": Role.OPERATOR,
    "run grant select on table t to user bob": Role.ADMIN,
    "run optimize frobnicate": Role.ADMIN,
    "run set odps.session.networklink=x; select 1": Role.ADMIN,
    "run select Runtime.getRuntime().exec('id')": Role.ADMIN,
    "run select transform(a) using 'x' from t": Role.ADMIN,
    "xflow PAI -name split -Dx=y": Role.ADMIN,
}

CLICKED = {
    SHOW_LOGVIEW: ("read", Role.VIEWER),
    SHOW_SQL: ("read", Role.VIEWER),
    SHOW_RESULT: ("read", Role.VIEWER),
    SHOW_WHY: ("read", Role.VIEWER),
    SEND_CSV: ("read", Role.VIEWER),
    NOTIFY_ME: ("open", Role.VIEWER),
    RUN_AGAIN: ("read", Role.RUNNER),
    STOP_RUN: ("open", Role.OPERATOR),
}


class Views:
    """Remembers the windows that were opened."""

    def __init__(self) -> None:
        self.opened: list[dict[str, Any]] = []

    def open(self, trigger_id: str, view: dict[str, Any]) -> str:
        self.opened.append(view)
        return "V1"


@dataclass
class Office:
    """Where people ask, by every way that Slack has."""

    services: Services
    bot: Any
    app: App
    acts: Any = field(default_factory=itertools.count)

    def commands(self, text: str, *, user: str, channel: str = "C0ANY", team: str = "T1") -> str:
        """Type a command; return the answer."""
        body = {
            "command": "/odps",
            "text": text,
            "team_id": team,
            "channel_id": channel,
            "user_id": user,
            "trigger_id": self._trigger(),
            "response_url": "https://hooks.slack.com/commands/1",
        }
        answer = self._hears(body)
        return str(json.loads(answer)["text"]) if answer else ""

    def clicks(
        self,
        action_id: str,
        value: str,
        *,
        user: str,
        channel: str = "C0ANY",
        team: str = "T1",
        is_home: bool = False,
    ) -> str:
        """Press a button with any value; return the private answer."""
        message = {"type": "message", "channel_id": channel}
        self._hears(
            self._interaction("block_actions", user, team)
            | {
                "container": {"type": "view"} if is_home else message,
                "response_url": "https://hooks.slack.com/actions/1",
                "actions": [{"type": "button", "action_id": action_id, "value": value}],
            }
            | ({} if is_home else {"channel": {"id": channel}})
        )
        return self.answer()

    def mentions(self, text: str, *, user: str, channel: str = "C0ANY", team: str = "T1") -> str:
        """Write to the bot; return the private answer."""
        event = {"type": "app_mention", "channel": channel, "user": user, "team": team}
        self._hears(
            {
                "type": "event_callback",
                "team_id": team,
                "event_id": self._trigger(),
                "event": event | {"text": f"<@UBOT> {text}", "ts": "1.0"},
            }
        )
        return self.answer()

    def submits(
        self,
        sql: str,
        *,
        user: str,
        channel: str = "C0ANY",
        team: str = "T1",
        project: str = "sandbox",
        hints: str = "",
    ) -> str:
        """Submit the form, whose metadata somebody may have edited; return what it says."""
        entered = {
            run_modal.SQL: {"value": sql},
            run_modal.HINTS: {"value": hints},
            run_modal.PROJECT: {"selected_option": {"value": project}},
        }
        values = {name: {name: value} for name, value in entered.items()}
        view = {
            "id": self._trigger(),
            "type": "modal",
            "callback_id": run_modal.RUN_MODAL,
            "private_metadata": json.dumps({"channel_id": channel}),
            "state": {"values": values},
        }
        answer = self._hears(
            self._interaction("view_submission", user, team)
            | {"type": "view_submission", "view": view}
        )
        return " ".join(json.loads(answer)["errors"].values()) if answer else self.answer()

    def opens_home(self, *, user: str, team: str = "T1") -> None:
        """Open the App Home."""
        event = {"type": "app_home_opened", "user": user, "channel": "D0ANY", "tab": "home"}
        self._hears(
            {
                "type": "event_callback",
                "team_id": team,
                "event_id": self._trigger(),
                "event": event,
            }
        )

    def uses_shortcut(self, *, user: str, channel: str = "C0ANY", team: str = "T1") -> str:
        """Open the form from a message's menu; return the private answer."""
        self._hears(
            self._interaction("message_action", user, team)
            | {
                "callback_id": "run_message_as_sql",
                "channel": {"id": channel},
                "message": {"ts": "1.0", "text": "select 1"},
            }
        )
        return self.answer()

    def answer(self) -> str:
        """Return the private answer that waits to be given."""
        about = [entry for entry in self.bot.told() if entry.startswith("ephemeral:")]
        if not about:
            return ""
        message, *_ = self.services.stores.ephemeral_replies.answer(about[0].partition(":")[2])
        return str(message.text)

    def runs(self) -> list[Run]:
        return self.services.stores.runs.open_runs("T1", limit=100)

    def denials(self) -> list[AuditLine]:
        return [line for line in self.services.stores.audit.read() if line.kind is AuditKind.DENIAL]

    def _interaction(self, kind: str, user: str, team: str) -> dict[str, Any]:
        person = {"id": user, "team_id": team}
        return {
            "type": kind,
            "team": {"id": team},
            "user": person,
            "trigger_id": self._trigger(),
        }

    def _hears(self, body: dict[str, Any]) -> str:
        response = self.app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        assert response.status == 200
        return str(response.body)

    def _trigger(self) -> str:
        return f"1.2.{next(self.acts)}"


@pytest.fixture
def services(services: Services) -> Services:
    services.slack.gateway._quick_views = Views()
    return replace(services, rules=RULES)


@pytest.fixture
def office(services: Services, bot: Any) -> Office:
    who = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_user_id="UBOT")
    app = App(
        client=services.slack.gateway._client,
        authorize=lambda: who,
        process_before_response=True,
        token_verification_enabled=False,
    )
    listeners.register(app, services)
    return Office(services, bot, app)


@pytest.fixture
def runs(
    services: Services, make_run: Callable[..., Run], create: Callable[..., Run], clock: Any
) -> dict[str, Run]:
    """Three runs of somebody who has left."""
    table = {"columns": ("a",), "rows": (("1",),), "column_count": 1, "row_count": 1}
    ended = {"state": RunState.SUCCEEDED, "requested_at": clock(), "ended_at": clock()}
    kept = {
        "read": {"sql": "select 1", "instance_id": INSTANCE_ID, "table": table, **ended},
        "write": {"sql": "insert into t select 1", **ended},
        "open": {"sql": "select 2", "state": RunState.RUNNING, "requested_at": clock()},
    }
    found = {}
    for number, (name, facts) in enumerate(kept.items()):
        run = make_run(
            user_id="U0LEFT",
            channel_id="C0ANY",
            name=f"r{number + 1}",
            run_id=f"{number:024x}",
            **facts,
        )
        run = msgspec.convert(msgspec.to_builtins(run), Run)
        create(services.stores.runs, run, overdue_in=timedelta(hours=1))
        services.stores.runs.remember_instance(run, REDIS_TIME)
        found[name] = run
    return found


def is_denied(said: str, needed: Role) -> bool:
    return f"*{needed}*" in said and "Nothing was submitted or changed." in said


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("typed", TYPED)
def test_a_command_needs_its_role(
    office: Office, runs: dict[str, Run], role: Role, typed: str
) -> None:
    needed = TYPED[typed]
    before = len(office.runs())
    names = {name: run.name for name, run in runs.items()}

    said = office.commands(typed.format(**names), user=f"U0{role.name}")

    if role.includes(needed):
        assert office.denials() == []
    else:
        assert is_denied(said, needed)
        assert "Ask #data-platform for help." in said
        assert len(office.runs()) == before
        [denial] = office.denials()
        assert (denial.user_id, denial.channel_id) == (f"U0{role.name}", "C0ANY")
        assert denial.what == typed.split(maxsplit=1)[0]
        assert f"needs {needed}" in denial.detail
        assert f"has {role}" in denial.detail


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action_id", CLICKED)
def test_a_click_needs_its_role(
    office: Office, runs: dict[str, Run], role: Role, action_id: str
) -> None:
    name, needed = CLICKED[action_id]

    said = office.clicks(action_id, runs[name].run_id, user=f"U0{role.name}")

    assert is_denied(said, needed) is not role.includes(needed)
    assert len(office.denials()) == (0 if role.includes(needed) else 1)
    assert office.services.stores.runs.get(runs[name].run_id) == runs[name] or role.includes(needed)


@pytest.mark.parametrize("user", ["U0RUNNER", "U0WRITER"])
@pytest.mark.parametrize(
    "sql",
    [
        "insert into t select 1",
        "InSeRt/**/OVERWRITE TABLE t SELECT 1",
        "-- select 1\ninsert into t select 1",
        "/* select 1; */ insert into t select 1",
        "select 1; insert into t select 1",
        "with a as (select 1) insert into t select * from a",
        "from s insert into t select 1",
        "\u017felect 1",
        "select\u00a01\u2028; insert into t select 1",
        "select 1 -- \rinsert into t select 1",
        "set a.b=select 1; insert into t select 1",
        "explain analyze insert into t select 1",
    ],
)
def test_the_ways_to_ask_are_equal_and_no_disguise_makes_a_write_a_read(
    office: Office, user: str, sql: str
) -> None:
    channel = "C0READS"  # there not even writers write

    said = [
        office.commands(f"run {sql}", user=user, channel=channel),
        office.mentions(f"run {sql}", user=user, channel=channel),
        office.submits(sql, user=user, channel=channel),
        office.mentions(f"run {sql}", user=user, channel="D0SOMEBODY"),
    ]

    assert office.runs() == []
    assert all("Nothing was submitted" in text for text in said), said
    assert len(office.denials()) == 4


def test_a_channel_allows_its_projects_only_and_its_first_is_meant(office: Office) -> None:
    office.commands("run select 1", user="U0ADMIN", channel="C0ADS")
    said = office.commands("run -p sandbox select 1", user="U0ADMIN", channel="C0ADS")
    forged = office.submits("select 1", user="U0ADMIN", channel="C0ADS", project="sandbox")

    assert [run.project for run in office.runs()] == ["analytics"]
    assert "Project `sandbox` isn't available in this channel. Available here: `analytics`." in said
    assert "Project sandbox isn't available in this channel" in forged
    assert [line.project for line in office.denials()] == ["sandbox", "sandbox"]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from sandbox.t",
        "select * from `Sandbox`.t",
        "select * from `sandbox.t`",
        "select (select max(a) from sandbox.s.t)",
        "insert into t select * from sandbox.t",
        "insert overwrite table sandbox.t select 1",
        "create table t as select * from sandbox.t",
        "create table t like sandbox.t",
        "unload from sandbox.t into location 'oss://b/p'",
        "export table sandbox.t to location 'oss://b/p'",
        "desc sandbox.t",
        "show tables in sandbox",
        "PAI -name split -DinputTableName=sandbox.t",
        "PAI -name split -DinputTableName='sandbox.t'",
        'PAI -name split -DinputTableName="odps://sandbox/tables/t"',
        "select 1 /* ; */ from sandbox . t",
        "select sandbox:f(a) from t",
        "select sandbox.s.f(a) from t",
        "create table u as select sandbox:f(a) from t",
        "drop function sandbox:f",
        "create function f as 'x.Y' using 'sandbox/resources/x.jar'",
        "load overwrite table t from location 'odps://sandbox/tables/t'",
        "select ml_predict(sandbox.m, v1, a) from t",
        "select * from t where ds = max_pt('sandbox.t')",
        "select Partition_Exists(\"san\" 'dbox.s.t', 'ds=1')",
        "select max_pt('s\\u0061ndbox.t'), sandbox from t",
    ],
)
def test_a_channel_reaches_no_other_project_by_the_names_in_a_statement(
    office: Office, sql: str
) -> None:
    said = [
        office.commands(f"run {sql}", user="U0ADMIN", channel="C0ADS"),
        office.commands(f"cost {sql}", user="U0ADMIN", channel="C0ADS"),
    ]

    assert all("Project `sandbox` isn't available" in text for text in said), said
    assert office.runs() == []
    assert [line.project for line in office.denials()] == ["sandbox", "sandbox"]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from finance_secret.salaries",
        "select * from t where ds = max_pt('finance_secret.salaries')",
        "insert into finance_secret.salaries select 1",
        "PAI -name split -DinputTableName=finance_secret.salaries",
        "desc finance_secret.salaries",
        "select new java.util.Date() from finance_secret.salaries",
    ],
)
def test_a_project_that_the_bot_does_not_use_is_refused_by_every_way(
    office: Office, sql: str
) -> None:
    said = [
        office.commands(f"run {sql}", user="U0ADMIN"),
        office.commands(f"cost {sql}", user="U0ADMIN"),
        office.mentions(f"run {sql}", user="U0ADMIN"),
        office.mentions(f"run {sql}", user="U0ADMIN", channel="D0SOMEBODY"),
        office.submits(sql, user="U0ADMIN"),
    ]

    denied = [line for line in office.denials() if line.project == "finance_secret"]
    assert len(denied) >= 4
    assert all("Nothing was submitted" in text for text in said), said
    assert sum("finance_secret" in text for text in said) >= 4
    assert office.runs() == []


def test_rules_may_open_a_project_for_reading_or_call_a_name_a_schema(
    services: Services, office: Office
) -> None:
    project = Project(reads_from=("shared_dim",), schemas=True)
    changed = replace(services, rules=msgspec.structs.replace(RULES, projects={"sandbox": project}))
    office = replace(office, app=rebuilt(changed), services=changed)
    reads = ["select * from shared_dim.s.t", "select * from staging.t"]

    for sql in reads:
        assert office.commands(f"run -p sandbox {sql}", user="U0RUNNER") == ""
    said = [
        office.commands("run -p sandbox insert into shared_dim.s.t select 1", user="U0ADMIN"),
        office.commands("run -p sandbox select * from finance.s.t", user="U0ADMIN"),
        office.commands("run -p analytics select * from staging.t", user="U0ADMIN"),
        office.commands(
            "run -p sandbox set odps.namespace.schema=false; select * from finance.t",
            user="U0ADMIN",
        ),
    ]

    assert [run.sql for run in office.runs()] == reads
    assert "may change something in `shared_dim`" in said[0]
    assert all("which isn't one of my projects" in text for text in said), said


@pytest.mark.parametrize("setting", ["odps.session.image=x", "odps.invented=1"])
def test_a_setting_in_the_form_needs_the_role_that_it_needs_in_the_text(
    office: Office, setting: str
) -> None:
    said = [
        office.submits("select 1", user="U0OPERATOR", hints=setting),
        office.commands(f"run --set {setting} select 1", user="U0OPERATOR"),
        office.commands(f"run set {setting}; select 1", user="U0OPERATOR"),
        office.commands(f"cost set {setting}; select 1", user="U0OPERATOR"),
        office.commands(f"cost set {setting}; select 'never closed", user="U0OPERATOR"),
    ]

    assert all("You need the role" in text for text in said), said
    assert all(setting.partition("=")[0] in text for text in said[:4]), said
    assert office.runs() == []


@pytest.mark.parametrize(
    "sql",
    [
        "select sandbox.a from t sandbox",
        "select 'sandbox.t', max_pt('t')",
        "create table t (a struct<sandbox:int>)",
    ],
)
def test_an_alias_or_a_text_may_be_called_as_another_project(office: Office, sql: str) -> None:
    assert office.commands(f"run {sql}", user="U0ADMIN", channel="C0ADS") == ""


def test_a_locked_project_is_not_changed_from_another_one(office: Office) -> None:
    office.commands("lock analytics month's end", user="U0OPERATOR")

    said = [
        office.commands(f"run -p sandbox {sql}", user="U0ADMIN")
        for sql in ("insert into analytics.t select 1", "drop table Analytics.t")
    ]
    office.commands("run insert into t select * from analytics.t", user="U0ADMIN")

    assert all("`analytics` is locked (<@U0OPERATOR>, " in text for text in said), said
    assert [run.sql for run in office.runs()] == ["insert into t select * from analytics.t"]
    assert [line.project for line in office.denials()] == ["analytics", "analytics"]


def test_what_needs_a_second_person_in_its_project_does_not_run_from_another_one(
    services: Services, office: Office
) -> None:
    rules = msgspec.structs.replace(RULES, projects={"analytics": Project(approve=("write",))})
    changed = replace(services, rules=rules)
    office = replace(office, app=rebuilt(changed), services=changed)

    said = office.commands("run insert into analytics.t select 1", user="U0ADMIN")
    office.commands("run -p analytics insert into t select 1", user="U0ADMIN")
    office.commands("run insert into t select * from analytics.t", user="U0ADMIN")

    assert "`analytics`, where *write* statements need a second person's approval" in said
    assert "`--project analytics`" in said
    assert [run.project for run in office.runs()] == ["sandbox", "analytics"]
    assert [line.project for line in office.denials()] == ["analytics"]


def test_in_a_closed_channel_nothing_is_to_be_had(office: Office) -> None:
    said = office.commands("status", user="U0ADMIN", channel="C0CLOSED")

    assert "I'm not enabled in this channel." in said
    assert len(office.denials()) == 1


@pytest.mark.parametrize("user", ["U0DANA", "U0LEFT"])
def test_people_of_another_workspace_have_no_right_wherever_they_try(
    office: Office, runs: dict[str, Run], user: str
) -> None:
    them = {"user": user, "team": "T2"}
    said = [
        office.commands("run select 1", **them),
        office.commands("status", **them),
        office.mentions("run select 1", **them),
        office.submits("select 1", **them),
        office.uses_shortcut(**them),
        office.clicks(SHOW_SQL, runs["read"].run_id, **them),
    ]
    if user != runs["open"].user_id:
        # Whoever has started it may stop it, wherever they belong by now.
        said.append(office.clicks(STOP_RUN, runs["open"].run_id, **them))

    assert len(office.runs()) == 1
    assert all("You have no role here" in text for text in said), said
    assert len(office.denials()) == len(said)


@pytest.mark.parametrize(
    ("user", "team", "is_published"),
    [("U0DANA", "T2", False), ("U0VIEWER", "T2", True), ("U0ANYBODY", "T1", True)],
)
def test_a_home_is_published_for_strangers_only_if_they_are_named(
    office: Office, user: str, team: str, is_published: bool
) -> None:
    office.opens_home(user=user, team=team)

    assert (f"home:T1 {user}" in office.bot.told()) is is_published


def test_people_of_another_workspace_have_the_right_that_is_named(office: Office) -> None:
    assert office.commands("run select 1", user="U0RUNNER", team="T2") == ""

    [run] = office.runs()
    assert (run.team_id, run.is_external) == ("T1", True)


def test_everybody_may_stop_what_they_have_started(office: Office) -> None:
    office.commands("run select 1", user="U0RUNNER")
    [run] = office.runs()
    office.services = replace(office.services, rules=Rules(default_role=Role.NONE))

    office.clicks(STOP_RUN, run.run_id, user="U0RUNNER")

    assert office.runs() == []
    assert office.denials() == []


def test_the_run_of_another_channel_is_not_to_be_had_by_a_forged_value(
    office: Office, runs: dict[str, Run]
) -> None:
    run_id = runs["read"].run_id

    for action_id in (SHOW_SQL, SHOW_RESULT, SEND_CSV, RUN_AGAIN, STOP_RUN):
        for is_home in (False, True):
            said = office.clicks(action_id, run_id, user="U0ADMIN", channel="C2", is_home=is_home)
            assert "belongs to another channel" in said

    assert len(office.runs()) == 1
    assert len(office.denials()) == 10


@pytest.mark.parametrize("action_id", [SHOW_INSTANCE_LOGVIEW, WATCH_INSTANCE])
def test_the_instance_of_another_channels_run_is_not_to_be_had_by_its_button(
    office: Office, runs: dict[str, Run], action_id: str
) -> None:
    # Such as that of a notice in a channel that has subscribed to the project.
    value = f"{runs['read'].project} {INSTANCE_ID}"

    elsewhere = office.clicks(action_id, value, user="U0ADMIN", channel="C2")

    assert "belongs to <#C0ANY>" in elsewhere
    assert [line.detail for line in office.denials()] == ["its card is in another channel"]


@pytest.mark.parametrize("verb", ["status", "history", "logview", "xflow", "watch", "why"])
def test_the_instance_of_another_workspaces_run_is_not_to_be_had(
    services: Services,
    office: Office,
    runs: dict[str, Run],
    create: Callable[..., Run],
    verb: str,
) -> None:
    theirs = msgspec.structs.replace(
        runs["read"], run_id="f" * 24, team_id="T9", instance_id=OTHER_INSTANCE_ID
    )
    create(services.stores.runs, theirs, overdue_in=timedelta(hours=1))
    services.stores.runs.remember_instance(theirs, REDIS_TIME)

    said = office.commands(f"{verb} {OTHER_INSTANCE_ID}", user="U0ADMIN")

    assert "belongs to another workspace" in said
    assert len(office.denials()) == 1
    assert office.bot.told() == []


@pytest.mark.parametrize("verb", ["status", "history", "logview", "xflow", "watch", "why"])
def test_the_instance_of_another_channels_or_workspaces_run_is_not_to_be_had_by_a_link(
    services: Services,
    office: Office,
    runs: dict[str, Run],
    create: Callable[..., Run],
    verb: str,
) -> None:
    theirs = msgspec.structs.replace(
        runs["read"], run_id="f" * 24, team_id="T9", instance_id=OTHER_INSTANCE_ID
    )
    create(services.stores.runs, theirs, overdue_in=timedelta(hours=1))
    services.stores.runs.remember_instance(theirs, REDIS_TIME)
    link = "https://logview.aliyun.com/logview/?p=sandbox&i="

    channels = office.commands(f"{verb} {link}{INSTANCE_ID}", user="U0ADMIN", channel="C2")
    workspaces = office.commands(f"{verb} {link}{OTHER_INSTANCE_ID}", user="U0ADMIN")

    assert "belongs to <#C0ANY>" in channels
    assert "belongs to another workspace" in workspaces
    assert len(office.denials()) == 2
    assert office.bot.told() == []


def test_a_link_to_a_run_of_the_channel_means_the_run(office: Office, runs: dict[str, Run]) -> None:
    link = f"https://logview.aliyun.com/logview/?p=sandbox&i={INSTANCE_ID}"

    said = {
        verb: office.commands(f"{verb} {link}", user="U0VIEWER") for verb in ("status", "xflow")
    }

    assert "run r1 in sandbox" in said["status"]
    assert said["xflow"] == ""
    assert [told.partition(":")[0] for told in office.bot.told()] == ["inquiry"]


def test_a_role_that_was_taken_away_after_the_question_counts_at_the_click(
    services: Services, office: Office, runs: dict[str, Run]
) -> None:
    office.clicks(RUN_AGAIN, runs["write"].run_id, user="U0WRITER")
    changed = replace(services, rules=Rules(users={"U0WRITER": Role.RUNNER}))
    later = replace(office, app=rebuilt(changed), services=changed)

    said = later.clicks(CONFIRM_RUN_AGAIN, runs["write"].run_id, user="U0WRITER")

    assert is_denied(said, Role.WRITER)
    assert len(office.runs()) == 1


def test_an_estimate_is_run_by_whoever_asked_for_it_and_only_while_they_may(
    services: Services, office: Office
) -> None:
    office.commands("cost insert into t select 1", user="U0RUNNER")
    [entry] = office.bot.told()
    interaction_id = entry.partition(":")[2]

    theirs = office.clicks(RUN_ESTIMATED, interaction_id, user="U0RUNNER")
    others = office.clicks(RUN_ESTIMATED, interaction_id, user="U0ADMIN")

    assert is_denied(theirs, Role.WRITER)
    assert "Only <@U0RUNNER>, who requested this estimate" in others
    assert office.runs() == []
    assert len(office.denials()) == 2


def test_nobody_gives_settings_that_weaken_a_guard(office: Office) -> None:
    said = [
        office.commands("run set odps.sql.read.only=false; select 1", user="U0ADMIN"),
        office.commands("run --hint odps.sql.read.only=false select 1", user="U0ADMIN"),
        office.submits("select 1", user="U0ADMIN", hints="LabelSecurity=false"),
        office.commands("cost set odps.security.x=1; select 1", user="U0ADMIN"),
        # What cannot be read as a whole hides none.
        office.commands("run set LabelSecurity=false; select 1 /* ; */", user="U0ADMIN"),
        office.commands("run --hint LabelSecurity=false select 1 /* ; */", user="U0ADMIN"),
        office.commands(f"run set LabelSecurity=false; select {'x' * 300_000}", user="U0ADMIN"),
        office.commands("run set LabelSecurity=false; select '", user="U0ADMIN"),
    ]

    assert all("isn't allowed here" in text for text in said), said
    assert office.runs() == []
    assert len(office.denials()) == len(said)


@pytest.mark.parametrize(
    "sql",
    [
        "select java.lang.System.getenv('SECRET')",
        "set odps.session.networklink=x; select 1",
        "insert into t select new java.util.Date()",
    ],
)
def test_what_may_run_code_is_estimated_for_the_highest_role_only(office: Office, sql: str) -> None:
    denied = office.commands(f"cost {sql}", user="U0RUNNER")
    allowed = office.commands(f"cost {sql}", user="U0ADMIN")

    assert is_denied(denied, Role.ADMIN)
    assert "I couldn't verify this statement" in denied
    assert allowed == ""
    assert [told.partition(":")[0] for told in office.bot.told()] == ["inquiry"]
    assert len(office.denials()) == 1


def test_somebodys_own_limit_of_costs_is_left_out(office: Office) -> None:
    typed = "run --hint odps.sql.metering.value.max=9 set ODPS.SQL.metering.value.max=9; select 1"

    assert office.commands(typed, user="U0RUNNER") == ""

    [run] = office.runs()
    assert (run.sql, run.hints, run.is_limit_removed) == ("select 1", {}, True)


def test_a_locked_project_accepts_reads_only_and_says_who_has_locked_it(office: Office) -> None:
    office.commands("lock sandbox month's <!here> end", user="U0OPERATOR")

    said = office.commands("run insert into t select 1", user="U0ADMIN")
    office.commands("run -p analytics insert into t select 1", user="U0ADMIN")
    office.commands("run select 1", user="U0RUNNER")

    assert "is locked (<@U0OPERATOR>, <!date^" in said
    assert "month's &lt;!here&gt; end." in said
    assert sorted(run.sql for run in office.runs()) == ["insert into t select 1", "select 1"]
    assert [line.detail for line in office.denials()] == [
        "the project is locked: month's <!here> end"
    ]
    assert ":lock: `sandbox` is locked" in office.commands("status", user="U0VIEWER")
    assert ":lock: `sandbox` is locked" in office.commands("help", user="U0VIEWER")


@pytest.mark.parametrize("damage", [b"{}", b"\xff", b'{"project": "sandbox", "at": "then"}'])
def test_a_damaged_lock_holds_until_it_is_unlocked(office: Office, damage: bytes) -> None:
    office.services.redis.hset(keys.locks(), "sandbox", damage)

    said = office.commands("run insert into t select 1", user="U0WRITER")
    assert "the record of who locked it, when and why can't be read" in said
    assert "Nothing was submitted" in said
    assert ":lock: `sandbox` is locked" in office.commands("status", user="U0VIEWER")
    assert "is unlocked" in office.commands("unlock sandbox", user="U0OPERATOR")
    assert office.commands("run insert into t select 1", user="U0WRITER") == ""


def test_an_unlocked_project_accepts_everything_again(office: Office) -> None:
    office.commands("lock sandbox month's end", user="U0OPERATOR")

    assert "is unlocked" in office.commands("unlock sandbox", user="U0ADMIN")
    assert "is not locked" in office.commands("unlock sandbox", user="U0ADMIN")
    assert office.commands("run insert into t select 1", user="U0WRITER") == ""
    decisions = [
        (line.what, line.user_id, line.project, line.detail)
        for line in office.services.stores.audit.read()
        if line.kind is AuditKind.DECISION
    ]
    assert decisions == [
        ("lock", "U0OPERATOR", "sandbox", "month's end"),
        ("unlock", "U0ADMIN", "sandbox", ""),
    ]


@pytest.mark.parametrize(
    "typed", ["lock", "lock sandbox", "lock nowhere why", "unlock", "unlock a b"]
)
def test_a_lock_needs_a_project_and_a_reason(office: Office, typed: str) -> None:
    said = office.commands(typed, user="U0ADMIN")

    assert re.search(r"Nothing was (changed|submitted)\.", said)
    assert office.services.stores.locks.all() == []


def test_a_lock_of_a_known_project_asks_for_the_reason_alone(office: Office) -> None:
    said = office.commands("lock sandbox", user="U0ADMIN")

    assert "Give a reason for locking `sandbox`" in said
    assert "Which project" not in said


@pytest.mark.parametrize("role", list(Role))
def test_help_offers_what_is_allowed_and_nothing_else(office: Office, role: Role) -> None:
    said = office.commands("help", user=f"U0{role.name}")

    offered = {name for name in COMMANDS if f"`/odps {name}`  " in said}
    assert "help" in offered
    assert ("run" in offered) is role.includes(Role.RUNNER)
    assert ("lock" in offered) is role.includes(Role.OPERATOR)
    assert ("status" in offered) is role.includes(Role.VIEWER)


def test_a_channel_that_only_reads_offers_no_lock_even_to_admins(office: Office) -> None:
    said = office.commands("help", user="U0ADMIN", channel="C0READS")

    assert "/odps lock" not in said
    assert "This channel is limited to *runner*." in said


@pytest.mark.parametrize(("role", "opens"), [(Role.VIEWER, False), (Role.RUNNER, True)])
def test_the_form_opens_for_those_who_may_run_something(
    office: Office, role: Role, opens: bool
) -> None:
    user = f"U0{role.name}"
    office.commands("run", user=user)
    office.uses_shortcut(user=user)
    office.clicks("home_write_sql", "-", user=user, is_home=True)

    assert len(office.services.slack.gateway._quick_views.opened) == (3 if opens else 0)
    assert len(office.denials()) == (0 if opens else 3)


def rebuilt(services: Services) -> App:
    who = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_user_id="UBOT")
    app = App(
        client=services.slack.gateway._client,
        authorize=lambda: who,
        process_before_response=True,
        token_verification_enabled=False,
    )
    listeners.register(app, services)
    return app
