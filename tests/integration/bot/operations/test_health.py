"""How a process is, as those who look after it ask."""

import queue
import socket
import threading
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from odps_bot.errors import OdpsBotError
from odps_bot.operations.health import Health, LivenessProbe, redis_check, serve_health
from odps_bot.operations.metrics import Metrics
from odps_bot.operations.queue_statistics import QueueStatisticsCollector, read_queue_statistics
from odps_bot.sandbox.ports import free_port
from odps_bot.services import Services
from odps_bot.store.connections import listener_redis
from odps_bot.store.notification_kind import NotificationKind


def ask(port: int, path: str, method: str = "GET", *, patience_s: float = 30) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=patience_s) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def samples(exposition: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


@pytest.fixture
def port() -> int:
    return free_port()


def test_a_process_that_lives_and_can_work_says_so(port: int) -> None:
    health = Health(alive={"pulse": lambda: None}, ready={"redis": lambda: None}, metrics=Metrics())

    with serve_health(("127.0.0.1", port), health):
        assert ask(port, "/healthz") == (200, "pulse: ok\n")
        assert ask(port, "/readyz") == (200, "pulse: ok\nredis: ok\n")
        assert ask(port, "/nothing")[0] == 404
        assert ask(port, "/healthz", "POST")[0] == 405
        assert ask(port, "/healthz", "HEAD") == (200, "")


def test_what_keeps_a_process_from_working_is_no_reason_to_start_it_again(port: int) -> None:
    health = Health(
        alive={"pulse": lambda: None}, ready={"redis": lambda: "does not answer"}, metrics=Metrics()
    )

    with serve_health(("127.0.0.1", port), health):
        assert ask(port, "/healthz")[0] == 200
        assert ask(port, "/readyz") == (503, "pulse: ok\nredis: does not answer\n")


def test_who_waits_for_redis_keeps_nobody_from_asking_whether_the_process_lives(port: int) -> None:
    has_asked, is_back = threading.Semaphore(0), threading.Event()

    def wait_for_redis() -> None:
        has_asked.release()
        assert is_back.wait(30)

    health = Health(alive={}, ready={"redis": wait_for_redis}, metrics=Metrics())
    answers: queue.Queue[int] = queue.Queue()
    people = [
        threading.Thread(target=lambda: answers.put(ask(port, "/readyz")[0])) for _ in range(9)
    ]

    with serve_health(("127.0.0.1", port), health):
        for person in people:
            person.start()
        for _ in range(2):
            assert has_asked.acquire(timeout=30)
        try:
            assert ask(port, "/healthz", patience_s=5) == (200, "")
            assert ask(port, "/readyz", patience_s=5)[0] == 503
            assert [answers.get(timeout=30) for _ in range(7)] == [503] * 7
        finally:
            is_back.set()
        for person in people:
            person.join()
        assert ask(port, "/readyz") == (200, "redis: ok\n")

    assert [answers.get_nowait() for _ in range(2)] == [200, 200]


def test_a_loop_that_no_longer_turns_is_noticed() -> None:
    now_s = 0.0
    loop = LivenessProbe(longest=timedelta(seconds=120), clock=lambda: now_s)

    now_s = 119
    assert loop.problem() is None
    now_s = 130
    assert loop.problem() == "no progress for 130 s"
    loop.mark_alive()
    assert loop.problem() is None


def test_a_redis_that_is_gone_is_noticed_soon(redis: Redis, tmp_path: Path) -> None:
    assert redis_check(redis)() is None
    gone = listener_redis(f"unix://{tmp_path}/gone.sock")
    assert str(redis_check(gone)()).startswith("cannot be reached (")


def test_a_redis_that_is_full_is_not_ready_although_it_answers(
    services: Services, redis: Redis
) -> None:
    services.metrics.registry.register(QueueStatisticsCollector(services))
    redis.config_set("maxmemory", 1)
    try:
        said = redis_check(redis)()
        found = samples(services.metrics.exposition().decode())
    finally:
        redis.config_set("maxmemory", "1gb")

    assert str(said).startswith("is full: its maxmemory is reached")
    assert found["odps_bot_redis_up", ()] == 1
    assert found["odps_bot_redis_trouble", ("full",)] == 1
    assert found["odps_bot_redis_trouble", ("read-only",)] == 0
    assert found["odps_bot_runs_active", ()] == 0


def test_nothing_is_told_without_an_address() -> None:
    threads = threading.active_count()

    with serve_health(None, Health(alive={}, ready={}, metrics=Metrics())):
        assert threading.active_count() == threads


def test_an_address_that_is_taken_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = serve_health(taken.getsockname(), Health(alive={}, ready={}, metrics=Metrics()))
        with pytest.raises(OdpsBotError, match="ODPS_BOT_HEALTH_LISTEN"), told:
            pass


def test_metrics_tell_what_was_counted_and_what_waits(services: Services, port: int) -> None:
    services.metrics.registry.register(QueueStatisticsCollector(services))
    services.stores.outbox.enqueue(NotificationKind.EPHEMERAL, "a")
    services.stores.outbox.enqueue(NotificationKind.EPHEMERAL, "b")
    services.jobs.deliver()
    services.metrics.run_transitioned("running")
    health = Health(alive={}, ready={}, metrics=services.metrics)

    with serve_health(("127.0.0.1", port), health):
        status, said = ask(port, "/metrics")

    found = samples(said)
    assert status == 200
    assert found["odps_bot_redis_up", ()] == 1
    assert found["odps_bot_outbox_depth", ("ephemeral",)] == 2
    assert found["odps_bot_outbox_depth", ("card",)] == 0
    assert 0 <= found["odps_bot_outbox_overdue_seconds", ("ephemeral",)] < 5
    assert found["odps_bot_queue_depth", ("odps-bot-deliver",)] == 1
    assert 0 <= found["odps_bot_job_longest_wait_seconds", ()] < 5
    assert found["odps_bot_rate_limit_remaining", ("updates",)] == 40
    assert found["odps_bot_runs_active", ()] == 0
    assert found["odps_bot_run_transitions_total", ("running",)] == 1


def test_without_redis_metrics_still_tell_what_was_counted(
    services: Services, tmp_path: Path
) -> None:
    gone = Services.from_settings(
        services.settings, redis=listener_redis(f"unix://{tmp_path}/gone.sock")
    )
    gone.metrics.registry.register(QueueStatisticsCollector(gone))
    gone.metrics.run_transitioned("running")

    found = samples(gone.metrics.exposition().decode())
    assert found["odps_bot_redis_up", ()] == 0
    assert found["odps_bot_redis_trouble", ("unreachable",)] == 1
    assert found["odps_bot_run_transitions_total", ("running",)] == 1
    assert ("odps_bot_runs_active", ()) not in found


def test_what_is_overdue_has_a_lateness(services: Services, redis: Redis) -> None:
    services.stores.outbox.enqueue(NotificationKind.FINAL, "a")
    redis.zincrby("odps-bot:outbox:final", -90, "final:a")
    redis.zadd("odps-bot:due", {"run": 0})
    services.stores.sweeps.succeeded("sandbox")

    backlog = read_queue_statistics(services)

    assert timedelta(seconds=90) <= backlog.outbox_overdue["final"] < timedelta(seconds=95)
    assert backlog.outbox_overdue["card"] == timedelta(0)
    assert backlog.runs == 1
    assert backlog.run_overdue > timedelta(days=365)
    assert list(backlog.sweep_age) == ["sandbox"]
    assert backlog.sweep_age["sandbox"] < timedelta(seconds=5)
