"""*Run with hint* and *Run with other quota* fill in the form; the running job stays as it is."""

from dataclasses import replace
from typing import Any

import pytest

from odps_bot.config.rules import Role, Rules
from odps_bot.diagnosis.finding import Confidence, Finding, Kind, Remedy
from odps_bot.errors import CommandError, DeniedError
from odps_bot.interactions.run_otherwise import run_with_hint, run_with_quota
from odps_bot.messages import Modal
from odps_bot.messages.run.finding_buttons import finding_buttons
from odps_bot.runs import Run, RunState
from odps_bot.sandbox.slack.block_kit.validation import check_view

JOIN = "select a.x from a join b on a.k = b.k"


def a_finding(**facts: Any) -> Finding:
    usual = {
        "kind": Kind.SKEW,
        "confidence": Confidence.SURE,
        "remedy": Remedy.SKEW_JOIN,
        "numbers": {"ratio": 30},
    }
    return Finding(**{**usual, **facts})


@pytest.fixture
def running(alice: Any, bot: Any, clock: Any) -> Any:
    """Return a function that runs a statement which a finding holds up."""

    def run(sql: str, **facts: Any) -> Run:
        alice.types(f"run {sql}")
        finding = a_finding(since=clock(), **facts)
        found: Run = bot.bring(
            bot.newest_run(),
            RunState.RUNNING,
            instance_id="20261122120001123gabcde",
            finding=finding,
            told_finding=finding,
        )
        return found

    return run


def field(answer: Any, name: str) -> dict[str, Any]:
    assert isinstance(answer, Modal)
    assert check_view(answer.view) == []
    [found] = [b["element"] for b in answer.view["blocks"] if b.get("block_id") == name]
    return dict(found)


def note(answer: Any) -> str:
    return str(answer.view["blocks"][0]["elements"][0]["text"])


def labels(run: Run) -> list[str]:
    assert run.finding is not None
    return [button["text"]["text"] for button in finding_buttons(run, run.finding)]


def test_settings_are_filled_in_and_the_cursor_is_there(alice: Any, bot: Any, running: Any) -> None:
    run = running(
        "set odps.x=1; select k, count(*) from a group by k",
        hints={"odps.sql.groupby.skewindata": "true"},
    )

    answer = run_with_hint(run, alice.requests[-1], alice.services)

    assert field(answer, "hints")["initial_value"] == "odps.sql.groupby.skewindata=true"
    assert field(answer, "hints")["focus_on_load"]
    assert "Filled in below: `odps.sql.groupby.skewindata=true`." in note(answer)
    assert note(answer).endswith("Run *r1* keeps running beside the new one until you stop it.")
    assert bot.newest_run() == run


def test_a_hint_for_a_join_is_put_behind_its_select(alice: Any, running: Any) -> None:
    run = running(JOIN, sql_hint="skewjoin(a)")

    answer = run_with_hint(run, alice.requests[-1], alice.services)

    sql = field(answer, "sql")["initial_value"]
    assert sql == "select /*+ skewjoin(a) */ a.x from a join b on a.k = b.k"


def test_where_several_selects_could_be_meant_the_person_chooses(alice: Any, running: Any) -> None:
    sql = f"select * from ({JOIN}) t"
    run = running(sql, sql_hint="skewjoin(a)")

    answer = run_with_hint(run, alice.requests[-1], alice.services)

    assert field(answer, "sql")["initial_value"] == sql
    assert "Put `/*+ skewjoin(a) */` behind the SELECT with the join." in note(answer)


def test_the_settings_of_the_run_are_kept(alice: Any, running: Any) -> None:
    run = running(f"--hint odps.sql.mapper.cpu=200 {JOIN}", hints={"a.b": "1"})

    answer = run_with_hint(run, alice.requests[-1], alice.services)

    assert field(answer, "hints")["initial_value"].splitlines() == [
        "odps.sql.mapper.cpu=200",
        "a.b=1",
    ]


def test_another_quota_is_asked_for_where_its_field_is(alice: Any, running: Any) -> None:
    run = running(f"--quota etl {JOIN}", kind=Kind.WAIT_QUOTA, remedy=Remedy.OTHER_QUOTA)
    assert labels(run) == ["Run with other quota"]

    answer = run_with_quota(run, alice.requests[-1], alice.services)

    assert field(answer, "quota")["initial_value"] == "etl"
    assert field(answer, "quota")["focus_on_load"]
    assert "Name another *Quota* below." in note(answer)


def test_what_overwrites_a_table_is_to_be_stopped_first(alice: Any, running: Any) -> None:
    run = running(f"insert overwrite table t {JOIN}", sql_hint="skewjoin(a)")

    answer = run_with_hint(run, alice.requests[-1], alice.services)

    assert "Both would write the same data: stop it first." in note(answer)


def test_what_is_not_safe_to_repeat_is_not_offered_and_refused(alice: Any, running: Any) -> None:
    run = running(f"insert into t {JOIN}", sql_hint="skewjoin(a)", hints={"a.b": "1"})
    assert labels(run) == []

    for act in (run_with_hint, run_with_quota):
        with pytest.raises(CommandError, match="Nothing was submitted"):
            act(run, alice.requests[-1], alice.services)


def test_a_button_whose_hint_is_gone_says_so(alice: Any, running: Any) -> None:
    run = running(JOIN)
    assert labels(run) == []

    with pytest.raises(CommandError, match=r"no hint for run \*r1\* any more"):
        run_with_hint(run, alice.requests[-1], alice.services)


def test_whoever_may_run_nothing_gets_no_form(
    alice: Any, person: Any, running: Any, services: Any
) -> None:
    run = running(JOIN, sql_hint="skewjoin(a)")
    viewers = replace(services, rules=Rules(default_role=Role.VIEWER))

    with pytest.raises(DeniedError):
        run_with_hint(run, alice.requests[-1], viewers)
