"""nbformat, which reads and writes notebooks, without a second of imports that no notebook needs.

It imports jsonschema, and that compiles a grammar of international web addresses where JupyterLab
has brought one. The schema of notebooks asks for no such address.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

GRAMMAR = "rfc3987_syntax"


def notebook_format() -> ModuleType:
    """Give the module nbformat; called before anything else imports it, as papermill does."""
    if GRAMMAR in sys.modules:
        return import_module("nbformat")
    # its import then fails, which jsonschema takes as not installed
    sys.modules[GRAMMAR] = None  # type: ignore[assignment]
    try:
        return import_module("nbformat")
    finally:
        del sys.modules[GRAMMAR]
