"""What is known of a setting."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """An environment variable: its name, what it means, where its value comes from."""

    name: str
    meaning: str
    default: str | None = None  #: None: must be given
    is_secret: bool = False  #: then it may also come from a file, which `NAME_FILE` names
    meaning_alone: str = ""  #: what it means to somebody who does not see its neighbours
    source: str = ""  #: where somebody who lacks it finds it
    placeholder: str = ""  #: what .env.example has in its place
