"""The bot and a worker against a Slack that others wrote; see docs/contributing.md."""
