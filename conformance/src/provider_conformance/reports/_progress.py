"""Tells an author how much of a scaffold's sample wire is still to be replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from provider_conformance.wires._base import Wire
from provider_conformance.wires._sample import is_sample


@dataclass(frozen=True, slots=True)
class OwnMethods:
    """The methods of a wire that its author writes.

    Attributes:
        count: how many there are.
        left: those that are still marked ``sample``.
    """

    count: int
    left: Sequence[str]


def own_methods(wire: Wire) -> OwnMethods:
    """Return the methods that a wire overrides."""
    own = [name for name in dir(Wire) if _is_overridden(wire, name)]
    return OwnMethods(len(own), [name for name in own if is_sample(getattr(type(wire), name))])


def sample_note(
    wire: Wire | OwnMethods,
    called: Mapping[str, Sequence[str]],
    *,
    red: bool = False,
    named_in: Path | None = None,
) -> str:
    """Return a line about the methods of a wire that are still marked ``sample``; else nothing.

    Args:
        wire: the wire, or what is known of its methods.
        called: the marked methods that each check called, by check id.
        red: whether any check failed. It may have ended before it called a marked method, so the
            number of checks is left out.
        named_in: the file that lists the checks.
    """
    methods = wire if isinstance(wire, OwnMethods) else own_methods(wire)
    left = methods.left
    if not left:
        return ""
    are = "method is" if len(left) == 1 else "methods are"
    note = f"{len(left)} of {methods.count} {are} still sample: {', '.join(left)}"
    if red or not called:
        return note
    where = f", named in {named_in}" if named_in else ""
    return f"{note}; {len(called)} {'check' if len(called) == 1 else 'checks'} used one{where}"


def sample_problems(
    wire: Wire, called: Mapping[str, Sequence[str]], *, allowed: bool
) -> Iterator[str]:
    """Yield why a wire with marked methods is not accepted.

    Args:
        called: the marked methods that each check called, by check id.
        allowed: whether a sample is accepted as long as it is untouched. Once a method is
            replaced, the wire is somebody's work, and must be finished to prove anything.
    """
    methods = own_methods(wire)
    elsewhere = {name for names in called.values() for name in names} - set(methods.left)
    if elsewhere:
        yield (
            f"checks used sample methods that are not the wire's own: "
            f"{', '.join(sorted(elsewhere))}; replace them and remove their marks"
        )
    if not methods.left:
        return
    replaced = methods.count - len(methods.left)
    if not allowed:
        yield (
            f"{sample_note(methods, {})}; replace them and remove their marks (--allow-sample "
            "accepts a wire of which no method is replaced yet)"
        )
    elif replaced:
        yield (
            f"{sample_note(methods, {})}; --allow-sample accepts a wire only until its first "
            "method is replaced: replace these too, and remove --allow-sample from the command"
        )


def _is_overridden(wire: Wire, name: str) -> bool:
    method = getattr(type(wire), name)
    is_public = callable(method) and not name.startswith("_")
    return is_public and method is not getattr(Wire, name)
