"""How soon a person gets their card while somebody else's things are slow or silent."""
