"""Clients of others, each through its usual session with the sandbox: `make conformance`."""
