"""Ephemeral messages, for the requester only."""
