"""What the parts share: one thread for every program, medians, ratios, Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


def medians(measured: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Give the median of each program's rounds."""
    return {name: median(values) for name, values in measured.items()}


def ratio_rows(measured: Mapping[str, Sequence[float]], ours: str) -> list[list[str]]:
    """Give a row a program: its median, and the median over rounds of its ratio to ours."""
    rows = []
    for name, values in measured.items():
        ratio = median(v / own for v, own in zip(values, measured[ours], strict=True))
        rows.append([name, f"{median(values):.3g}", f"{ratio:.1f}"])
    return rows


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a Markdown table."""
    lines = [list(header), ["---"] * len(header), *map(list, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
