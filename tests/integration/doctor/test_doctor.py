"""Every check finds what is well; broken one by one, each is named with its remedy."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import ClassVar

import pytest
from redis import Redis

from odps_bot.config.settings import Settings
from odps_bot.errors import SettingsError
from odps_bot.operations.doctor import Verdict, as_json_lines, as_text, examine, exit_status
from odps_bot.operations.logs import secrets_hider
from odps_bot.sandbox.maxcompute import faults
from odps_bot.sandbox.maxcompute.calls import Response
from odps_bot.sandbox.maxcompute.faults import Fault
from odps_bot.store import keys
from odps_bot.store.job_queue import JobQueue

OK, UNTRIED, WARNING, FAILED = Verdict
NOWHERE = "http://127.0.0.1:9"
RULES = '[roles.users]\nU0ALICE = "admin"\n[channels.C0DATAENG1]\n'

DENIED = (
    "<Error><Code>odps/NoPermission</Code><Message>Access Denied - Authorization Failed"
    "</Message></Error>"
)


def deny(installation, operation):
    denial = faults.http_error(403, DENIED, content_type="application/xml")
    installation.maxcompute.faults.add(denial, operation=operation)


def test_an_installation_that_is_well_has_nothing_to_mend(installation):
    found = installation.examine(is_deep=True)

    not_well = {s: f.says for s, f in found.items() if f.verdict is not OK}
    assert list(not_well) == ["maxcompute sandbox stop"]
    assert found["maxcompute sandbox stop"].verdict is UNTRIED
    assert len(found) > 20
    assert found["slack clock"].verdict is OK
    assert found["slack websocket"].says.startswith("127.0.0.1:")
    assert exit_status(installation.found) == 0


@pytest.mark.parametrize(
    ("of", "left_out", "untried"),
    [
        ("bot", ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"), "maxcompute"),
        ("worker", ("SLACK_APP_TOKEN",), "settings"),
    ],
)
def test_each_process_is_examined_with_its_own_settings(installation, of, left_out, untried):
    environ = {n: value for n, value in installation.environ.items() if n not in left_out}
    settings = Settings.from_environ(environ, is_bot=of == "bot")

    found = {finding.subject: finding for finding in examine(settings, of=of)}
    not_well = {s for s, f in found.items() if f.verdict is not OK}
    assert not_well <= {untried, "maxcompute sandbox stop", "maxcompute sandbox submit"}
    assert found[untried].verdict is UNTRIED
    assert ("maxcompute sandbox" in found) == (of == "worker")
    assert ("slack websocket" in found) == (of == "bot")


def test_an_examination_changes_nothing(installation):
    with installation.client as client:
        before = {key: client.dump(key) for key in client.scan_iter()}
        instances = len(installation.maxcompute.instances())

        installation.examine()

        after = {key: client.dump(key) for key in client.scan_iter()}
    # What is asked of MaxCompute takes from the budget that all share; each connection notes where.
    left = {key for key in after if not key.startswith((b"odps-bot:budget:", b"odps-bot:server"))}
    assert left == set(before)
    assert len(installation.maxcompute.instances()) == instances
    assert installation.slack.messages("C0DATAENG1") == []


def test_no_secret_is_printed(installation):
    installation.examine(
        REDIS_URL="redis://:pa55-very-secret@127.0.0.1:9/0",
        ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong-very-secret",
        SLACK_BOT_TOKEN="xoxb-very-secret",
    )
    settings = Settings.from_environ(installation.environ)
    hide = secrets_hider(settings.secrets)

    printed = "\n".join(as_text(installation.found, hide=hide))
    printed += "\n".join(as_json_lines(installation.found, hide=hide))
    assert "very-secret" not in printed
    assert not any(secret in printed for secret in settings.secrets)
    assert exit_status(installation.found) == 1


# -- settings ---------------------------------------------------------------------------------


def test_settings_that_cannot_be_read_are_named(installation):
    with pytest.raises(SettingsError, match=r"odps-bot\.toml cannot be read"):
        installation.examine(ODPS_BOT_RULES="/nowhere/odps-bot.toml")


def test_the_way_to_slack_needs_its_secret(installation, assert_found):
    found = installation.examine(SLACK_APP_TOKEN="")
    assert_found(
        found["settings"], FAILED, says="SLACK_APP_TOKEN is not set", remedy="restart the bot"
    )
    assert "Basic Information → App-Level Tokens" in found["settings"].says

    found = installation.examine(ODPS_BOT_SLACK_MODE="http", SLACK_SIGNING_SECRET="short")
    assert_found(
        found["settings"],
        WARNING,
        says="doesn't look like a signing secret",
        remedy="Basic Information",
    )
    assert "slack socket" not in found


def test_rules_that_are_missing_or_name_no_admin_are_doubted(
    installation, assert_found, monkeypatch, tmp_path
):
    installation.rules.write_text("")
    found = installation.examine()
    assert_found(found["rules"], WARNING, says="no admin", remedy="[roles.users]")

    monkeypatch.chdir(tmp_path.parent)
    found = installation.examine(ODPS_BOT_RULES="")
    assert_found(found["rules"], WARNING, says="nobody can write", remedy="odps-bot.example.toml")


def test_a_project_of_the_bot_itself_needs_no_leave_to_be_read(installation, assert_found):
    mistaken = '[projects.sandbox]\nreads_from = ["shared_dim", "Sandbox"]\n'
    installation.rules.write_text(RULES + mistaken)

    found = installation.examine()

    assert_found(
        found["rules"],
        WARNING,
        says="reads_from of [projects.sandbox] names Sandbox, which the bot uses itself",
        remedy="remove it",
    )
    assert "shared_dim" not in found["rules"].says


def test_a_channels_project_that_nobody_knows_is_named(installation, assert_found):
    mistaken = (
        '[channels.C0ANALYTIC]\nprojects = ["sandbox", "analytcs", "later"]\n[projects.later]\n'
    )
    installation.rules.write_text(RULES + mistaken)

    found = installation.examine()
    assert_found(
        found["rules"],
        WARNING,
        says="[channels.C0ANALYTIC] names the unknown project analytcs",
        remedy="ODPS_PROJECTS",
    )
    assert "later" not in found["rules"].says


def test_an_endpoint_without_tls_is_doubted(installation, assert_found):
    found = installation.examine(SLACK_API_URL="http://slack.example/api/")

    assert_found(found["addresses"], WARNING, says="SLACK_API_URL", remedy="https://")


# -- redis ------------------------------------------------------------------------------------


def test_what_somebody_has_overwritten_is_named(installation, assert_found):
    with installation.client as client:
        client.delete(keys.deadlines())
        client.set(keys.deadlines(), "?")

        found = installation.examine()

        client.delete(keys.deadlines())
    assert_found(
        found["redis keys"],
        FAILED,
        says="odps-bot:due is a string instead of a zset",
        remedy="RENAME",
    )


def test_a_redis_that_is_gone_is_named(installation, assert_found):
    found = installation.examine(REDIS_URL="redis://127.0.0.1:9/0")

    assert_found(found["redis"], FAILED, says="cannot be reached", remedy="REDIS_URL")
    for subject in ("maxcompute sandbox", "workers"):
        assert_found(found[subject], FAILED, says="without Redis", remedy="fix Redis")


def test_a_wrong_password_of_redis_is_named(installation, assert_found):
    _, _, path = installation.redis.url.partition("@")
    found = installation.examine(REDIS_URL=f"unix://:wrong@{path}")

    assert_found(found["redis"], FAILED, says="password", remedy="REDIS_URL")


@pytest.mark.parametrize(
    ("broken", "well", "subject", "verdict", "says", "remedy"),
    [
        (
            {"appendonly": "no"},
            {"appendonly": "yes"},
            "redis persistence",
            WARNING,
            "a restart loses",
            "appendonly yes",
        ),
        (
            {"maxmemory-policy": "allkeys-lru", "maxmemory": "1gb"},
            {"maxmemory-policy": "noeviction", "maxmemory": "1gb"},
            "redis eviction",
            FAILED,
            "allkeys-lru",
            "noeviction",
        ),
        (
            {"maxmemory-policy": "volatile-lru", "maxmemory": "0"},
            {"maxmemory-policy": "noeviction", "maxmemory": "1gb"},
            "redis eviction",
            WARNING,
            "no limit is set yet",
            "noeviction",
        ),
    ],
)
def test_a_redis_that_may_forget_is_named(
    installation, assert_found, *, broken, well, subject, verdict, says, remedy
):
    with installation.client as client:
        for name, value in broken.items():
            client.config_set(name, value)
        try:
            found = installation.examine()
        finally:
            for name, value in well.items():
                client.config_set(name, value)

    assert_found(found[subject], verdict, says=says, remedy=remedy)


@pytest.mark.parametrize(("part", "verdict"), [(0.9, WARNING), (0.99, FAILED)])
def test_a_redis_that_is_nearly_full_is_named(installation, assert_found, part, verdict):
    with installation.client as client:
        used = client.info("memory")["used_memory"]
    about = {"about": {"used_memory": used, "maxmemory": int(used / part)}}
    found = installation.examine(redis=other_redis(installation, about))

    assert_found(found["redis memory"], verdict, says="MiB used", remedy="ODPS_BOT_KEEP_DAYS")


class OtherRedis(Redis):
    """Our Redis, which says something else of itself."""

    about: ClassVar[dict[str, object]] = {}
    ahead_s = 0
    pause_s = 0.0

    def info(self, *arguments, **options):
        return super().info(*arguments, **options) | self.about

    def time(self, **options):
        seconds, microseconds = super().time(**options)
        return seconds + self.ahead_s, microseconds

    def ping(self, **options):
        time.sleep(self.pause_s)
        return super().ping(**options)


def other_redis(installation, facts):
    return type("Other", (OtherRedis,), facts).from_url(installation.redis.url)


@pytest.mark.parametrize(
    ("facts", "subject", "verdict", "says", "remedy"),
    [
        (
            {"about": {"redis_version": "5.0.14", "valkey_version": None}},
            "redis version",
            FAILED,
            "5.0.14 is too old",
            "6.2",
        ),
        (
            {"about": {"aof_last_write_status": "err"}},
            "redis persistence",
            FAILED,
            "could not be written",
            "disk full",
        ),
        ({"ahead_s": 10}, "redis clock", WARNING, "differ by", "NTP"),
        ({"ahead_s": 100}, "redis clock", FAILED, "differ by", "NTP"),
        ({"pause_s": 0.05}, "redis latency", WARNING, "ms per request", "closer"),
    ],
)
def test_a_redis_that_is_old_slow_or_off_is_named(
    installation, assert_found, *, facts, subject, verdict, says, remedy
):
    found = installation.examine(redis=other_redis(installation, facts))

    assert_found(found[subject], verdict, says=says, remedy=remedy)


@pytest.mark.parametrize(
    ("url", "verdict", "says"),
    [
        ("redis://redis:6379/0", WARNING, "no password"),
        ("redis://:very-secret@redis:6379/0", WARNING, "not encrypted"),
        ("rediss://:very-secret@redis:6379/0", OK, "over TLS"),
        ("redis://:very-secret@localhost:6379/0", OK, "a password is required"),
    ],
)
def test_a_redis_that_others_can_read_is_doubted(installation, assert_found, *, url, verdict, says):
    found = installation.examine(redis=installation.client, REDIS_URL=url)

    assert_found(found["redis privacy"], verdict, says=says, remedy="")


# -- slack ------------------------------------------------------------------------------------


def test_a_slack_that_cannot_be_reached_is_named(installation, assert_found):
    found = installation.examine(SLACK_API_URL=f"{NOWHERE}/api/")

    assert_found(found["slack"], FAILED, says="cannot be reached", remedy="SLACK_API_URL")
    assert "slack scopes" not in found


def test_tokens_that_slack_does_not_know_are_named(installation, assert_found):
    found = installation.examine(SLACK_BOT_TOKEN="xoxb-nobody")
    assert_found(found["slack"], FAILED, says="invalid_auth", remedy="OAuth & Permissions")

    found = installation.examine(SLACK_APP_TOKEN="xapp-nobody")
    assert_found(found["slack socket"], FAILED, says="invalid_auth", remedy="connections:write")


#: What Slack answers, what the doctor says of it, and part of the remedy.
PASSING = [
    ({"kind": "ratelimited"}, "not available right now", "try again in a minute"),
    ({"kind": "http_500"}, "not available right now", "no proxy answers in Slack's place"),
    ({"kind": "error", "code": "fatal_error"}, "not available right now", "in a minute"),
    ({"kind": "error", "code": "accesslimited"}, "nothing for now: accesslimited", "network"),
    ({"kind": "error", "code": "ekm_access_denied"}, "nothing for now: ekm_", "suspended"),
    ({"kind": "error", "code": "team_added_to_org"}, "nothing for now: team_", "wait until"),
]


@pytest.mark.parametrize(("fault", "says", "remedy"), PASSING)
def test_a_slack_that_is_busy_or_locks_the_app_out_has_not_rejected_the_token(
    slack_that, assert_found, fault, says, remedy
):
    found = slack_that("auth.test", fault)

    assert_found(found["slack"], FAILED, says=says, remedy=remedy)


@pytest.mark.parametrize("fault", [fault for fault, _, _ in PASSING])
def test_nor_has_it_rejected_the_app_token(slack_that, fault):
    finding = slack_that("apps.connections.open", fault)["slack socket"]

    assert finding.verdict is FAILED
    assert "rejected" not in finding.says


@pytest.fixture
def slack_that(installation, make_slack):
    """Return a function that lets a method of Slack's fail, and examines the installation."""

    def examine(method, fault):
        slack = make_slack()
        slack.faults.add(method=method, times=None, **fault)
        return installation.examine(
            SLACK_API_URL=slack.api_url,
            SLACK_BOT_TOKEN=slack.bot_token,
            SLACK_APP_TOKEN=slack.app_token,
        )

    return examine


