"""deploy/kubernetes is what Kubernetes accepts, starts what exists, and gives settings that exist.

No cluster runs here: the files are read, put together as kustomize does, and held against the
schemas of Kubernetes.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from odps_bot.__main__ import main
from odps_bot.bot import STOP_WITHIN as BOT_STOPS_WITHIN
from odps_bot.config.rules import parse_rules
from odps_bot.config.settings import Settings, variables_of_keys
from odps_bot.config.variable import variables
from odps_bot.errors import SettingsError
from workers.runtime.process import STOP_WITHIN as WORKER_STOPS_WITHIN

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy/kubernetes"
EXAMPLE = FOLDER / "example"
COMPOSE: dict[str, Any] = yaml.safe_load(ROOT.joinpath("docker-compose.yml").read_text())
VARIABLES = {variable.name: variable for variable in variables().values()}

#: The oldest and the newest whose schemas there are.
VERSIONS = ("1.34.0", "1.37.0")

#: What people put into the Secrets, as docs/operating.md has it.
SECRETS = {
    "odps-bot": {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "REDIS_URL": "redis://:pa55word@odps-bot-redis:6379/0",
    },
    "odps-bot-maxcompute": {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"},
    "odps-bot-slack": {"SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "signs"},
    "odps-bot-redis": {"REDIS_PASSWORD": "pa55word"},
}


#: What people write into the example's files.
FILLED_IN = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5t"}


def kustomization(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(folder.joinpath("kustomization.yaml").read_text())
    return loaded


def resource_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a kustomization, and of those that it uses."""
    said = kustomization(folder)
    for name in [*said.get("resources", []), *said.get("components", [])]:
        path = (folder / name).resolve()
        if path.is_dir():
            yield from resource_files(path)
        else:
            yield path


OPTIONAL = ("ecs-role", "signed-http")
FILES = [*resource_files(EXAMPLE), *(f for name in OPTIONAL for f in resource_files(FOLDER / name))]
RESOURCES: list[dict[str, Any]] = [
    resource for file in FILES for resource in yaml.safe_load_all(file.read_text())
]
PODS = {
    resource["metadata"]["name"]: resource["spec"]["template"]
    for resource in RESOURCES
    if resource["kind"] in {"Deployment", "StatefulSet"}
}
OURS = {name: PODS[f"odps-bot-{name}"]["spec"] for name in ("bot", "worker")}
GENERATED = {one["name"]: one for one in kustomization(EXAMPLE)["configMapGenerator"]}


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [resource for resource in RESOURCES if resource["kind"] == kind]


def container(spec: dict[str, Any]) -> dict[str, Any]:
    [only] = spec["containers"]
    found: dict[str, Any] = only
    return found


def name_of(resource: dict[str, Any]) -> str:
    return f"{resource['kind']}/{resource['metadata']['name']}"


@pytest.fixture(scope="session")
def kubernetes() -> Any:
    """The schemas of Kubernetes; importing their validator takes seconds, so only here."""
    import kubernetes_validate  # noqa: PLC0415  -- see above

    return kubernetes_validate


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("resource", RESOURCES, ids=name_of)
def test_kubernetes_accepts_every_resource(
    kubernetes: Any, resource: dict[str, Any], version: str
) -> None:
    kubernetes.validate(resource, version, strict=True)


def test_the_schemas_find_a_misspelled_field(kubernetes: Any) -> None:
    [budget] = of_kind("PodDisruptionBudget")
    wrong = {**budget, "spec": {**budget["spec"], "maxUnavailabel": 1}}

    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate(wrong, VERSIONS[-1], strict=True)


def test_every_file_belongs_to_a_kustomization() -> None:
    there = set(FOLDER.rglob("*.yaml")) - set(FOLDER.rglob("kustomization.yaml"))

    assert there == set(FILES)


