"""Whether a service's clock and this machine's agree."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from odps_bot.operations.doctor.finding import Finding, graded

#: A service reports full seconds, and its response takes a while.
TOLERANCE = timedelta(seconds=30)

SYNCHRONISE = "synchronize this machine's clock (NTP)"


def compare_clocks(
    subject: str, date: str, *, now: datetime, longest: timedelta | None = None
) -> Iterator[Finding]:
    """Yield a finding of the `Date` header of an answer that came now; none when it has no time.

    Beyond `longest` it has failed: the service, or we, refuse what is older.
    """
    try:
        skew = abs(parsedate_to_datetime(date) - now)
    except (ValueError, TypeError):
        return
    says = f"its clock and this machine's differ by {skew.total_seconds():.0f} s"
    is_off, is_refused = skew > TOLERANCE, longest is not None and skew > longest
    yield graded(subject, says, SYNCHRONISE, is_warning=is_off, is_failed=is_refused)
