"""Named lives: each sickness, and healthy ones that look like it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from odps_bot.sandbox.maxcompute.lives import healthy, sick
from odps_bot.sandbox.maxcompute.lives.plan import Plan


@dataclass(frozen=True, slots=True)
class Named:
    """A life by its name."""

    name: str
    title: str  #: for people
    plan: Callable[[], Plan]
    is_sick: bool = True


LIVES = {
    one.name: one
    for one in (
        *(Named(name, title, plan) for name, (title, plan) in sick.PLANS.items()),
        *(Named(name, title, plan, is_sick=False) for name, (title, plan) in healthy.PLANS.items()),
    )
}
