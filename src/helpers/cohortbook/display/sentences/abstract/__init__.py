"""What the abstract says of each analysis: one finding a sentence, short enough for a journal.

Limits stand with hazard ratios and differences, not with medians; tests have no names but the
log-rank; of the response rates the objective one is told. The results have the rest. One module for
each verb, so that an edit of one is not an edit of all.
"""
