"""Whether any cohort can give a printed survival table: a search, and what print alone forbids."""
