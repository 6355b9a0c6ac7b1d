"""How a check says that a provider breaks a rule."""

from __future__ import annotations


class Failed(Exception):
    """The provider breaks the rule that is being checked.

    Attributes:
        what: what was looked at, such as ``response.text``.
        expected: what the rule demands.
        actual: what was found.
    """

    def __init__(self, what: str, expected: object, actual: object) -> None:
        super().__init__(f"{what}: expected {expected!r}, got {actual!r}")
        self.what = what
        self.expected = _display(expected)
        self.actual = _display(actual)


class NotTestable(Exception):
    """The check cannot be tried with what the harness offers."""


def _display(value: object) -> str:
    # Quotes make white space at the ends visible, and emptiness.
    plain = isinstance(value, str) and value and value == value.strip()
    text = str(value) if plain else repr(value)
    return text if len(text) <= 600 else f"{text[:600]}… ({len(text)} characters)"
