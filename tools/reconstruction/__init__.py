"""A synthetic cohort found and completed from published aggregate counts alone."""
