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


def explain(error_text: str, *, sql: str) -> Explanation:
    """Explain MaxCompute's error about `sql`, whatever it says. Raises nothing.

    Of several errors the first one counts, and of an error inside another one the inner.
    """
    catalogue = load_catalogue()
    error = first_error(error_text[:READ_CHARACTERS])
    codes = _CODE.findall(error)
    # A code that many failures share says less than one beside it.
    code = next((c for c in codes if c not in catalogue.shared_codes), codes[0] if codes else None)
    failure = _find(catalogue, error, codes, code)
    return Explanation(
        name=failure.name,
        code=f"ODPS-{code}" if code else None,
        title=failure.title,
        likely_cause=failure.cause,
        what_to_try=failure.remedy,
        rerun=advise_rerun(failure, codes, sql),
        position=find_position(error, sql=sql),
        is_known=isinstance(failure, FailureByWords | FailureByCode),
    )


_CODE = re.compile(r"ODPS[-_](\d{7})", re.IGNORECASE)


def _find(catalogue: Catalogue, error: str, codes: list[str], code: str | None) -> Failure:
    for failure in catalogue.by_words:
        is_of_code = not failure.codes or not failure.codes.isdisjoint(codes)
        if is_of_code and failure.pattern.search(error):
            return failure
    if code is None:
        return catalogue.unknown
    if code in catalogue.by_code:
        return catalogue.by_code[code]
    prefixes = (code[:length] for length in (3, 2))
    return next(
        (catalogue.by_class[p] for p in prefixes if p in catalogue.by_class), catalogue.unknown
    )
