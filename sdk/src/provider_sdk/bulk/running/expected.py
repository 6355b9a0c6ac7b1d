"""How many tokens a row is expected to use, for limits on tokens and cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provider_sdk._accounting.estimate import estimate_tokens
from provider_sdk._usage import Usage
from provider_sdk.bulk.rows import Row

_FIRST_GUESS = 256
"""Tokens that an answer is expected to have before there is one."""
_WEIGHT = 0.05


class ExpectedTokens:
    """Expects of a row what it reads, and that its answer is as long as those before it."""

    def __init__(self) -> None:
        self._written: float | None = None

    def of(self, row: Row, options: Mapping[str, Any]) -> int:
        """Return about how many tokens a row will use.

        Args:
            row: the row.
            options: the options of the run.
        """
        most = row.options.get("max_tokens") or options.get("max_tokens")
        written = _FIRST_GUESS if self._written is None else self._written
        if most is not None:
            written = min(written, most)
        return estimate_tokens(row.messages, tools=options.get("tools")) + round(written)

    def learn(self, usage: Usage) -> None:
        """Take over how many tokens an answer had."""
        written = usage.completion_tokens
        if written is None:
            return
        before = written if self._written is None else self._written
        self._written = before + _WEIGHT * (written - before)
