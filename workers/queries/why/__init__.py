"""Answers to `/odps why`: what is known of a job, what MaxCompute tells now, and what follows."""
