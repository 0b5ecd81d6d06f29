"""Signed requests, retries and errors of one endpoint."""
