"""How much to believe the treatment's effect: one module a question, all asked of one model."""
