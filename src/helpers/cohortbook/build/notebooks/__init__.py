"""Notebooks as a build runs them, and what is kept of earlier runs."""
