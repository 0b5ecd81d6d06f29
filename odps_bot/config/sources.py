"""What a setting is given as: by its variable, or by the file that a second variable names."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from odps_bot.errors import SettingsError

#: `X_FILE` names the file that holds the secret `X`, as Docker and Kubernetes mount secrets.
FILE_SUFFIX = "_FILE"

LARGEST_FILE_BYTES = 65_536

QUOTES = ('""', "''", "“”")


def read_value(environ: Mapping[str, str], name: str, *, is_secret: bool) -> str:
    """Return the value of a setting, without blanks around it; '' when it is not given.

    A secret may stand in a file, which `X_FILE` names. Raises SettingsError when that file cannot
    be used, when both are given, and for a value in quotation marks; secrets are not quoted.
    """
    value = environ.get(name, "").strip()
    file_name = name + FILE_SUFFIX
    path = environ.get(file_name, "").strip() if is_secret else ""
    if path and value:
        raise SettingsError(f"{name} and {file_name} are both set. Remove one of them.")
    if path:
        name, value = file_name, _read_file(file_name, path)
    if value[:1] + value[-1:] in QUOTES and len(value) > 1:
        raise SettingsError(f"{name}: the quotation marks are part of the value. Remove them.")
    return value


def given_texts(environ: Mapping[str, str], name: str) -> Iterator[str]:
    """Yield all that may be the secret, also where `read_value` refuses it; never raises."""
    path = environ.get(name + FILE_SUFFIX, "").strip()
    given = [environ.get(name, ""), *_lines_of(path)]
    if not Path(path).is_absolute():
        given.append(path)
    for text in map(str.strip, given):
        yield text
        if text[:1] + text[-1:] in QUOTES:
            yield text[1:-1].strip()


def _lines_of(path: str) -> list[str]:
    try:
        if not Path(path).is_file():
            return []
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES)
    except (OSError, ValueError):
        return []
    return content.decode("utf-8-sig", errors="replace").splitlines()


def _read_file(name: str, path: str) -> str:
    # If somebody sets the secret itself instead of the path, it must not appear in the log.
    shown = path if Path(path).is_absolute() else "the file"
    try:
        # Only regular files: reading a pipe could wait for ever.
        if Path(path).exists() and not Path(path).is_file():
            raise SettingsError(f"{name}: {shown} is not a regular file.")
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a path"
        remedy = "Set it to a file with the secret that this process can read."
        raise SettingsError(f"{name}: {shown} cannot be read ({why}). {remedy}") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise SettingsError(f"{name}: {shown} is too large: it should contain only the secret.")
    return _secret_in(content, name, shown)


def _secret_in(content: bytes, name: str, shown: str) -> str:
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise SettingsError(f"{name}: {shown} is not UTF-8 text.") from None
    if not text:
        raise SettingsError(f"{name}: {shown} is empty.")
    if len(text.splitlines()) > 1:
        raise SettingsError(
            f"{name}: {shown} has several lines: it should contain only the secret."
        )
    return text
