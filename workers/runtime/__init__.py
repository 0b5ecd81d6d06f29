"""The worker process: RQ's worker, its scheduler, the reconciler."""
