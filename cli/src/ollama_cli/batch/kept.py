"""A run that is on disk: what it asks, and what its rows came to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from provider_sdk.bulk import BulkInputError, BulkReport, BulkRun
from provider_sdk.bulk.outputs import OutputFormat, output_format
from provider_sdk.bulk.store import Manifest, RunDirectory

from ollama_cli.batch.how import How
from ollama_cli.batch.names import STDOUT, existing
from ollama_cli.batch.options import FORMS
from ollama_cli.batch.worker_provider import CHAIN, WhoAnswers, maker_of
from ollama_cli.choosing.choice import DEFAULT_TASK, Choice
from ollama_cli.command_line.exit_codes import EXIT_CODES, USAGE

# A question must not import what only bulk runs need, so the table gets their errors here.
EXIT_CODES[BulkInputError] = USAGE


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command keeps of a call, so that the folder alone is enough to go on.

    Attributes:
        out: where the answers go, with the whole path.
        out_form: how they are written; ``None`` to find it by the name.
        how: how fast and how far the run goes.
    """

    out: str
    out_form: OutputFormat | None
    how: How

    def form_of(self, path: str) -> OutputFormat:
        """Return how answers are written to a file."""
        if self.out_form is not None:
            return self.out_form
        return output_format(Path(path))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "out": self.out,
            "out_form": self.out_form,
            "how": self.how.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return what ``to_json`` described; what is missing is as without the option.

        Raises:
            BulkInputError: it has another form.
        """
        try:
            how = How.from_json(data.get("how") or {})
            how.limits()  # checks its values, as the next line does
            how.caps(None)
            form = data.get("out_form")
            if form is None or form in FORMS:
                return cls(str(data.get("out") or STDOUT), form, how)
        except (TypeError, ValueError, AttributeError, ArithmeticError):
            pass  # another version wrote it, or somebody
        raise BulkInputError("the manifest of this run has values that cannot be used")


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that is on disk.

    Attributes:
        directory: its folder.
        manifest: what it asks.
        asked: what the command kept.
    """

    directory: RunDirectory
    manifest: Manifest
    asked: Asked

    @classmethod
    def open(cls, run: str) -> Self:
        """Open the run that RUN names.

        Raises:
            click.UsageError: there is no such folder.
            BulkInputError: it is not the folder of a run, or somebody else could change it.
        """
        path = existing(run)
        directory = RunDirectory.open(path)
        manifest = directory.read_manifest()
        if manifest is None:
            raise BulkInputError(f"{path} is not the directory of a run")
        return cls(directory, manifest, Asked.from_json(manifest.asked))

    @property
    def path(self) -> Path:
        """The folder."""
        return self.directory.path

    @property
    def choice(self) -> Choice:
        """Who is to answer: whom the manifest binds the run to."""
        chain, _, task = self.manifest.provider.partition(":")
        if chain == CHAIN and task:
            return Choice(task, None, "the run", self.manifest.model)
        return Choice(DEFAULT_TASK, self.manifest.provider, "the run", self.manifest.model)

    def run(self) -> BulkRun:
        """Return the run, to look at it and to stop it; nobody is asked a row."""
        who = WhoAnswers.of(self.choice, insecure_http=False)
        return BulkRun(self.manifest.input.path, directory=self.path, make_provider=maker_of(who))

    def report(self) -> BulkReport:
        """Return what the run came to until now.

        Raises:
            BulkError: the run cannot be read.
        """
        found = self.run().report()
        try:
            kept = json.loads(self.directory.report_path.read_bytes())
            return replace(found, duration_s=float(kept["duration_s"]), stopped=kept["stopped"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return found  # no process has come to an end