def test_all_that_is_asked_for_is_there() -> None:
    assert sorted(map(name_of, RESOURCES)) == [
        "Deployment/odps-bot-bot",
        "Deployment/odps-bot-worker",
        "Namespace/odps-bot",
        "NetworkPolicy/odps-bot",
        "NetworkPolicy/odps-bot-ecs-role",
        "NetworkPolicy/odps-bot-redis",
        "NetworkPolicy/odps-bot-signed-http",
        "PodDisruptionBudget/odps-bot-worker",
        "Service/odps-bot",
        "Service/odps-bot-redis",
        "ServiceAccount/odps-bot",
        "StatefulSet/odps-bot-redis",
    ]


@pytest.mark.parametrize("name", PODS)
def test_every_pod_is_as_restricted_as_the_namespace_wants(name: str) -> None:
    [namespace] = of_kind("Namespace")
    spec = PODS[name]["spec"]
    rights = container(spec)["securityContext"]

    enforced = namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    assert enforced == "restricted"
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert rights["allowPrivilegeEscalation"] is False
    assert rights["capabilities"] == {"drop": ["ALL"]}
    assert rights["readOnlyRootFilesystem"] is True
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    kinds = {kind for volume in spec.get("volumes", []) for kind in volume if kind != "name"}
    assert kinds <= {"configMap", "secret", "emptyDir"}


@pytest.mark.parametrize("name", PODS)
def test_every_pod_knows_nothing_of_kubernetes_and_has_its_resources(name: str) -> None:
    spec = PODS[name]["spec"]
    resources = container(spec)["resources"]

    assert spec["automountServiceAccountToken"] is False
    # A Service odps-bot-redis would set ODPS_BOT_REDIS_PORT and the like.
    assert spec["enableServiceLinks"] is False
    assert set(resources["requests"]) == {"cpu", "memory"}
    assert "memory" in resources["limits"]


@pytest.mark.parametrize("name", PODS)
def test_every_volume_is_mounted_and_every_mount_has_its_volume(name: str) -> None:
    spec = PODS[name]["spec"]
    claims = [
        claim["metadata"]["name"]
        for resource in of_kind("StatefulSet")
        if resource["metadata"]["name"] == name
        for claim in resource["spec"]["volumeClaimTemplates"]
    ]
    volumes = [*claims, *(volume["name"] for volume in spec.get("volumes", []))]

    assert sorted(mount["name"] for mount in container(spec)["volumeMounts"]) == sorted(volumes)


def test_ours_run_as_the_user_of_the_image_and_may_read_their_secrets() -> None:
    dockerfile = ROOT.joinpath("Dockerfile").read_text()

    for spec in OURS.values():
        assert f"\nUSER {spec['securityContext']['runAsUser']}\n" in dockerfile
        assert spec["securityContext"]["fsGroup"] == spec["securityContext"]["runAsGroup"]
        for volume in spec["volumes"]:
            if "secret" in volume:
                assert volume["secret"]["defaultMode"] == 0o440


@pytest.mark.parametrize("name", OURS)
def test_ours_start_a_command_of_the_command_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    [command] = container(OURS[name])["args"]

    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])

    assert ended.value.code == 0
    assert f"odps-bot {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", OURS)
