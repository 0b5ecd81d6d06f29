"""A statement that the same person sends again within seconds is not run twice by mistake."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from redis.exceptions import OutOfMemoryError

from odps_bot.commands import find_command, rerun
from odps_bot.config.rules import Role, Rules
from odps_bot.errors import CommandError, DeniedError
from odps_bot.input.request import Request, Surface
from odps_bot.messages import Message
from odps_bot.messages.replies.sent_again import RUN_ANYWAY
from odps_bot.runs import Run, RunState, RunStore
from odps_bot.store.sent_statements import SENT_AGAIN_WITHIN

WRITE = "run insert into t select * from s"
MakePerson = Callable[..., Any]


def button_of(answer: Any) -> str:
    assert isinstance(answer, Message)
    [element] = [e for b in answer.blocks if b["type"] == "actions" for e in b["elements"]]
    assert element["action_id"] == RUN_ANYWAY
    return str(element["value"])


def click(person: Any, **facts: Any) -> Request:
    person.clicks = getattr(person, "clicks", 0) + 1
    request = Request(
        team_id="T1",
        channel_id=person.channel_id,
        user_id=person.user_id,
        trigger_id=f"click.{person.user_id}.{person.clicks}",
        surface=Surface.ACTION,
        answers_question=True,
    )
    return replace(request, **facts)


def names(bot: Any) -> list[str]:
    return [run.name for run in bot.all_runs()]


def test_the_second_is_answered_with_the_first_and_a_button(alice: Any, bot: Any) -> None:
    assert alice.types(WRITE) is None
    answer = alice.types(WRITE)

    assert "You sent this statement 1 second ago: it is run *r1*" in answer.text
    assert "It was not submitted a second time." in answer.text
    assert "<#C1>" in answer.text
    assert button_of(answer).startswith(bot.newest_run().run_id)
    assert names(bot) == ["r1"]


@pytest.mark.parametrize(
    "typed",
    [
        "run  insert into t\nselect * from s ;",
        "run INSERT INTO t SELECT * FROM s -- once more",
        "run ```insert into t select * from s```",
        "/odps run insert into t select * from s",
    ],
)
def test_it_is_the_same_however_it_is_typed(alice: Any, bot: Any, typed: str) -> None:
    alice.types(WRITE)

    assert button_of(alice.types(typed))
    assert names(bot) == ["r1"]


def test_it_is_noticed_in_another_channel_and_by_another_way(alice: Any, bot: Any) -> None:
    alice.types(WRITE)
    alice.channel_id = "C2"
    assert button_of(alice.types(WRITE))
    command, rest = find_command(WRITE)
    mention = click(alice, surface=Surface.MENTION, text=rest, answers_question=False)

    assert button_of(command.answer(mention, bot.services))
    assert names(bot) == ["r1"]


@pytest.mark.parametrize(
    "typed",
    [
        "run insert into t select * from s where ds = 'A'",
        "run insert into t select * from `S`",
        "run -p analytics insert into t select * from s",
        "run --priority 3 insert into t select * from s",
        "run --hint odps.sql.mapper.split.size=64 insert into t select * from s",
    ],
)
def test_another_statement_project_or_setting_is_another_run(
    alice: Any, bot: Any, typed: str
) -> None:
    alice.types(WRITE)

    assert alice.types(typed) is None
    assert names(bot) == ["r2", "r1"]


def test_literals_are_told_apart(alice: Any, bot: Any) -> None:
    alice.types("run insert into t values ('a  b')")

    assert alice.types("run insert into t values ('a b')") is None
    assert alice.types("run insert into t values ('A  b')") is None


def test_somebody_else_is_not_held_up(alice: Any, bot: Any, person: MakePerson) -> None:
    alice.types(WRITE)

    assert person(user_id="U2").types(WRITE) is None
    assert names(bot) == ["r2", "r1"]


def test_after_half_a_minute_it_is_meant(alice: Any, bot: Any) -> None:
    alice.types(WRITE)
    [key] = bot.redis.keys("odps-bot:sent-statement:*")
    assert 0 < bot.redis.pttl(key) <= SENT_AGAIN_WITHIN.total_seconds() * 1_000
    bot.redis.delete(key)

    assert alice.types(WRITE) is None
    assert names(bot) == ["r2", "r1"]


@pytest.mark.parametrize(
    "state", [RunState.REFUSED, RunState.FAILED, RunState.CANCELLED, RunState.REJECTED]
)
def test_what_came_to_nothing_is_sent_again_at_once(alice: Any, bot: Any, state: RunState) -> None:
    alice.types(WRITE)
    bot.bring(bot.newest_run(), state)

    assert alice.types(WRITE) is None
    assert len(names(bot)) == 2
    # And the one after that is compared with the second.
    again = alice.types(WRITE)
    assert button_of(again).startswith(bot.newest_run().run_id)


def test_what_is_being_stopped_is_sent_again(alice: Any, bot: Any) -> None:
    alice.types(WRITE)
    alice.types("stop r1")

    assert alice.types(WRITE) is None


def test_a_query_that_has_ended_is_run_again_and_a_change_is_asked_about(
    alice: Any, bot: Any
) -> None:
    alice.types("run select 1")
    assert button_of(alice.types("run select 1"))
    bot.bring(bot.newest_run(), RunState.SUCCEEDED)
    assert alice.types("run select 1") is None

    alice.types(WRITE)
    bot.bring(bot.newest_run(), RunState.SUCCEEDED)
    assert button_of(alice.types(WRITE))


def test_a_repeated_delivery_is_no_second_statement(alice: Any, bot: Any) -> None:
    alice.types(WRITE)

    assert alice.is_heard_again() is None
    first = alice.types(WRITE)
    assert alice.is_heard_again() == first


def test_a_first_one_that_could_not_be_stored_holds_up_nothing(
    alice: Any, bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_facts: Any) -> None:
        raise OutOfMemoryError("OOM command not allowed")

    with monkeypatch.context() as patched:
        patched.setattr(RunStore, "create_confirmed", refuse)
        with pytest.raises(OutOfMemoryError):
            alice.types(WRITE)

    assert alice.types(WRITE) is None


def test_while_the_first_one_is_being_stored_the_second_waits_for_its_card(
    alice: Any, bot: Any
) -> None:
    alice.types(WRITE)
    bot.redis.delete(f"odps-bot:run:{bot.newest_run().run_id}")

    answer = alice.types(WRITE)

    assert "You sent this statement a moment ago; its card follows." in answer.text
    assert bot.all_runs() == []


def test_of_two_processes_one_runs_it(alice: Any, bot: Any) -> None:
    command, rest = find_command(WRITE)
    both = Barrier(2)

    def send(number: int) -> Any:
        request = click(alice, trigger_id=f"sent.{number}", text=rest, surface=Surface.COMMAND)
        both.wait()
        return command.answer(request, bot.services)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(send, range(2)))

    assert len(names(bot)) == 1
    assert sum(answer is None for answer in answers) == 1


def test_of_two_processes_one_runs_it_in_place_of_one_that_failed(
    alice: Any, bot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.types(WRITE)
    bot.bring(bot.newest_run(), RunState.FAILED)
    command, rest = find_command(WRITE)
    both, readable = Barrier(2), RunStore.get_readable

    def read_together(store: RunStore, run_id: str) -> Run | None:
        found = readable(store, run_id)
        if found is not None and found.name == "r1":
            both.wait(timeout=5)
        return found

    def send(number: int) -> Any:
        request = click(alice, trigger_id=f"sent.{number}", text=rest, surface=Surface.COMMAND)
        return command.answer(request, bot.services)

    monkeypatch.setattr(RunStore, "get_readable", read_together)
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(send, range(2)))

    assert len(names(bot)) == 2
    assert sum(answer is None for answer in answers) == 1


class TestRunAgainAnyway:
    @pytest.fixture
    def value(self, alice: Any) -> str:
        alice.types("run --notify <@U7> insert into t select * from s")
        return button_of(alice.types("run insert into t select * from s"))

    def test_takes_the_next_number(self, alice: Any, bot: Any, value: str) -> None:
        rerun.run_anyway(value, click(alice), bot.services)

        assert names(bot) == ["r2", "r1"]

    def test_runs_it_once_however_often_it_is_clicked(
        self, alice: Any, bot: Any, value: str
    ) -> None:
        first = rerun.run_anyway(value, click(alice), bot.services)
        second = rerun.run_anyway(value, click(alice), bot.services)

        again: Run = bot.newest_run()
        assert first == second
        assert isinstance(first, Message)
        assert f"is re-run as *{again.name}*" in first.text
        assert (again.rerun_of, again.notify) == ("r1", ("U7",))
        assert len(names(bot)) == 2

    def test_is_for_who_has_sent_it(self, bot: Any, value: str, person: MakePerson) -> None:
        with pytest.raises(DeniedError, match="who sent this statement"):
            rerun.run_anyway(value, click(person(user_id="U2")), bot.services)
        assert names(bot) == ["r1"]

    def test_asks_for_the_permission_anew(self, alice: Any, bot: Any, value: str) -> None:
        services = replace(bot.services, rules=Rules(default_role=Role.VIEWER))
        with pytest.raises(DeniedError):
            rerun.run_anyway(value, click(alice), services)
        assert names(bot) == ["r1"]

    @pytest.mark.parametrize("forged", ["", "x", "0" * 24, "0" * 24 + ":1"])
    def test_of_nothing_runs_nothing(self, alice: Any, bot: Any, forged: str) -> None:
        with pytest.raises(CommandError):
            rerun.run_anyway(forged, click(alice), bot.services)
        assert bot.all_runs() == []


def test_a_re_run_is_never_asked_about(alice: Any, bot: Any) -> None:
    alice.types("run select 1")
    run = bot.bring(bot.newest_run(), RunState.SUCCEEDED)
    alice.types("rerun r1")
    bot.bring(bot.newest_run(), RunState.SUCCEEDED)

    rerun.rerun(run, click(alice, trigger_id="later", answers_question=False), bot.services)
    assert {r.rerun_of for r in bot.all_runs()} == {None, "r1"}
