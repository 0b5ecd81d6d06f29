"""What tests of workers start from."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from odps_bot.alerts.subscriptions import Subscription
from tests.unit.workers.alert_stores import Digests, Observations, Subscriptions


@pytest.fixture
def services(services: Any) -> Any:
    """What a process works with, with the stores of alerts."""
    services.stores.subscriptions = Subscriptions()
    services.stores.digests = Digests()
    services.stores.observations = Observations()
    return services


@pytest.fixture
def subscribe(services: Any, noon: datetime) -> Callable[..., Subscription]:
    """Return a function that lets a channel subscribe to the project."""

    def subscribe(**facts: Any) -> Subscription:
        usual = {
            "team_id": "T1",
            "channel_id": "C9",
            "project": "sandbox",
            "user_id": "U9",
            "created_at": noon,
            "is_announced": True,
        }
        subscription = Subscription(**{**usual, **facts})
        services.stores.subscriptions.add(subscription)
        return subscription

    return subscribe
