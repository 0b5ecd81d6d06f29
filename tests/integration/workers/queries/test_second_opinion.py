"""MaxCompute's own opinion of a job, where the rules ask for it and the account may have it."""

from dataclasses import replace

import pytest

from odps_bot.config.openapi import OpenApi
from odps_bot.maxcompute_clients import MaxComputeClients
from workers.queries.second_opinion import second_opinion

STARVED = "set sandbox.life=starved; set sandbox.life.from=400;"


@pytest.fixture
def let_ask(world):
    """Return a function that changes `[openapi]`."""

    def let_ask(**openapi):
        services = world.services
        rules = replace_rules(services.rules, OpenApi(**openapi))
        clients = MaxComputeClients(
            services.settings,
            rules,
            services.stores.rate_limiter,
            services.stores.endpoint_health,
            services.metrics,
        )
        return replace(services, rules=rules, maxcompute=clients)

    return let_ask


def replace_rules(rules, openapi):
    return type(rules)(
        **{
            name: openapi if name == "openapi" else getattr(rules, name)
            for name in rules.__struct_fields__
        }
    )


@pytest.fixture
def starved(world):
    run = world.submit(world.ask(f"run {STARVED} select count(*) from customers"))
    world.wait_until_running(1)
    return run


def test_a_starved_job_is_found_to_lack_resources(world, let_ask, starved):
    services = let_ask(enabled=True, endpoint=world.maxcompute.openapi_endpoint)

    opinion = second_opinion("sandbox", starved.instance_id, services)

    assert opinion.scenes[0].summary == "Insufficient computing resources available for the job."
    assert opinion.cpu_usage_to_request_ratio < 0.95
    assert opinion.sub_statuses[-1].code == 1042
    assert len(opinion.signature) == 32


def test_without_its_own_line_in_the_rules_nothing_is_asked(world, let_ask, starved):
    services = let_ask(endpoint=world.maxcompute.openapi_endpoint)

    assert second_opinion("sandbox", starved.instance_id, services) is None


def test_where_no_region_is_known_nothing_is_asked(let_ask, starved):
    assert second_opinion("sandbox", starved.instance_id, let_ask(enabled=True)) is None


@pytest.mark.parametrize("refused", [("GetJobInfo",), ("GetJobInfo", "ListJobSnapshotInfos")])
def test_what_is_refused_is_left_out(world, let_ask, starved, refused):
    world.maxcompute.openapi_refused.update(refused)
    services = let_ask(enabled=True, endpoint=world.maxcompute.openapi_endpoint)

    opinion = second_opinion("sandbox", starved.instance_id, services)

    if "ListJobSnapshotInfos" in refused:
        assert opinion is None
    else:
        assert opinion.scenes == ()
        assert opinion.cpu_usage_to_request_ratio < 0.95


def test_an_endpoint_that_does_not_exist_is_no_error(let_ask, starved):
    services = let_ask(enabled=True, endpoint="http://127.0.0.1:9")

    assert second_opinion("sandbox", starved.instance_id, services) is None
