"""What each operation of the REST API answers; one module a subject."""
