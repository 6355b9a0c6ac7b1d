"""What ``doctor`` found to be wrong."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """Something that is wrong.

    Attributes:
        about: what, in a word.
        message: what is wrong, and what to do.
        code: the exit code, if it keeps the command from working; 0 if it does not.
    """

    about: str
    message: str
    code: int = 0

    def fields(self) -> dict[str, object]:
        """Return it as JSON."""
        return {"about": self.about, "message": self.message, "needed": self.code != 0}
