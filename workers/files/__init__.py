"""Results as files and charts."""
