"""Names that lead to projects which the bot does not use. Pure."""

from collections.abc import Iterable, Mapping

from odps_bot.config.rules import EVERY_PROJECT, Project
from odps_bot.sql.classification import Classification, StatementClass


def foreign_projects(
    statement: Classification, *, served: Iterable[str], rules: Project
) -> Mapping[str, StatementClass]:
    """Return the projects that the statement names and must not, with what it would do there.

    `served` are those of the settings, and `rules` those of the project that it runs in. What reads
    may read from the projects in `reads_from` as well; nothing is ever changed there.
    """
    known = {name.lower() for name in served}
    readable = {name.lower() for name in rules.reads_from}
    reads_all = EVERY_PROJECT in readable
    named = statement.projects_named(has_schemas=rules.schemas)
    return {
        name: done
        for name, done in sorted(named.items())
        if name not in known
        and not (done is StatementClass.READ and (reads_all or name in readable))
    }
