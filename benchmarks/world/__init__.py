"""What surrounds the processes that are measured: a MaxCompute, a Slack, and their watched runs."""
