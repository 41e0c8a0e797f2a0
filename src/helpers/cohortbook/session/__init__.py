"""What a notebook works with: the cohort, its cells, and the book of its results."""
