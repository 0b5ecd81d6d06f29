"""What is sealed can be read by its keys only."""

import pytest
from cryptography.fernet import Fernet

from odps_bot.errors import SettingsError
from odps_bot.slack.installations import TokenCipher


def new_key() -> str:
    return Fernet.generate_key().decode()


def test_what_was_sealed_is_opened_again_and_is_not_to_be_read_meanwhile():
    seal = TokenCipher([new_key()])

    sealed = seal.encrypt("xoxb-secret")

    assert b"xoxb" not in sealed
    assert seal.decrypt(sealed) == "xoxb-secret"


def test_an_older_key_still_opens_and_the_newest_seals():
    old, new = new_key(), new_key()
    sealed = TokenCipher([old]).encrypt("xoxb-secret")

    seal = TokenCipher([new, old])

    assert seal.decrypt(sealed) == "xoxb-secret"
    assert not seal.is_newest(sealed)
    assert seal.is_newest(seal.encrypt("xoxb-secret"))


@pytest.mark.parametrize(
    "sealed",
    [b"", b"nonsense", Fernet(Fernet.generate_key()).encrypt(b"x")],
    ids=["nothing", "nonsense", "by another key"],
)
def test_what_no_key_has_sealed_is_refused(sealed: bytes):
    seal = TokenCipher([new_key()])

    with pytest.raises(ValueError, match="no key opens it"):
        seal.decrypt(sealed)
    assert not seal.is_newest(sealed)


@pytest.mark.parametrize("key", ["short", "ä" * 44, "A" * 43])
def test_a_key_that_is_none_is_refused_without_being_shown(key: str):
    with pytest.raises(SettingsError, match="ODPS_BOT_ENCRYPTION_KEYS") as refusal:
        TokenCipher([key])

    assert key not in str(refusal.value)
