"""``python -m tests.soak``: thousands of routed calls over upstreams that fail in every way.

Exits with 1 if an answer was wrong, an error unexplained, a provider asked without a word, usage
lost, or anything leaked; or if it takes too long. ``SEED`` in the environment repeats a run.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import sys

from provider_sdk import ProviderRouter

from .report import lines
from .run import Soak, run
from .stations import SETTINGS

_LONGEST_S = 600
"""Seconds after which the run is given up, with where it hangs; it usually takes one minute."""


def main() -> int:
    """Run the soak, print its table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=Soak.calls)
    parser.add_argument("--at-once", type=int, default=Soak.at_once)
    parser.add_argument("--timeout", type=float, default=Soak.timeout, help="seconds for each call")
    options = parser.parse_args()
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    soak = Soak(seed, options.calls, options.at_once, options.timeout)
    print(f"SEED={seed}", flush=True)
    faulthandler.dump_traceback_later(_LONGEST_S, exit=True)
    result = run(soak, lambda observer: ProviderRouter(SETTINGS, observer=observer))
    faulthandler.cancel_dump_traceback_later()
    print(*lines(soak, result), sep="\n")
    return 1 if result.violations else 0


if __name__ == "__main__":
    sys.exit(main())
