"""`/odps run`: kept and booked before anybody else is asked."""

from typing import Any

import pytest

from odps_bot.errors import CommandError, UsageError
from odps_bot.input.slack_message.files import as_kept
from odps_bot.input.sql_file import UnreadableFileError, read_sql_file
from odps_bot.messages import Modal
from odps_bot.runs import RunState
from odps_bot.services import Services
from odps_bot.store.job_queue import SUBMIT_RUN

INSTANCE_ID = "20261122120001123gabcde"


def test_a_run_is_kept_and_its_submission_booked(alice: Any, bot: Any) -> None:
    answer = alice.types("run select 1")

    run = bot.newest_run()
    assert answer is None
    assert (run.name, run.sql, run.project) == ("r1", "select 1", "sandbox")
    assert (run.state, run.user_id, run.channel_id) == (RunState.QUEUED, "U1", "C1")
    assert run.requested_at == bot.services.clock()
    assert bot.enqueued_jobs() == [(SUBMIT_RUN, {"run_id": run.run_id})]


def test_a_run_is_cared_for_even_if_its_job_is_lost(alice: Any, bot: Any) -> None:
    before_s, _ = bot.redis.time()
    alice.types("run select 1")
    after_s, _ = bot.redis.time()

    [(run_id, due_at)] = bot.redis.zrange("odps-bot:due", 0, -1, withscores=True)
    assert run_id.decode() == bot.newest_run().run_id
    assert before_s + 10 <= due_at <= after_s + 11


def test_a_run_is_cut_into_statements_once(alice: Any, bot: Any, cuts: list[str]) -> None:
    sql = "set odps.sql.allow.fullscan=true; select 'cut once' -- ;"
    alice.types(f"run {sql}")

    assert bot.newest_run().sql == sql
    assert cuts == [sql]


@pytest.mark.parametrize(("size_bytes", "is_too_big"), [(2_097_152, False), (2_097_153, True)])
def test_a_file_with_sql_has_two_megabytes_at_most(
    services: Services, size_bytes: int, is_too_big: bool
) -> None:
    file = {"url_private": "http://127.0.0.1:9/a.sql", "size": size_bytes}

    with pytest.raises(UnreadableFileError) as refused:
        read_sql_file(file, services)

    assert ("at most 2,097,152 bytes" in str(refused.value)) is is_too_big


@pytest.mark.parametrize(
    "kind",
    [
        {"is_external": True},
        {"is_external": "true"},
        {"is_external": False, "external_type": "gdrive"},
        {"mode": "external"},
    ],
)
def test_a_file_that_slack_only_links_to_is_not_asked_for(
    services: Services, kind: dict[str, Any]
) -> None:
    kept = as_kept(
        {"name": "a.sql", "url_private": "http://127.0.0.1:9/files-pri/T1-F1/a.sql", **kind}
    )

    with pytest.raises(UnreadableFileError, match="isn't stored at Slack"):
        read_sql_file(kept, services)


def test_a_repeated_delivery_of_a_command_is_the_same_run(alice: Any, bot: Any) -> None:
    alice.types("run select 1")

    alice.is_heard_again()

    [run] = bot.all_runs()
    assert run.name == "r1"


def test_a_repeated_delivery_does_not_start_a_run_again(alice: Any, bot: Any) -> None:
    alice.types("run select 1")
    bot.bring(bot.newest_run(), RunState.RUNNING, instance_id=INSTANCE_ID)
    booked = bot.enqueued_jobs()

    alice.is_heard_again()

    assert bot.newest_run().state is RunState.RUNNING
    assert bot.enqueued_jobs() == booked


def test_two_statements_are_two_runs(alice: Any, bot: Any) -> None:
    alice.types("run select 1")
    alice.types("run select 2")

    assert [run.name for run in bot.all_runs()] == ["r2", "r1"]


@pytest.mark.parametrize(
    ("typed", "sql"),
    [
        ("run --project analytics select 1", "select 1"),
        ("run —project=analytics\nselect 1\n  from t", "select 1\n  from t"),
        ("run -p analytics ```select 1```", "select 1"),
        ("run -p analytics ```sql\nselect 1\n```", "select 1"),
        ("run --project analytics ```\nselect 1\n```", "select 1"),
        ("run -p analytics select a &lt; ‘b’", "select a < 'b'"),
    ],
)
def test_the_project_and_the_statement_are_what_was_meant(
    alice: Any, bot: Any, typed: str, sql: str
) -> None:
    alice.types(typed)

    run = bot.newest_run()
    assert (run.project, run.sql) == ("analytics", sql)


