"""Regular expressions that are compiled when they are first used.

Those that recognise errors are long, and most processes never meet the error. Compiling all of them
would take a tenth of the time from the start of a command to the first word of its answer.
"""

from __future__ import annotations

import re
from functools import cached_property


class Pattern:
    """A regular expression for text; the methods are those of ``re.Pattern``.

    Args:
        pattern: the expression.
        flags: as for ``re.compile``.
    """

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression."""
        return re.compile(self.pattern, self._flags)

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return the first match."""
        return self.compiled.search(text, start)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return the match that begins at the start."""
        return self.compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Return the match that is the whole text."""
        return self.compiled.fullmatch(text)

    def sub(self, replacement: str, text: str) -> str:
        """Return the text with each match replaced."""
        return self.compiled.sub(replacement, text)
