"""How often the interpreter looks for garbage that only refers to itself."""

from __future__ import annotations

import gc

_AT_START = 100_000

_usual = gc.get_threshold()


def expect_start() -> None:
    """Look seldom: what a start makes are modules, classes and functions, which all stay.

    To look among them after every 700 objects, as Python 3.11 does by itself, is a tenth of the
    start.
    """
    global _usual
    _usual = gc.get_threshold()
    gc.set_threshold(_AT_START)


def expect_long_run() -> None:
    """Look as often as Python does by itself, and never again among what is there now."""
    gc.freeze()
    gc.set_threshold(*_usual)
