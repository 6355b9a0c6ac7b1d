"""How far an author has come who replaces a scaffold's sample protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from provider_conformance.wires._base import Wire
from provider_conformance.wires._sample import is_sample


def sample_note(
    wire: Wire,
    spoken: Mapping[str, Sequence[str]],
    *,
    red: bool = False,
    named_in: Path | None = None,
) -> str:
    """Return a line about what is still marked ``sample`` in a wire, or nothing.

    Args:
        spoken: the checks that called a marked method, by id.
        red: whether any check failed; it may have ended before it called one, so that no count
            of checks says anything.
        named_in: the file that has all of their ids.
    """
    own = [name for name in dir(Wire) if _is_overridden(wire, name)]
    left = [name for name in own if is_sample(getattr(type(wire), name))]
    if not left:
        return ""
    are = "method is" if len(left) == 1 else "methods are"
    note = f"{len(left)} of {len(own)} {are} still sample: {', '.join(left)}"
    if red or not spoken:
        return note
    where = f", named in {named_in}" if named_in else ""
    return f"{note}; {len(spoken)} {'check' if len(spoken) == 1 else 'checks'} used one{where}"


def _is_overridden(wire: Wire, name: str) -> bool:
    method = getattr(type(wire), name)
    is_public = callable(method) and not name.startswith("_")
    return is_public and method is not getattr(Wire, name)
