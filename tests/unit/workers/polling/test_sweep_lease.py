"""How long a project has one sweeper without a sign of life from it."""

from datetime import timedelta

from odps_bot.maxcompute_clients import Purpose
from odps_bot.maxcompute_clients.clients import CONNECT_TIMEOUT, LONGEST_PAUSE
from odps_bot.store import keys
from odps_bot.store.rate_limits import LONGEST_WAIT


def test_the_lease_outlasts_the_longest_request():
    a_try = LONGEST_WAIT + CONNECT_TIMEOUT + Purpose.SWEEP.response_timeout
    tries = Purpose.SWEEP.value.tries

    assert tries * a_try + (tries - 1) * LONGEST_PAUSE < keys.sweep_lease.life
    assert keys.sweep_lease.life < timedelta(seconds=60)
