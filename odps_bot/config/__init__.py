"""How a setting gets its value: variables and files, parsers, and names that are nearly right."""
