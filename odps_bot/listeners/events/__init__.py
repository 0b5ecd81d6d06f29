"""Slack's Events API: mentions, the App Home, and the end of an installation."""
