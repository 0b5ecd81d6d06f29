"""Try odps-bot with nothing: a local MaxCompute, a local Slack and an embedded Redis."""
