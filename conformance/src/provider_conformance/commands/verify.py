"""``verify``: checks that stored reports are a valid proof of the current code."""

from __future__ import annotations

import argparse
from pathlib import Path

from provider_conformance._check import MODES
from provider_conformance._child import ask
from provider_conformance._text import clip
from provider_conformance.commands._say import say
from provider_conformance.commands.run import REPORTS
from provider_conformance.reports._standing import Standing

HELP = "check that the reports of a run prove the current code"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument(
        "--mode", choices=MODES, default="mock", help="which run the reports are of"
    )
    parser.add_argument(
        "--reports", type=Path, default=REPORTS, metavar="DIR", help="where the reports are"
    )
    parser.add_argument(
        "--allow-sample",
        action="store_true",
        help="accept a scaffold's sample protocol, as long as none of its methods is replaced",
    )


def main(options: argparse.Namespace) -> int:
    """Print what is wrong with the reports; return 0 if they are a proof, else 1."""
    # In another process, because a provider that ends this one would look like a proof.
    found = ask(
        "verify",
        target=options.target,
        reports=str(options.reports),
        mode=options.mode,
        allow_sample=options.allow_sample,
    )
    for problem in found["problems"]:
        say(clip(f"{found['name']}: {problem}"))
    if found["problems"]:
        return 1
    say(f"{found['name']}: verified, every check of the contract ran and none is red")
    if options.mode == "mock":
        standing = Standing.from_dict(found["standing"])
        say(f"{found['name']}: level {standing}", grey=standing.level == "sample")
    for note in filter(None, (found["copy"], found["note"])):
        say(clip(f"{found['name']}: {note}"))
    return 0
