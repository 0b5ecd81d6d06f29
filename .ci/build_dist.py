"""Build what would be published, check it, and lay it into `dist/`.

That is the sdist, the wheel built from that sdist as pip would build it, an SBOM (CycloneDX) of
what the locked bot consists of, and SHA256SUMS. Nothing is laid there unless every check passes,
nor when the checkout differs from its commit. Two builds of a commit are equal to the byte.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
NAME = "odps-bot"
SUMS = "SHA256SUMS"

#: Made by the build, and therefore in no commit.
GENERATED = {"PKG-INFO"}


class RefusedError(Exception):
    """What was built, or would be, must not be published."""


def main(arguments: list[str] | None = None) -> int:
    """Build, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "dist", metavar="FOLDER")
    parser.add_argument(
        "--allow-dirty", action="store_true", help="build uncommitted changes, to try them"
    )
    options = parser.parse_args(arguments)
    try:
        _build(options.into, allow_dirty=options.allow_dirty)
    except RefusedError as error:
        print(f"make dist: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print((error.stderr or b"").decode(), file=sys.stderr)
        print(f"make dist: {error.cmd[2]} failed: see above", file=sys.stderr)
        return 1
    return 0


def _build(into: Path, *, allow_dirty: bool) -> None:
    if not allow_dirty:
        _refuse_changes()
    environ = {**os.environ, **_source_date()}
    with tempfile.TemporaryDirectory(prefix="odps-bot-dist-") as folder:
        built = Path(folder, "dist")
        _run(_python("hatchling", "build", "-t", "sdist", "-d", str(built)), environ=environ)
        [sdist] = built.glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        unpacked = Path(folder, sdist.name.removesuffix(".tar.gz"))
        # Before the build, which leaves bytecode of its hook there.
        packed = {str(p.relative_to(unpacked)) for p in unpacked.rglob("*") if p.is_file()}
        _run(
            _python("hatchling", "build", "-t", "wheel", "-d", str(built)),
            environ=environ,
            folder=unpacked,
        )
        [wheel] = built.glob("*.whl")
        _check(sdist, wheel, packed, allow_dirty=allow_dirty)
        version = sdist.name.removesuffix(".tar.gz").rpartition("-")[2]
        bom = built / f"odps_bot-{version}.cdx.json"
        bom.write_text(_bom(version, unpacked, environ=environ), encoding="utf-8")
        _sum(built)
        _lay(built, into)


def _refuse_changes() -> None:
    changes = _git("status", "--porcelain")
    if changes:
        raise RefusedError(
            "the checkout differs from its commit, so nobody could build the same again;"
            f" commit or remove:\n{changes}"
        )


def _source_date() -> dict[str, str]:
    """Return the commit's date as the build is told it, unless the environment says one."""
    date = os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct")
    return {"SOURCE_DATE_EPOCH": date} if date else {}


def _check(sdist: Path, wheel: Path, packed: set[str], *, allow_dirty: bool) -> None:
    with zipfile.ZipFile(wheel) as archive:
        commit = archive.read("odps_bot/commit.txt").decode().strip()
    if commit.endswith("-dirty") and not allow_dirty:
        raise RefusedError(f"the wheel is not of a commit, but of {commit}")
    tracked = {path for path in _git("ls-files", "-z").split("\0") if path}
    differing = sorted((packed - GENERATED) ^ tracked)
    if tracked and differing and not allow_dirty:
        raise RefusedError(f"commit and sdist do not hold the same: {', '.join(differing)}")
    _run(_python("twine", "check", "--strict", str(sdist), str(wheel)))
    _run(_python("check_wheel_contents", "--config", str(ROOT / "pyproject.toml"), str(wheel)))


def _bom(version: str, unpacked: Path, *, environ: dict[str, str]) -> str:
    """Return the SBOM of the bot: all that its lock names, with hashes."""
    pyproject = unpacked / "pyproject.toml"
    # It reads no version that the build has to find out.
    said = re.sub(r"(?m)^dynamic = .*$", f'version = "{version}"', pyproject.read_text())
    pyproject.write_text(said)
    arguments = ("requirements", str(unpacked / "requirements/bot.txt"), "--pyproject")
    options = ("--spec-version", "1.6", "--output-reproducible", "--no-validate", "-o", "-")
    written = subprocess.run(  # noqa: S603  -- of this environment
        _python("cyclonedx_py", *arguments, str(pyproject), *options),
        env=environ,
        # It warns of what is added below.
        capture_output=True,
        check=True,
    )
    text = json.dumps(
        _completed(json.loads(written.stdout), version, tomllib.loads(said)), indent=2
    )
    _refuse_invalid_bom(text)
    return text + "\n"


def _refuse_invalid_bom(text: str) -> None:
    # What takes a second to import is imported when all else is well.
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    complaint = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if complaint is not None:
        raise RefusedError(f"the SBOM is not valid: {complaint}")


def _completed(bom: dict[str, Any], version: str, pyproject: dict[str, Any]) -> dict[str, Any]:
    """Add what a list of requirements does not tell: what the bot itself depends on."""
    root = bom["metadata"]["component"]
    root["purl"] = f"pkg:pypi/{NAME}@{version}"
    for component in bom["components"]:
        # The line of the lock, hashes and all.
        component.pop("description", None)
    references = {canonicalize_name(c["name"]): c["bom-ref"] for c in bom["components"]}
    project = pyproject["project"]
    # The lock of the bot has this extra, see the Makefile.
    declared = [*project["dependencies"], *project["optional-dependencies"]["fast"]]
    direct = [canonicalize_name(Requirement(d).name) for d in declared]
    for dependency in bom["dependencies"]:
        if dependency["ref"] == root["bom-ref"]:
            dependency["dependsOn"] = sorted(references[name] for name in direct)
    return bom


def _sum(built: Path) -> None:
    files = sorted(built.iterdir())
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    built.joinpath(SUMS).write_text("".join(lines), encoding="utf-8")


def _lay(built: Path, into: Path) -> None:
    """Put what was built in place of what an earlier build has left."""
    into.mkdir(parents=True, exist_ok=True)
    for old in (*into.glob("odps_bot-*"), into / SUMS):
        old.unlink(missing_ok=True)
    for file in sorted(built.iterdir()):
        shutil.copyfile(file, into / file.name)
        print(into / file.name, flush=True)


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _run(command: list[str], *, environ: dict[str, str] | None = None, folder: Path = ROOT) -> None:
    subprocess.run(command, env=environ, cwd=folder, check=True)  # noqa: S603  -- likewise


def _git(*arguments: str) -> str:
    """Return what git says of the checkout; nothing where there is no git, as in an sdist."""
    git = shutil.which("git")
    if git is None or not ROOT.joinpath(".git").exists():
        return ""
    ended = subprocess.run(  # noqa: S603  -- nothing foreign in it
        [git, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RefusedError(f"git {arguments[0]} failed: {ended.stderr.strip()}")
    return ended.stdout.rstrip()


if __name__ == "__main__":
    sys.exit(main())
