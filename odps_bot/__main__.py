"""The command line: `odps-bot bot | worker | sandbox | doctor | audit | classify | manifest`."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from odps_bot import __version__
from odps_bot.commit import current_commit, shorten
from odps_bot.config.settings import Settings, given_secrets, suspicious_settings, variables_of_keys
from odps_bot.errors import OdpsBotError, SettingsError
from odps_bot.operations.audit_export import add_arguments as add_audit_arguments
from odps_bot.operations.audit_export import export_audit
from odps_bot.operations.classify import add_arguments as add_classify_arguments
from odps_bot.operations.classify import print_classification
from odps_bot.operations.logs import secrets_hider, set_up_logs
from odps_bot.operations.shutdown import said_in_time

log = logging.getLogger("odps_bot")

#: The exit status of a process that could not start, or cannot go on.
CANNOT_START = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = _parser().parse_args(arguments)
    secrets = given_secrets(os.environ)
    if _log_format() == "json":
        # Whatever ends the process from here on is a line of JSON, too: also wrong settings.
        set_up_logs("INFO", style="json", secrets=secrets)
    try:
        status: int | None = options.act(options)
    except OdpsBotError as error:
        with said_in_time(CANNOT_START):
            _report_error(error, hide=secrets_hider(secrets))
        return CANNOT_START
    except KeyboardInterrupt:
        return 130
    return status or 0


def _log_format() -> Literal["text", "json"]:
    return "json" if os.environ.get("ODPS_BOT_LOG_FORMAT", "").strip() == "json" else "text"


def _report_error(error: OdpsBotError, *, hide: Callable[[str], str]) -> None:
    if _log_format() == "json":
        log.critical("%s", error)
    else:
        print(hide(f"odps-bot: {error}"), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="odps-bot", description=__doc__)
    parser.add_argument("--version", action=_Version, help="show version and commit, then exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    bot = commands.add_parser("bot", help="run the Slack bot (configured by environment variables)")
    bot.set_defaults(act=_bot)

    worker = commands.add_parser(
        "worker", help="run a worker: submit runs, poll MaxCompute, post to Slack"
    )
    worker.add_argument(
        "--lanes",
        metavar="LANE,LANE",
        help="take only these kinds of jobs: submit, stop, deliver, poll, sweep, answer, files"
        " (default: all)",
    )
    worker.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    worker.set_defaults(act=_worker)

    sandbox = commands.add_parser("sandbox", help="try everything locally, without accounts")
    _add_sandbox_arguments(sandbox)
    doctor = commands.add_parser("doctor", help="check the setup, and say how to fix problems")
    _add_doctor_arguments(doctor)

    audit = commands.add_parser("audit", help="show or export who did what, where and when")
    add_audit_arguments(audit)
    audit.set_defaults(act=_audit)

    classify = commands.add_parser(
        "classify", help="say what SQL does and how it runs, without running it"
    )
    add_classify_arguments(classify)
    classify.set_defaults(act=print_classification)

    manifest = commands.add_parser("manifest", help="print the Slack app's manifest as JSON")
    manifest.set_defaults(act=_manifest)
    return parser


def _add_sandbox_arguments(sandbox: argparse.ArgumentParser) -> None:
    sandbox.add_argument("--port", type=int, default=8765, help="port of the page (default: 8765)")
    sandbox.add_argument("--data", type=Path, help="keep the data of Redis in this folder")
    sandbox.add_argument("--workers", type=int, default=1, help="number of workers (default: 1)")
    sandbox.add_argument(
        "--http",
        action="store_true",
        help="deliver to the bot by signed HTTP instead of Socket Mode",
    )
    sandbox.add_argument(
        "--rotate-every",
        type=float,
        metavar="SECONDS",
        help="replace a Socket Mode connection so often, as Slack does every few hours",
    )
    sandbox.set_defaults(act=_sandbox)


def _add_doctor_arguments(doctor: argparse.ArgumentParser) -> None:
    doctor.add_argument("--json", action="store_true", help="print one JSON object per line")
    doctor.add_argument(
        "--deep", action="store_true", help="also ask MaxCompute for the cost of `SELECT 1`"
    )
    doctor.add_argument(
        "--of",
        choices=("bot", "worker"),
        help="check only what this process needs, where it has the settings of one of them"
        " (default: all)",
    )
    doctor.set_defaults(act=_doctor)


class _Version(argparse.Action):
    """Prints the version; argparse's own action would ask git whatever the command is."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        commit = current_commit()
        known = f" (commit {shorten(commit)})" if commit else ""
        print(f"{parser.prog} {__version__}{known}")
        parser.exit()


