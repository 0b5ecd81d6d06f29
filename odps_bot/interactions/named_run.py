"""A run that is named where a statement is expected: `/odps run r42`."""

from odps_bot.errors import CommandError
from odps_bot.input import find_run
from odps_bot.input.links import job_meant, read_link
from odps_bot.input.request import Request
from odps_bot.input.run_options import RunOptions
from odps_bot.interactions.choose_statement import Asked
from odps_bot.messages import Message
from odps_bot.messages import text as t
from odps_bot.messages.replies.named_run import run_in_place_of_sql
from odps_bot.services import Services


def answer_to_name(
    typed: str, asked: Asked, request: Request, services: Services
) -> Message | None:
    """Return what can be done with the run that `typed` begins with; None if that is no run's name.

    Raises CommandError for one that isn't known, DeniedError for another channel's.
    """
    word, *more = typed.split(maxsplit=1)
    wanted = word.strip("`'\"*.,;")
    is_id = find_run.RUN_NAME.fullmatch(wanted) or find_run.INSTANCE_ID.fullmatch(wanted)
    if not is_id and read_link(wanted) is None:
        return None
    try:
        meant = job_meant(wanted, request, services, project=None)
    except find_run.UnknownRunError as error:
        raise CommandError(f"{error} Nothing was submitted.") from error
    if isinstance(meant, tuple):
        _, instance_id = meant
        raise CommandError(
            f"I'm not following instance {t.code(instance_id)}, so I don't know its statement."
            f" Nothing was submitted. {t.code(f'/odps watch {instance_id}')} starts following it."
        )
    has_options = bool(more) or asked.options != RunOptions(sql="")
    return run_in_place_of_sql(meant, has_options=has_options, is_estimate=asked.is_estimate)
