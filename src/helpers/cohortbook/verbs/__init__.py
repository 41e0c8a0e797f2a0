"""One verb an analysis: a cohort or a data frame in, a result with four doors out.

`.frame` is tidy, one row a statistic; `.table()`, `.figure()` and `.sentence()` show it. Each
choice is a named argument whose default is the study's (see `choices`).
"""
