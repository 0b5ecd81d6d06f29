"""Names in the environment that are nearly those of settings."""

import re
from collections.abc import Collection, Iterator, Mapping

from odps_bot.config.sources import FILE_SUFFIX
from odps_bot.spelling import distance

#: Names that begin like this are compared with settings that begin likewise.
PREFIXES = ("ODPS_", "SLACK_", "ALIBABA_CLOUD_", "REDIS_")

#: Names that are ours alone: a mistake is worth a word even where the right one is set as well.
OURS = "ODPS_BOT_"

#: Names of other programs, by what reads them.
_READ_BY = {
    "PyODPS": (
        "ODPS_ACCESS_ID ODPS_ACCESS_KEY ODPS_BEARER_TOKEN ODPS_BEARER_TOKEN_FILE ODPS_PROJECT_NAME"
        " ODPS_STS_TOKEN ODPS_TUNNEL_ENDPOINT"
    ),
    "Alibaba Cloud's packages and tools": (
        "ALIBABA_CLOUD_CLI_PROFILE_DISABLED ALIBABA_CLOUD_CREDENTIALS_FILE"
        " ALIBABA_CLOUD_CREDENTIALS_URI ALIBABA_CLOUD_ECS_METADATA"
        " ALIBABA_CLOUD_ECS_METADATA_DISABLED ALIBABA_CLOUD_IMDSV1_DISABLED"
        " ALIBABA_CLOUD_OIDC_PROVIDER_ARN ALIBABA_CLOUD_OIDC_TOKEN_FILE ALIBABA_CLOUD_PROFILE"
        " ALIBABA_CLOUD_REGION_ID ALIBABA_CLOUD_ROLE_ARN ALIBABA_CLOUD_ROLE_SESSION_NAME"
        " ALIBABA_CLOUD_STS_REGION ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"
    ),
    "other Slack tools": (
        "SLACK_API_TOKEN SLACK_APP_ID SLACK_BOT_ID SLACK_BOT_USER_ID SLACK_TEAM_ID SLACK_TOKEN"
        " SLACK_USER_TOKEN SLACK_VERIFICATION_TOKEN SLACK_WEBHOOK_URL"
    ),
}
FOREIGN = frozenset(" ".join(_READ_BY.values()).split())

#: What Kubernetes sets for each service: one called `odps-bot` makes ODPS_BOT_PORT.
OF_KUBERNETES = re.compile(
    r".*_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|.*_PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?"
)

FARTHEST = 2

#: Of a name this short, whatever follows the prefix, one letter makes another word.
SHORT = 7


def misspelled(environ: Mapping[str, str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield names that are set but aren't settings, with the setting that is probably meant."""
    for name, value in environ.items():
        if name in known or name in FOREIGN or not value.strip():
            continue
        if not name.upper().startswith(PREFIXES) or OF_KUBERNETES.fullmatch(name):
            continue
        nearest = _nearest(name.upper(), known)
        if nearest and (nearest.startswith(OURS) or not _is_given(environ, nearest)):
            yield name, nearest


def _is_given(environ: Mapping[str, str], name: str) -> bool:
    """Return whether the setting is given, by its variable or by a file."""
    setting = name.removesuffix(FILE_SUFFIX)
    return any(environ.get(one, "").strip() for one in (setting, setting + FILE_SUFFIX))


def _nearest(name: str, known: Collection[str]) -> str | None:
    [prefix] = [prefix for prefix in PREFIXES if name.startswith(prefix)]
    near = []
    for real in known:
        farthest = 1 if len(real.removeprefix(prefix)) <= SHORT else FARTHEST
        if real.startswith(prefix) and abs(len(real) - len(name)) <= farthest:
            found = distance(name, real)
            if found <= farthest:
                near.append((found, real))
    return min(near)[1] if near else None
