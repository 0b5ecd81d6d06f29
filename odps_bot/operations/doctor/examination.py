"""All checks, in the order in which one would fix problems."""

from collections.abc import Iterator, Sequence
from typing import Literal

from redis import Redis

from odps_bot.config.settings import Settings
from odps_bot.operations.doctor.attempts import attempt_all
from odps_bot.operations.doctor.finding import Finding, untried
from odps_bot.operations.doctor.maxcompute_checks import check_maxcompute
from odps_bot.operations.doctor.openapi_checks import check_openapi
from odps_bot.operations.doctor.package_checks import check_packages
from odps_bot.operations.doctor.redis_checks import check_redis
from odps_bot.operations.doctor.settings_checks import check_settings
from odps_bot.operations.doctor.slack_checks import check_slack
from odps_bot.operations.doctor.worker_checks import check_workers
from odps_bot.services import Services
from odps_bot.store.connections import listener_redis


def examine(
    settings: Settings,
    *,
    doubts: Sequence[str] = (),
    is_deep: bool = False,
    redis: Redis | None = None,
    of: Literal["bot", "worker"] | None = None,
) -> Iterator[Finding]:
    """Yield what is found, check by check; a check that fails itself is a finding, too.

    `doubts` are those of `suspicious_settings`. `is_deep` also asks MaxCompute what a statement
    would cost, which makes an instance. `redis` is the one that REDIS_URL leads to, unless another
    connection is given. `of` names a process whose settings these are: what it does not need is not
    checked.
    Raises SettingsError when settings or rules are so wrong that nothing can be asked.
    """
    redis = redis or listener_redis(settings.redis_url, ca_file=settings.redis_ca)
    services = Services.from_settings(settings, redis=redis)
    settings = services.settings
    yield from attempt_all("settings", check_settings(settings, services.rules, doubts, of))
    yield from attempt_all("packages", check_packages())
    yield from attempt_all("redis", check_redis(redis, settings))
    yield from attempt_all("slack", check_slack(services, is_bot=of != "worker"))
    for project in settings.projects if settings.has_maxcompute_keys else ():
        # All requests to MaxCompute share a rate limit, which is stored in Redis.
        checks = check_maxcompute(project, services, is_deep=is_deep)
        yield from attempt_all(f"maxcompute {project}", checks)
    if settings.has_maxcompute_keys:
        yield from attempt_all("openapi", check_openapi(services))
    else:
        remedy = "run `odps-bot doctor --of worker` with the settings of a worker"
        yield untried("maxcompute", "the bot has no keys to MaxCompute, and needs none", remedy)
    yield from attempt_all("workers", check_workers(services))
