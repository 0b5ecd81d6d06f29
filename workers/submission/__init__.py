"""From an accepted run to an instance: admission, estimate, budgets, the POST."""
