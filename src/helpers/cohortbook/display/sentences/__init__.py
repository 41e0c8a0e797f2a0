"""Sentences of the report: tidy results in, Markdown out. Every number and verdict is computed."""
