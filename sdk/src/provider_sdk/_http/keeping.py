"""Whether requests are kept instead of being sent; what keeps them is in ``_unsent``."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provider_sdk._unsent import Unsent

UNSENT: ContextVar[Unsent | None] = ContextVar("UNSENT", default=None)
