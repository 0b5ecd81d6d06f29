"""Commands of odpscmd, and what can't be sent at once: said before anything is stored."""

from typing import Any

import pytest

from odps_bot.errors import CommandError
from odps_bot.runs import RunState

COMMANDS = [
    ("show instances", "/odps list"),
    ("show p 10", "/odps list"),
    ("kill 20261122120001123gabcde", "/odps stop 20261122120001123gabcde"),
    ("kill", "/odps stop ID"),
    ("status 20261122120001123gabcde", "/odps status 20261122120001123gabcde"),
    ("desc instance 20261122120001123gabcde", "/odps status 20261122120001123gabcde"),
    ("wait 20261122120001123gabcde", "/odps watch 20261122120001123gabcde"),
    ("top instance", "/odps list"),
    ("ls instances", "/odps list"),
    ("use analytics", "--project analytics"),
    ("use schema s", "set odps.default.schema=s;"),
    ("use quota q", "--quota q"),
    ("setproject a.b=1", "set KEY=VALUE;"),
    ("read p.t 10", "/odps run select * from p.t limit 10"),
    ("count t", "/odps run select count(*) from t"),
    ("list functions", "/odps run show functions"),
    ("list partitions t", "/odps run show partitions t"),
    ("cost sql select 1", "/odps cost SELECT …"),
    ("list resources", "DataWorks"),
    ("add jar x.jar", "DataWorks"),
    ("tunnel download t x.csv", "*CSV*"),
    ("unset a.b", "--hint KEY=VALUE"),
    ("desc project p", "DataWorks"),
    ("jar -resources x.jar com.example.Main", "/odps watch ID"),
    ("mr -resources x.jar com.example.Main", "/odps watch ID"),
    ("dryrun select 1", "/odps cost SELECT …"),
    ("triggerandwait 20261122120001123gabcde", "DataWorks"),
    ("export shop /tmp/shop", "odpscmd or DataWorks"),
    ("delete resource x.jar", "DataWorks"),
]


@pytest.mark.parametrize(("statement", "instead"), COMMANDS)
def test_a_command_of_odpscmd_is_told_with_what_to_type_here(
    alice: Any, bot: Any, statement: str, instead: str
) -> None:
    with pytest.raises(CommandError) as refused:
        alice.types(f"run {statement}")

    said = str(refused.value)
    assert "` is a command of odpscmd" in said
    assert instead in said
    assert said.endswith("Nothing was submitted.")
    assert len(said.split()) <= 60
    assert bot.all_runs() == []
    assert bot.enqueued_jobs() == []


def test_what_is_named_in_a_command_is_no_markup(alice: Any) -> None:
    with pytest.raises(CommandError) as refused:
        alice.types("run use `<!channel>`")

    assert "<!channel>" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("select 1; grant r to alice", "one by one"),
        ("grant r to alice; select 1", "one by one"),
        ("alter table t merge smallfiles; select 1", "one by one"),
        ("grant r to alice; grant s to alice", "one at a time"),
        ("alter table t archive; alter table u archive", "one at a time"),
        ("select 1; kill 2026gabc", "/odps stop 2026gabc"),
        ("select 1; pai -name Split", "one by one"),
        ("pai -name Split; pai -name Split", "PAI commands one at a time"),
    ],
)
def test_statements_that_need_several_requests_are_refused(
    alice: Any, bot: Any, text: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        alice.types(f"run {text}")

    assert bot.all_runs() == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("grant r to alice", "cost nothing"),
        ("alter table t merge smallfiles", "doesn't estimate merges"),
        ("kill 2026gabc", "/odps stop"),
        ("select 1; whoami", "one by one"),
    ],
)
def test_what_has_no_estimate_is_not_asked_about(
    alice: Any, bot: Any, text: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        alice.types(f"cost {text}")

    assert bot.enqueued_jobs() == []


@pytest.mark.parametrize("text", ["whoami", "grant r to alice", "alter table t freeze"])
def test_what_is_no_sql_but_can_be_sent_is_accepted(alice: Any, bot: Any, text: str) -> None:
    alice.types(f"run {text}")

    assert bot.newest_run().state is RunState.QUEUED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("PAI -DinputTableName=orders", "needs -name"),
        ("pai -name split -D", "is not -Dkey=value"),
        ("pai -name split -Da='b", "not closed"),
    ],
)
@pytest.mark.parametrize("verb", ["run", "cost"])
def test_a_pai_command_that_is_none_is_refused_at_once(
    alice: Any, bot: Any, verb: str, text: str, reason: str
) -> None:
    with pytest.raises(CommandError, match=reason):
        alice.types(f"{verb} {text}")

    assert bot.all_runs() == []


@pytest.mark.parametrize(
    "settings", ["set odps.instance.priority=3;", "set odps.sql.timezone=UTC; -- why\nset a=b"]
)
def test_settings_alone_are_not_run(alice: Any, bot: Any, settings: str) -> None:
    with pytest.raises(CommandError, match=r"hold for one request.*Nothing was submitted"):
        alice.types(f"run {settings}")

    assert bot.all_runs() == []
