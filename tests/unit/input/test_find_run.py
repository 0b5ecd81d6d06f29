"""Which run a person means, and whether they may see it here."""

from datetime import timedelta

import pytest

from odps_bot.errors import CommandError, DenialCode, DeniedError, UsageError
from odps_bot.input.find_run import (
    find_run,
    identifier,
    my_open_runs,
    remembered_run,
    unknown_run,
    visible_run,
)
from odps_bot.input.request import Request
from odps_bot.runs import RunState

ID = "20261122120000000gabc"


def request(text="", **facts):
    return Request(**{"team_id": "T1", "channel_id": "C1", "user_id": "U1", "text": text, **facts})


@pytest.mark.parametrize(
    ("text", "found"), [("r42", "r42"), ("`r42`", "r42"), (" 'r42', ", "r42"), ("", None)]
)
def test_an_id_is_found_without_what_stands_around_it(services, text, found):
    assert identifier(request(text), services, usage="u") == found


def test_one_id_is_meant_at_a_time(services):
    with pytest.raises(UsageError) as error:
        identifier(request("r1 r2"), services, usage="/odps stop ID")
    assert error.value.usage == "/odps stop ID"


def test_in_the_thread_of_a_card_its_run_is_meant(services, make_run):
    services.stores.runs.add(make_run(card_ts="1.0"))

    assert identifier(request(thread_ts="1.0"), services, usage="u") == "r42"
    assert identifier(request(thread_ts="2.0"), services, usage="u") is None


@pytest.mark.parametrize(("wanted", "is_found"), [("r42", True), (ID, True), ("0a1b2c", False)])
def test_a_run_is_found_by_name_or_instance_and_not_by_its_secret_id(
    services, make_run, wanted, is_found
):
    services.stores.runs.add(make_run(instance_id=ID))

    assert (find_run(request(), services, wanted) is not None) is is_found


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"team_id": "T2"}, DenialCode.OTHER_WORKSPACE),
        ({"channel_id": "C2", "user_id": "U2"}, DenialCode.OTHER_CHANNEL),
    ],
)
def test_what_belongs_elsewhere_is_denied(services, make_run, facts, code):
    services.stores.runs.add(make_run(instance_id=ID, **facts))

    with pytest.raises(DeniedError) as error:
        find_run(request(), services, ID)
    assert error.value.denial.code is code


def test_a_button_of_a_run_that_is_gone_or_elsewhere_changes_nothing(services, make_run):
    services.stores.runs.add(make_run(channel_id="C2", user_id="U2"))

    assert remembered_run("0a1b2c", request(), services).name == "r42"
    for run_id, error in (("0a1b2c", DeniedError), ("gone", CommandError)):
        with pytest.raises(error, match=r"Nothing was changed\."):
            visible_run(run_id, request(), services)


@pytest.mark.parametrize(("others", "is_found"), [(199, True), (200, False)])
def test_200_open_runs_of_the_team_are_searched_for_older_ones_of_mine(
    services, make_run, noon, others, is_found
):
    facts = {"state": RunState.RUNNING, "user_id": "U2", "channel_id": "C2"}
    services.stores.runs.add(*(make_run(run_id=f"x{n}", **facts) for n in range(others)))
    old = noon - timedelta(days=2)
    services.stores.runs.add(make_run(state=RunState.RUNNING, requested_at=old))

    assert bool(my_open_runs(request(), services, newest=[])) is is_found


def test_the_most_similar_name_is_offered(services, make_run):
    services.stores.runs.add(make_run(name="r123"))

    assert "Did you mean `r123`?" in str(unknown_run(request(), services, "r132"))
    assert "Did you mean" not in str(unknown_run(request(), services, "q"))
