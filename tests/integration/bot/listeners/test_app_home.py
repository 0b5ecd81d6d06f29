"""The App Home as Bolt hears it: opened, and clicked on by the right and the wrong person."""

from collections.abc import Callable
from typing import Any

import pytest
from redis.exceptions import ConnectionError as NoRedisError
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

from odps_bot import listeners
from odps_bot.messages import Message
from odps_bot.messages.home.app_home import (
    CHOOSE_NOTIFY,
    CHOOSE_PROJECT,
    REFRESH,
    WRITE_SQL,
)
from odps_bot.messages.home.run_lists import TURN_PAGE
from odps_bot.messages.run.buttons import (
    RUN_AGAIN,
    SEND_CSV,
    SHOW_LOGVIEW,
    SHOW_RESULT,
    SHOW_SQL,
    STOP_RUN,
)
from odps_bot.runs import RunState, Table
from odps_bot.services import Services
from odps_bot.store.homes import HomeList
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.preferences import NotifyStyle, Preferences

INSTANCE_ID = "20261122120001123gabcde"
HOME_OF_ALICE = "home:T1 U1"


class Views:
    """Remembers the windows that were opened."""

    def __init__(self) -> None:
        self.opened: list[dict[str, Any]] = []

    def open(self, trigger_id: str, view: dict[str, Any]) -> str:
        assert trigger_id
        self.opened.append(view)
        return "V1"


class Visitor:
    """Somebody at their App Home."""

    def __init__(self, services: Services, bot: Any) -> None:
        self.services = services
        self.bot = bot
        self.acts = 0
        who = AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")
        self.app = App(
            client=services.slack.gateway._client,
            authorize=lambda: who,
            process_before_response=True,
            token_verification_enabled=False,
        )
        listeners.register(self.app, services)

    def hears(self, body: dict[str, Any]) -> int:
        response = self.app.dispatch(BoltRequest(body=body, mode="socket_mode"))
        return response.status

    def opens(self, tab: str = "home") -> int:
        event = {"type": "app_home_opened", "user": "U1", "channel": "D1", "tab": tab}
        return self.hears(
            {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event}
        )

    def clicks(self, action_id: str, value: str = "-", *, user: str = "U1") -> list[str]:
        """Click a button; return what is booked to be told."""
        return self.does({"type": "button", "action_id": action_id, "value": value}, user=user)

    def chooses(self, action_id: str, value: str) -> list[str]:
        """Choose in a menu; return what is booked to be told."""
        text = {"type": "plain_text", "text": value}
        option = {"text": text, "value": value}
        return self.does(
            {"type": "static_select", "action_id": action_id, "selected_option": option}
        )

    def does(self, action: dict[str, Any], *, user: str = "U1") -> list[str]:
        self.acts += 1
        body = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": user},
            "container": {"type": "view", "view_id": "V0"},
            "trigger_id": f"{self.acts}.5.6",
            "view": {"id": "V0", "type": "home", "private_metadata": ""},
            "actions": [{"block_id": "b", **action}],
        }
        assert self.hears(body) == 200
        told: list[str] = self.bot.told()
        return told

    def reads(self, told: list[str]) -> list[str]:
        """Return the private answers among what is booked, with where they go."""
        answers = self.services.stores.ephemeral_replies
        ids = [about.partition(":")[2] for about in told if about.startswith("ephemeral:")]
        for interaction_id in ids:
            address = answers.address(interaction_id)
            assert address is not None
            assert not address.channel_id
            assert not address.response_url
        return [answers.answer(interaction_id)[0].text for interaction_id in ids]


@pytest.fixture
def views() -> Views:
    return Views()


@pytest.fixture
def visitor(services: Services, views: Views, bot: Any) -> Visitor:
    services.slack.gateway._quick_views = views
    return Visitor(services, bot)


@pytest.fixture
def running(alice: Any, bot: Any) -> Any:
    alice.types("run select a from t")
    run = bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)
    bot.told()
    return run


def test_opening_books_the_publication(visitor: Visitor, bot: Any, services: Services) -> None:
    assert visitor.opens() == 200
    assert bot.told() == [HOME_OF_ALICE]
    assert services.stores.homes.is_open("T1", "U1")
    assert ("workers.jobs.deliver.deliver", {}) in bot.enqueued_jobs()


