"""How soon the ends of young runs are seen in Slack, with held requests and without."""
