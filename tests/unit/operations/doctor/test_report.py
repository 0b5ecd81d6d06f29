"""The last line of an examination counts, and names what must be mended."""

from odps_bot.operations.doctor import Verdict, as_text, summary
from odps_bot.operations.doctor.finding import failed, ok, untried, warning


def test_what_is_well_is_summed_up_in_a_line() -> None:
    found = summary([ok("redis", "yes"), ok("slack", "yes"), untried("stop", "?", "try")])

    assert list(as_text([found], hide=str)) == ["ok       summary: 2 ok; 1 untried"]


def test_what_is_not_well_is_named() -> None:
    found = summary(
        [
            ok("redis", "yes"),
            warning("environment", "?", "!"),
            warning("environment", "?", "!"),
            failed("redis role", "no", "mend"),
            failed("slack", "no", "mend"),
        ]
    )

    assert found.verdict is Verdict.FAILED
    assert found.says == "2 failed (redis role, slack); 2 warnings (environment); 1 ok"


def test_warnings_alone_are_a_warning() -> None:
    found = summary([ok("redis", "yes"), warning("rules", "?", "!")])

    assert (found.verdict, found.says) == (Verdict.WARNING, "1 warning (rules); 1 ok")
