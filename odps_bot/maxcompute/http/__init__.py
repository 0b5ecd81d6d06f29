"""Signed requests to the REST API, and how they fail."""
