"""A hundred commands a second, and what Slack's limits leave for five hundred live cards."""
