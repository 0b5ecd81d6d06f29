"""The one door to Slack."""
