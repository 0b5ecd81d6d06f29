"""The primary of Redis is killed, stopped and demoted while people ask for runs."""