def test_opening_the_messages_books_nothing(visitor: Visitor, bot: Any) -> None:
    assert visitor.opens("messages") == 200
    assert bot.told() == []


def test_without_redis_slack_is_asked_to_tell_again(
    visitor: Visitor, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_facts: object) -> None:
        raise NoRedisError

    monkeypatch.setattr(services.stores.outbox, "enqueue", gone)

    assert visitor.opens() == 503


def test_refresh_publishes_again(visitor: Visitor) -> None:
    assert visitor.clicks(REFRESH) == [HOME_OF_ALICE]


def test_run_sql_opens_the_form_with_the_persons_project(visitor: Visitor, views: Views) -> None:
    visitor.chooses(CHOOSE_PROJECT, "analytics")

    visitor.clicks(WRITE_SQL)

    [view] = views.opened
    blocks = {block.get("block_id"): block for block in view["blocks"]}
    assert blocks["project"]["element"]["initial_option"]["value"] == "analytics"
    assert blocks["place"]["element"]["type"] == "conversations_select"


def test_pages_are_turned_and_kept(visitor: Visitor, services: Services) -> None:
    visitor.opens()
    visitor.bot.told()

    assert visitor.clicks(f"{TURN_PAGE}:earlier", "team 2") == [HOME_OF_ALICE]
    assert visitor.clicks(f"{TURN_PAGE}:earlier", "recent 1") == [HOME_OF_ALICE]
    home = services.stores.homes.get("T1", "U1")
    assert home is not None
    assert home.pages == {HomeList.TEAM: 2, HomeList.RECENT: 1}


@pytest.mark.parametrize("value", ["", "team -1", "team 99999", "yours 1", '{"team": 1}'])
def test_an_invented_page_is_no_page(visitor: Visitor, services: Services, value: str) -> None:
    assert visitor.clicks(f"{TURN_PAGE}:earlier", value) == [HOME_OF_ALICE]
    home = services.stores.homes.get("T1", "U1")
    assert home is not None
    assert home.pages == {}


class TestDefaults:
    def test_are_kept_at_once_and_shown(self, visitor: Visitor, services: Services) -> None:
        assert visitor.chooses(CHOOSE_PROJECT, "analytics") == [HOME_OF_ALICE]
        assert visitor.chooses(CHOOSE_NOTIFY, "failures") == [HOME_OF_ALICE]
        chosen = Preferences(project="analytics", notify=NotifyStyle.FAILURES)
        assert services.stores.preferences.get("T1", "U1") == chosen

    @pytest.mark.parametrize("action_id", [CHOOSE_PROJECT, CHOOSE_NOTIFY])
    @pytest.mark.parametrize("value", ["", "taken_away", "<!channel>"])
    def test_that_nobody_offers_are_refused_with_a_word(
        self, visitor: Visitor, services: Services, action_id: str, value: str
    ) -> None:
        [said] = visitor.reads(visitor.chooses(action_id, value))

        assert "Nothing was changed." in said
        assert "<!" not in said
        assert services.stores.preferences.get("T1", "U1") == Preferences()

    def test_choose_the_project_of_a_run_that_names_none(
        self, visitor: Visitor, alice: Any, bot: Any, person: Callable[..., Any]
    ) -> None:
        visitor.chooses(CHOOSE_PROJECT, "analytics")
        alice.types("run select 1")
        own = bot.newest_run().project
        alice.types("run -p sandbox select 2")
        named = bot.newest_run().project
        person(user_id="U2").types("run select 3")

        assert (own, named, bot.newest_run().project) == ("analytics", "sandbox", "sandbox")

    def test_choose_the_project_of_an_estimate(
        self, visitor: Visitor, alice: Any, services: Services
    ) -> None:
        visitor.chooses(CHOOSE_PROJECT, "analytics")
        alice.types("cost select 1")

        asked = alice.requests[-1].interaction_id
        assert services.stores.ephemeral_replies.inquiry(asked).project == "analytics"

    def test_that_are_no_longer_allowed_give_way_with_a_word(
        self, alice: Any, bot: Any, services: Services
    ) -> None:
        services.stores.preferences.choose_project("T1", "U1", "taken_away")

        said = alice.reads("run select 1")
        assert "Your default project `taken_away` is no longer available; `sandbox` is used" in said
        assert bot.newest_run().project == "sandbox"

    def test_that_are_no_longer_allowed_are_named_in_the_form(
        self, visitor: Visitor, views: Views, services: Services
    ) -> None:
        services.stores.preferences.choose_project("T1", "U1", "taken_away")

        visitor.clicks(WRITE_SQL)

        assert "`taken_away`" in str(views.opened)


