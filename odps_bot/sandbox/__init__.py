"""Try odps-bot without accounts: a local MaxCompute, a local Slack and an embedded Redis."""
