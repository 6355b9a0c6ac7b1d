"""Hooks: commands of the user that are told of an event, and may stop it."""

from __future__ import annotations

import click


class DeniedByHookError(click.ClickException):
    """A hook denied what was asked, or one that is required failed.

    Args:
        reason: ``Outcome.denied``.
    """

    exit_code = 7

    def __init__(self, reason: str) -> None:
        super().__init__(f"denied by a hook: {reason}")
