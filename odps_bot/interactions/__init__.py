"""What verbs and buttons do alike: decide, silence, request a file, open the modal."""
