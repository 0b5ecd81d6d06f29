"""Ephemeral replies that wait to be sent, and the inquiries that MaxCompute must answer first."""
