"""What unit tests start from."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from .growth import grows_with_length
from .in_memory import services_in_memory


@pytest.fixture
def services(noon: datetime) -> Any:
    """What a process works with, in memory, at noon."""
    return services_in_memory(noon)


@pytest.fixture
def is_linear() -> Callable[..., bool]:
    """Whether the time of a reader grows with the length of its text alone."""
    return grows_with_length
