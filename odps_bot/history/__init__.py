"""How long statements usually take: what is kept of each success, and what follows from it."""
