"""What a build begins with, before it imports and reads what it needs itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..request import Request
from .cache import Cache
from .execute import prepared
from .own_notebooks import notebooks_of
from .template import Template


@contextmanager
def begun(request: Request) -> Iterator[Template | None]:
    """Begin to import what the notebooks need where it is certain that all will run."""
    # only then: to import beside a build that finds all kept would cost what it saves
    certain = request.fresh or kept_notebooks(request).empty
    notebooks = notebooks_of(request.root, request.study) if certain else []
    with prepared(notebooks, request.study.resolve(), kept(request)) as template:
        yield template


def kept(request: Request) -> Path:
    """Give the folder of what is kept from one build to the next."""
    return request.work.resolve() / ".cache"


def kept_notebooks(request: Request) -> Cache:
    """Give the executed notebooks of earlier builds."""
    return Cache(kept(request) / "notebooks")
