"""Whatever is passed, the error is ours."""

import pytest

from odps_bot.maxcompute import InvalidArgumentError, arguments

HUGE = 10**5000  # more digits than Python writes


@pytest.mark.parametrize(
    "check",
    [
        lambda: arguments.whole_number("n", HUGE, most=5),
        lambda: arguments.whole_number("n", -HUGE),
        lambda: arguments.text("n", HUGE),
        lambda: arguments.text("n", [HUGE]),
        lambda: arguments.duration("n", HUGE),
        lambda: arguments.timestamp("n", HUGE),
        lambda: arguments.duration("n", float("nan")),
        lambda: arguments.duration("n", True),
        lambda: arguments.instance_id("../../x_mcqa"),
        lambda: arguments.instance_id("x_mcqa\n"),
    ],
)
def test_no_value_makes_the_check_itself_fail(check):
    with pytest.raises(InvalidArgumentError):
        check()
