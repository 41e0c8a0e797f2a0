"""Tidy results in; tables, figures and sentences out. No statistic is computed here."""

from .settings import robustness_table, settings_table

__all__ = ["robustness_table", "settings_table"]
