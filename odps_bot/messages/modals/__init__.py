"""Modals."""