def test_ours_are_asked_how_they_are_where_they_listen(name: str) -> None:
    ours = container(OURS[name])
    ports = {port["name"]: port["containerPort"] for port in ours["ports"]}

    listens = environment("bot")["ODPS_BOT_HEALTH_LISTEN"]
    assert ports["health"] == int(listens.rpartition(":")[2])
    paths = {
        probe: ours[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")
    }
    assert paths == {
        "startup": {"path": "/healthz", "port": "health"},
        "liveness": {"path": "/healthz", "port": "health"},
        "readiness": {"path": "/readyz", "port": "health"},
    }


@pytest.mark.parametrize(
    ("name", "within"), [("bot", BOT_STOPS_WITHIN), ("worker", WORKER_STOPS_WITHIN)]
)
def test_ours_may_take_as_long_to_end_as_they_do(name: str, within: timedelta) -> None:
    grace = timedelta(seconds=OURS[name]["terminationGracePeriodSeconds"])

    assert grace >= within + timedelta(seconds=5)


def test_there_is_one_bot_and_workers_go_one_at_a_time_when_nodes_are_drained() -> None:
    deployments = {one["metadata"]["name"]: one["spec"] for one in of_kind("Deployment")}
    [budget] = of_kind("PodDisruptionBudget")

    assert deployments["odps-bot-bot"]["replicas"] == 1
    assert deployments["odps-bot-worker"]["replicas"] == 2
    assert budget["spec"]["maxUnavailable"] == 1
    # A worker that waits for Redis must not hold up a drain.
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert budget["spec"]["selector"] == deployments["odps-bot-worker"]["selector"]
    # No older process meets what a newer one has written.
    assert {spec["strategy"]["type"] for spec in deployments.values()} == {"Recreate"}


def env_file(name: str) -> dict[str, str]:
    """Return what a file of the example sets."""
    lines = EXAMPLE.joinpath(name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def environment(name: str) -> dict[str, str]:
    """Return the environment of the bot or a worker, from its ConfigMaps."""
    given: dict[str, str] = {}
    for source in container(OURS[name])["envFrom"]:
        [file] = GENERATED[source["configMapRef"]["name"]]["envs"]
        given |= env_file(file)
    return given


def mounted(name: str) -> dict[str, str]:
    """Return the content of the files of secrets that the bot or a worker sees, by their path."""
    mounts = {mount["name"]: mount for mount in container(OURS[name])["volumeMounts"]}
    return {
        f"{mounts[volume['name']]['mountPath']}/{key}": content
        for volume in OURS[name]["volumes"]
        if "secret" in volume
        for key, content in SECRETS[volume["secret"]["secretName"]].items()
    }


def with_secrets(given: dict[str, str], files: dict[str, str]) -> dict[str, str]:
    """Return the environment with each `X_FILE` read."""
    return {
        name.removesuffix("_FILE"): files[value] if name.endswith("_FILE") else value
        for name, value in given.items()
    }


@pytest.mark.parametrize("name", OURS)
def test_ours_are_given_only_what_the_settings_read(name: str) -> None:
    for variable in environment(name):
        setting = variable.removesuffix("_FILE")
        assert setting in VARIABLES
        # A secret is a file, and nothing else is.
        assert VARIABLES[setting].is_secret == variable.endswith("_FILE"), variable


@pytest.mark.parametrize("name", OURS)
def test_the_example_is_accepted_once_its_secrets_are_there(name: str, tmp_path: Path) -> None:
    given = with_secrets(environment(name), mounted(name))
    [rules] = GENERATED["odps-bot-rules"]["files"]
    key, _, file = rules.partition("=")
    folders = [
        m["mountPath"] for m in container(OURS[name])["volumeMounts"] if m["name"] == "rules"
    ]

    assert given["ODPS_BOT_RULES"] == f"{folders[0]}/{key}"
    parse_rules(EXAMPLE.joinpath(file).read_text(), file_name=file)
    given["ODPS_BOT_RULES"] = str(tmp_path)
    if name == "bot":
        Settings.from_environ(given, is_bot=True).check_listening()
        return
    with pytest.raises(SettingsError, match=r"^ALIBABA_CLOUD_ACCESS_KEY_ID: .* a placeholder"):
        Settings.from_environ(given)
    Settings.from_environ({**given, **FILLED_IN})


def test_the_bot_gets_no_keys_to_maxcompute() -> None:
    keys = set(variables_of_keys())

    assert not keys & set(environment("bot"))
    assert not any("odps-bot-maxcompute" in path for path in mounted("bot"))
    assert keys & set(environment("worker"))


def test_a_worker_does_not_know_how_slack_reaches_the_bot() -> None:
    assert "SLACK_APP_TOKEN_FILE" in environment("bot")
    assert not any("odps-bot-slack" in path for path in mounted("worker"))
    assert "SLACK_APP_TOKEN_FILE" not in environment("worker")


def test_signed_http_is_accepted_with_what_the_example_has_commented_out() -> None:
    lines = EXAMPLE.joinpath("slack.env").read_text().splitlines()
    switched = dict(
        line[1:].split("=", 1) for line in lines if line.startswith(("#ODPS", "#SLACK"))
    )
    given = env_file("settings.env") | switched | {"ODPS_BOT_RULES": "", **FILLED_IN}

    settings = Settings.from_environ(with_secrets(given, mounted("bot")), is_bot=True)

    [service] = [one for one in of_kind("Service") if one["metadata"]["name"] == "odps-bot"]
    [port] = service["spec"]["ports"]
    ports = {one["name"]: one["containerPort"] for one in container(OURS["bot"])["ports"]}
    assert settings.http_listen == ("0.0.0.0", ports[port["targetPort"]])
    # Without Redis the bot is not ready, but it is there to say so.
    assert service["spec"]["publishNotReadyAddresses"] is True


def test_redis_is_the_one_of_compose() -> None:
    redis, of_compose = PODS["odps-bot-redis"]["spec"], COMPOSE["services"]["redis"]
    ours = container(redis)
    wanted = [
        word.replace("${REDIS_PASSWORD:?}", "$(REDIS_PASSWORD)") for word in of_compose["command"]
    ]

    assert ours["image"] == of_compose["image"]
    assert ours["args"] == [word.replace("${REDIS_MAXMEMORY:-256mb}", "256mb") for word in wanted]
    assert ["CMD", *ours["readinessProbe"]["exec"]["command"]] == of_compose["healthcheck"]["test"]
    rights = redis["securityContext"]
    assert f"{rights['runAsUser']}:{rights['runAsGroup']}" == of_compose["user"]
    keys = {one["valueFrom"]["secretKeyRef"]["key"] for one in ours["env"]}
    assert keys == set(SECRETS["odps-bot-redis"])
    assert {one["name"] for one in ours["env"]} == {"REDIS_PASSWORD", "REDISCLI_AUTH"}


def test_redis_is_found_under_the_name_of_its_service() -> None:
    services = {one["metadata"]["name"]: one["spec"] for one in of_kind("Service")}

    assert "@odps-bot-redis:6379/" in SECRETS["odps-bot"]["REDIS_URL"]
    assert services["odps-bot-redis"]["ports"][0]["port"] == 6379
    assert services["odps-bot-redis"]["publishNotReadyAddresses"] is True


@pytest.mark.parametrize("resource", RESOURCES, ids=name_of)
def test_every_selector_finds_its_pods(resource: dict[str, Any]) -> None:
    spec = resource.get("spec", {})
    selector = spec.get("podSelector", spec.get("selector"))
    if selector is None:
        assert resource["kind"] in {"Namespace", "ServiceAccount"}
        return
    wanted = selector.get("matchLabels", selector)

    found = [
        name for name, pod in PODS.items() if wanted.items() <= pod["metadata"]["labels"].items()
    ]
    assert found


def test_pods_are_reached_only_where_they_listen() -> None:
    for policy in of_kind("NetworkPolicy"):
        wanted = policy["spec"]["podSelector"]["matchLabels"]
        listening = {
            port["containerPort"]
            for pod in PODS.values()
            if wanted.items() <= pod["metadata"]["labels"].items()
            for port in container(pod["spec"])["ports"]
        }
        opened = {
            port["port"] for rule in policy["spec"].get("ingress", []) for port in rule["ports"]
        }
        assert opened <= listening
        assert bool(opened) == ("Ingress" in policy["spec"]["policyTypes"])
    covered = [one["spec"]["podSelector"]["matchLabels"] for one in of_kind("NetworkPolicy")]
    for pod in PODS.values():
        assert any(wanted.items() <= pod["metadata"]["labels"].items() for wanted in covered)


def test_credentials_of_the_nodes_role_can_be_let_in() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind("NetworkPolicy")}
    [rule] = policies["odps-bot-ecs-role"]["egress"]

    assert rule["to"] == [{"ipBlock": {"cidr": "100.100.100.200/32"}}]
    assert [port["port"] for port in rule["ports"]] == [80]
    assert "  # - ../ecs-role\n" in EXAMPLE.joinpath("kustomization.yaml").read_text()


def test_operators_are_told_of_every_secret() -> None:
    page = ROOT.joinpath("docs/operating.md").read_text()

    for secret, keys in SECRETS.items():
        assert f"create secret generic {secret} " in page
        for key in keys:
            assert key in page
