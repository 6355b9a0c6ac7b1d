"""Keeping credentials out of everything that people see."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"

# Shorter values stand in ordinary words; replacing them would garble messages and hide nothing.
_SHORTEST = 4


class Redactor:
    """Replaces known secrets by value, wherever they stand and however they are quoted."""

    def __init__(self, secrets: Iterable[str | None]) -> None:
        forms = {
            form
            for secret in secrets
            if secret and len(secret) >= _SHORTEST
            for form in (secret, quote(secret, safe=""), quote_plus(secret))
        }
        # Longest first: one secret may be part of another.
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, REDACTED)
        return text

    def __repr__(self) -> str:
        return f"Redactor({len(self._forms)} forms)"
