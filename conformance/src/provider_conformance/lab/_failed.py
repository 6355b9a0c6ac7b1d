"""The exceptions by which a check tells that a provider broke a rule, or that it cannot tell."""

from __future__ import annotations


class Failed(Exception):
    """Raised by a check when the provider breaks its rule.

    Attributes:
        what: what was compared, such as ``response.text``.
        expected: what the rule demands, as text.
        actual: what the provider did, as text.
    """

    def __init__(self, what: str, expected: object, actual: object) -> None:
        super().__init__(f"{what}: expected {expected!r}, got {actual!r}")
        self.what = what
        self.expected = _display(expected)
        self.actual = _display(actual)


class NotTestable(Exception):
    """Raised by a check that this harness cannot run, such as a replay without cassettes."""


def _display(value: object) -> str:
    # repr() shows white space at the ends, and the empty string.
    plain = isinstance(value, str) and value and value == value.strip()
    text = str(value) if plain else repr(value)
    return text if len(text) <= 600 else f"{text[:600]}… ({len(text)} characters)"
