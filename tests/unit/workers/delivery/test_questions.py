"""What must be decided is said in the thread, with the statement as a file if it is long."""

from datetime import timedelta

import pytest

from odps_bot.runs import Decision, Question, ReasonCode, RunState
from odps_bot.slack.errors import AppError, PostInProgressError
from workers.delivery.questions import deliver_decision, deliver_question


@pytest.fixture
def asked(services, make_run, noon):
    """Return a function that delivers the question of a run; returns when to try again."""

    def asked(*, is_shown=True, **facts):
        question = Question(
            kind="approval",
            reasons=("class",),
            requested_at=noon,
            expires_at=noon + timedelta(hours=4),
            digest="d",
            is_shown=is_shown,
            file_key="f00",
        )
        usual = {"state": RunState.AWAITING_DECISION, "card_ts": "1.0", "question": question}
        services.stores.runs.add(make_run(**{**usual, **facts}))
        return deliver_question("0a1b2c", services)

    return asked


def test_a_question_is_a_reply_to_the_card(asked, services):
    assert asked() is None
    assert services.slack.gateway.posts[0][2] == (("C1", "1.0"),)
    assert services.stores.runs.get("0a1b2c").question_ts == "1.0"


def test_a_long_statement_counts_once_its_file_is_there(asked, services):
    assert asked(is_shown=False, sql="select 'ä'") is None
    [(name, (content, size_bytes, _))] = services.slack.gateway.files
    assert "f00" in name
    assert content.decode() == "select 'ä'\n"
    assert size_bytes == len(content)
    run = services.stores.runs.get("0a1b2c")
    assert run.question.is_shown
    assert run.question_ts == "9.9"


def test_slack_shows_a_file_a_moment_later(asked, services):
    services.slack.gateway.errors = [PostInProgressError("files.upload", "not_shown_yet")]

    with pytest.raises(PostInProgressError):
        asked(is_shown=False)
    assert not services.stores.runs.get("0a1b2c").question.is_shown


def test_where_slack_takes_no_file_nobody_can_decide(asked, services):
    services.slack.gateway.errors = [AppError("files.upload", "missing_scope")]

    assert asked(is_shown=False) is None
    run = services.stores.runs.get("0a1b2c")
    assert (run.state, run.outcome.reason) == (RunState.REFUSED, ReasonCode.FILE_REFUSED)


def test_it_waits_for_the_card(asked):
    assert asked(card_ts=None) == timedelta(seconds=5)
    assert asked(question=None) == timedelta(seconds=5)


@pytest.mark.parametrize(
    "facts", [{"state": RunState.QUEUED}, {"question_ts": "2.0"}, {"is_card_refused": True}]
)
def test_what_is_decided_or_told_or_without_a_thread_is_not_asked(asked, services, facts):
    assert asked(**facts) is None
    assert services.slack.gateway.posts == []


@pytest.mark.parametrize(("facts", "is_told"), [({}, True), ({"decision_ts": "2.0"}, False)])
def test_who_has_approved_is_said_once(asked, services, noon, facts, is_told):
    decision = Decision(user_id="U2", at=noon, is_approval=True, digest="d")
    asked(state=RunState.QUEUED, decision=decision, **facts)

    assert deliver_decision("0a1b2c", services) is None
    said = [post[1][0].text for post in services.slack.gateway.posts]
    assert len(said) == is_told
    assert all("Approved by <@U2>" in text for text in said)
