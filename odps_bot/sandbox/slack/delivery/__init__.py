"""Delivery to the app by Socket Mode or signed HTTP, and its acknowledgement."""
