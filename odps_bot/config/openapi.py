"""Whether MaxCompute's OpenAPI is asked for a second opinion: `[openapi]` of `odps-bot.toml`."""

import msgspec


class OpenApi(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An optional service, whose permissions are apart from those of ODPS_ENDPOINT."""

    enabled: bool = False
    endpoint: str = ""  #: empty: that of the region of a project's endpoint
