"""Messages that people wrote or forwarded, read as they were written. Pure."""
