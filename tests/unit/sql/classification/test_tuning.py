"""What is known to tune is a list with sources; everything else is not proven."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odps_bot.sql.classification import StatementClass, classify
from odps_bot.sql.classification.tuning import FAMILIES, only_tunes

#: As the pages of the sources have them.
KNOWN = """
odps.sql.allow.fullscan=true odps.sql.split.dop={"*":50} odps.stage.mapper.split.size=256
odps.stage.mem=1024 odps.sql.reshuffle.dynamicpt=true odps.sql.udf.getjsonobj.new=true
odps.sql.udf.jvm.memory=2048 odps.function.timeout=1800 odps.sql.udt.display.tostring=true
odps.sql.skewjoin=true odps.optimizer.enable.range.partial.repartitioning=true
odps.optimizer.merge.partitioned.table=true odps.optimizer.skew.join.topk.num=20
odps.optimizer.stat.collect.auto=true odps.optimizer.stat.collect.plan={"c":"ndv"}
odps.optimizer.enable.conditional.mapjoin=false odps.optimizer.cbo.rule.filter.black=hj
odps.optimizer.enable.dynamic.filter=true odps.optimizer.auto.mapjoin.threshold=0
odps.sql.groupby.skewindata=true odps.sql.mapjoin.memory.max=2048 odps.sql.python.version=cp37
odps.sql.decimal.tostring.trimzero=false odps.sql.timezone=Asia/Shanghai
odps.sql.unstructured.external.max.dop=9 odps.meta.exttable.stats.onlinecollect=true
odps.sql.type.system.odps2=true odps.sql.type.json.enable=true odps.sql.hive.compatible=true
odps.sql.groupby.orderby.position.alias=true odps.ext.oss.orc.native=true
odps.sql.job.max.time.hours=72 odps.task.wlm.quota=q odps.optimizer.force.dynamic.filter=true
odps.sql.udf.java.retain.legacy=false odps.sql.runtime.mode=EXECUTIONENGINE
odps.mcqa.disable=true odps.task.max.concurrent.cu=10 odps.service.mode=off
odps.sql.executionengine.batch.rowcount=1024 odps.namespace.schema=true
odps.sql.materialized.view.enable.auto.rewriting=true odps.merge.cross.paths=true
odps.sql.submit.mode=script odps.isolation.session.enable=true odps.instance.priority=3
console.sql.result.instancetunnel=true odps.sql.rcte.max.iterate.num=20
"""

#: These bring code, open networks, name other projects, loosen guards, choose who pays, change what
#: a merge does to files, or are documented nowhere.
NOT_KNOWN = """
odps.session.networklink odps.session.image odps.sql.session.resources odps.sql.session.java.imports
odps.sql.materialized.view.source.project.white.list odps.sql.external.net.vpc
odps.sql.unstructured.data.oss.use.https odps.io.oss.use.vipserver odps.table.lifecycle
odps.forbid.fetch.result.by.bearertoken odps.schema.evolution.enable odps.instance.priority.enable
odps.timemachine.retention.days odps.sql.subst.variables
odps.task.major.version odps.sql.invented odps.optimizer.invented
odps.optimizer.enable.udf.image odps.stage.mapper.image
odps.sql.mapper.split.size.x x.odps.sql.mapper.split.size odps.sql.mapper_split_size odps.optimizer
odps.optimizer. odps..optimizer.enable odps.sql. sandbox.x spark.sql.x hive.exec.x
READ_TABLE_MAX_ROW foo odps
odps.task.quota.preference.tag odps.task.name odps.sql.udf.python.memory odps.sql.rcte.session.mode
odps.optimizer.enable.join odps.optimizer.merge.table odps.stage.cpu odps.stage.reducer.split.size
odps.sql.mapper.instances odps.sql.udf.java.retain.legacy odps.merge.restructure.action
odps.sql.runtime.mode
"""


@pytest.mark.parametrize("setting", KNOWN.split())
def test_a_documented_setting_of_tuning_is_free_in_the_text_and_beside_it(setting):
    key, _, value = setting.partition("=")

    assert classify(f"set {setting}; select 1").is_read
    assert classify(f"SET {key.upper()} = {value};\nselect 1").is_read
    assert classify("select 1", {key: value}).is_read


@pytest.mark.parametrize("key", NOT_KNOWN.split())
def test_any_other_setting_needs_the_highest_role_with_the_reason(key):
    for found in (classify(f"set {key}=true; select 1"), classify("select 1", {key: "true"})):
        assert found.statement_class is StatementClass.UNKNOWN
        assert found.unproven


@pytest.mark.parametrize("value", ["true", "TRUE", "True"])
def test_isolation_may_be_switched_on(value):
    assert classify(f"set odps.isolation.session.enable={value}; select f(a) from t").is_read


@pytest.mark.parametrize("value", ["false", "FALSE", "0", "no", "truefalse", "'true'", "x"])
def test_isolation_is_never_switched_off(value):
    key = "odps.isolation.session.enable"
    texts = (classify(f"set {key}={value}; select 1"), classify("select 1", {key: value}))

    for found in texts:
        assert found.statement_class is StatementClass.ADMIN
        assert [setting.key for setting in found.forbidden_settings] == [key]


@pytest.mark.parametrize("value", ["fin.raw", "`fin`.raw", "fin:raw", "fin/schemas/raw", ""])
def test_where_names_are_looked_up_is_a_schema_and_never_one_of_another_project(value):
    key = "odps.default.schema"

    assert classify("select * from t", {key: "Raw_1"}).is_read
    assert classify("select * from t", {key: value}).unproven.startswith(f"`{key}`")
    assert not classify(f"set {key}={value}; select * from t").is_read


def test_a_value_that_stands_for_a_part_of_the_text_is_unproven_in_any_case_of_letters():
    text = "select 1 from t where a = '${odps.sql.timezone}'"
    for name in ("odps.sql.timezone", "ODPS.SQL.TIMEZONE"):
        found = classify(text.replace("odps.sql.timezone", name), {"Odps.Sql.Timezone": "1"})
        assert not found.is_read


def test_what_is_set_twice_counts_twice():
    key = "odps.isolation.session.enable"

    assert not classify(f"set {key}=false; set {key}=true; select 1").is_read
    assert not classify(f"set {key}=true; select 1", {key: "false"}).is_read


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.keys[:40])
def test_each_family_names_its_source_and_ends_no_name_openly(family):
    assert re.match(r"https://(www\.alibabacloud\.com/help/|github\.com/)", family.source)
    for pattern in (".*", ".+", "[a-z"):
        assert pattern not in family.keys


@given(st.text(alphabet=string.ascii_lowercase + "._", min_size=1, max_size=12))
def test_no_known_name_opens_others_that_begin_or_end_with_it(added):
    for setting in KNOWN.split():
        key = setting.partition("=")[0]
        if not key.startswith("odps.optimizer"):
            assert only_tunes(key + added, "1") <= (key + added in known_keys())
            assert only_tunes(added + key, "1") <= (added + key in known_keys())


def known_keys():
    return {setting.partition("=")[0] for setting in KNOWN.split()}
