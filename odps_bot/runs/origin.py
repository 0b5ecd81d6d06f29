"""Where an instance that we did not start came from, as far as it tells. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

#: A record keeps so much of a name that somebody else has chosen.
NAME_CHARACTERS = 200


class Program(StrEnum):
    """What has submitted an instance."""

    DATAWORKS = "dataworks"
    ODPSCMD = "odpscmd"
    JDBC = "jdbc"
    PYODPS = "pyodps"
    JAVA_SDK = "java_sdk"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The program that has submitted an instance, and for a node of DataWorks which one."""

    program: Program
    node: str = ""  #: its name, or its id where it has no name
    node_id: str = ""  #: empty: it is not told, as in records of version 0.2


#: Settings in which clients say who they are. DataWorks runs odpscmd, which says so as well.
_USER_AGENTS = ("odps.idata.userenv", "user_agent", "useragent")

#: What they say there: odpscmd adds `CLT(…)` to what the Java SDK says.
_NAMES_IN_USER_AGENTS = (
    ("CLT(", Program.ODPSCMD),
    ("JDBC", Program.JDBC),
    ("PyODPS", Program.PYODPS),
    ("JavaSDK", Program.JAVA_SDK),
)

#: How clients name their tasks. `AnonymousSQLTask`, the name of several, says nothing.
_TASK_NAMES = (
    ("console_", Program.ODPSCMD),
    ("jdbc_sql_task", Program.JDBC),
    ("sqlrt_fallback_task", Program.JDBC),
)


def origin_of(task_names: Iterable[str], settings: Mapping[str, str]) -> Origin | None:
    """Return where an instance came from; None if neither its tasks nor its settings tell.

    DataWorks: https://www.alibabacloud.com/help/en/maxcompute/use-cases/job-priority, where
    `SKYNET_ID` is the scheduling node; ad-hoc queries have none. The other names are those that
    odpscmd, the JDBC driver, PyODPS and the Java SDK submit.
    """
    said = {key.lower(): value.strip() for key, value in settings.items()}
    if node := said.get("skynet_nodename") or said.get("skynet_id"):
        node_id = said.get("skynet_id", "")[:NAME_CHARACTERS]
        return Origin(program=Program.DATAWORKS, node=node[:NAME_CHARACTERS], node_id=node_id)
    if any(value and key.startswith("skynet_") for key, value in said.items()):
        return Origin(program=Program.DATAWORKS)
    if "pyodps_version" in said:
        return Origin(program=Program.PYODPS)
    agents = " ".join(said.get(key, "") for key in _USER_AGENTS)
    for word, program in _NAMES_IN_USER_AGENTS:
        if word.lower() in agents.lower():
            return Origin(program=program)
    for name in task_names:
        for beginning, program in _TASK_NAMES:
            if name.lower().startswith(beginning):
                return Origin(program=program)
    return None
