"""Why a picture cannot be used."""

from __future__ import annotations


class Refused(Exception):
    """A picture that cannot be used: what was expected, how to mend it, what was found."""

    def __init__(self, expected: str, mend: str, found: str = "") -> None:
        self.expected, self.mend, self.found = expected, mend, found
        super().__init__(expected)
