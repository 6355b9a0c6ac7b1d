"""``--out -``: rows on standard output as soon as they and all before them have ended."""

from __future__ import annotations

from pathlib import Path

from provider_sdk.bulk import Result
from provider_sdk.bulk.outputs import OutputFormat, result_line
from provider_sdk.bulk.store import JournalReader, RunDirectory

from ollama_cli.terminal.output import write


class Streaming:
    """Writes results in the order of the input, each once.

    It reads the journals, so that it does not matter which process asked a row.

    Args:
        directory: the run directory.
        format: how a result is written.
    """

    def __init__(self, directory: Path, format: OutputFormat) -> None:
        self._directory = RunDirectory(directory)
        self._format = format
        self._next = 0

    def write_finished(self) -> None:
        """Write the rows that have ended and follow those that were written.

        Raises:
            JournalError: a journal cannot be read.
            OutputError: standard output cannot be written.
        """
        self._write(past_gaps=False)

    def write_rest(self) -> None:
        """Write all rows that have ended and were not written; as ``write_finished``."""
        self._write(past_gaps=True)

    def _write(self, *, past_gaps: bool) -> None:
        manifest = self._directory.read_manifest()
        if manifest is None:
            return  # nothing has begun
        for shard in manifest.shards:
            end = shard.first_row + shard.rows
            if end <= self._next:
                continue
            with JournalReader.open(self._directory.journal_path(shard.number)) as journal:
                for result in journal.results(self._next, end - 1):
                    if result.index != self._next and not past_gaps:
                        return
                    self._put(result)
            if self._next < end and not past_gaps:
                return

    def _put(self, result: Result) -> None:
        write(result_line(result, self._format).decode())
        self._next = result.index + 1
