"""Two builds of a study compared, and what is told to reviewers checked against that."""
