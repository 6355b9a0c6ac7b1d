"""``drift``: compares the shapes of what a service sent in two recordings."""

from __future__ import annotations

import argparse
from pathlib import Path

from provider_conformance._find import find_harness
from provider_conformance.cassettes import drift, read_cassettes
from provider_conformance.commands._say import say
from provider_conformance.wires import json_values

HELP = "compare the shapes of two recordings of a service"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("before", type=Path, help="folder of the older cassettes")
    parser.add_argument("after", type=Path, help="folder of the newer cassettes")
    parser.add_argument(
        "--wire",
        metavar="TARGET",
        help="provider name, harness file or module:NAME, for a protocol that is not JSON",
    )


def main(options: argparse.Namespace) -> int:
    """Print the differences; return 1 if there are any, else 0."""
    before, after = (read_cassettes(_folder(path)) for path in (options.before, options.after))
    read = find_harness(options.wire)[0].wire.values if options.wire else json_values
    differences = drift(before, after, read)
    for difference in differences:
        say(difference)
    if not differences:
        say("no drift")
    return 1 if differences else 0


def _folder(path: Path) -> Path:
    if not any(path.glob("*.json")):
        raise ValueError(f"{path} holds no cassettes; `provider-conformance record` makes them")
    return path
