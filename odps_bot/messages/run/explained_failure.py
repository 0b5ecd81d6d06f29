"""MaxCompute's error, its position in the statement, and what to do about it."""

from dataclasses import dataclass

from odps_bot.messages import text as t
from odps_bot.messages.blocks import Block, preformatted, section
from odps_bot.messages.failures import Explanation, explain, own_words
from odps_bot.sql.excerpt import marked_excerpt


@dataclass(frozen=True, kw_only=True)
class ExplainedFailure:
    """An error in MaxCompute's words and in ours."""

    title: str  #: what happened, in mrkdwn without a full stop
    blocks: list[Block]
    text: str  #: the content of the blocks, in mrkdwn


def explained_failure(
    error: str, *, sql: str, is_estimate: bool = False
) -> ExplainedFailure | None:
    """Return what can be said of MaxCompute's error about `sql`, or its estimate; None if empty."""
    words = own_words(error)
    if not words:
        return None
    explanation = explain(error, sql=sql, is_estimate=is_estimate)
    advice = _advice(explanation)
    blocks: list[Block] = [preformatted(words)]
    if explanation.position is not None:
        blocks.append(preformatted(marked_excerpt(sql, explanation.position)))
    return ExplainedFailure(
        title=explanation.title,
        blocks=[*blocks, section(advice)],
        text=f"{t.one_line(words, limit=1_500)}\n{advice}",
    )


def _advice(explanation: Explanation) -> str:
    return "\n".join(
        (
            f"*Likely cause:* {explanation.likely_cause}",
            f"*Try:* {explanation.what_to_try}",
            f"*Run again?* {explanation.rerun_in_words}",
        )
    )
