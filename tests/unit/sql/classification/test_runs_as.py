"""What must be sent for a statement: SQL, a merge task, or another request."""

import pytest

from odps_bot.sql.classification import CommandKind, RunsAs, classify
from odps_bot.sql.merge_statements import MergeAction, MergeStatement, parse_merge_statement

#: From AuthorizationCommandTest of odpscmd and of the Java SDK, and the vendor's command set:
#: https://www.alibabacloud.com/help/en/maxcompute/user-guide/permission-related-command-set
PERMISSIONS = """\
whoami
list users
list roles
list groups for user alice
list tenant users
list trustedprojects
list accountproviders
show grants
show grants for role worker
show grants for tenant user alice
show grant on table t
show role grant user alice
show roles
show principals worker
show principals for tenant role r
show acl for p.x on type package
show label 3 grants on table t for user alice
show packages
show package p.x
show priv for user alice
show securityconfiguration
describe role worker
desc tenant role r
desc package p.x
get policy
get policy on role r
grant select on table t to user ALIYUN$alice@aliyun.com
grant worker to RAM$p:alice
grant label 2 on table t(a, b) to user alice with exp 5
revoke tenant role r from user alice
add user `RAM$p:role/ram_role`
remove user alice
add tenant role r to project p
remove tenant role r from project p
add trustedproject p
add table t to package x with privileges select
remove table t from package x
create role sale_admin privilegeproperties("type"="admin")
create package x
drop role r
delete package x
drop tenant role r
alter user alice set x
allow project p to install package x
disallow project * to install package x
install package p.x
uninstall package p.x
set label 2 to table t(a)
unset label 2 to user alice
clear expired grants
purge privs from user alice
purge privileges from user alice"""

#: From the parsers of odpscmd's other commands.
COMMANDS = [
    ("show p", CommandKind.LIST_JOBS, ""),
    ("show instances from 20261101 to 20261102 10", CommandKind.LIST_JOBS, ""),
    ("ls instances -all", CommandKind.LIST_JOBS, ""),
    ("top instance", CommandKind.LIST_JOBS, ""),
    ("kill 2026gabc", CommandKind.STOP_JOB, "2026gabc"),
    ("kill -sync 2026gabc", CommandKind.STOP_JOB, "2026gabc"),
    ("kill", CommandKind.STOP_JOB, ""),
    ("status 2026gabc", CommandKind.SHOW_JOB, "2026gabc"),
    ("status extended 2026gabc", CommandKind.SHOW_JOB, "2026gabc"),
    ("desc instance 2026gabc", CommandKind.SHOW_JOB, "2026gabc"),
    ("wait 2026gabc -hooks", CommandKind.WAIT_FOR_JOB, "2026gabc"),
    ("use finance", CommandKind.USE_PROJECT, "finance"),
    ("use finance with-settings", CommandKind.USE_PROJECT, "finance"),
    ("use schema s", CommandKind.USE_SCHEMA, "s"),
    ("use quota my-quota", CommandKind.USE_QUOTA, "my-quota"),
    ("setproject odps.sql.allow.fullscan=true", CommandKind.SET_PROJECT, ""),
    ("read p.t (a, b) partition (ds = '1') 10", CommandKind.READ_TABLE, "p.t"),
    ("READ Orders 10", CommandKind.READ_TABLE, "Orders"),
    ("read `p`.`t` 10", CommandKind.READ_TABLE, "`p`.`t`"),
    ("read \u8868", CommandKind.READ_TABLE, "\u8868"),
    ("count `t`", CommandKind.COUNT_ROWS, "`t`"),
    ("list partitions `t`", CommandKind.LIST_PARTITIONS, "`t`"),
    ("count t partition (ds = '1')", CommandKind.COUNT_ROWS, "t"),
    ("list functions", CommandKind.LIST_FUNCTIONS, ""),
    ("ls tables in p", CommandKind.LIST_TABLES, ""),
    ("list partitions p.t", CommandKind.LIST_PARTITIONS, "p.t"),
    ("list projects", CommandKind.LIST_PROJECTS, ""),
    ("cost sql select * from t", CommandKind.COST, ""),
    ("list resources", CommandKind.RESOURCES, ""),
    ("desc resource x.jar", CommandKind.RESOURCES, ""),
    ("add jar /tmp/x.jar -f", CommandKind.RESOURCES, ""),
    ("add table t as r", CommandKind.RESOURCES, ""),
    ("drop resource x.jar", CommandKind.RESOURCES, ""),
    ("tunnel upload x.csv t", CommandKind.TRANSFER, ""),
    ("show flags", CommandKind.SESSION, ""),
    ("unset odps.sql.mapper.split.size", CommandKind.SESSION, ""),
    ("quit", CommandKind.SESSION, ""),
    ("desc project p", CommandKind.OTHER, ""),
    ("put policy x.json on role r", CommandKind.OTHER, ""),
    ("jar -resources x.jar -classpath x.jar com.example.Main", CommandKind.JAR, ""),
    ("mr -resources x.jar com.example.Main", CommandKind.JAR, ""),
    ("dryrun select 1", CommandKind.DRY_RUN, ""),
    ("triggerandwait 20261101000000000gabcdefgh", CommandKind.OTHER, ""),
    ("export shop /tmp/shop -tpd", CommandKind.TRANSFER, ""),
    ("delete resource lookup.txt", CommandKind.RESOURCES, ""),
]

