"""Answers to questions that only MaxCompute can answer."""
