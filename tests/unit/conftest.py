"""What unit tests start from."""

from datetime import datetime
from typing import Any

import pytest

from .in_memory import services_in_memory


@pytest.fixture
def services(noon: datetime) -> Any:
    """What a process works with, in memory, at noon."""
    return services_in_memory(noon)
