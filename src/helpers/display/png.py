"""PNG in half of the time: each row is stored as its difference from the one above.

Figures are flat: rows are mostly those above them again. Pillow tries five filters on each row.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from PIL.Image import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
UP = 2  # the filter, see PNG (W3C, third edition), section 9.2
TRUECOLOUR = 2
LEVEL = 3  # of zlib: a little larger than 6, in half of the time
PER_METRE = 1 / 0.0254


def png(picture: Image, dpi: int) -> bytes:
    """Write an RGB picture as PNG with its resolution."""
    wide, high = picture.size
    rows = np.asarray(picture).reshape(high, -1)
    filtered = np.empty((high, rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])  # modulo 256, as the filter is
    metre = round(dpi * PER_METRE)
    return SIGNATURE + b"".join((
        _chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, TRUECOLOUR, 0, 0, 0)),
        _chunk(b"pHYs", struct.pack(">IIB", metre, metre, 1)),
        _chunk(b"IDAT", zlib.compress(filtered, LEVEL)),
        _chunk(b"IEND", b""),
    ))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
