"""Model ids of the router: ``org/name``, optionally with ``:provider`` or ``:policy``."""

from __future__ import annotations

from typing import NamedTuple, Self


class ModelId(NamedTuple):
    """A model and who is to serve it.

    Attributes:
        repo: the model on the Hub, ``org/name``.
        suffix: a back end (``"groq"``), a policy (``"fastest"``, ``"cheapest"``, ``"preferred"``),
            or ``None`` for the router's own choice. It is passed through, never checked: the
            router knows back ends that this code does not.
    """

    repo: str
    suffix: str | None

    @classmethod
    def parse(cls, model: str) -> Self:
        """Split at the last colon behind the slash; an organisation may hold a colon."""
        org, slash, name = model.rpartition("/")
        repo, colon, suffix = name.rpartition(":")
        if not slash or not colon or not repo:
            return cls(model, None)
        return cls(f"{org}/{repo}", suffix or None)
