"""The accounts that use the sandbox."""


def account_number(owner: str) -> str:
    """Return a number for the account, which is no secret as its access key is."""
    return str(int.from_bytes(owner.encode()[-7:], "big"))
