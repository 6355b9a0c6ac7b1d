"""A run whose directory is open: what it was asked, and what its rows came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.inputs import Form, Survey, fingerprint, survey
from provider_sdk.bulk.running.records import Records
from provider_sdk.bulk.shards import plan_shards
from provider_sdk.bulk.store import InputFacts, Manifest, RunDirectory, Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run is asked, as far as the manifest binds it.

    Attributes:
        input: the file with the rows.
        form: how they become requests.
        provider: the name of who is asked.
        model: the model that is asked.
        options: chat options for every row.
        asked: JSON that is kept and never compared.
    """

    input: Path
    form: Form
    provider: str
    model: str | None
    options: Mapping[str, Any]
    asked: Mapping[str, Any]


class Opened:
    """A run that has begun.

    Args:
        directory: its directory.
        manifest: what it was asked.

    Attributes:
        directory: as the argument; ``manifest`` too.
        form: how to read its input.
        records: reads its journals.
    """

    def __init__(self, directory: RunDirectory, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest
        self.form: Form = form_of(manifest)
        self.records: Records = Records(directory, manifest.shards)

    @classmethod
    def read(cls, path: Path) -> Opened:
        """Open the directory of a run, whatever is asked now.

        Raises:
            BulkInputError: no run is there, or its directory cannot be used.
        """
        directory = RunDirectory.open(path)
        manifest = directory.read_manifest()
        assert manifest is not None, "who has a directory open knows that it has one"
        return cls(directory, manifest)

    @property
    def rows(self) -> int:
        """How many rows the run has."""
        return self.manifest.input.rows

    def unfinished(self, totals: list[Totals]) -> list[int]:
        """Return the numbers of the shards that have rows left.

        Args:
            totals: the sums of each shard.
        """
        shards = zip(self.manifest.shards, totals, strict=True)
        return [shard.number for shard, total in shards if total.ended < shard.rows]


def form_of(manifest: Manifest) -> Form:
    """Return how the input of a run is read.

    Raises:
        BulkInputError: the manifest says it in a way that is not known here.
    """
    settings: dict[str, Any] = {**manifest.form, "format": manifest.input.format}
    if unknown := sorted(settings.keys() - {each.name for each in fields(Form)}):
        raise BulkInputError(
            f"the manifest has an unknown setting {unknown[0]!r}",
            hint="Update, or choose another directory with '--run'.",
        )
    return Form(**settings)


def manifest_of(asked: Asked, found: Survey) -> Manifest:
    """Return the manifest of a new run over an input."""
    return Manifest(
        input=InputFacts(
            path=str(asked.input.absolute()),
            format=found.form.format or "",
            size=found.size,
            digest=found.digest,
            rows=found.rows,
        ),
        form=_bound(asked.form),
        provider=asked.provider,
        model=asked.model,
        options=asked.options,
        shards=plan_shards(found.marks, found.rows),
        asked=asked.asked,
    )


def check_same(then: Manifest, asked: Asked, found: Survey | None) -> None:
    """Compare what is asked now with a run that has begun.

    Args:
        then: what the run was asked.
        asked: what is asked now.
        found: the input, if it was read already.

    Raises:
        RunChangedError: something differs that decides what is sent.
        BulkInputError: the input cannot be read.
    """
    if found is None and _is_same_input(then, asked):
        facts = replace(then.input, path=str(asked.input.absolute()))
        now = replace(
            then,
            input=facts,
            form=_bound(asked.form),
            provider=asked.provider,
            model=asked.model,
            options=asked.options,
        )
    else:
        now = manifest_of(asked, found or survey(asked.input, asked.form))
    then.check(now)


def _is_same_input(then: Manifest, asked: Asked) -> bool:
    """Whether the input is that of the run, so that no row of it need be read to know it."""
    facts = then.input
    if asked.form.format not in (None, facts.format):
        return False
    found = fingerprint(asked.input)
    return (found.size, found.digest) == (facts.size, facts.digest)


def _bound(form: Form) -> dict[str, Any]:
    plain = asdict(form)
    del plain["format"]  # a fact of the input
    return plain
