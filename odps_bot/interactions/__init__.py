"""What commands and buttons share: decide, silence, request a file, open the modal."""