class TestRuns:
    def test_are_stopped_and_the_home_shows_it(
        self, visitor: Visitor, running: Any, bot: Any
    ) -> None:
        told = visitor.clicks(STOP_RUN, running.run_id)

        assert bot.newest_run().state is RunState.STOPPING
        assert HOME_OF_ALICE in told
        assert visitor.reads(told) == []

    @pytest.mark.parametrize("action_id", [STOP_RUN, SHOW_LOGVIEW, SHOW_SQL, RUN_AGAIN])
    def test_of_others_are_closed_to_whoever_forges_their_id(
        self, visitor: Visitor, running: Any, bot: Any, views: Views, action_id: str
    ) -> None:
        told = visitor.clicks(action_id, running.run_id, user="U2")

        assert visitor.reads(told) == [
            ":x: This run belongs to another channel. Nothing was changed."
        ]
        assert bot.newest_run() == running
        assert views.opened == []

    def test_are_asked_for_their_logview_without_a_word_in_between(
        self, visitor: Visitor, running: Any
    ) -> None:
        told = visitor.clicks(SHOW_LOGVIEW, running.run_id)

        kinds = {about.partition(":")[0] for about in told}
        assert kinds == {NotificationKind.INQUIRY, NotificationKind.HOME}

    def test_are_repeated_where_they_ran(self, visitor: Visitor, running: Any, bot: Any) -> None:
        bot.bring(running, RunState.SUCCEEDED)

        told = visitor.clicks(RUN_AGAIN, running.run_id)
        assert HOME_OF_ALICE in told
        assert "is re-run as *r2*; its card is in <#C1>" in visitor.reads(told)[0]

    def test_show_their_result_in_a_dialog_and_send_it_to_their_thread(
        self, visitor: Visitor, running: Any, bot: Any, views: Views
    ) -> None:
        rows = (("1", "apple"), ("2", None))
        table = Table(columns=("n", "fruit"), rows=rows, column_count=2, row_count=2)
        bot.bring(running, RunState.SUCCEEDED, table=table)

        told = visitor.clicks(SHOW_RESULT, running.run_id)

        assert visitor.reads(told) == []
        (opened,) = views.opened
        assert opened["title"]["text"] == "Result of r1"
        assert "apple" in str(opened["blocks"])
        told = visitor.clicks(SEND_CSV, running.run_id)
        assert "Posting run *r1* as a CSV file in its thread" in visitor.reads(told)[0]

    def test_in_a_channel_publish_no_home(self, visitor: Visitor, running: Any, bot: Any) -> None:
        body = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "user": {"id": "U1"},
            "container": {"type": "message", "message_ts": "1.1", "channel_id": "C1"},
            "trigger_id": "1.5.6",
            "actions": [
                {
                    "type": "button",
                    "action_id": STOP_RUN,
                    "block_id": "b",
                    "value": running.run_id,
                }
            ],
        }
        assert visitor.hears(body) == 200
        assert HOME_OF_ALICE not in bot.told()


class Words:
    """Remembers what was posted to whom."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, str]] = []

    def post(self, user_id: str, message: Message, **_facts: object) -> str:
        self.posted.append((user_id, message.text))
        return "1.1"


def test_a_choice_that_finds_no_redis_is_answered_by_a_direct_message(
    visitor: Visitor, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_args: object, **_facts: object) -> None:
        raise NoRedisError

    words = Words()
    services.slack.gateway._messages = words
    monkeypatch.setattr(services.stores.preferences, "choose_project", gone)
    monkeypatch.setattr(services.stores.ephemeral_replies, "remember_address", gone)
    monkeypatch.setattr(services.stores.homes, "touch", gone)

    assert visitor.chooses(CHOOSE_PROJECT, "analytics") == []
    [(user, said)] = words.posted
    assert user == "U1"
    assert "I can't reach my database (Redis)" in said
