"""Tidy results in; tables, figures and sentences out. No statistic is computed here."""

from .settings import settings_table

__all__ = ["settings_table"]
