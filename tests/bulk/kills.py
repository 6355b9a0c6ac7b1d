"""``python -m tests.bulk.kills``: a run of the command that is killed again and again.

Prints the seed, then what came of each round of kills, and exits with 1 if the contract was
broken. A round is one run that is killed until it ends.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from provider_conformance.traffic import Traffic, parse_latency

from tests.bulk._batch import Batch
from tests.bulk._judging import Ended, Kill, sent_twice, violations
from tests.bulk._killing import Killer
from tests.bulk._service import CountingService

_SHOWN = 10
_TOLD_EVERY = 50


def main() -> int:
    """Kill runs, print what came of them, and return the exit code."""
    options = _arguments()
    print(f"--seed {options.seed}", flush=True)
    rng = random.Random(options.seed)
    left, broken = options.kills, 0
    while left > 0:
        started = time.monotonic()
        ended = _round(options, left, rng)
        left -= len(ended.kills)
        found = violations(ended)
        broken += len(found)
        print(_line(ended, time.monotonic() - started), flush=True)
        print(*found[:_SHOWN], sep="\n", end="\n" if found else "", flush=True)
    print(f"{broken} violations")
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bulk.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--on-unknown", choices=("retry", "skip"), default="retry")
    parser.add_argument("--latency", type=parse_latency, default=parse_latency("20ms"))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    return parser.parse_args()


def _round(options: argparse.Namespace, kills: int, rng: random.Random) -> Ended:
    traffic = Traffic(latency=options.latency, rng=random.Random(options.seed))
    with tempfile.TemporaryDirectory() as folder, CountingService(traffic) as service:
        words = ["--concurrency", str(options.at_once), "--on-unknown", options.on_unknown]
        if options.processes > 1:
            words += ["--processes", str(options.processes)]
        batch = Batch(Path(folder), service.environment, words)
        batch.write_rows(options.rows)
        parts = ("parent", "child", "both") if options.processes > 1 else ("parent",)
        killer = Killer(batch, service, options.rows, options.at_once, rng, parts, tell=_tell)
        return killer.run(kills)


def _tell(kills: Sequence[Kill]) -> None:
    if len(kills) % _TOLD_EVERY == 0:
        again = sum(len(kill.again) for kill in kills)
        paid = sum(len(kill.paid) for kill in kills)
        print(f"  {len(kills)} kills, {again} sent again, {paid} of them durable", flush=True)


def _line(ended: Ended, seconds: float) -> str:
    kinds = Counter(kill.what for kill in ended.kills)
    killed = ", ".join(f"{number} {what}" for what, number in sorted(kinds.items()))
    return (
        f"{ended.rows} rows, {len(ended.kills)} kills ({killed}), {sum(ended.received.values())} "
        f"requests, {len(sent_twice(ended))} rows sent twice, {len(ended.report['sent_twice'])} "
        f"named, {seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
