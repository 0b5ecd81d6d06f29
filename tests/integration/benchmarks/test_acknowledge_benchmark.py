"""The measurement of acknowledgements, in a size that says nothing about speed."""

import pytest

from benchmarks.acknowledge.measure import Ack, measure
from benchmarks.acknowledge.report import bars, section
from tests.payloads import shapes


@pytest.fixture(scope="module")
def acks() -> list[Ack]:
    return measure(rounds=1)


def test_every_shape_is_sent_and_none_is_a_fault(acks: list[Ack]) -> None:
    assert {ack.shape for ack in acks} == {shape.name for shape in shapes()}
    assert [bar.found for bar in bars(acks)][1] == 0


def test_the_report_has_a_row_for_all_and_one_for_each_kind(acks: list[Ack]) -> None:
    text = section(acks, machine="a machine")

    assert "| **all** |" in text
    assert "| mentions |" in text
