"""How fresh ten boards are while five hundred runs go on, and what that costs their cards."""
