"""How soon everything that Slack sends is acknowledged."""
