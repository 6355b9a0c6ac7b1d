"""The exceptions by which a check tells that a provider broke a rule, or that it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provider_conformance._text import clip, repr_of, text_of

if TYPE_CHECKING:
    from provider_conformance.lab._subjects import Subject

_MOST_CHARS = 600
_SHOWN = "\n\u200c\u200d"
"""What is shown as it is: line feeds, and the joiners that scripts and emoji need."""


class Failed(Exception):
    """Raised by a check when the provider breaks its rule.

    Attributes:
        what: what was compared, such as ``response.text``.
        expected: what the rule demands, as text.
        actual: what the provider did, as text.
        difference: where both differ first, if that is hard to see.
        subject: what the failure is about, if not the check's own rule.
    """

    def __init__(
        self,
        what: str,
        expected: object,
        actual: object,
        subject: Subject | None = None,
        difference: str = "",
    ) -> None:
        super().__init__(f"{what}: expected {repr_of(expected)}, got {repr_of(actual)}")
        self.what = what
        self.expected = _display(expected)
        self.actual = _display(actual)
        self.subject = subject
        self.difference = difference


class NotTestable(Exception):
    """Raised by a check that this harness cannot run, such as a replay without cassettes."""


def _display(value: object) -> str:
    # repr() shows white space at the ends, what is invisible, and the empty string.
    return clip(text_of(value) if _is_plain_text(value) else repr_of(value), _MOST_CHARS)


def _is_plain_text(value: object) -> bool:
    if type(value) is not str or not value or value != value.strip():
        return False
    return all(char.isprintable() or char in _SHOWN for char in value[:_MOST_CHARS])
