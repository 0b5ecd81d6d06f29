"""The names by which people call a MaxCompute account. Pure."""

import re


def account_names(owner: str | None) -> set[str]:
    """Return them in lower case: ``RAM$company:ann`` is also ``company:ann`` and ``ann``."""
    whole = (owner or "").lower()
    return {whole, *re.split(r"[$:@]", whole), whole.rpartition("$")[2]}
