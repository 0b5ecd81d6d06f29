"""The pages that tell what was found: the written part is replaced, the rest is a person's."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def machine(*packages: str) -> str:
    """Return what this runs on, in words."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()},"
        f" {platform.python_implementation()} {platform.python_version()}, {versions},"
        f" {datetime.now(UTC):%-d %B %Y}"
    )


def replace_section(readme: Path, text: str, *, name: str) -> None:
    """Put `text` between the marks of `make bench-<name>`, which are added where they lack."""
    begin, end = f"<!-- written by `make bench-{name}` -->", f"<!-- end of {name} -->"
    before, after = "", "\n"
    if readme.exists():
        before, _, rest = readme.read_text().partition(begin)
        after = rest.partition(end)[2]
    readme.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