def _bot(_: argparse.Namespace) -> None:
    from odps_bot.bot import run_bot  # noqa: PLC0415  -- each command loads its own part

    given = [name for name in variables_of_keys() if os.environ.pop(name, "").strip()]
    settings = _settings(is_bot=True)
    if given:
        names, are = " and ".join(given), "is" if len(given) == 1 else "are"
        log.warning(
            "%s %s ignored: only workers and the doctor need keys to MaxCompute. Don't give them to"
            " the bot.",
            names,
            are,
        )
    # Bolt reads them too, as another way to authorize requests.
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        os.environ.pop(name, None)
    run_bot(settings)


def _worker(options: argparse.Namespace) -> None:
    from workers.runtime.lanes import parse_lanes  # noqa: PLC0415  -- likewise
    from workers.runtime.process import work  # noqa: PLC0415  -- likewise

    _settings()
    lanes = None if options.lanes is None else parse_lanes(options.lanes)
    work(lanes=lanes, is_child=options.child)


def _settings(*, is_bot: bool = False, needs_keys: bool | None = None) -> Settings:
    """Read the settings of a process and configure its logs."""
    settings = Settings.from_environ(os.environ, is_bot=is_bot, needs_keys=needs_keys)
    set_up_logs(settings.log_level, style=settings.log_format, secrets=settings.secrets)
    for doubt in suspicious_settings(os.environ):
        log.warning("%s", doubt)
    return settings


def _sandbox(options: argparse.Namespace) -> None:
    try:
        from odps_bot.sandbox.session import run_sandbox  # noqa: PLC0415  -- an extra
    except ModuleNotFoundError as error:
        raise OdpsBotError(
            f"the sandbox needs {error.name}: install it with `pip install 'odps-bot[sandbox]'`"
        ) from error
    set_up_logs("INFO", style=_log_format())
    run_sandbox(
        port=options.port,
        data=options.data,
        workers=options.workers,
        slack_mode="http" if options.http else "socket",
        rotate_every=timedelta(seconds=options.rotate_every) if options.rotate_every else None,
    )


def _doctor(options: argparse.Namespace) -> int:
    from odps_bot.operations import doctor  # noqa: PLC0415  -- likewise

    try:
        settings = Settings.from_environ(os.environ, is_bot=options.of == "bot")
    except SettingsError:
        # If it has to end here, name what the bot needs as well.
        if options.of is None:
            Settings.from_environ(os.environ, is_bot=True, needs_keys=True)
        raise
    set_up_logs(settings.log_level, style=settings.log_format, secrets=settings.secrets)
    write = doctor.as_json_lines if options.json else doctor.as_text
    hide = secrets_hider(settings.secrets)
    findings = []
    # Its findings describe the failures.
    logging.disable()
    try:
        doubts = suspicious_settings(os.environ)
        examined = doctor.examine(settings, doubts=doubts, is_deep=options.deep, of=options.of)
        for finding in examined:
            findings.append(finding)
            print(*write([finding], hide=hide), sep="\n", flush=True)
    finally:
        logging.disable(logging.NOTSET)
    print(*write([doctor.summary(findings)], hide=hide), sep="\n", flush=True)
    return doctor.exit_status(findings)


def _audit(options: argparse.Namespace) -> None:
    export_audit(options, _settings(needs_keys=False))


def _manifest(_: argparse.Namespace) -> None:
    from odps_bot.manifest import manifest  # noqa: PLC0415  -- likewise

    print(json.dumps(manifest(), indent=2))


if __name__ == "__main__":
    sys.exit(main())
