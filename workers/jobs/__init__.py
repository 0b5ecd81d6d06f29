"""The functions that RQ calls, one module each."""
