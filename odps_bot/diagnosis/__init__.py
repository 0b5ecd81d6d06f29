"""Why an instance is slow or queued, and what helps. Pure: no clock, no network."""
