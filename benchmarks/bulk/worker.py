"""Runs one contender in a new process, and prints what that cost as a JSON object."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

from benchmarks.bulk.contenders import Work, cost


def main(name: str, rows: str, folder: str, url: str, at_once: str) -> None:
    """Run the contender."""
    found = cost(name, Work(Path(rows), Path(folder), url, int(at_once)))
    print(json.dumps(dataclasses.asdict(found)))


if __name__ == "__main__":
    main(*sys.argv[1:])
