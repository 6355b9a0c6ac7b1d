"""Names two rows that have the same id."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs.form import Form
from provider_sdk.bulk.inputs.ids import Ids
from provider_sdk.bulk.inputs.records import shortened
from provider_sdk.bulk.inputs.requests import build_for
from provider_sdk.bulk.inputs.sources import open_source


def refuse_repeats(path: Path, form: Form, ids: Ids) -> None:
    """Refuse an input in which an id occurs twice.

    If hashes do, the input is read again, as far as the second row with an id that another has.

    Args:
        path: the input.
        form: how to read it, with its format.
        ids: the ids of all its rows.

    Raises:
        BulkInputError: two rows have the same id; both are named.
        OSError: the input cannot be read.
    """
    suspects = ids.suspects()
    if not suspects:
        return
    build, seen = build_for(form), dict[str, int]()
    with open_source(path, form) as source:
        places = source.places
        for number, (place, _, values) in enumerate(islice(source.records, form.limit)):
            id = places.checked(place, build, values)[0]
            id = str(number) if id is None else id
            if ids.hasher(id) not in suspects:
                continue
            if id in seen:
                both = f"{places.name(seen[id])} and {places.name(place)}"
                raise BulkInputError(
                    f"{both} have the same id {shortened(repr(id))}",
                    hint="Give each row an id of its own, or leave ids out to count the rows.",
                )
            seen[id] = place
