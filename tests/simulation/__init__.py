"""The whole system in one process under a virtual clock, with seeded faults at every boundary."""
