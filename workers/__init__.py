"""The background half: RQ jobs, one module each, and the process that runs them."""
