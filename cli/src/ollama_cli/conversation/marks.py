"""Telling cheaply whether another process has changed a session."""

from __future__ import annotations

from typing import NamedTuple


class Mark(NamedTuple):
    """What differs as soon as a session has changed.

    Attributes:
        used: counts up with each turn that is added or taken back, of any session.
        summary: the number of its newest summary, 0 without one.
    """

    used: int
    summary: int
