"""deploy/*.service start what exists, with settings that exist, and leave time to end."""

import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from odps_bot.__main__ import main
from odps_bot.bot import STOP_WITHIN as BOT_STOPS_WITHIN
from odps_bot.config.settings import PARSERS, variables_of_keys
from odps_bot.config.variable import variables
from odps_bot.operations.watchdog import watchdog_period
from workers.runtime.process import STOP_WITHIN as WORKER_STOPS_WITHIN

ROOT = Path(__file__).parents[3]
BOT, WORKER = ROOT / "deploy/odps-bot.service", ROOT / "deploy/odps-bot-worker@.service"
UNITS = (BOT, WORKER)
FOLDER = "/opt/odps-bot"
PYTHON = f"{FOLDER}/venv/bin/python"

VARIABLES = {variable.name: (field, variable) for field, variable in variables().items()}

#: What is rightly another thing for the bot and for a worker.
THEIR_OWN = {"Description", "ExecStart", "TimeoutStopSec", "UnsetEnvironment"}


def lines_of(unit: Path) -> list[tuple[str, str]]:
    """Return what a unit says, without comments and sections."""
    return re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE)


def values(unit: Path, name: str) -> list[str]:
    return [value for named, value in lines_of(unit) if named == name]


def test_there_is_a_unit_for_the_bot_and_one_for_any_worker() -> None:
    assert set(ROOT.joinpath("deploy").glob("*.service")) == set(UNITS)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
class TestEveryUnit:
    def test_starts_a_command_of_the_command_line(
        self, unit: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        [start] = values(unit, "ExecStart")
        assert start.startswith(f"{PYTHON} -m odps_bot ")

        with pytest.raises(SystemExit) as ended:
            main([start.split()[-1], "--help"])

        assert ended.value.code == 0
        assert f"odps-bot {start.split()[-1]}" in capsys.readouterr().out

    def test_sets_only_what_the_settings_read_and_accept(self, unit: Path) -> None:
        given = dict(line.split("=", 1) for line in values(unit, "Environment"))
        ours = {name: value for name, value in given.items() if not name.startswith("PYTHON")}

        assert set(ours) == {"ODPS_BOT_RULES", "ODPS_BOT_HEALTH_LISTEN"}
        assert set(ours) <= set(VARIABLES)
        for instance in range(1, 10):
            address = ours["ODPS_BOT_HEALTH_LISTEN"].replace("%i", str(instance))
            assert PARSERS["health_listen"](address)[0] == "127.0.0.1"

    def test_may_take_as_long_to_end_as_the_process_does(self, unit: Path) -> None:
        [stop_s] = values(unit, "TimeoutStopSec")
        needed = {BOT: BOT_STOPS_WITHIN, WORKER: WORKER_STOPS_WITHIN}[unit]

        assert timedelta(seconds=int(stop_s)) >= needed + timedelta(seconds=5)
        assert values(unit, "KillMode") == ["mixed"]
        assert values(unit, "SuccessExitStatus") == ["143"]

    def test_is_started_again_whatever_happens(self, unit: Path) -> None:
        assert values(unit, "Restart") == ["always"]
        assert values(unit, "StartLimitIntervalSec") == ["0"]

    def test_a_process_that_hangs_is_ended_within_a_minute_and_leaves_no_secrets(
        self, unit: Path
    ) -> None:
        [watchdog_s] = values(unit, "WatchdogSec")
        [core] = values(unit, "LimitCORE")
        microseconds = str(int(watchdog_s) * 1_000_000)

        assert values(unit, "Type") == ["notify"]
        assert 30 <= int(watchdog_s) <= 60
        assert core == "0"
        # Two of three signs of life may be lost.
        spoken_every = watchdog_period({"WATCHDOG_USEC": microseconds})
        assert spoken_every * 3 <= timedelta(seconds=int(watchdog_s))
        # Otherwise systemd's socket cannot be reached.
        assert "AF_UNIX" in values(unit, "RestrictAddressFamilies")[0]

    def test_points_to_a_page_that_exists(self, unit: Path) -> None:
        [page] = values(unit, "Documentation")

        assert ROOT.joinpath(page.removeprefix(f"file://{FOLDER}/")).exists()

    def test_holds_no_secret(self, unit: Path) -> None:
        text = re.sub(r"^UnsetEnvironment=.*$", "", unit.read_text(), flags=re.MULTILINE)

        secret = [name for name, (_, variable) in VARIABLES.items() if variable.is_secret]
        assert not [name for name in secret if name in text]


#: A worker's process for files yields to everything else.
WORKERS_ALONE = ("SystemCallFilter", "setpriority")


def test_the_bot_gets_no_keys_to_maxcompute_of_the_file_that_it_shares() -> None:
    left_out = " ".join(value for name, value in lines_of(BOT) if name == "UnsetEnvironment")

    assert set(left_out.split()) == set(variables_of_keys())
    assert "UnsetEnvironment" not in WORKER.read_text()


def test_both_have_the_same_few_rights_but_for_one() -> None:
    shared = [
        [
            line
            for line in lines_of(unit)
            if line[0] not in THEIR_OWN and "HEALTH_LISTEN" not in line[1] and line != WORKERS_ALONE
        ]
        for unit in UNITS
    ]

    assert shared[0] == shared[1]


def test_the_addresses_of_the_health_checks_are_not_the_same() -> None:
    addresses = [
        line.replace("%i", str(instance))
        for unit, instances in ((BOT, (1,)), (WORKER, range(1, 10)))
        for instance in instances
        for line in values(unit, "Environment")
        if "HEALTH_LISTEN" in line
    ]

    assert len(set(addresses)) == len(addresses) == 10


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not there")
def test_systemd_understands_them_and_finds_little_to_fear(tmp_path: Path) -> None:
    placed = []
    for unit, name in ((BOT, BOT.name), (WORKER, "odps-bot-worker@1.service")):
        text = unit.read_text().replace(PYTHON, sys.executable)
        placed.append(tmp_path / name)
        placed[-1].write_text(text.replace(f"={FOLDER}\n", f"={ROOT}\n"))

    for file in placed:
        verified = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (verified.returncode, verified.stderr, verified.stdout) == (0, "", "")
        # In tenths; up to 2 it says OK, while other services of a machine often have 9.
        judged = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert judged.returncode == 0, judged.stdout
