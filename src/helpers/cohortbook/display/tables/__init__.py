"""Tables of the report: tidy results in, one finished table out. No statistic is computed here."""
