"""Asking the person at the terminal."""

from __future__ import annotations

import sys

import click


def can_ask() -> bool:
    """Whether somebody at a terminal sees a question and can answer it."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, *, default: bool = False) -> bool:
    """Ask for yes or no, on standard error; a bare Enter is the default."""
    return click.confirm(question, default=default, err=True)
