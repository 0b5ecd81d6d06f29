"""How long it takes to say what a statement does."""
