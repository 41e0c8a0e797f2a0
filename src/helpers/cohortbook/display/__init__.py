"""Tidy results in; tables, figures and sentences out. No statistic is computed here."""