def test_scopes_that_are_missing_are_named_with_what_they_are_for(
    installation, assert_found, make_slack
):
    slack = make_slack(lambda scopes: [scope for scope in scopes if scope != "files:write"])
    found = installation.examine(
        SLACK_API_URL=slack.api_url,
        SLACK_BOT_TOKEN=slack.bot_token,
        SLACK_APP_TOKEN=slack.app_token,
    )

    assert_found(
        found["slack scopes"], FAILED, says="files:write (post results", remedy="manifest.yml"
    )


def test_scopes_that_nobody_needs_are_named(installation, assert_found, make_slack):
    slack = make_slack(lambda scopes: [*scopes, "users:read"])
    found = installation.examine(
        SLACK_API_URL=slack.api_url,
        SLACK_BOT_TOKEN=slack.bot_token,
        SLACK_APP_TOKEN=slack.app_token,
    )

    assert_found(found["slack scopes"], WARNING, says="users:read", remedy="remove them")


def test_channels_of_the_rules_without_the_bot_are_named(installation, assert_found):
    installation.rules.write_text(f"{RULES}\n[channels.C0RANDOM01]\n\n[channels.C0NOWHERE]\n")

    found = installation.examine()
    assert found["slack channel C0DATAENG1"].verdict is OK
    for channel in ("C0RANDOM01", "C0NOWHERE"):
        finding = found[f"slack channel {channel}"]
        assert_found(finding, WARNING, says="not a member", remedy="/invite @odps")


