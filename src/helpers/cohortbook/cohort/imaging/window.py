"""From stored values to grey: the window of DICOM PS3.3, section C.11.2.1.2."""

from __future__ import annotations

import numpy as np

BLACK, WHITE = 0, 255


def windowed(
    values: np.ndarray, center: float, width: float, function: str = "LINEAR"
) -> np.ndarray:
    """Give values as grey levels, 0 to 255.

    Parameters
    ----------
    values : array
        In the unit of the window, such as Hounsfield units.
    center, width : float
        The window's level and width.
    function : {"LINEAR", "LINEAR_EXACT", "SIGMOID"}
        As the standard defines them; LINEAR moves the centre by one half and narrows by one.

    Returns
    -------
    array of uint8
    """
    x = np.asarray(values, dtype=float)
    if function == "SIGMOID":
        share = 1 / (1 + np.exp(np.clip(-4 * (x - center) / width, -700, 700)))
    elif function == "LINEAR_EXACT":
        share = (x - center) / width + 0.5
    else:
        share = (x - (center - 0.5)) / max(width - 1, 1e-9) + 0.5
    return np.rint(np.clip(share, 0, 1) * (WHITE - BLACK)).astype(np.uint8)


def full_range(values: np.ndarray) -> tuple[float, float]:
    """Give centre and width of the window (LINEAR_EXACT) that shows the lowest to the highest."""
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    return (low + high) / 2, (high - low) or 1.0
