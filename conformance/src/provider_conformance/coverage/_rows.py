"""Rows of the coverage table: a field in one place, its forms, and the checks that cover it."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from provider_sdk import OpenAIDialect

from provider_conformance.coverage._forms import LOST, Form, Spoil
from provider_conformance.wires import Wire
from provider_conformance.zoo._router import ROUTER_HARNESS, RouterProvider

Direction = Literal["request", "answer"]
How = Literal["whole", "streamed"]
Stage = Literal[
    "call",
    "response",
    "chunk",
    "error",
    "stream error",
    "list error",
    "ids",
    "models",
    "health",
    "text",
]
"""What a row changes: the arguments of a call (``Asked``), the ``ChatResponse`` (of a stream too),
each ``ChatChunk``, a ``ProviderError`` that a call, a stream or ``list_models`` raises, the result
of ``list_models``, ``describe_models``, ``probe`` or ``complete``."""

Change = Callable[[Any, Spoil], Any]
"""Returns the stage's value with the field's value spoiled; the same value if nothing changed."""

WHOLE: Sequence[How] = ("whole",)
STREAMED: Sequence[How] = ("streamed",)
BOTH: Sequence[How] = ("whole", "streamed")


@dataclass
class Asked:
    """The arguments of a call, its messages as dicts."""

    messages: list[dict[str, Any]]
    model: str | None
    options: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A field in one place.

    Attributes:
        field: the field, as ``contract_fields`` names it.
        place: where it stands, as it is shown in the table: ``"of a user's turn"``.
        stage: what is changed.
        change: changes it.
        forms: the forms that the field may have there.
        checks: the checks, of which at least one must fail where a form is lost.
        hows: in which calls it can stand.
        uncovered: by name of a form, why no check covers it.
        wire: the protocol, if the reference's cannot say it.
        dialect: the dialect of the provider for that.
    """

    field: str
    place: str
    stage: Stage
    change: Change
    forms: Sequence[Form]
    checks: Sequence[str]
    hows: Sequence[How] = BOTH
    uncovered: Mapping[str, str] = dataclasses.field(default_factory=dict)
    wire: Wire = ROUTER_HARNESS.wire
    dialect: OpenAIDialect = RouterProvider.dialect

    @property
    def direction(self) -> Direction:
        """Whether the field is sent or received."""
        return "request" if self.stage == "call" else "answer"


_rows: list[Row] = []


def row(*found: Row) -> None:
    """Register rows."""
    _rows.extend(found)


def all_rows() -> Sequence[Row]:
    """Return the rows of every module of this package."""
    package = importlib.import_module("provider_conformance.coverage")
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        if not module.name.startswith("_"):
            importlib.import_module(f"{package.__name__}.{module.name}")
    return tuple(_rows)


def of_field(name: str, lost: Any = None) -> Change:
    """Return a change of one field of the stage's dataclass.

    Args:
        name: the field; one that is ``None`` stays.
        lost: what replaces a value that is lost.
    """

    def change(value: Any, spoil: Spoil) -> Any:
        old = getattr(value, name)
        if old is None:
            return value
        new = spoil(old)
        return replace(value, **{name: lost if new is LOST else new})

    return change


def of_turns(role: str, key: str, lost: Any = "") -> Change:
    """Return a change of one key of every message with a role."""

    def change(asked: Asked, spoil: Spoil) -> Asked:
        for turn in asked.messages:
            if turn["role"] == role and key in turn:
                new = spoil(turn[key])
                turn[key] = lost if new is LOST else new
        return asked

    return change


def of_option(name: str) -> Change:
    """Return a change of one option; one that is lost is left out."""

    def change(asked: Asked, spoil: Spoil) -> Asked:
        if (value := asked.options.pop(name, None)) is not None:
            new = spoil(value)
            if new is not LOST:
                asked.options[name] = new
        return asked

    return change
