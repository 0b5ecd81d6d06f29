"""Runs MaxCompute SQL in DuckDB."""
