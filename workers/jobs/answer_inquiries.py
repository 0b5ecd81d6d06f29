"""RQ job: answer what only MaxCompute can answer."""

from workers.queries.answer_due import answer_due
from workers.runtime.worker_services import get_services


def answer_inquiries() -> None:
    """Answer the inquiries that are due; RQ calls this by name."""
    answer_due(get_services())
