"""Figures: tidy frames and the study in, `Figure` (drawing, caption, alternative text) out."""
