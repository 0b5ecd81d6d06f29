"""The sandbox's processes know nothing of a real installation on the same machine."""

from unittest.mock import Mock

import pytest

from odps_bot.config.settings import variables_of_keys
from odps_bot.config.variable import variables
from odps_bot.sandbox import session
from odps_bot.sandbox.session import Session


class Started(list[dict[str, str]]):
    """Remembers with which environment processes would have been started."""

    def __call__(self, _: list[str], *, env: dict[str, str], **__: object) -> Mock:
        self.append(env)
        return Mock()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    started = Started()
    monkeypatch.setattr(session, "OwnedProcess", started)
    return started


def test_settings_of_a_real_installation_are_not_inherited(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [v.name for v in variables().values() if not v.name.startswith("ODPS_BOT_LOG_")]
    foreign = ["ODPS_STS_TOKEN", "ALIBABA_CLOUD_CREDENTIALS_URI", "SLACK_BOT_TOKEN_FILE"]
    for name in [*names, *foreign]:
        monkeypatch.setenv(name, "of-the-real-one")
    monkeypatch.setenv("ODPS_BOT_LOG_FORMAT", "json")

    with Session(environ={"ODPS_BOT_KEEP_DAYS": "3"}) as sandbox:
        sandbox.start_worker()

    [environ] = started
    assert "of-the-real-one" not in environ.values()
    assert environ["ODPS_BOT_KEEP_DAYS"] == "3"
    assert environ["ODPS_BOT_LOG_FORMAT"] == "json"
    assert "PATH" in environ


def test_the_bot_of_the_sandbox_gets_no_keys_to_maxcompute(started: Started) -> None:
    with Session() as sandbox:
        sandbox.start_bot()
        sandbox.start_worker()

    bot, worker = started
    assert not set(variables_of_keys()) & set(bot)
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET" in worker
