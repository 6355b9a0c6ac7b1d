"""``verify``: checks that stored reports are a valid proof of the current code."""

from __future__ import annotations

import argparse
from pathlib import Path

from provider_conformance._child import ask
from provider_conformance._text import clip
from provider_conformance.commands._say import say
from provider_conformance.commands.run import MODES, REPORTS

HELP = "check that the reports of a run prove the current code"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument("--mode", choices=MODES, default="mock")
    parser.add_argument("--reports", type=Path, default=REPORTS, metavar="DIR")


def main(options: argparse.Namespace) -> int:
    """Print what is wrong with the reports; return 0 if they are a proof, else 1."""
    # In another process, because a provider that ends this one would look like a proof.
    found = ask("verify", target=options.target, reports=str(options.reports), mode=options.mode)
    for problem in found["problems"]:
        say(clip(f"{found['name']}: {problem}"))
    if found["problems"]:
        return 1
    say(f"{found['name']}: verified, every check of the contract ran and none is red")
    if found["note"]:
        say(f"{found['name']}: {found['note']}")
    return 0
