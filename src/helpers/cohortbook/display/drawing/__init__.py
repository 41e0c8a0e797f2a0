"""Drawings: pages in centimetres, type, colours, bytes of each format."""
