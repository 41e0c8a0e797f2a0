"""The cohort: tables read, checked, derived, typed."""
