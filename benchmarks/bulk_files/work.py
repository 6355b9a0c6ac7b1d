"""One task in a process of its own: ``python -m benchmarks.bulk_files.work TASK INPUT ROWS``."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from provider_sdk.bulk.inputs import Form, fingerprint, read_rows, survey
from provider_sdk.bulk.outputs import export
from provider_sdk.bulk.outputs.lines import plain
from provider_sdk.bulk.rows import Result
from provider_sdk.bulk.shards import Shard


def write_input(path: Path, rows: int) -> None:
    """Write rows of about a hundred bytes, each with an id."""
    with path.open("w", encoding="utf-8") as file:
        for row in range(rows):
            prompt = f"Say in one sentence what is remarkable about the number {row}."
            file.write(json.dumps({"id": f"row-{row}", "prompt": prompt}) + "\n")


def _loads(path: Path, rows: int) -> None:
    with path.open("rb") as file:
        for line in file:
            json.loads(line)


def _decodes(path: Path, rows: int) -> None:
    decode = msgspec.json.Decoder().decode
    with path.open("rb") as file:
        for line in file:
            decode(line)


def _dumps(path: Path, rows: int) -> None:
    with path.with_suffix(".out").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(plain(result)) + "\n" for result in _results(rows))


def _survey(path: Path, rows: int) -> None:
    survey(path, Form(), path.parent)


def _fingerprint(path: Path, rows: int) -> None:
    fingerprint(path)


def _read(path: Path, rows: int) -> None:
    for _ in read_rows(path, Form(format="jsonl"), Shard(0, 0, rows, 0)):
        pass


def _export(path: Path, rows: int) -> None:
    export(_results(rows), path.with_suffix(".out"), "jsonl")


def _results(rows: int) -> Iterator[Result]:
    for row in range(rows):
        yield Result(
            index=row,
            id=f"row-{row}",
            input_hash="0" * 64,
            state="done",
            attempts=1,
            text="An answer.",
        )


_LOADS, _DECODES, _DUMPS = "a bare loop, json", "a bare loop, msgspec", "a bare loop that writes"
FLOORS: dict[str, Callable[[Path, int], None]] = {
    _LOADS: _loads,
    _DECODES: _decodes,
    _DUMPS: _dumps,
}
"""Loops that do the least, and what they do."""
TASKS = {"survey": _LOADS, "fingerprint": _LOADS, "read_rows": _LOADS, "export": _DUMPS}
"""Tasks, and the loop that each is compared with."""
_WORK = {"survey": _survey, "fingerprint": _fingerprint, "read_rows": _read, "export": _export}


def main() -> None:
    """Do the task, and write seconds and bytes as JSON."""
    name, path, rows = sys.argv[1:]
    begin = time.process_time()
    (FLOORS | _WORK)[name](Path(path), int(rows))
    seconds = time.process_time() - begin
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))


if __name__ == "__main__":
    main()
