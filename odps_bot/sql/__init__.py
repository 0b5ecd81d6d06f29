"""The one reader of SQL: where statements end, what they set, and what they do. Pure."""
