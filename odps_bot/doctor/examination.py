"""All checks, in the order in which one would mend things."""

from collections.abc import Iterator

from redis.exceptions import RedisError

from odps_bot.doctor.finding import Finding, failed
from odps_bot.doctor.maxcompute_checks import check_maxcompute
from odps_bot.doctor.package_checks import check_packages
from odps_bot.doctor.redis_checks import check_redis
from odps_bot.doctor.settings_checks import check_settings
from odps_bot.doctor.slack_checks import check_slack
from odps_bot.doctor.worker_checks import check_workers
from odps_bot.services import Services, prompt_redis
from odps_bot.settings import Settings


def examine(settings: Settings, *, is_deep: bool = False) -> Iterator[Finding]:
    """Yield what is found, check by check.

    `is_deep` also asks MaxCompute what a statement would cost, which makes an instance.
    Raises SettingsError when settings or rules are so wrong that nothing can be asked.
    """
    redis = prompt_redis(settings.redis_url, ca_file=settings.redis_ca)
    services = Services.from_settings(settings, redis=redis)
    settings = services.settings
    yield from check_settings(settings, services.rules)
    yield from check_packages()
    yield from check_redis(redis, settings)
    yield from check_slack(services)
    for project in settings.projects:
        yield from check_maxcompute(project, services, is_deep=is_deep)
    try:
        yield from check_workers(services)
    except RedisError:
        yield failed("workers", "cannot be judged without Redis", "mend Redis first")