@pytest.mark.parametrize(
    "typed",
    [
        "run ;",
        "run -- select 1",
        "run /* select 1 */ ; -- no more",
        "run --project analytics ;",
    ],
)
def test_without_a_statement_nothing_is_submitted(alice: Any, bot: Any, typed: str) -> None:
    with pytest.raises(UsageError, match=r"no SQL to run. Nothing was submitted"):
        alice.types(typed)

    assert bot.all_runs() == []
    assert bot.enqueued_jobs() == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("run --projct analytics select 1", r"`--projct`. Did you mean `--project`\?"),
        ("run --project", "`--project` needs a value"),
        (
            "run --priority 11 select 1",
            "`11` isn't a priority. Use a number from 0 .highest. to 9 .lowest.",
        ),
        ("run --priority high select 1", "`high` isn't a priority"),
        ("run --quota 'a b' select 1", "`a b` isn't a quota name"),
        ("run --hint odps.x select 1", "`--hint odps.x` isn't `--hint key=value`"),
        ("run --hint 'a;b=c' select 1", "isn't `--hint key=value`"),
    ],
)
def test_an_option_that_is_wrong_is_named_and_nothing_is_submitted(
    alice: Any, bot: Any, typed: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        alice.types(typed)

    assert "Nothing was submitted" in str(caught.value)
    assert bot.all_runs() == []


def test_options_of_a_run_are_kept_with_it(alice: Any, bot: Any) -> None:
    alice.types(
        "run —priority 3 --hint a.b=1 -p analytics --hint ‘c.d=x y’ --quota os_q"
        " --notify <@U2>,<@U3|bob> --notify <@U1> select 1"
    )

    run = bot.newest_run()
    assert (run.sql, run.project, run.priority) == ("select 1", "analytics", 3)
    assert run.hints == {"a.b": "1", "c.d": "x y", "odps.task.wlm.quota": "os_q"}
    assert run.notify == ("U2", "U3")


@pytest.mark.parametrize("typed", ["run", "run   ", "run ``````", "run ``", "/odps run"])
def test_without_sql_a_form_opens(alice: Any, bot: Any, typed: str) -> None:
    form = alice.types(typed)

    assert isinstance(form, Modal)
    assert form.view["callback_id"] == "run_form"
    assert bot.all_runs() == []


def test_the_form_begins_with_what_was_typed(alice: Any) -> None:
    form = alice.types("run --priority 3 --hint a=1 -p analytics")

    fields = {block.get("block_id"): block.get("element") for block in form.view["blocks"]}
    assert fields["project"]["initial_option"]["value"] == "analytics"
    assert fields["priority"]["initial_option"]["value"] == "3"
    assert fields["hints"]["initial_value"] == "a=1"


def test_people_whom_slack_does_not_identify_are_asked_for(alice: Any, bot: Any) -> None:
    form = alice.types("run --notify @ann select 1")

    assert isinstance(form, Modal)
    assert "`@ann`" in form.view["blocks"][0]["elements"][0]["text"]
    assert form.view["blocks"][1]["element"]["initial_value"] == "select 1"
    assert bot.all_runs() == []


@pytest.mark.parametrize("project", ["production", "", "<!channel>", "prod;"])
def test_a_project_that_is_not_allowed_is_refused_with_those_that_are(
    alice: Any, bot: Any, project: str
) -> None:
    with pytest.raises(
        CommandError, match=r"`sandbox`, `analytics`. Nothing was submitted"
    ) as caught:
        alice.types(f"run --project='{project}' select 1")

    assert "<!channel>" not in str(caught.value)
    assert bot.all_runs() == []


@pytest.mark.parametrize("verb", ["run", "cost"])
def test_half_of_a_character_is_said_to_be_none(alice: Any, bot: Any, verb: str) -> None:
    with pytest.raises(CommandError, match="half of a character"):
        alice.types(f"{verb} select '\ud83d'")

    assert bot.all_runs() == []


def test_a_statement_that_is_too_long_is_refused(alice: Any, bot: Any) -> None:
    with pytest.raises(
        CommandError, match=r"too long: at most 2,097,152 bytes. Nothing was submitted"
    ):
        alice.types("run select '" + "x" * 2 * 1024 * 1024 + "'")

    assert bot.all_runs() == []
