"""Why something is not proven. Pure."""


class UnprovenError(Exception):
    """A statement could not be proven to be what it looks like; says why, for people."""
