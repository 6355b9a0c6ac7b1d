"""What a wire knows of its service from documentation alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Documented:
    """Parts of a protocol that no recording shows, and where they are documented.

    Attributes:
        source: the address of the documentation.
        reason: why no recording shows them.
        names: what they are, as ``provider-conformance wire`` names them without backquotes:
            ``failure: status 529``, ``stream: event ping``, ``chat answer: choices[].message``;
            a path stands for all that is below it too.
    """

    source: str
    reason: str
    names: Sequence[str]
