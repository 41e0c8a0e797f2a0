"""Tables as they are laid out: one model for HTML, text, CSV and JSON."""
