"""How long tests wait where a person would: a busy machine is no reason to fail."""

from datetime import timedelta

#: Slack itself gives an app three seconds, which `benchmarks/acknowledge` measures.
SLACK_WAITS = timedelta(seconds=30)

#: Where a test is about what a page says of an app that does not acknowledge.
PAGE_WAITS = timedelta(seconds=10)
