"""`/odps watch` with a pasted Logview link: the job is followed, its token goes nowhere."""

import logging

import pytest

from odps_bot.errors import CommandError
from odps_bot.runs import RunState

CHANNEL, TEAM = "C0DATAENG1", "T0SANDBOX1"
TOKEN = "c2VjcmV0LXRva2VuLW9mLXNvbWVib2R5"


@pytest.fixture
def foreign(world):
    """An instance that was not started from Slack."""
    return world.services.maxcompute.default.run_sql("select 42 as answer")


def link(world, instance, *, endpoint=None, project="sandbox"):
    endpoint = endpoint or world.maxcompute.endpoint
    return (
        f"http://logview.aliyun.com/logview/?h={endpoint}&p={project}&i={instance.id}&token={TOKEN}"
    )


def everything_in_redis(redis):
    """Return all that Redis holds, keys and values."""
    readers = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"set": redis.smembers,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"stream": redis.xrange,
    }
    return str([(key, readers[redis.type(key)](key)) for key in redis.scan_iter()])


@pytest.mark.parametrize("shape", ["{}", "<{}>", "<{}|logview.aliyun.com/logview/?h=…>", "`{}`"])
def test_a_pasted_link_is_followed_to_its_end(world, foreign, shape):
    run = world.ask("watch " + shape.format(link(world, foreign).replace("&", "&amp;")))
    ended = world.finish(run)

    assert ended.state is RunState.SUCCEEDED
    assert ended.instance_id == foreign.id
    assert ended.is_foreign
    assert "not started from Slack" in str(world.slack.messages(CHANNEL))


def test_the_token_of_a_link_goes_nowhere(world, foreign, caplog):
    with caplog.at_level(logging.DEBUG):
        run = world.ask(f"watch {link(world, foreign)}")
        world.finish(run)
        for verb in ("status", "logview", "xflow"):
            world.say(f"{verb} {link(world, foreign)}")
        for odd in (f"stop {link(world, foreign)}", f"stop http://l/?token={TOKEN}"):
            with pytest.raises(CommandError) as refused:
                world.say(odd)
            assert TOKEN not in str(refused.value)
        world.deliver()

    assert TOKEN not in everything_in_redis(world.services.redis)
    assert TOKEN not in caplog.text
    assert TOKEN not in str(world.slack.messages(CHANNEL))


@pytest.mark.parametrize(
    "endpoint",
    ["https://service.cn-shanghai.maxcompute.aliyun.com/api", "http://127.0.0.1:9/api", "nonsense"],
)
def test_a_link_to_another_maxcompute_is_refused(world, foreign, endpoint):
    with pytest.raises(CommandError, match="another MaxCompute"):
        world.say(f"watch {link(world, foreign, endpoint=endpoint)}")

    assert world.services.stores.runs.recent(TEAM, CHANNEL, limit=10) == []


def test_a_link_to_a_project_that_may_not_be_used_is_refused(world, foreign):
    with pytest.raises(CommandError, match="secret_project"):
        world.say(f"watch {link(world, foreign, project='secret_project')}")


def test_a_link_and_an_option_that_disagree_are_refused(world, foreign):
    with pytest.raises(CommandError, match="leads to project"):
        world.say(f"watch --project other {link(world, foreign)}")
