"""Importing modules of providers, which are code of others."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, redirect_stdout


def importing() -> AbstractContextManager[object]:
    """Send what modules of providers print while they are imported to standard error."""
    return redirect_stdout(sys.stderr)
