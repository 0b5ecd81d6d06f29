"""*Edit & run*: from whatever shows a run to its form, filled in, and on to a new run."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import pytest

from odps_bot.runs import Change, Outcome, ReasonCode, Run, RunState, lifecycle
from odps_bot.sandbox.slack.interactive_elements import interactive_elements
from odps_bot.slack.errors import PostInProgressError
from odps_bot.store.notification_kind import NotificationKind
from workers.delivery.cards import deliver_card
from workers.delivery.deliver import deliver_all
from workers.delivery.home import deliver_home
from workers.delivery.statement_files import deliver_statement

TEAM, CHANNEL = "T0SANDBOX1", "C0DATAENG1"
ALICE, BOB = "U0ALICE", "U0BOB"
WITH_ALICE, WITH_BOB = "D0ALICEODPS", "D0BOBODPS"
INSTANCE = "20261122120001123gabcde"
NOW = datetime.now(UTC)

MISTYPED = Outcome(
    reason=ReasonCode.TASK_FAILED,
    detail="ODPS-0130131:[1,15] Table not found - table sandbox.t cannot be resolved",
)
LONG = "select 1 as a\n" + "".join(f"union all select {n} as a\n" for n in range(1_700))


def change(desk: Any, run: Run, **facts: Any) -> Run:
    changed = desk.services.stores.runs.apply(
        run.run_id, lambda run: Change(run=msgspec.structs.replace(run, **facts))
    )
    assert changed is not None
    deliver_card(run.run_id, desk.services)
    kept = desk.services.stores.runs.get(run.run_id)
    assert kept is not None
    return kept


def failed(desk: Any, typed: str = "select a from t", *, user: str = ALICE, **facts: Any) -> Run:
    """Let somebody run what fails; its card is posted."""
    desk.slack.say(user, CHANNEL, f"/odps run {typed}")
    run = desk.newest_run()
    runs = desk.services.stores.runs
    deliver_card(run.run_id, desk.services)
    runs.apply(run.run_id, partial(lifecycle.begin_submission, now=NOW))
    runs.apply(run.run_id, partial(lifecycle.submitted, instance_id=INSTANCE, now=NOW))
    facts = {"state": RunState.FAILED, "outcome": MISTYPED, "ended_at": NOW} | facts
    return change(desk, run, **facts)


def press(desk: Any, run: Run, action_id: str, *, user: str = ALICE) -> None:
    delivery = desk.slack.click(user, CHANNEL, run.card_ts, action_id)
    assert delivery.ok, delivery


def press_in_modal(desk: Any, action_id: str, *, user: str = ALICE) -> None:
    *_, top = desk.slack.views(user)
    delivery = desk.slack.click_in_view(user, top["id"], action_id)
    assert delivery.ok, delivery


def buttons(blocks: list[dict[str, Any]]) -> list[str]:
    return [e["text"]["text"] for _, e in interactive_elements(blocks) if e["type"] == "button"]


def card(desk: Any, run: Run) -> dict[str, Any]:
    return next(m for m in desk.slack.messages(CHANNEL) if m["ts"] == run.card_ts)


def new_run(desk: Any, old: Run) -> Run:
    return next(run for run in desk.runs() if run.run_id != old.run_id and not run.is_final)


def test_a_failed_card_opens_the_form_with_all_that_the_run_was(desk: Any) -> None:
    run = failed(
        desk,
        "--project analytics --priority 3 --quota os_q --hint a.b=1 --notify <@U0BOB> select a"
        " from t",
    )
    assert "Re-run" not in buttons(card(desk, run)["blocks"])

    press(desk, run, "edit_run")

    form, fields = desk.form(), desk.fields()
    assert form["title"]["text"] == f"Edit & run {run.name}"
    assert fields["sql"]["initial_value"] == "select a from t"
    assert fields["project"]["initial_option"]["value"] == "analytics"
    assert fields["priority"]["initial_option"]["value"] == "3"
    assert fields["quota"]["initial_value"] == "os_q"
    assert fields["hints"]["initial_value"] == "a.b=1"
    assert fields["notify"]["initial_users"] == [BOB]
    assert "place" not in fields
    assert "*Failed*: ODPS-0130131:[1,15] Table not found" in str(form["blocks"][0])


def test_what_was_changed_runs_as_a_new_run_that_names_the_old_one(desk: Any) -> None:
    run = failed(desk)
    press(desk, run, "edit_run")

    assert desk.submit(sql="select a from orders") is None

    again = new_run(desk, run)
    deliver_card(again.run_id, desk.services)
    again = desk.services.stores.runs.get(again.run_id)
    assert (again.sql, again.edited_from, again.rerun_of) == (
        "select a from orders",
        run.name,
        None,
    )
    assert f"edited from <{run.card_url}|{run.name}>" in str(card(desk, again)["blocks"])
    assert desk.slack.views(ALICE) == []


def test_what_was_not_changed_is_a_re_run(desk: Any) -> None:
    run = failed(desk, "--interactive --priority 3 --quota os_q select a from t")
    press(desk, run, "edit_run")

    assert desk.submit() is None

    again = new_run(desk, run)
    assert (again.rerun_of, again.edited_from) == (run.name, None)
    assert (again.priority, again.hints) == (run.priority, run.hints)
    assert again.interactive is True


def test_a_colleague_edits_it_as_their_own(desk: Any) -> None:
    run = failed(desk)
    press(desk, run, "edit_run", user=BOB)

    assert desk.submit(user=BOB, sql="select 2") is None

    again = new_run(desk, run)
    assert (again.user_id, again.edited_from, again.channel_id) == (BOB, run.name, CHANNEL)


def test_the_window_with_the_sql_leads_to_the_form_and_both_close_at_the_end(desk: Any) -> None:
    run = failed(desk, user=BOB)
    press(desk, run, "show_sql")
    press_in_modal(desk, "edit_run")

    window, form = desk.slack.views(ALICE)
    assert form["previous_view_id"] == window["id"]
    delivery = desk.slack.submit_view(ALICE, form["id"], {"sql": "select 3"})

    assert delivery.ok, delivery
    assert new_run(desk, run).edited_from == run.name
    assert desk.slack.views(ALICE) == []


def test_cancelling_leads_back_to_the_sql(desk: Any) -> None:
    run = failed(desk)
    press(desk, run, "show_sql")
    press_in_modal(desk, "edit_run")
    window, form = desk.slack.views(ALICE)

    desk.slack.close_view(ALICE, form["id"])

    assert [view["id"] for view in desk.slack.views(ALICE)] == [window["id"]]


def home_of(desk: Any, user: str = ALICE) -> dict[str, Any]:
    desk.slack.open_home(user)
    subject = f"{TEAM} {user}"
    desk.slack.wait_until(lambda: desk.services.stores.homes.get(TEAM, user))
    deliver_home(subject, desk.services)
    home = desk.slack.open_home(user)
    assert home is not None
    return dict(home)


def test_home_opens_the_form_with_the_channel_of_the_run_chosen(desk: Any) -> None:
    run = failed(desk)
    home = home_of(desk)
    assert "Edit & run" in buttons(home["blocks"])

    delivery = desk.slack.click_in_view(ALICE, home["id"], "edit_run")
    assert delivery.ok, delivery
    assert desk.fields()["place"]["initial_conversation"] == CHANNEL
    assert desk.submit(sql="select 4") is None

    again = new_run(desk, run)
    assert (again.channel_id, again.edited_from) == (CHANNEL, run.name)


def test_whoever_chooses_another_channel_leaves_the_thread(desk: Any) -> None:
    run = change(desk, failed(desk), thread_ts="1700000000.000100")
    home = home_of(desk)

    desk.slack.click_in_view(ALICE, home["id"], "edit_run")
    assert desk.submit(sql="select 5", place="C0RANDOM01") is None

    again = new_run(desk, run)
    assert (again.channel_id, again.thread_ts) == ("C0RANDOM01", None)


def test_in_the_channel_of_the_run_its_thread_is_kept(desk: Any) -> None:
    run = change(desk, failed(desk), thread_ts="1700000000.000100")
    home = home_of(desk)

    desk.slack.click_in_view(ALICE, home["id"], "edit_run")
    assert desk.submit(sql="select 6") is None

    assert new_run(desk, run).thread_ts == "1700000000.000100"


def open_long(desk: Any) -> Run:
    run = failed(desk, sql=LONG)
    press(desk, run, "edit_run")
    return run


def test_a_long_statement_is_kept_and_runs_as_it_is(desk: Any) -> None:
    run = open_long(desk)
    shown = str(desk.form()["blocks"])
    assert f"*Statement* from run {run.name} (4" in shown
    assert "sql" not in desk.fields()

    assert desk.submit(priority="2") is None

    again = new_run(desk, run)
    assert (again.sql, again.priority, again.edited_from) == (LONG.strip(), 2, run.name)


def test_a_long_statement_is_shown_where_the_error_is(desk: Any) -> None:
    there = msgspec.structs.replace(MISTYPED, detail="ODPS-0130161:[1500,11] Parse exception")
    run = failed(desk, sql=LONG, outcome=there)

    press(desk, run, "edit_run")

    assert "1500 | union all select 1498 as a" in str(desk.form()["blocks"])


def test_a_character_of_a_long_statement_is_replaced_in_the_form(desk: Any) -> None:
    run = open_long(desk)

    assert desk.submit(old_text="select 1699 as a", new_text="select -1 as a") is None

    assert new_run(desk, run).sql == LONG.strip().replace("select 1699 as", "select -1 as")


@pytest.mark.parametrize(
    ("entered", "errors"),
    [
        (
            {"old_text": "select nothing", "new_text": "x"},
            {"old_text": "This isn't in the statement. Letters and spaces count."},
        ),
        (
            {"old_text": "as a", "new_text": "as b"},
            {
                "old_text": "This is in the statement 1,701 times. Enter more of the text around"
                " it, or check the box below."
            },
        ),
        ({"new_text": "x"}, {"old_text": "Enter the text to replace."}),
        (
            {"old_text": LONG[:2_900], "new_text": "", "quota": "a b"},
            {"quota": "This isn't a quota name."},
        ),
    ],
)
def test_what_cannot_be_replaced_is_said_at_its_field(
    desk: Any, entered: dict[str, Any], errors: dict[str, str]
) -> None:
    run = open_long(desk)

    assert desk.submit(**entered) == errors
    assert [r for r in desk.runs() if r.run_id != run.run_id] == []


def test_a_text_is_replaced_wherever_it_is(desk: Any) -> None:
    run = open_long(desk)

    assert desk.submit(old_text=" as a", new_text=" as b", everywhere=["yes"]) is None

    assert new_run(desk, run).sql == LONG.strip().replace(" as a", " as b")


def test_an_edited_file_takes_the_place_of_a_long_statement(desk: Any) -> None:
    run = open_long(desk)

    assert desk.submit(file=[{"name": "edited.sql", "text": LONG + "union all select 0"}]) is None

    again = new_run(desk, run)
    assert (again.sql, again.edited_from) == (LONG + "union all select 0", run.name)


def test_a_long_statement_is_sent_as_a_file_to_whoever_wants_to_edit_it(desk: Any) -> None:
    run = open_long(desk)

    press_in_modal(desk, "send_statement")

    form, notice = desk.slack.views(ALICE)
    assert "on its way to your direct messages" in str(notice["blocks"])
    deliver_statement(f"{run.run_id} {ALICE}", desk.services)
    with pytest.raises(PostInProgressError):
        # Whoever repeats it looks for what is there, a little later.
        deliver_statement(f"{run.run_id} {ALICE}", desk.services)
    words, file = desk.slack.messages(WITH_ALICE)[-2:]
    assert buttons(words["blocks"]) == ["Edit & run"]
    assert file["files"][0]["name"] == f"{run.name}-sandbox.sql"
    assert [shared["content"].decode() for shared in desk.slack.files()] == [LONG]
    assert "Edit & run" in form["title"]["text"]


def test_the_file_in_the_direct_message_leads_back_to_the_channel(desk: Any) -> None:
    run = open_long(desk)
    deliver_statement(f"{run.run_id} {ALICE}", desk.services)
    words, _ = desk.slack.messages(WITH_ALICE)[-2:]

    delivery = desk.slack.click(ALICE, WITH_ALICE, words["ts"], "edit_run")
    assert delivery.ok, delivery
    assert desk.submit(file=[{"name": "edited.sql", "text": "select 'edited'"}]) is None

    again = new_run(desk, run)
    assert (again.channel_id, again.sql) == (CHANNEL, "select 'edited'")


def test_a_colleague_gets_the_file_and_is_sent_to_the_card(desk: Any) -> None:
    run = failed(desk, sql=LONG)
    press(desk, run, "show_sql", user=BOB)
    press_in_modal(desk, "send_statement", user=BOB)

    deliver_statement(f"{run.run_id} {BOB}", desk.services)

    words, file = desk.slack.messages(WITH_BOB)[-2:]
    assert f"on its card in <#{CHANNEL}>" in words["text"]
    assert buttons(words["blocks"]) == []
    assert file["files"]


def test_where_slack_refuses_the_direct_message_the_person_is_told(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = open_long(desk)
    press_in_modal(desk, "send_statement")
    desk.answers()
    workspace = desk.slack._workspace
    less = replace(workspace.app, scopes=("commands", "chat:write"))
    monkeypatch.setattr(workspace, "app", less)

    deliver_statement(f"{run.run_id} {ALICE}", desk.services)

    said = desk.wait_for_answer()
    assert "Nothing was sent." in said
    assert "missing_scope" in said


def test_a_run_of_another_channel_is_not_opened(desk: Any) -> None:
    run = failed(desk, user=ALICE)
    desk.slack.say(BOB, "C0RANDOM01", f"/odps edit {run.name}")

    assert desk.slack.views(BOB) == []


def test_settings_that_no_field_takes_are_set_lines(desk: Any) -> None:
    hints = {f"a.b{number}": "x" * 190 for number in range(20)}
    run = failed(desk, hints=hints)
    press(desk, run, "edit_run")
    assert "they are `set` lines before the statement" in str(desk.form()["blocks"])

    assert desk.submit() is None

    again = new_run(desk, run)
    written = dict(
        line.removeprefix("set ").removesuffix(";").split("=")
        for line in again.sql.splitlines()
        if line.startswith("set ")
    )
    assert again.hints | written == hints
    assert again.sql.endswith("select a from t")


def test_a_project_that_is_gone_is_said(desk: Any) -> None:
    run = failed(desk, "-p analytics select a from t")
    object.__setattr__(desk.services.settings, "projects", ("sandbox",))

    press(desk, run, "edit_run")

    assert "Project `analytics` isn't available here" in str(desk.form()["blocks"])
    assert desk.fields()["project"]["initial_option"]["value"] == "sandbox"


def offered(desk: Any, user: str = ALICE) -> tuple[str, list[str]]:
    """Return what the newest private answer says and offers."""
    message = desk.slack.wait_until(lambda: desk.slack.ephemerals(user))[-1]
    return message["text"], buttons(message["blocks"])


def answer(desk: Any) -> None:
    """Deliver the private answers that wait."""
    desk.slack.wait_until(lambda: desk.services.stores.outbox.is_due([NotificationKind.EPHEMERAL]))
    deliver_all(desk.services)


@pytest.mark.parametrize("typed", ["run", "edit"])
def test_a_mention_offers_the_form_by_a_button(desk: Any, typed: str) -> None:
    run = failed(desk)
    desk.slack.say(ALICE, CHANNEL, f"<@U0ODPSBOT> {typed} {run.name}", thread_ts=run.card_ts)
    answer(desk)

    said, labels = offered(desk)
    assert f"|{run.name}> is a run in `sandbox`" in said
    assert labels == ["Edit & run"]


def test_in_the_thread_of_a_run_it_needs_no_name(desk: Any) -> None:
    run = failed(desk)
    desk.slack.say(ALICE, CHANNEL, "<@U0ODPSBOT> edit", thread_ts=run.card_ts)
    answer(desk)
    message = desk.slack.wait_until(lambda: desk.slack.ephemerals(ALICE))[-1]

    desk.slack.click(ALICE, CHANNEL, message["ts"], "edit_run")
    assert desk.submit(sql="select 'from a thread'") is None

    again = new_run(desk, run)
    assert (again.thread_ts, again.edited_from) == (run.card_ts, run.name)


def test_in_a_direct_message_a_run_in_place_of_sql_is_offered(desk: Any) -> None:
    run = failed(desk)
    desk.slack.say(ALICE, WITH_ALICE, f"run {run.name}")
    answer(desk)

    said, labels = offered(desk)
    assert f"|{run.name}> is a run" in said
    assert labels == ["Edit & run"]


def test_re_run_replaces_the_answer_to_a_run_in_place_of_sql(desk: Any) -> None:
    run = failed(desk, outcome=None, state=RunState.CANCELLED)
    delivery = desk.slack.say(ALICE, CHANNEL, f"/odps run {run.name}")
    assert buttons(delivery.ack["blocks"]) == ["Re-run", "Edit & run"]
    message = desk.slack.ephemerals(ALICE)[-1]

    desk.slack.click(ALICE, CHANNEL, message["ts"], "run_again")

    assert new_run(desk, run).rerun_of == run.name
