"""MaxCompute itself refuses what a proven read should change after all."""

import pytest

from odps_bot.policy.engine_settings import engine_guards
from odps_bot.sql.classification import classify


def test_a_read_is_sent_as_one():
    assert engine_guards(classify("select 1")) == {"odps.sql.read.only": "true"}


@pytest.mark.parametrize("sql", ["insert into t values (1)", "drop table t", "frobnicate"])
def test_what_may_change_something_is_not_held_to_reading(sql):
    assert engine_guards(classify(sql)) == {}
