"""Tokens at rest: sealed by Fernet, so that whoever reads Redis can neither use nor change them."""

from collections.abc import Sequence

from odps_bot.errors import SettingsError


class TokenCipher:
    """Seals by the first of its keys, and opens what any of them has sealed.

    A key is what `cryptography.fernet.Fernet.generate_key` returns: 32 bytes in url-safe base64.
    https://cryptography.io/en/latest/fernet/#cryptography.fernet.MultiFernet
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Raise SettingsError when a key is none, or the package that seals is not installed."""
        try:
            from cryptography import fernet  # noqa: PLC0415  -- an extra
        except ModuleNotFoundError as error:
            raise SettingsError(
                "ODPS_BOT_ENCRYPTION_KEYS needs a package: `pip install 'odps-bot[oauth]'`"
            ) from error
        try:
            singles = [fernet.Fernet(key) for key in keys]
        except ValueError as error:
            raise SettingsError(
                "ODPS_BOT_ENCRYPTION_KEYS: expected 32 bytes in url-safe base64 each, as"
                " cryptography's Fernet.generate_key() makes them"
            ) from error
        self._newest, self._all = singles[0], fernet.MultiFernet(singles)
        self._refusal = fernet.InvalidToken

    def encrypt(self, text: str) -> bytes:
        """Return `text` sealed by the newest key."""
        return self._all.encrypt(text.encode())

    def decrypt(self, sealed: bytes) -> str:
        """Return what was sealed. Raises ValueError when no key opens it."""
        try:
            return self._all.decrypt(sealed).decode()
        except self._refusal as error:
            raise ValueError("no key opens it") from error

    def is_newest(self, sealed: bytes) -> bool:
        """Return whether the newest key has sealed it."""
        try:
            self._newest.decrypt(sealed)
        except self._refusal:
            return False
        return True
