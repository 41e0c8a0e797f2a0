"""Why a picture cannot be used."""

from __future__ import annotations

from ...bounds import Unreadable


class Refused(Unreadable):
    """A picture that cannot be used."""
