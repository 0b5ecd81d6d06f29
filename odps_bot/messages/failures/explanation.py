"""Explain an error of MaxCompute to the person whose statement failed. Pure."""

import re
from dataclasses import dataclass

from odps_bot.messages.failures.catalogue import (
    Catalogue,
    Failure,
    FailureByCode,
    FailureByWords,
    Rerun,
    load_catalogue,
)
from odps_bot.messages.failures.error_text import READ_CHARACTERS, first_error
from odps_bot.messages.failures.rerun import RERUN_IN_WORDS, advise_rerun
from odps_bot.sql.excerpt import Position, find_position


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What can be said of a failure; `likely_cause` and `what_to_try` are mrkdwn of ours."""

    name: str  #: of the catalogue's entry
    code: str | None  #: such as ``ODPS-0130131``
    title: str
    likely_cause: str
    what_to_try: str
    rerun: Rerun
    position: Position | None  #: in the person's SQL
    is_known: bool  #: False: only the kind of its code is

    @property
    def rerun_in_words(self) -> str:
        """Return whether to run it again, as a sentence."""
        return RERUN_IN_WORDS[self.rerun]


def explain(error_text: str, *, sql: str, is_estimate: bool = False) -> Explanation:
    """Explain MaxCompute's error about `sql`, or about its estimate. Raises nothing.

    Of several errors the first one counts, and of an error inside another one the inner.
    """
    failure, error = find_failure(error_text)
    codes = codes_of(error)
    code = load_catalogue().telling_code(codes)
    return Explanation(
        name=failure.name,
        code=f"ODPS-{code}" if code else None,
        title=failure.title,
        likely_cause=failure.cause,
        what_to_try=failure.remedy,
        rerun=advise_rerun(failure, codes, sql),
        position=find_position(error, sql=sql, is_estimate=is_estimate),
        is_known=isinstance(failure, FailureByWords | FailureByCode),
    )


_CODE = re.compile(r"ODPS[-_](\d{7})", re.IGNORECASE)


def codes_of(error: str) -> list[str]:
    """Return the digits of the codes in an error, in their order."""
    return _CODE.findall(error)


def find_failure(error_text: str) -> tuple[Failure, str]:
    """Return the entry of the catalogue for a text, and the one of its errors that counts."""
    catalogue = load_catalogue()
    error = first_error(error_text[:READ_CHARACTERS])
    codes = codes_of(error)
    return _find(catalogue, error, codes), error


def _find(catalogue: Catalogue, error: str, codes: list[str]) -> Failure:
    code = catalogue.telling_code(codes)
    for failure in catalogue.by_words:
        if failure.fits(error, codes):
            return failure
    if code is None:
        return catalogue.unknown
    if code in catalogue.by_code:
        return catalogue.by_code[code]
    prefixes = (code[:length] for length in (3, 2))
    return next(
        (catalogue.by_class[p] for p in prefixes if p in catalogue.by_class), catalogue.unknown
    )
