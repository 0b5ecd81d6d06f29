"""A run's name as people read it: a link to its card."""

from odps_bot.messages import text as t
from odps_bot.runs.run import Run


def run_link(run: Run) -> str:
    """Return the name of `run` (mrkdwn) as a link to its card, or in bold while it has none.

    For every place where people read of a run. Not for code spans that they are to type, for plain
    text such as titles of modals, nor for comments on files, which Slack would preview. To somebody
    who may not see the card's channel Slack shows nothing behind the link.
    """
    return name_link(run.name, run.card_url)


def link_for_others(run: Run) -> str:
    """Return the same for people who may not see the run: the rest of the team, and approvers.

    Of a direct message they do not even learn that it was one, as its address would tell.
    """
    return name_link(run.name, "" if run.channel_id.startswith("D") else run.card_url)


def name_link(name: str, card_url: str) -> str:
    """Return the same of a run of which only the name and the card's address are at hand."""
    shown = t.escape(name)
    return f"<{t.escape(card_url)}|{shown}>" if card_url else f"*{shown}*"
