"""Runs MaxCompute's SQL in DuckDB."""
