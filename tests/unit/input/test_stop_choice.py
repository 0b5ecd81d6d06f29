"""Which runs `/odps stop …` means: the words come in any order."""

from datetime import timedelta

import pytest

from odps_bot.errors import UsageError
from odps_bot.input.stop_choice import names_several, read_stop_choice, with_owner
from odps_bot.policy.bulk_stop import StopChoice


def read(text: str) -> StopChoice:
    return read_stop_choice(text, user_id="U1")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mine", {"is_mine": True}),
        ("all my runs", {"is_mine": True}),
        ("channel", {"is_channel": True}),
        ("here", {"is_channel": True}),
        ("mine here", {"is_mine": True, "is_channel": True}),
        ("project analytics", {"project": "analytics"}),
        ("project=analytics", {"project": "analytics"}),
        ("--project analytics", {"project": "analytics"}),
        ("—project `analytics`", {"project": "analytics"}),
        ("QUEUED mine", {"is_mine": True, "phase": "queued"}),
        ("running in the channel", {"is_channel": True, "phase": "running"}),
        ("channel older 2h", {"is_channel": True, "older": timedelta(hours=2)}),
        ("older than 30m channel", {"is_channel": True, "older": timedelta(minutes=30)}),
        ("channel older 1d", {"is_channel": True, "older": timedelta(days=1)}),
        ("channel older 45min", {"is_channel": True, "older": timedelta(minutes=45)}),
        ("channel owner <@U2>", {"is_channel": True, "owners": ("U2",)}),
        ("channel owner <@U2|bob>, <@U3>", {"is_channel": True, "owners": ("U2", "U3")}),
        ("channel owner me", {"is_channel": True, "owners": ("U1",)}),
        ("channel owner @Bob", {"is_channel": True, "accounts": ("bob",)}),
        ("owner <@U2>", {"is_channel": True, "owners": ("U2",)}),
        (
            "older 2h queued project analytics owner <@U2>",
            {
                "project": "analytics",
                "phase": "queued",
                "older": timedelta(hours=2),
                "owners": ("U2",),
            },
        ),
    ],
)
def test_what_is_typed_in_any_order_is_one_choice(typed: str, meant: dict[str, object]) -> None:
    assert names_several(typed)
    assert read(typed) == StopChoice(**meant)  # type: ignore[arg-type]


@pytest.mark.parametrize("typed", ["", "r42", "20261122120001123gabcde", "r1 r2", "q"])
def test_the_id_of_a_run_is_no_description(typed: str) -> None:
    assert not names_several(typed)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("queued", r"Whose runs\? Say `mine`, `channel` or `project P`"),
        ("chanel", r"I don't know `chanel`\. Did you mean `channel`\?"),
        ("mine runing", r"I don't know `runing`\. Did you mean `running`\?"),
        ("mine quued", r"I don't know `quued`\. Did you mean `queued`\?"),
        ("mine r42", r"I don't know `r42`\."),
        ("mine older", r"`older` needs a value"),
        ("mine older yesterday", r"`yesterday` isn't a span of time"),
        ("mine older 2", r"`2` isn't a span of time"),
        ("mine older 99999d", r"isn't a span of time up to 30 days"),
        ("project", r"`project` needs a value"),
        ("project a project b", r"once, with one value"),
        ("mine queued running", r"once, with one value"),
    ],
)
def test_what_is_not_understood_stops_nothing(typed: str, said: str) -> None:
    assert names_several(typed)
    with pytest.raises(UsageError, match=said) as caught:
        read(typed)

    assert "Nothing was stopped." in str(caught.value)
    assert caught.value.usage.startswith("/odps stop ")


@pytest.mark.parametrize(
    ("typed", "name", "becomes"),
    [
        ("queued owner @Bob channel", "bob", "queued channel owner <@U2>"),
        ("channel @bob older 2h", "bob", "channel older 2h owner <@U2>"),
        ("owner ann owner bob", "bob", "owner ann owner <@U2>"),
        ("mine by ann @bob", "ann", "mine @bob owner <@U2>"),
        ("project bob owner bob", "bob", "project bob owner <@U2>"),
    ],
)
def test_a_name_is_replaced_by_the_person_who_was_chosen(
    typed: str, name: str, becomes: str
) -> None:
    assert with_owner(typed, name, user_id="U2") == becomes
    read(becomes)
