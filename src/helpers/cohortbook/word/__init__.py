"""A DOCX that somebody changed, taken back into the study."""
