"""MaxCompute itself refuses what a proven read should change after all."""

import pytest

from odps_bot.config.rules import Project
from odps_bot.policy.engine_settings import SCHEMAS, engine_guards, name_settings
from odps_bot.sql.classification import StatementClass, classify


def test_a_read_is_sent_as_one():
    assert engine_guards(classify("select 1"), Project()) == {"odps.sql.read.only": "true"}


@pytest.mark.parametrize("sql", ["insert into t values (1)", "drop table t", "frobnicate"])
def test_what_may_change_something_is_not_held_to_reading(sql):
    assert engine_guards(classify(sql), Project()) == {}


def test_where_a_rule_says_that_there_are_schemas_maxcompute_reads_names_so_as_well():
    rules = Project(schemas=True)

    assert engine_guards(classify("insert into s.t select 1"), rules) == {SCHEMAS: "true"}
    assert name_settings(classify("select * from s.t"), rules) == {SCHEMAS: "true"}
    assert name_settings(classify("select * from s.t"), Project()) == {}


@pytest.mark.parametrize("key", [SCHEMAS, "ODPS.Sql.Allow.Namespace.Schema"])
def test_who_turns_schemas_off_is_not_overruled_but_judged_so(key):
    turned_off = classify("select * from s.t", {key: "false"})

    assert name_settings(turned_off, Project(schemas=True)) == {}
    assert turned_off.projects_named(has_schemas=True) == {"s": StatementClass.READ}
