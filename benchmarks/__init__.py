"""Benchmarks, one module a part: `python -m benchmarks` runs them all, or those named."""
