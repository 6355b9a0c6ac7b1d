"""Mutants as data: a broken provider, the check that must fail on it, and for which reason."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from provider_conformance._harness import Harness
from provider_conformance.zoo.reference import HARNESS

_P = TypeVar("_P", bound=type)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A provider that breaks one rule.

    Attributes:
        name: the class's name.
        story: what it does wrong, in one sentence.
        kills: the id of the check that must fail on it.
        because: a part of that failure's ``expected`` text.
        harness: the harness with which the kit runs it.
    """

    name: str
    story: str
    kills: str
    because: str
    harness: Harness


registry: dict[str, Mutant] = {}


def mutant(kills: str, because: str, **harness: Any) -> Callable[[_P], _P]:
    """Register the class below as a mutant; its docstring is the story.

    Args:
        kills: the id of the check that must fail on it.
        because: a part of that failure's ``expected`` text.
        harness: fields of the harness that differ from the reference's.
    """

    def register(provider: _P) -> _P:
        name = provider.__name__
        if name in registry:
            raise ValueError(f"two mutants are called {name}")
        story = (inspect.getdoc(provider) or "").partition("\n")[0]
        mutant_harness = replace(HARNESS, provider=provider, **harness)
        registry[name] = Mutant(name, story, kills, because, mutant_harness)
        return provider

    return register