def test_user_groups_that_slack_does_not_know_are_named(installation, assert_found, make_slack):
    installation.rules.write_text(
        '[roles.groups]\nS0DATAPLAT = "writer"\nS0NOBODY = "admin"\n[channels]\n'
    )
    slack = make_slack(lambda scopes: list({*scopes, "usergroups:read"}))
    found = installation.examine(
        SLACK_API_URL=slack.api_url,
        SLACK_BOT_TOKEN=slack.bot_token,
        SLACK_APP_TOKEN=slack.app_token,
    )

    assert found["slack group S0DATAPLAT"].says == "2 members"
    assert_found(
        found["slack group S0NOBODY"], FAILED, says="no_such_subteam", remedy="odps-bot.toml"
    )


def test_workspaces_that_have_not_installed_the_app_are_named(installation, assert_found):
    found = installation.examine(
        SLACK_BOT_TOKEN="",
        SLACK_CLIENT_ID="1.2",
        SLACK_CLIENT_SECRET="client-very-secret",
        SLACK_SIGNING_SECRET="0" * 32,
        ODPS_BOT_SLACK_MODE="http",
        ODPS_BOT_SLACK_TEAMS="T0SANDBOX1,T0OTHER",
        ODPS_BOT_ENCRYPTION_KEYS="MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    )

    for team_id in ("T0SANDBOX1", "T0OTHER"):
        finding = found[f"slack {team_id}"]
        assert_found(finding, WARNING, says="not installed there", remedy="/slack/install")


# -- maxcompute -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "says", "remedy"),
    [
        ({"ODPS_ENDPOINT": f"{NOWHERE}/api"}, "cannot reach", "ODPS_ENDPOINT"),
        (
            {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"},
            "the access key or its signature was rejected",
            "ACCESS_KEY_ID",
        ),
        ({"ODPS_PROJECTS": "nobodys"}, "no such project", "ODPS_PROJECTS"),
    ],
)
def test_a_maxcompute_that_cannot_be_asked_is_named(
    installation, assert_found, environ, says, remedy
):
    found = installation.examine(**environ)

    project = environ.get("ODPS_PROJECTS", "sandbox")
    assert_found(found[f"maxcompute {project}"], FAILED, says=says, remedy=remedy)
    assert f"maxcompute {project} list" not in found


@pytest.mark.parametrize(
    ("operation", "subject", "verdict", "remedy"),
    [
        ("project", "maxcompute sandbox", WARNING, "GRANT READ ON PROJECT"),
        ("list", "maxcompute sandbox list", WARNING, "GRANT LIST ON PROJECT"),
        ("submit", "maxcompute sandbox submit", FAILED, "GRANT CREATEINSTANCE"),
        ("logview_host", "maxcompute sandbox logview", WARNING, "ODPS_LOGVIEW_HOST"),
    ],
)
def test_rights_that_the_account_lacks_are_named(
    installation, assert_found, *, operation, subject, verdict, remedy
):
    deny(installation, operation)

    found = installation.examine(is_deep=True)
    assert_found(found[subject], verdict, says="", remedy=remedy)


def test_a_clock_that_is_off_is_named(installation, assert_found):
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    answer = Response(200, b"<Project/>", headers={"Date": later})
    installation.maxcompute.faults.add(Fault("response", answer), operation="project")

    found = installation.examine()
    assert_found(found["maxcompute sandbox clock"], WARNING, says="differ by 3", remedy="NTP")
    assert found["maxcompute sandbox list"].verdict is OK


def test_links_that_need_a_region_are_named(installation, assert_found):
    found = installation.examine(ODPS_BOT_LOGVIEW="job-insight")

    assert_found(
        found["maxcompute sandbox logview"], FAILED, says="region", remedy="ODPS_REGION_NAME"
    )
    assert "version 2" in found["maxcompute sandbox signature"].says
    found = installation.examine(ODPS_REGION_NAME="sandbox")
    assert "version 4 for sandbox" in found["maxcompute sandbox signature"].says


def test_a_region_that_is_another_one_is_named(installation, assert_found):
    found = installation.examine(ODPS_REGION_NAME="cn-hangzhou")

    assert_found(
        found["maxcompute sandbox"],
        FAILED,
        says="SignatureNotMatch",
        remedy="whether cn-hangzhou is the region, or correct ODPS_REGION_NAME",
    )


def test_a_quota_can_only_be_proven_by_a_run(installation, assert_found):
    installation.rules.write_text(f'{RULES}\n[projects.sandbox]\nquota = "night"\n')

    found = installation.examine()
    assert_found(found["maxcompute sandbox quota"], UNTRIED, says="night", remedy="select 1")


@pytest.mark.parametrize(
    ("interactive", "verdict", "says"),
    [
        ("true", OK, "the interactive quota of the project"),
        ('"interactive"', OK, "runs use interactive"),
        ('"nowhere"', WARNING, "all runs are ordinary jobs: Quota 'nowhere'"),
    ],
)
def test_an_interactive_quota_is_asked_for(installation, assert_found, interactive, verdict, says):
    rules = f"{RULES}\n[projects.sandbox]\ninteractive = {interactive}\n"
    installation.rules.write_text(rules)

    found = installation.examine()["maxcompute sandbox interactive"]
    remedy = "remove `interactive`" if verdict is WARNING else ""
    assert_found(found, verdict, says=says, remedy=remedy)


# -- workers and packages ---------------------------------------------------------------------


def test_without_a_worker_one_is_told_to_start_one(installation, assert_found):
    with installation.client as client:
        client.delete(keys.reconciler_turn())

    found = installation.examine()
    assert_found(found["workers"], FAILED, says="none is running", remedy="odps-bot worker")


@pytest.mark.parametrize(("late_s", "verdict"), [(30, OK), (120, WARNING), (1_000, FAILED)])
def test_what_piles_up_is_named(installation, assert_found, late_s, verdict):
    remedy = "" if verdict is OK else "start more workers"
    at_s = time.time() - late_s
    with installation.client as client:
        client.zadd(keys.outbox("final"), {"final:x": at_s})
        client.zadd(keys.deadlines(), {"x": at_s})
        JobQueue(client).submit_run("x")
        for key in client.scan_iter("rq:job:submit-x-*"):
            enqueued_at = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            client.hset(key, "enqueued_at", enqueued_at)

    found = installation.examine()
    for subject in ("queues", "outbox", "runs"):
        assert_found(found[subject], verdict, says="1 ", remedy=remedy)


def test_progress_that_is_not_told_is_no_fault(installation):
    with installation.client as client:
        client.zadd(keys.outbox("progress"), {"progress:x": 0})

    assert installation.examine()["outbox"].verdict is OK


def test_the_package_that_draws_charts_is_missed(installation, assert_found, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    found = installation.examine()
    assert_found(
        found["charts"], WARNING, says="charts that Slack can't draw", remedy="odps-bot[charts]"
    )


def enable_openapi(installation, endpoint):
    table = f'\n[openapi]\nenabled = true\nendpoint = "{endpoint}"\n'
    installation.rules.write_text(RULES + table)


def test_the_openapi_is_not_mentioned_where_nobody_enabled_it(installation):
    assert "openapi" not in installation.examine()


def test_the_openapi_is_well_where_the_account_may_ask_it(installation):
    enable_openapi(installation, installation.maxcompute.openapi_endpoint)

    assert installation.examine()["openapi"].verdict is OK


@pytest.mark.parametrize("refused", ["GetJobInfo", "ListJobSnapshotInfos"])
def test_an_openapi_that_refuses_the_account_is_one_warning(installation, refused):
    enable_openapi(installation, installation.maxcompute.openapi_endpoint)
    installation.maxcompute.openapi_refused.add(refused)
    try:
        found = installation.examine()
    finally:
        installation.maxcompute.openapi_refused.clear()

    assert found["openapi"].verdict is WARNING
    assert f"odps:{refused}" in found["openapi"].says
    assert "in RAM" in found["openapi"].remedy
    assert exit_status(installation.found) == 0


def test_an_openapi_that_nobody_reaches_is_one_warning(installation):
    enable_openapi(installation, NOWHERE)
    found = installation.examine()

    assert found["openapi"].verdict is WARNING
    assert "endpoint" in found["openapi"].remedy


def test_an_openapi_of_an_unknown_region_is_one_warning(installation):
    installation.rules.write_text(f"{RULES}\n[openapi]\nenabled = true\n")

    assert "region" in installation.examine()["openapi"].says
