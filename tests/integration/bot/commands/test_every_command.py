"""What every command does with no text, and with an id."""

from collections.abc import Callable
from typing import Any

import pytest

from odps_bot.commands import COMMANDS
from odps_bot.errors import CommandError, DeniedError, UsageError
from odps_bot.listeners.error_boundary import attempt
from odps_bot.messages import Message, Modal

MakePerson = Callable[..., Any]


#: Commands whose answer a worker posts: nothing stands above it.
POSTED_BY_A_WORKER = {"list": "inquiry", "board": "board", "why": "inquiry"}


@pytest.mark.parametrize("verb", sorted(COMMANDS.keys() - POSTED_BY_A_WORKER.keys()))
def test_every_command_answers_an_empty_text(alice: Any, verb: str) -> None:
    answer = attempt(lambda: alice.types(verb)).answer

    assert isinstance(answer, Message | Modal)
    assert isinstance(answer, Modal) == (verb == "run")


@pytest.mark.parametrize("verb", POSTED_BY_A_WORKER)
def test_what_a_worker_posts_is_asked_of_it(alice: Any, bot: Any, verb: str) -> None:
    assert alice.types(verb) is None

    kinds = {entry.partition(":")[0] for entry in bot.told()}
    assert POSTED_BY_A_WORKER[verb] in kinds


@pytest.mark.parametrize("verb", ["status", "stop", "logview", "result", "rerun", "why"])
class TestEveryCommandWithAnId:
    def test_suggests_the_nearest_for_an_id_that_is_none(self, alice: Any, verb: str) -> None:
        for _ in range(12):
            alice.types("run select 1")

        with pytest.raises(CommandError, match=r"There is no run `r112`. Did you mean `r\d+`\?"):
            alice.types(f"{verb} r112")

    @pytest.mark.parametrize("nonsense", ["r", "42", "<!channel>", "r1r1", "x" * 5_000, "../r1"])
    def test_says_where_to_look_for_what_is_no_id(
        self, alice: Any, verb: str, nonsense: str
    ) -> None:
        with pytest.raises(CommandError, match="`/odps status` lists") as caught:
            alice.types(f"{verb} {nonsense}")

        assert "<!channel>" not in str(caught.value)
        assert len(str(caught.value)) < 500

    def test_takes_one_id_at_a_time(self, alice: Any, verb: str) -> None:
        with pytest.raises(UsageError, match="Name one ID at a time") as caught:
            alice.types(f"{verb} r1 r2")

        assert caught.value.usage == COMMANDS[verb].usage

    def test_denies_the_run_of_another_channel_and_says_who_can_help(
        self, alice: Any, person: MakePerson, verb: str
    ) -> None:
        person(user_id="U2", channel_id="C2").types("run select 1")

        with pytest.raises(DeniedError, match=r"<#C2>.*<@U2>"):
            alice.types(f"{verb} r1")

    def test_does_not_know_the_run_of_another_team(
        self, alice: Any, person: MakePerson, verb: str
    ) -> None:
        person(team_id="T2").types("run select 1")

        with pytest.raises(CommandError, match="There is no run"):
            alice.types(f"{verb} r1")