#: Statements that only look like the above.
SQL = """\
select 1
show tables
show partitions t
show functions
show create table t
desc t
desc users
desc role
desc role partition (ds = '1')
desc instance
desc instance partition (ds = '1')
desc project
desc resource
desc function f
create function f as 'x' using 'y.jar'
create table role (a bigint)
drop table package
alter table t add columns (a string)
alter table t merge partition (ds = '1') overwrite partition (ds = '2')
alter table t rename to archive
alter table archive add if not exists partition (ds = '1')
delete from role where a = 1
delete from resource where a = 1
export table t to '/x'
purge table t
analyze table t compute statistics
set odps.sql.mapper.split.size=64; select 1
explain select 1"""

MERGES = [
    ("alter table t merge smallfiles", "t", MergeAction.MERGE),
    ("ALTER TABLE p.s.t MERGE SMALLFILES;", "p.s.t", MergeAction.MERGE),
    (
        "alter table `p`.`t` partition(ds=20261101, hh='a b') merge smallfiles",
        "p.t partition(ds='20261101',hh='a b')",
        MergeAction.MERGE,
    ),
    ("alter table t partition (ds = '1') archive", "t partition(ds='1')", MergeAction.ARCHIVE),
    ("alter table t freeze", "t", MergeAction.FREEZE),
    ("alter table t restore", "t", MergeAction.RESTORE),
    ("alter table t compact major", "t", MergeAction.COMPACT_MAJOR),
    ("alter table t compact MINOR", "t", MergeAction.COMPACT_MINOR),
    ("alter /* files */ table t\n-- all\nmerge smallfiles", "t", MergeAction.MERGE),
]


@pytest.mark.parametrize("text", PERMISSIONS.splitlines())
def test_statements_about_permissions_go_to_the_authorization(text):
    assert classify(text).runs_as is RunsAs.AUTHORIZATION
    assert classify(f"{text.upper()};").runs_as is RunsAs.AUTHORIZATION


@pytest.mark.parametrize(("text", "kind", "argument"), COMMANDS)
def test_commands_of_odpscmd_are_known_with_what_they_are_about(text, kind, argument):
    (info,) = classify(text).statements

    assert info.runs_as is RunsAs.ODPSCMD
    command = info.client_command
    assert command is not None
    assert (command.kind, command.argument) == (kind, argument)
    assert text.lower().startswith(command.name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KILL 2026gabc", "kill"),
        ("show  instances 10", "show instances"),
        ("use analytics", "use"),
        ("use schema s", "use schema"),
        ("unset a.b", "unset"),
        ("q", "q"),
        ("MR -resources x.jar com.example.Main", "mr"),
        ("export shop /tmp/shop", "export"),
        ("delete resource lookup.txt", "delete resource"),
    ],
)
def test_a_command_of_odpscmd_has_its_name(text, name):
    command = classify(text).statements[0].client_command

    assert command is not None
    assert command.name == name


@pytest.mark.parametrize(
    "text",
    [
        "pai",
        "PAI -name split -Dx=1",
        "set a.b=1; pai -name x",
        'pai -name x -Dsql="select 1; kill"',
    ],
)
def test_a_pai_command_runs_as_an_xflow(text):
    assert classify(text).runs_as is RunsAs.XFLOW


@pytest.mark.parametrize("text", SQL.splitlines())
def test_what_only_looks_like_another_request_is_sql(text):
    assert classify(text).runs_as is RunsAs.SQL


@pytest.mark.parametrize(("text", "table", "action"), MERGES)
def test_files_are_merged_archived_and_frozen_by_merge_tasks(text, table, action):
    assert classify(text).runs_as is RunsAs.MERGE
    assert parse_merge_statement(text) == MergeStatement(table=table, action=action)


def test_a_minor_compaction_has_hours_and_may_be_forced():
    minor = parse_merge_statement("alter table t compact minor -h 5 -f")
    major = parse_merge_statement("alter table t compact major -h 5 -f")

    assert minor is not None
    assert (minor.recent_hours, minor.is_forced) == (5, True)
    assert major == MergeStatement(table="t", action=MergeAction.COMPACT_MAJOR)


def test_hours_of_more_digits_than_a_number_may_have_are_no_hours():
    text = "alter table t compact minor -h " + "9" * 5_000

    assert parse_merge_statement(text) is None
    assert classify(text).runs_as is RunsAs.SQL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set a.b=1; whoami", RunsAs.AUTHORIZATION),
        ("whoami; list users", RunsAs.AUTHORIZATION),
        ("grant r to alice; select 1", None),
        ("select 1; kill 2026gabc", None),
        ("select 1; pai -name x", None),
        ("alter table t archive; alter table t merge smallfiles", RunsAs.MERGE),
        ("set a.b=1", RunsAs.SQL),
        ("select 'never closed", RunsAs.SQL),
    ],
)
def test_a_text_has_one_way_to_run_or_none(text, expected):
    assert classify(text).runs_as is expected


def test_the_time_for_a_partition_of_a_merge_grows_with_its_length_only():
    text = "alter table t partition (" + "a" * 50_000 + " ='" + "b" * 50_000 + "') merge"

    assert classify(text).runs_as is RunsAs.SQL
