"""What MaxCompute returns and takes, as values; pure."""
