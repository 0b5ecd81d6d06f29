"""The background half: RQ jobs in `jobs`, what they call, and the process that runs them."""
