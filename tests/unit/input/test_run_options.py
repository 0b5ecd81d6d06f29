"""A statement with its options, typed or filled in."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.errors import UsageError
from odps_bot.input.run_options import (
    BadHintError,
    is_quota,
    parse_hints,
    parse_run_options,
)
from odps_bot.sql.job_settings import QUOTA


def test_an_order_is_a_statement_and_how_to_run_it() -> None:
    order = parse_run_options("--quota q -p analytics --hint a.b=1 --priority 0 ```select ‘x’```")

    assert (order.sql, order.project, order.priority) == ("select 'x'", "analytics", 0)
    assert order.all_hints == {"a.b": "1", QUOTA: "q"}


@pytest.mark.parametrize(
    ("typed", "interactive"),
    [
        ("select 1", None),
        ("--interactive select 1", True),
        ("—interactive --priority 3 select 1", True),
        ("--priority 3 --INTERACTIVE\nselect 1", True),
        ("--no-interactive select 1", False),
    ],
)
def test_how_it_is_to_run_takes_no_value(typed: str, interactive: bool | None) -> None:
    options = parse_run_options(typed)

    assert (options.sql, options.interactive) == ("select 1", interactive)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--interactive=yes select 1", "`--interactive` takes no value"),
        ("--interactive --interactive select 1", "`--interactive` can only be used once"),
        ("--interactive --no-interactive select 1", "Use either `--interactive` or"),
        ("--interactve select 1", "Did you mean `--interactive`"),
    ],
)
def test_how_it_is_to_run_is_said_once(typed: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_run_options(typed)


def test_people_to_notify_are_known_by_id_or_not_at_all() -> None:
    order = parse_run_options("--notify <@U2>,@ann --notify <@U3|bob> --notify <@U2> select 1")

    assert order.notify == ("U2", "U3")
    assert order.unknown_people == ("@ann",)


@pytest.mark.parametrize(
    ("lines", "hints"),
    [
        ([], {}),
        (["", "  "], {}),
        (["a.b=1"], {"a.b": "1"}),
        (["a.b = 1 ", "SET c=x y;"], {"a.b": "1", "c": "x y"}),
        (["a=b=c"], {"a": "b=c"}),
        (["a=1", "a=2"], {"a": "2"}),
    ],
)
def test_settings_are_read_a_line_each(lines: list[str], hints: dict[str, str]) -> None:
    assert parse_hints(lines) == hints


@pytest.mark.parametrize("line", ["a", "=1", "a=", "a b=1", "1a=2", "a;b=1", "-- a", "select 1"])
def test_a_line_that_is_no_setting_is_named(line: str) -> None:
    with pytest.raises(BadHintError, match=r"^Line 2 isn't key=value: ") as caught:
        parse_hints(["ok=1", line])

    assert str(caught.value).endswith(line)


def test_settings_are_not_without_number() -> None:
    with pytest.raises(BadHintError, match="at most 50"):
        parse_hints([f"a{n}=1" for n in range(51)])

    assert len(parse_hints([f"a{n}=1" for n in range(50)])) == 50


@pytest.mark.parametrize("name", ["os_quota", "vip-1@cn.hangzhou", "配额"])
def test_names_of_quotas(name: str) -> None:
    assert is_quota(name)


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a=b", "x" * 101, "a\nb"])
def test_what_is_no_name_of_a_quota(name: str) -> None:
    assert not is_quota(name)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_is_an_order_or_refused(typed: str) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(parse_run_options(typed).sql, str)


@pytest.mark.parametrize("typed", ["0009", "0" * 5_000])
def test_a_priority_of_too_many_digits_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(UsageError, match="isn't a priority"):
        parse_run_options(f"--priority {typed} select 1")
