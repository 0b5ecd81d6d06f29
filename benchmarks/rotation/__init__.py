"""Commands while Slack replaces the connections of Socket Mode."""
