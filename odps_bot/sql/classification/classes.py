"""What a statement does, as values. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from odps_bot.sql.settings import Setting

#: Anything but `true` makes the first of two parts a project, whatever the account's default is.
_TURN_SCHEMAS_OFF = frozenset({"odps.namespace.schema", "odps.sql.allow.namespace.schema"})


class StatementClass(IntEnum):
    """What a statement does, the harmless first: of several statements the strongest counts."""

    READ = 1  #: looks only
    WRITE = 2  #: changes rows, or copies them to elsewhere
    DDL = 3  #: changes tables, views, functions and what else has a definition
    ADMIN = 4  #: changes rights, users, resources, other people's jobs or guards
    UNKNOWN = 5  #: not proven to be any of these

    @property
    def label(self) -> str:
        """Return the word for people and for settings files, such as `read`."""
        return self.name.lower()


class RunsAs(StrEnum):
    """What MaxCompute must be sent for a statement to be executed."""

    SQL = "sql"  #: an instance with a SQL task
    MERGE = "merge"  #: an instance with a merge task
    XFLOW = "xflow"  #: an instance of an XFlow, which a PAI command names
    AUTHORIZATION = "authorization"  #: a request to the project's `/authorization`
    ODPSCMD = "odpscmd"  #: nothing: a command of the client odpscmd, which makes requests of it


#: What these let a project do with a package is to read what the package's own project offers.
#: https://www.alibabacloud.com/help/en/maxcompute/user-guide/cross-project-resource-access-based-on-packages
_OF_PACKAGES = frozenset({"INSTALL PACKAGE", "UNINSTALL PACKAGE"})


class CommandKind(StrEnum):
    """What a command of odpscmd is about: it is no SQL, and there may be a way to do it here."""

    LIST_JOBS = "list_jobs"
    STOP_JOB = "stop_job"
    SHOW_JOB = "show_job"
    WAIT_FOR_JOB = "wait_for_job"
    USE_PROJECT = "use_project"
    USE_SCHEMA = "use_schema"
    USE_QUOTA = "use_quota"
    SET_PROJECT = "set_project"  #: properties of the project
    READ_TABLE = "read_table"
    COUNT_ROWS = "count_rows"
    LIST_FUNCTIONS = "list_functions"
    LIST_TABLES = "list_tables"
    LIST_PARTITIONS = "list_partitions"
    LIST_PROJECTS = "list_projects"
    COST = "cost"
    RESOURCES = "resources"  #: files for user-defined functions
    TRANSFER = "transfer"  #: of files, to tables and back
    HELP = "help"
    DRY_RUN = "dry_run"  #: a statement is checked, and not run
    JAR = "jar"  #: code of MapReduce
    SESSION = "session"  #: of the client
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCommand:
    """A command of odpscmd."""

    kind: CommandKind
    name: str  #: in lower case, such as `kill` or `show instances`
    argument: str = ""  #: the instance, table, project, schema or quota in it; typed by people
    columns: str = ""  #: that `read` shows, likewise typed by people
    condition: str = ""  #: the partition that it reads
    rows: str = ""  #: how many


class DestructionKind(StrEnum):
    """How a statement destroys what cannot be had back by running another one."""

    DROP = "drop"  #: a table, view, schema, function, role …; its `Destruction.noun`
    DROP_PARTITION = "drop_partition"
    DROP_COLUMN = "drop_column"
    TRUNCATE = "truncate"  #: all rows of a table, or of its `Destruction.partition`
    OVERWRITE = "overwrite"  #: all rows of a table
    OVERWRITE_PARTITIONS = "overwrite_partitions"  #: those that a query returns, perhaps all
    REPLACE = "replace"  #: a table, by one of the same name
    RESTORE = "restore"  #: a table, to what it was before
    DELETE = "delete"  #: every row
    UPDATE = "update"  #: every row
    DELETE_UNMATCHED = "delete_unmatched"  #: by MERGE: every row that its source lacks
    PURGE = "purge"  #: backups, or what is left of permissions
    UNPROVEN = "unproven"  #: nobody can tell, but `Destruction.noun` is in the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Destruction:
    """Something that a statement destroys."""

    kind: DestructionKind
    name: str = ""  #: of the table or whatever it is; typed by people; empty: it names none
    noun: str = "table"  #: from a fixed list of words
    partition: str = ""  #: as it stands between the brackets; typed by people


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementInfo:
    """One statement of a text; `set key=value` is none."""

    statement_class: StatementClass
    verb: str  #: such as `INSERT OVERWRITE`; for people, from a fixed list of words
    targets: tuple[str, ...] = ()  #: the tables it changes, as far as proven; typed by people
    sources: frozenset[str] = frozenset()  #: the names a proven query reads, views unresolved
    qualifiers: frozenset[str] = frozenset()  #: what its names lead to, see `Classification.reach`
    projects: frozenset[str] = frozenset()  #: that its names lead to whatever schemas there are
    containers: frozenset[str] = frozenset()  #: projects or, where schemas are on, schemas
    changes: frozenset[str] = frozenset()  #: those of both that it may change, if it is a DDL
    runs_as: RunsAs = RunsAs.SQL
    client_command: ClientCommand | None = None  #: if it runs in odpscmd
    destroys: tuple[Destruction, ...] = ()  #: what is lost by it
    is_repeatable: bool = False  #: running it again right afterwards changes nothing more
    unproven: str = ""  #: why its class is UNKNOWN; may quote the text

    def done_to(self, name: str) -> StatementClass:
        """Return what it does at most to a project or schema, in lower case."""
        # Of what changes rows the grammar tells which tables; the rest is read.
        is_write = self.statement_class is StatementClass.WRITE
        is_read = is_write and name not in map(qualifier_of, self.targets)
        return StatementClass.READ if is_read else self.statement_class


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbiddenSetting:
    """A setting that would weaken a guard."""

    key: str
    reason: str  #: a clause for people, such as "it lifts the limit of costs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """What a text does."""

    statement_class: StatementClass
    statements: tuple[StatementInfo, ...] = ()
    qualifiers: frozenset[str] = frozenset()  #: all words of a text that cannot be cut
    projects: frozenset[str] = frozenset()  #: of a text that cannot be cut
    settings: tuple[Setting, ...] = ()
    settings_class: StatementClass = StatementClass.READ  #: what they alone make of the text
    forbidden_settings: tuple[ForbiddenSetting, ...] = ()
    unproven: str = ""  #: why the class is UNKNOWN; may quote the text
    destroys: tuple[Destruction, ...] = ()  #: by all statements, each thing once

    @property
    def is_read(self) -> bool:
        """Whether the text is proven to look only."""
        return self.statement_class is StatementClass.READ

    @property
    def runs_as(self) -> RunsAs | None:
        """What must be sent for all of it; None where its statements need different requests.

        What cannot be cut into statements is sent as SQL.
        """
        ways = {info.runs_as for info in self.statements} or {RunsAs.SQL}
        return ways.pop() if len(ways) == 1 else None

    @property
    def reach(self) -> Mapping[str, StatementClass]:
        """What is done at most to the projects that names in the text lead to, in lower case.

        Schemas stand among them, and what may be either: `a.b` is a table of a project or schema.
        """
        found = dict.fromkeys(self.qualifiers | self.projects, StatementClass.UNKNOWN)
        for info in self.statements:
            # Models, and addresses in texts, lead to projects without being qualifiers.
            for name in info.qualifiers | info.projects | info.containers:
                done = info.done_to(name)
                found[name] = max(done, found.get(name, done))
        return found

    @property
    def keeps_schemas_on(self) -> bool:
        """Whether nothing in it turns schemas off: then a name of two parts is no table's project.

        The setting of a job goes over that of the account:
        https://www.alibabacloud.com/help/en/maxcompute/schema-related-operations
        """
        return bool(self.statements) and all(
            setting.value.lower() == "true"
            for setting in self.settings
            if setting.key.lower() in _TURN_SCHEMAS_OFF
        )

    def projects_named(self, *, has_schemas: bool) -> Mapping[str, StatementClass]:
        """Return what is done at most to each project that is named, in lower case.

        `has_schemas` says that `a.b` is a table of the schema `a`, unless the text turns that off.
        """
        are_schemas = has_schemas and self.keeps_schemas_on
        found = dict.fromkeys(self.projects, StatementClass.UNKNOWN)
        for info in self.statements:
            for name in info.projects | (frozenset() if are_schemas else info.containers):
                is_unchanged = (
                    info.statement_class is StatementClass.DDL and name not in info.changes
                )
                is_read = is_unchanged or info.verb in _OF_PACKAGES
                done = StatementClass.READ if is_read else info.done_to(name)
                found[name] = max(done, found.get(name, done))
        return found

    @property
    def is_safe_to_repeat(self) -> bool:
        """Whether running all of it twice is proven to end as running it once.

        True of reads, and of INSERT OVERWRITE into whole tables and static partitions that nothing
        in the text reads by name. Rows may still differ when other people write meanwhile, or when
        a query asks for random numbers or the time.
        """
        if self.statement_class > StatementClass.WRITE:
            return False
        targets = {_last_part(name) for info in self.statements for name in info.targets}
        sources = {_last_part(name) for info in self.statements for name in info.sources}
        return all(info.is_repeatable for info in self.statements) and targets.isdisjoint(sources)


def qualifier_of(name: str) -> str:
    """Return what stands before the first dot of a name, in lower case; empty without a dot."""
    before, dot, _ = name.partition(".")
    return before.lower() if dot else ""


def _last_part(name: str) -> str:
    # A project or schema may be left out in one place and not in another.
    return name.rpartition(".")[2].lower()
