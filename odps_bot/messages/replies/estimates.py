"""The estimated cost of a statement that has not run."""

from odps_bot.config.rules import Money
from odps_bot.messages import blocks as b
from odps_bot.messages import text as t
from odps_bot.messages.message import Message
from odps_bot.messages.run.explained_failure import explained_failure
from odps_bot.messages.run.resource_usage import money
from odps_bot.runs.pricing import fee
from odps_bot.runs.run import Estimate

RUN_ESTIMATED = "run_estimated"

SQL_CHARACTERS = 600

#: https://www.alibabacloud.com/help/en/maxcompute/cost-sql
WITHOUT_ESTIMATE = (
    "MaxCompute estimates a single query or `INSERT … SELECT`, unless it reads external tables or"
    " uses a UDF to choose partitions. No estimate doesn't mean that it is free."
)


def cost_answer(
    estimate: Estimate, *, project: str, sql: str, price: Money | None, interaction_id: str
) -> Message:
    """Return what running `sql` would cost, with a b.button that runs it."""
    figures = _figures(estimate, price)
    run_it = b.button("Run it", action_id=RUN_ESTIMATED, value=interaction_id) | {
        "style": "primary"
    }
    blocks: list[b.Block] = [
        b.section(f":abacus: *Estimate in {t.code(project)}*\n{figures}"),
        b.preformatted(_excerpt(sql)),
        b.context("Nothing was run. This is an estimate; the bill may differ."),
        b.actions([run_it], block_id=b.BUTTONS),
    ]
    return Message(f"Estimate in {t.code(project)}: {figures} Nothing was run.", blocks)


def no_estimate(why: str, *, project: str) -> Message:
    """Return that MaxCompute has no estimate, its message `why`, and what that means."""
    reason = t.clip(t.escape(why.strip()), 1_500) or "MaxCompute gave no reason."
    headline = f":grey_question: *No estimate in {t.code(project)}.* Nothing was run."
    return Message(f"{headline}\n{reason}\n{WITHOUT_ESTIMATE}")


def cannot_be_compiled(error: str, *, project: str, sql: str) -> Message:
    """Return that `sql` can never run as it is, with MaxCompute's `error` explained."""
    headline = f":x: *MaxCompute can't compile this in {t.code(project)}.*"
    failure = explained_failure(error, sql=sql, is_estimate=True)
    if failure is None:
        return Message(f"{headline} Nothing was run.")
    headline = f"{headline} *{failure.title}.* Nothing was run."
    return Message(f"{headline}\n{failure.text}", [b.section(headline), *failure.blocks])


def estimate_takes_long(*, project: str) -> Message:
    """Return that MaxCompute did not respond in time."""
    return Message(
        f":hourglass: MaxCompute returned no estimate in {t.code(project)} for several minutes, so"
        " I stopped waiting. Nothing was run. Try again when the project is less busy."
    )


def _figures(estimate: Estimate, price: Money | None) -> str:
    udfs = f"{estimate.udf_count:,} UDF{'' if estimate.udf_count == 1 else 's'}"
    if estimate.input_bytes == 0:
        return (
            f"No counted input · complexity *{estimate.complexity:g}* · {udfs}\nThe tables it reads"
            " are empty or not counted, such as external tables. This doesn't mean that it is"
            " free."
        )
    size = t.data_size(estimate.input_bytes)
    figures = f"*{size}* to read · complexity *{estimate.complexity:g}* · {udfs}"
    if price is None:
        return figures
    return f"{figures}\n≈ *{money(fee(estimate, price))}*"


def _excerpt(sql: str) -> str:
    text = sql.strip()
    return text if len(text) <= SQL_CHARACTERS else text[: SQL_CHARACTERS - 1] + t.ELLIPSIS
