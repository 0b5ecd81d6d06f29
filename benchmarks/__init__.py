"""Side-by-side measurements; README.md has what they found."""
