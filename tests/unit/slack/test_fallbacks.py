"""The best rendering that Slack accepts is sent; a plainer one is made when it is needed."""

from collections.abc import Sequence

import pytest

from odps_bot.messages import Fallbacks, Message
from odps_bot.slack.errors import RefusedError, meaning_of
from odps_bot.slack.fallbacks import down_to_text, send_first_accepted

BEST = Message("words", [{"type": "data_table"}])
PLAINER = Message("words", [{"type": "section"}])


class Slack:
    """Refuses messages by the type of their first block; text alone is `text`."""

    def __init__(self, **codes: str) -> None:
        self.codes = codes
        self.tried: list[str] = []

    def say(self, message: Message) -> str:
        kind = message.blocks[0]["type"] if message.blocks else "text"
        self.tried.append(kind)
        if code := self.codes.get(kind):
            raise meaning_of(code)("chat.postMessage", code)
        return kind


def send(slack: Slack, renderings: Sequence[Message]) -> tuple[str, list[Message]]:
    return send_first_accepted(slack.say, down_to_text(renderings))


def test_the_best_rendering_is_said() -> None:
    assert send(Slack(), [BEST, PLAINER]) == ("data_table", [])


def test_each_refusal_of_blocks_leads_to_a_plainer_rendering() -> None:
    slack = Slack(data_table="invalid_attachments")
    assert send(slack, [BEST, PLAINER]) == ("section", [BEST])

    slack = Slack(data_table="invalid_attachments", section="no_such_code")
    assert send(slack, [BEST, PLAINER]) == ("text", [BEST, PLAINER])
    assert slack.tried == ["data_table", "section", "text"]


def test_a_refusal_of_the_place_is_not_tried_again() -> None:
    slack = Slack(data_table="is_archived")

    with pytest.raises(RefusedError, match="is_archived"):
        send(slack, [BEST, PLAINER])
    assert slack.tried == ["data_table"]


def test_text_that_is_refused_is_not_repeated() -> None:
    slack = Slack(text="msg_too_long")

    with pytest.raises(RefusedError, match="msg_too_long"):
        send(slack, [Message("words")])
    assert slack.tried == ["text"]


def test_where_text_is_not_enough_the_last_refusal_is_raised() -> None:
    with pytest.raises(RefusedError, match="no_such_code"):
        send_first_accepted(Slack(data_table="no_such_code").say, [BEST])


def test_a_rendering_is_made_when_the_one_before_was_refused_and_once() -> None:
    made: list[str] = []

    def make(message: Message) -> Message:
        made.append(message.blocks[0]["type"])
        return message

    renderings = Fallbacks(lambda: make(BEST), lambda: make(PLAINER))
    send(Slack(), renderings)
    assert made == ["data_table"]

    send(Slack(data_table="invalid_blocks", section="invalid_blocks"), renderings)
    assert made == ["data_table", "section"]
    assert list(renderings) == [BEST, PLAINER]


def test_a_fault_of_a_rendering_does_not_end_the_fallbacks_silently() -> None:
    def broken() -> Message:
        raise IndexError("of the renderer")

    with pytest.raises(IndexError, match="of the renderer"):
        list(Fallbacks(lambda: Message("best"), broken))
