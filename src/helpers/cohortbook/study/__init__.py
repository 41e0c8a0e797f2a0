"""The study file: what a cohort's tables hold and what is asked of them."""
