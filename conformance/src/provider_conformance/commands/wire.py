"""``wire``: compares what a wire scripts with what the real service has sent."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from provider_conformance._child import ask
from provider_conformance.commands._say import say
from provider_conformance.shapes import WireProof

HELP = "compare a wire with recordings of the real service"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="PATH",
        help="folder of cassettes or file of shapes; by default those of the harness",
    )
    parser.add_argument(
        "--write-shapes",
        type=Path,
        metavar="FILE",
        help="write what was recorded as paths, types and words, without content",
    )
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="also list what is documented only, and what the wire never sends",
    )


def main(options: argparse.Namespace) -> int:
    """Return 0 if recordings show all that the wire sends, 1 if not.

    The harness is loaded in another process, so that nothing that it does ends this one.
    """
    answer = ask(
        "wire",
        target=options.target,
        against=_text(options.against),
        keep=_text(options.write_shapes),
    )
    proof = WireProof(**answer["proof"])
    if not proof.exchanges:
        raise ValueError(
            f"{answer['name']} has no recordings; name a folder of cassettes or a file of shapes "
            "with --against (`provider-conformance record` makes cassettes)"
        )
    _say_result(answer["name"], proof, verbose=options.verbose)
    return 1 if proof.invented else 0


def _say_result(name: str, proof: WireProof, *, verbose: bool) -> None:
    for line in proof.invented:
        say(line)
    if verbose:
        for line in proof.documented:
            say(f"({line}, but documented)")
        for line in proof.unsent:
            say(f"({line})")
    elif proof.unsent:
        say(f"{_places(proof.unsent, 'recorded ')} that the wire never sends: see --verbose")
    if not proof.invented:
        say(f"{name}: {proof.line}")
        return
    verb = "is" if len(proof.invented) == 1 else "are"
    say(f"{name}: {_places(proof.invented)} of the wire {verb} not in {proof.source}")
    say("Mend the wire, record what is missing, or name the source in the wire's `documented`.")


def _places(found: Sequence[str], kind: str = "") -> str:
    return f"{len(found)} {kind}{'place' if len(found) == 1 else 'places'}"


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
