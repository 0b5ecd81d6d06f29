"""Alerts of subscriptions: what happened in a project, grouped, silenced, and remembered."""
