"""deploy/monitoring asks for metrics, labels and values that our processes really tell."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector

from odps_bot.operations.metrics import Metrics
from odps_bot.operations.queue_statistics import QueueStatistics, gauges
from odps_bot.store.notification_kind import NotificationKind
from odps_bot.store.redis_trouble import RedisTrouble

FOLDER = Path(__file__).parents[3] / "deploy/monitoring"
RULES = yaml.safe_load(FOLDER.joinpath("odps-bot.rules.yml").read_text())
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"]}
DASHBOARD = json.loads(FOLDER.joinpath("grafana-dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = {
    f"{panel['title']} {target['refId']}": target for panel in PANELS for target in panel["targets"]
}
EXPRESSIONS = {
    **{name: rule["expr"] for name, rule in ALERTS.items()},
    **{name: target["expr"] for name, target in TARGETS.items()},
}

#: Given by Prometheus when it collects. A label `job` of ours it renames, for it has one itself.
OF_PROMETHEUS = {"job", "instance"}
RENAMED = {"job": "exported_job"}

#: What labels can say, where it is worth a match.
VALUES = {
    "kind": {str(kind) for kind in NotificationKind},
    "level": {"WARNING", "ERROR", "CRITICAL"},
    "event": {"acknowledgement_lost", "begun_too_late"},
    "outcome": {"ok", "failed"},
    "trouble": {str(trouble) for trouble in RedisTrouble},
}


class Waiting(Collector):
    """What waits, with something of each."""

    def collect(self) -> Iterator[Any]:
        second = timedelta(seconds=1)
        statistics = QueueStatistics(
            runs=1,
            run_overdue=second,
            outbox={"card": 1},
            outbox_overdue={"card": second},
            outbox_oldest={"card": second},
            queues={"default": 1},
            longest_wait=second,
            rate_limits={"updates": 1},
            sweep_age={"sandbox": second},
        )
        yield from gauges(statistics)


def told() -> dict[str, set[str]]:
    """Return the labels of every series that a process can tell, as Prometheus keeps them."""
    metrics = Metrics()
    second = timedelta(seconds=1)
    metrics.acknowledged("command", "ok", second)
    metrics.slack_responded("chat.update", "ok", second)
    metrics.maxcompute_responded("GET", "ok", second)
    metrics.held("ended", second)
    metrics.job_ended("deliver", "ok", second)
    metrics.job_waited("default", second)
    metrics.requested("command", "run", "ok")
    metrics.ignored("app_mention", "bot")
    metrics.events_held_back()
    metrics.run_transitioned("running")
    metrics.logged("ERROR", "odps_bot", "")
    metrics.watch_slack(lambda: True)
    metrics.watch_slack_connections(lambda: 2, wanted=2)
    metrics.slack_connection_event("opened")
    metrics.watch_senders(lambda: 1, count=16)
    metrics.watch_held_requests(lambda: 1, places=16)
    waiting = CollectorRegistry()
    waiting.register(Waiting())
    return {
        sample.name: {RENAMED.get(label, label) for label in sample.labels} | OF_PROMETHEUS
        for registry in (metrics.registry, waiting)
        for family in registry.collect()
        for sample in family.samples
    }


TOLD = told()


def nodes(expression: str) -> list[Any]:
    """Return the parts of an expression; Grafana's own variables get a value first."""
    found: list[Any] = []
    parsed = promql_parser.parse(expression.replace("$__rate_interval", "5m"))
    promql_parser.walk(parsed, lambda node: bool(found.append(node) or True))
    return found


def selectors(expression: str) -> list[promql_parser.VectorSelector]:
    return [n for n in nodes(expression) if isinstance(n, promql_parser.VectorSelector)]


@pytest.mark.parametrize("name", EXPRESSIONS)
class TestEveryExpression:
    def test_asks_for_series_that_are_told(self, name: str) -> None:
        asked = {selector.name for selector in selectors(EXPRESSIONS[name])}

        assert asked
        assert asked <= set(TOLD)

    def test_matches_labels_and_values_that_there_are(self, name: str) -> None:
        for selector in selectors(EXPRESSIONS[name]):
            for matcher in selector.matchers.matchers:
                assert matcher.name in TOLD[selector.name]
                assert set(matcher.value.split("|")) <= VALUES[matcher.name]

    def test_groups_by_labels_that_there_are(self, name: str) -> None:
        labels = set.union(*(TOLD[s.name] for s in selectors(EXPRESSIONS[name])))

        grouped = [
            label
            for node in nodes(EXPRESSIONS[name])
            if isinstance(node, promql_parser.AggregateExpr) and node.modifier
            for label in node.modifier.labels
        ]
        assert set(grouped) <= labels

    def test_shows_labels_that_are_left(self, name: str) -> None:
        texts = [TARGETS[name]["legendFormat"]] if name in TARGETS else []
        if name in ALERTS:
            texts = list(ALERTS[name]["annotations"].values())
        shown = {
            label
            for text in texts
            for label in re.findall(r"\{\{ *(?:\$labels\.)?([a-z_]+) *\}\}", text)
        }

        kept = set()
        for node in nodes(EXPRESSIONS[name]):
            if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
                kept |= set(node.modifier.labels)
        assert shown <= kept - {"le"}


def test_what_cannot_be_parsed_is_found() -> None:
    with pytest.raises(ValueError, match="parenthes"):
        promql_parser.parse("max(odps_bot_redis_up")


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_says_what_it_is_and_how_bad(name: str) -> None:
    rule = ALERTS[name]

    assert name.startswith("OdpsBot")
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "description"}


def test_every_alert_is_explained_to_operators_and_no_other() -> None:
    page = FOLDER.parents[1].joinpath("docs/operating.md").read_text()

    assert set(re.findall(r"^- `(OdpsBot\w+)`: ", page, re.MULTILINE)) == set(ALERTS)


def test_the_most_important_alerts_have_a_case_for_promtool() -> None:
    cases = FOLDER.joinpath("odps-bot.rules.test.yml").read_text()

    assert set(re.findall(r"alertname: (\w+)", cases)) <= set(ALERTS)
    assert "rule_files: [odps-bot.rules.yml]" in cases


def test_the_dashboard_fits_any_grafana() -> None:
    [variable] = DASHBOARD["templating"]["list"]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]

    assert (variable["name"], variable["type"]) == ("datasource", "datasource")
    assert {target["datasource"]["uid"] for target in TARGETS.values()} == {"${datasource}"}
    assert len(set(ids)) == len(ids)
    for panel in PANELS:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24


def test_every_metric_is_shown_or_watched() -> None:
    asked = {selector.name for expr in EXPRESSIONS.values() for selector in selectors(expr)}
    families = {re.sub(r"_(bucket|count|sum|created|total)$", "", name) for name in asked}

    told_families = {re.sub(r"_(bucket|count|sum|created|total)$", "", name) for name in TOLD}
    assert told_families == families
