"""The report in the study's language: finished words, tables and drawings, and their numbers."""
