"""Reads an input once before anything is sent: how much it is, and whether all of it is right."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs.files import reading
from provider_sdk.bulk.inputs.form import Form
from provider_sdk.bulk.inputs.formats import with_format
from provider_sdk.bulk.inputs.ids import Ids
from provider_sdk.bulk.inputs.repeats import refuse_repeats
from provider_sdk.bulk.inputs.requests import Build, build_for
from provider_sdk.bulk.inputs.sources import Source, open_source
from provider_sdk.bulk.templates import RowProblem

MOST_MARKS = 2**13
"""The most offsets that are kept."""
MOST_MODELS = 100
"""The most names of models that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What is known of an input after one pass.

    Attributes:
        form: how to read it, with the format that was found.
        size: in bytes.
        digest: SHA-256 of the file, in hexadecimal.
        rows: how many rows there are, at most the limit of the form.
        columns: the keys of the first row, or the columns of a table.
        stride: offsets are known of each row whose number is a multiple of it; a power of 2.
        offsets: these offsets.
        characters: of all texts in all conversations.
        models: the models that rows name, of which the first 100 are kept.
        options: the chat options that rows set.
    """

    form: Form
    size: int
    digest: str
    rows: int
    columns: tuple[str, ...]
    stride: int
    offsets: array[int]
    characters: int
    models: frozenset[str]
    options: frozenset[str]

    @property
    def marks(self) -> tuple[tuple[int, int], ...]:
        """Rows at which a shard can begin, from 0 upwards, and the offset of each."""
        return tuple((number * self.stride, at) for number, at in enumerate(self.offsets))


def survey(path: Path, form: Form, scratch: Path | None = None) -> Survey:
    """Read an input once, check every row of it, and return what is known of it then.

    Memory does not grow with the number of rows. Rows after the limit of the form are hashed and
    not read.

    Args:
        path: the input.
        form: how to read it.
        scratch: a folder for a temporary file with 8 bytes for each row, made when there are many;
            by default the system's.

    Raises:
        BulkInputError: the file cannot be read, has no row, a row cannot be asked, or two rows
            have the same id. The line is named; for tables the row, from 0.
    """
    with reading(path):
        form = with_format(path, form)
        ids = Ids(scratch)
        try:
            with open_source(path, form) as source:
                counts = _Counts()
                counts.read(source, build_for(form), form.limit, ids)
                found = source.fingerprint()
            refuse_repeats(path, form, ids)
        finally:
            ids.close()
    if not counts.rows:
        raise BulkInputError(f"{path} has no rows")
    return Survey(
        form=form,
        size=found.size,
        digest=found.digest,
        rows=counts.rows,
        columns=counts.columns,
        stride=counts.stride,
        offsets=counts.offsets,
        characters=counts.characters,
        models=frozenset(counts.models),
        options=frozenset(counts.options),
    )


class _Counts:
    """What one pass counts."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns: tuple[str, ...] = ()
        self.stride = 1
        self.offsets = array("q")
        self.characters = 0
        self.models: set[str] = set()
        self.options: set[str] = set()

    def read(self, source: Source, build: Build, limit: int | None, ids: Ids) -> None:
        place, number, stride, characters, add = 0, -1, self.stride, 0, ids.add
        self.columns = source.columns
        try:
            for number, record in enumerate(islice(source.records, limit)):
                place, offset, values = record
                id, messages, model, options = build(values)
                add(id, number)
                for message in messages:
                    content = message.get("content")
                    characters += len(content) if type(content) is str else _characters_in(content)
                if model is not None or options:
                    self._note(model, options)
                if number % stride == 0:
                    stride = self._mark(offset)
                    self.columns = self.columns or tuple(values)
        except RowProblem as error:
            problem = str(error)
        else:
            self.rows, self.characters = number + 1, characters
            return
        raise source.places.error(place, problem)

    def _note(self, model: str | None, options: Mapping[str, Any]) -> None:
        if model is not None and len(self.models) < MOST_MODELS:
            self.models.add(model)
        self.options.update(options)

    def _mark(self, offset: int) -> int:
        """Keep the offset of a row, and return the stride to the next."""
        self.offsets.append(offset)
        if len(self.offsets) > MOST_MARKS:
            self.offsets = self.offsets[::2]
            self.stride *= 2
        return self.stride


def _characters_in(parts: Sequence[Mapping[str, Any]] | None) -> int:
    return sum(len(part.get("text") or "") for part in parts or ())
