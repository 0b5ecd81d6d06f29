"""The Web API: its methods, their arguments, permissions and responses."""
