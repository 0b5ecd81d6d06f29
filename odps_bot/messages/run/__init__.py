"""The messages of a run: its card, its progress, its questions and its completion."""
