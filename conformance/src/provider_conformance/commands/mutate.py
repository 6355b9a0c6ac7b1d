"""``mutate``: puts faults into a provider's own source, and lists those no check notices.

Each fault is one change: a condition that is the opposite, a comparison, a number, an entry of an
object or a field that is missing. It is put into a copy, on which the quick checks run (those that
need no socket, without FUZZ).
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from provider_conformance._child import ask
from provider_conformance.commands._arguments import count
from provider_conformance.commands._say import say
from provider_conformance.mutation import Sources
from provider_conformance.mutation._trials import Outcome, tried

HELP = "put faults into a provider and list those that no check notices"
_LIMIT = 40


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument(
        "--limit", type=count, default=_LIMIT, metavar="FAULTS", help="most faults to try"
    )
    parser.add_argument("--seed", type=int, help="choose the same faults again")


def main(options: argparse.Namespace) -> int:
    """Print the faults that no check notices; return 1 if there are any, else 0."""
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    found = ask("sources", target=options.target)
    files = [Path(file) for file in found["files"]]
    sources = Sources(Path(found["root"]), files, found["beside"])
    known, outcomes = tried(options.target, sources, options.limit, seed, _tell)
    unnoticed = sum(not outcome.noticed_by for outcome in outcomes)
    say(f"{len(outcomes)} of {known} faults tried (seed {seed}), {unnoticed} noticed by no check")
    return 1 if unnoticed else 0


def _tell(outcome: Outcome) -> None:
    fault = outcome.fault
    if not outcome.noticed_by:
        say(f"{fault.file}:{fault.line}: {fault.what}")
