"""Whatever can wait in the outbox has somebody who delivers it."""

from odps_bot.store.outbox import DELIVERED
from workers.delivery.deliver import HANDLERS


def test_every_notification_has_a_handler() -> None:
    # An inquiry needs MaxCompute first; a job of its own answers it.
    assert set(HANDLERS) == set(DELIVERED)
