"""Asking MaxCompute how instances are: polls, sweeps, and the activity of whole projects."""
