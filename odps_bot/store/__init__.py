"""What Redis holds besides runs and alerts: connections, keys, the outbox, leases, small stores."""
