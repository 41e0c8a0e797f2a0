"""Sweeps: one study built again for each point of a grid, and one page that compares them."""
