"""Priority and cluster that the text or its settings choose become fields of the job."""

from xml.etree import ElementTree as ET

import pytest

from odps_bot.errors import CommandError


def job(world):
    (request,) = [r for r in world.maxcompute.requests() if r.operation == "submit"]
    return ET.fromstring(request.body)


@pytest.mark.parametrize(
    ("typed", "priority"),
    [
        ("run set odps.instance.priority=0; select 1", "0"),
        ("run set ODPS.Instance.Priority = 3; select 1", "3"),
        ("run --hint odps.instance.priority=4 select 1", "4"),
        ("run --hint odps.instance.priority=4 set odps.instance.priority=0; select 1", "4"),
        ("run --priority 5 set odps.instance.priority=0; select 1", "5"),
        ("run select 1", "9"),
    ],
)
def test_the_priority_is_that_of_the_option_else_of_the_settings(world, typed, priority):
    world.submit(world.ask(typed))

    assert job(world).findtext("Job/Priority") == priority


def test_the_running_cluster_is_that_of_the_settings(world):
    world.submit(world.ask("run set odps.running.cluster=AY1; select 1"))

    assert job(world).findtext("Job/RunningCluster") == "AY1"


def test_an_xflow_has_the_priority_of_the_settings(world):
    world.submit(
        world.ask(
            "run set odps.instance.priority=1; pai -name AppendID -DinputTableName=customers"
            " -DoutputTableName=numbered"
        )
    )

    assert job(world).findtext("XflowInstance/Priority") == "1"


@pytest.mark.parametrize("value", ["high", "-1", "10", "1.5", "'0'"])
def test_a_priority_that_is_none_is_refused_before_anything_is_sent(world, value):
    with pytest.raises(CommandError, match=r"(?s)to 9.*Nothing was submitted"):
        world.ask(f"run set odps.instance.priority={value}; select 1")

    assert world.maxcompute.requests() == []
