"""Installations in Redis: sealed, of allowed workspaces, and gone when they are uninstalled."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from redis import Redis
from slack_sdk.oauth.installation_store import Installation

from odps_bot.slack.installations import (
    Installations,
    NotAllowedError,
    NotInstalledError,
    OAuthStates,
    TokenCipher,
    UnreadableError,
)
from odps_bot.store import keys

MakeStore = Callable[..., Installations]
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
RECORD = keys.installation("T1")


def installed(**facts: Any) -> Installation:
    usual = {
        "app_id": "A1",
        "team_id": "T1",
        "team_name": "One",
        "bot_token": "xoxb-one",
        "bot_id": "B1",
        "bot_user_id": "UBOT",
        "bot_scopes": "chat:write,commands",
        "user_id": "U1",
    }
    return Installation(**{**usual, **facts})


def installed_by_an_organisation() -> Installation:
    return installed(
        team_id=None, enterprise_id="E1", is_enterprise_install=True, bot_token="xoxb-org"
    )


@pytest.fixture
def make_store(redis: Redis) -> MakeStore:
    def make(*keys: str, allowed: tuple[str, ...] = ("T1", "E1")) -> Installations:
        return Installations(redis, TokenCipher(keys or (NEW,)), allowed=allowed)

    return make


def find(store: Installations, team_id: str = "T1") -> Installation | None:
    return store.find_installation(enterprise_id=None, team_id=team_id)


def test_what_was_installed_is_found_again(make_store: MakeStore):
    store, before = make_store(), installed()
    store.save(before)

    found, bot = find(store), store.find_bot(enterprise_id=None, team_id="T1")

    assert found is not None
    assert found.to_dict() == before.to_dict()
    assert bot is not None
    assert bot.bot_token == "xoxb-one"
    assert store.of_workspace("T1").bot_token == "xoxb-one"


def test_nothing_of_it_can_be_read_in_redis(make_store: MakeStore, redis: Redis):
    # Long words: what is sealed is made of random letters.
    make_store().save(installed(team_name="Everything and more", user_token="xoxp-person"))

    values = [redis.get(key) for key in redis.scan_iter()]

    assert len(values) == 1
    words = (b"xoxb-one", b"xoxp-person", b"bot_user_id", b"Everything")
    assert not any(word in values[0] for word in words)


def test_rights_of_persons_are_not_kept(make_store: MakeStore):
    store = make_store()

    store.save(installed(user_token="xoxp-person", incoming_webhook_url="https://hooks"))

    found = find(store)
    assert found is not None
    assert found.user_token is None
    assert found.incoming_webhook_url is None


def test_an_installation_never_expires(make_store: MakeStore, redis: Redis):
    make_store().save(installed())

    assert redis.ttl(RECORD) == -1


def test_a_workspace_that_is_not_named_in_the_settings_cannot_install(
    make_store: MakeStore, redis: Redis
):
    with pytest.raises(NotAllowedError, match="ODPS_BOT_SLACK_TEAMS"):
        make_store(allowed=("T2",)).save(installed())

    assert redis.keys() == []


def test_a_workspace_that_is_no_longer_named_is_served_no_more(make_store: MakeStore):
    make_store().save(installed())

    with pytest.raises(NotInstalledError):
        make_store(allowed=("T2",)).of_workspace("T1")


def test_a_token_that_expires_is_refused_at_once(make_store: MakeStore):
    with pytest.raises(NotAllowedError, match="does not expire"):
        make_store().save(installed(bot_token_expires_in=43_200))


def test_keys_can_be_changed_one_after_the_other(make_store: MakeStore):
    make_store(OLD).save(installed())

    assert find(make_store(NEW, OLD))
    assert find(make_store(NEW))


def test_a_wrong_key_says_what_to_do(make_store: MakeStore, redis: Redis):
    make_store(OLD).save(installed())
    before = redis.get(RECORD)

    with pytest.raises(UnreadableError, match="ODPS_BOT_ENCRYPTION_KEYS"):
        find(make_store(NEW))
    assert redis.get(RECORD) == before


@pytest.mark.parametrize("inside", ["", "[]", "{}", "null", '{"surprise": 1}', '"text"'])
def test_a_damaged_record_is_not_believed(make_store: MakeStore, redis: Redis, inside: str):
    redis.set(RECORD, TokenCipher([NEW]).encrypt(inside))

    with pytest.raises(UnreadableError):
        find(make_store())


def test_the_record_of_one_workspace_does_not_serve_another(make_store: MakeStore, redis: Redis):
    store = make_store(allowed=("T1", "T2"))
    store.save(installed())
    redis.copy(RECORD, keys.installation("T2"))

    with pytest.raises(UnreadableError):
        store.of_workspace("T2")


def test_a_workspace_of_an_organisation_is_served_by_its_installation(make_store: MakeStore):
    store = make_store()
    store.save(installed_by_an_organisation())

    with pytest.raises(NotInstalledError):
        store.of_workspace("T7")
    heard = store.of_workspace("T7", enterprise_id="E1")

    assert heard.bot_token == "xoxb-org"
    assert store.of_workspace("T7").bot_token == "xoxb-org"
    assert store.find_bot(enterprise_id="E1", team_id="T7", is_enterprise_install=True)


def test_what_is_uninstalled_is_gone(make_store: MakeStore):
    store = make_store()
    store.save(installed())

    assert store.uninstalled("T1", at=datetime.now(UTC))

    assert find(store) is None
    assert not store.uninstalled("T1", at=datetime.now(UTC))


def test_news_of_an_uninstallation_that_come_late_spare_what_was_installed_since(
    make_store: MakeStore,
):
    store = make_store()
    store.save(installed())

    assert not store.uninstalled("T1", at=datetime.now(UTC) - timedelta(minutes=1))

    assert find(store)


def test_slack_sdks_way_of_deleting_serves_too(make_store: MakeStore):
    store = make_store()
    store.save(installed())
    store.save(installed_by_an_organisation())

    store.delete_installation(enterprise_id=None, team_id="T1", user_id="U1")
    assert find(store)
    store.delete_all(enterprise_id=None, team_id="T1")
    store.delete_all(enterprise_id="E1", team_id=None)

    assert find(store) is None
    with pytest.raises(NotInstalledError):
        store.of_workspace("T7", enterprise_id="E1")


def test_installing_again_replaces_the_token(make_store: MakeStore):
    store = make_store()
    store.save(installed())

    store.save(installed(bot_token="xoxb-two", installed_at=time.time()))

    assert store.of_workspace("T1").bot_token == "xoxb-two"


def test_a_state_serves_once(redis: Redis):
    states = OAuthStates(redis)
    state = states.issue()

    assert states.consume(state)

    assert not states.consume(state)
    assert not states.consume("an invention")


def test_a_state_is_forgotten_after_ten_minutes_and_cannot_be_read_in_redis(redis: Redis):
    state = OAuthStates(redis).issue()

    [key] = redis.keys()
    assert state not in key.decode()
    assert 590 < redis.ttl(key) <= 600
