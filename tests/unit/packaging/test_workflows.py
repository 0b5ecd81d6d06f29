"""Workflows, forms and policies on GitHub: they are valid, safe, and lead to what exists."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from odps_bot.commit import shorten

ROOT = Path(__file__).parents[3]
GITHUB = ROOT / ".github"
WORKFLOWS = {file.name: file for file in sorted(GITHUB.joinpath("workflows").glob("*.yml"))}
POLICIES = ["CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md"]

USES = re.compile(r"^\s*(?:- )?uses: (\S+)(.*)$", re.MULTILINE)
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")
LINK = re.compile(r"\]\(([^)\s]+)\)|\]: (\S+)|<(https?://[^>]+)>")


def loaded(name: str) -> dict[Any, Any]:
    """Return a workflow; YAML takes the key `on` for a truth."""
    workflow: dict[Any, Any] = yaml.safe_load(WORKFLOWS[name].read_text())
    workflow["on"] = workflow.pop(True)
    return workflow


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name in WORKFLOWS:
        for job, body in loaded(name)["jobs"].items():
            yield name, job, body


def run(*command: str | Path) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", list(WORKFLOWS.values())),
        ("dependabot", [GITHUB / "dependabot.yml"]),
        ("github-issue-config", [GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
        (
            "github-issue-forms",
            [file for file in GITHUB.glob("ISSUE_TEMPLATE/*.yml") if file.stem != "config"],
        ),
    ],
)
def test_files_have_the_form_that_github_reads(schema: str, files: list[Path]) -> None:
    assert files
    run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


def test_workflows_have_no_known_weakness() -> None:
    run(Path(sys.executable).with_name("zizmor"), "--offline", "--quiet", GITHUB)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_actions_are_pinned_to_a_commit_whose_version_is_told(name: str) -> None:
    for used, comment in USES.findall(WORKFLOWS[name].read_text()):
        if not used.startswith("./"):
            assert PINNED.fullmatch(used), used
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), used


def test_an_action_has_one_version_everywhere() -> None:
    used = {u for file in WORKFLOWS.values() for u, _ in USES.findall(file.read_text())}

    actions = [action.partition("@")[0] for action in used]
    assert len(actions) == len(set(actions)) > 5


@pytest.mark.parametrize(("name", "job", "body"), list(jobs()))
def test_a_job_has_the_rights_it_needs_and_a_time_limit(
    name: str, job: str, body: dict[str, Any]
) -> None:
    assert loaded(name)["permissions"] == {}
    assert body["permissions"], job
    assert "uses" in body or body["timeout-minutes"] <= 60
    for step in body.get("steps", []):
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_only_who_publishes_may_write_or_sign() -> None:
    written = {
        f"{name}/{job}": {right for right, level in body["permissions"].items() if level == "write"}
        for name, job, body in jobs()
    }

    assert {job: rights for job, rights in written.items() if rights} == {
        "release.yml/image": {"packages", "id-token", "attestations"},
        "release.yml/pypi": {"id-token", "attestations"},
        "release.yml/release": {"contents"},
    }


def test_ci_runs_what_everybody_runs_with_the_oldest_and_the_newest_python() -> None:
    [(_, job)] = loaded("ci.yml")["jobs"].items()

    assert ".ci/run" in [step.get("run") for step in job["steps"]]
    project = ROOT.joinpath("pyproject.toml").read_text()
    named = re.findall(r"Python :: (3\.\d+)", project)
    assert {named[0], named[-1]} <= set(job["strategy"]["matrix"]["python"])
    assert {"pull_request", "push", "workflow_call"} == set(loaded("ci.yml")["on"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_runs_of_a_workflow_do_not_pile_up(name: str) -> None:
    assert "${{ github.ref }}" in loaded(name)["concurrency"]["group"]


def test_a_release_is_tested_and_built_before_anything_is_published() -> None:
    release = loaded("release.yml")["jobs"]

    assert release["test"]["uses"] == "./.github/workflows/ci.yml"
    assert release["build"]["needs"] == "test"
    for job in ("image", "pypi"):
        assert "build" in release[job]["needs"]
    assert "make dist" in [step.get("run") for step in release["build"]["steps"]]


@pytest.mark.parametrize(("tag", "is_accepted"), [("v1.2.3", True), ("v1.2.4", False)])
def test_a_tag_that_is_not_the_codes_version_is_refused(tmp_path, tag, is_accepted) -> None:
    steps = loaded("release.yml")["jobs"]["build"]["steps"]
    [script] = [step["run"] for step in steps if "__version__" in step.get("run", "")]
    tmp_path.joinpath("odps_bot").mkdir()
    tmp_path.joinpath("odps_bot", "__init__.py").write_text('"""Doc."""\n\n__version__ = "1.2.3"\n')

    ended = subprocess.run(
        ["bash", "-e", "-c", script],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={"GITHUB_REF_NAME": tag, "PATH": "/usr/bin:/bin"},
    )

    assert (ended.returncode == 0) is is_accepted
    source = ROOT.joinpath("odps_bot", "__init__.py").read_text()
    assert re.search(r'^__version__ = "[\d.]+"$', source, re.MULTILINE)


GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.com")


@pytest.mark.parametrize(("branch", "is_accepted"), [("main", True), ("side", False)])
def test_a_tag_of_a_commit_that_is_not_on_main_is_refused(tmp_path, branch, is_accepted) -> None:
    steps = loaded("release.yml")["jobs"]["build"]["steps"]
    [script] = [step["run"] for step in steps if "origin/main" in step.get("run", "")]
    [checkout] = [step for step in steps if "actions/checkout" in step.get("uses", "")]
    folder = tmp_path / "clone"
    for command in (
        ("init", "--quiet", "--initial-branch=main", str(folder)),
        ("-C", str(folder), "commit", "--quiet", "--allow-empty", "--message=one"),
        ("-C", str(folder), "update-ref", "refs/remotes/origin/main", "HEAD"),
        ("-C", str(folder), "checkout", "--quiet", "-B", branch),
    ):
        subprocess.run([*GIT, *command], check=True)
    if branch == "side":
        subprocess.run(
            [*GIT, "-C", folder, "commit", "--quiet", "--allow-empty", "--message=two"], check=True
        )

    ended = subprocess.run(["bash", "-e", "-c", script], check=False, cwd=folder)

    assert (ended.returncode == 0) is is_accepted
    # All branches are there.
    assert checkout["with"]["fetch-depth"] == 0


def test_nothing_is_public_before_somebody_has_approved_the_release() -> None:
    release = loaded("release.yml")["jobs"]

    assert release["image"]["environment"]["name"] == "release"
    assert release["pypi"]["environment"]["name"] == "release"
    assert {"image", "pypi"} <= set(release["release"]["needs"])
    [metadata] = [step for step in release["image"]["steps"] if step.get("id") == "metadata"]
    assert metadata["with"]["flavor"] == "latest=false"


def test_an_image_knows_its_version_and_commit_and_is_asked_before_it_is_published() -> None:
    steps = loaded("release.yml")["jobs"]["image"]["steps"]
    built = [step["with"] for step in steps if "build-push-action" in step.get("uses", "")]
    [check] = [step["run"] for step in steps if "--version" in step.get("run", "")]
    arguments = set(
        re.findall(r"^ARG (\w+)=", ROOT.joinpath("Dockerfile").read_text(), re.MULTILINE)
    )

    assert [one.get("push") for one in built] == [None, True]
    assert built[0]["build-args"] == built[1]["build-args"]
    assert set(re.findall(r"^(\w+)=", built[1]["build-args"], re.MULTILINE)) == arguments
    order = [step.get("run", step.get("id")) for step in steps]
    assert order.index(check) < order.index("push")


@pytest.mark.parametrize(("commit", "is_accepted"), [(f"{'a' * 40}", True), (f"{'b' * 40}", False)])
def test_an_image_of_another_commit_is_refused(tmp_path, commit, is_accepted) -> None:
    steps = loaded("release.yml")["jobs"]["image"]["steps"]
    [check] = [step["run"] for step in steps if "--version" in step.get("run", "")]
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\necho 'odps-bot 1.2.3 (commit {shorten('a' * 40)})'\n")
    docker.chmod(0o755)

    ended = subprocess.run(
        ["bash", "-e", "-c", check],
        check=False,
        env={
            "GITHUB_REF_NAME": "v1.2.3",
            "GITHUB_SHA": commit,
            "PATH": f"{tmp_path}:/usr/bin:/bin",
        },
    )

    assert (ended.returncode == 0) is is_accepted


def test_dependabot_watches_locks_images_and_actions() -> None:
    watched = yaml.safe_load(GITHUB.joinpath("dependabot.yml").read_text())["updates"]

    assert {update["package-ecosystem"] for update in watched} == {
        "pip",
        "docker",
        "docker-compose",
        "github-actions",
    }
    folders = {
        update["package-ecosystem"]: update.get("directories", [update.get("directory")])
        for update in watched
    }
    for named in folders.values():
        for folder in named:
            assert ROOT.joinpath(folder.lstrip("/")).is_dir()
    # Wherever an image is pinned by its digest.
    pinned = {
        file.parent
        for file in [ROOT / "Dockerfile", *ROOT.joinpath("deploy").rglob("*.y*ml")]
        if "@sha256:" in file.read_text()
    }
    assert {ROOT.joinpath(folder.lstrip("/")) for folder in folders["docker"]} == pinned
    assert folders["docker-compose"] == ["/"]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_leads_to_what_exists(policy: str) -> None:
    targets = [max(found) for found in LINK.findall(ROOT.joinpath(policy).read_text())]

    assert targets
    for target in targets:
        assert "://" in target or ROOT.joinpath(target).is_file(), target


def test_the_policies_lead_to_the_documentation() -> None:
    contributing, security, conduct = (ROOT.joinpath(name).read_text() for name in POLICIES)

    assert "](docs/contributing.md)" in contributing
    assert len(contributing.splitlines()) <= 15
    assert "](docs/threat-model.md)" in security
    assert "/security/advisories/new" in security
    assert "Contributor Covenant" in conduct
    assert "version 2.1" in conduct
    assert "INSERT" not in conduct
