"""Adapters to Slack's Web API and response_urls: slack_sdk's exceptions end here."""
