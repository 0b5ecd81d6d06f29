"""What people typed, pasted or attached, parsed."""
