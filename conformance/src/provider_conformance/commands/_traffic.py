"""The arguments of ``serve`` that make the service busy."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from provider_conformance.commands._arguments import count, positive
from provider_conformance.traffic import (
    RateLimits,
    Shares,
    Traffic,
    Window,
    parse_latency,
    parse_window,
)


def traffic_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--latency",
        type=parse_latency,
        help="what a chat takes: 50ms, lognormal:MEDIAN:P99, either with a tail such as +2%%:3s",
    )
    parser.add_argument(
        "--rpm", type=positive, help="requests per minute; a chat above gets 429 and Retry-After"
    )
    parser.add_argument(
        "--tpm", type=positive, help="tokens per minute, as the answers report them"
    )
    parser.add_argument(
        "--window",
        type=parse_window,
        default=Window(),
        help="where both are counted: sliding (the default) or fixed, with a length such as :1s",
    )
    parser.add_argument("--seed", type=count, help="repeats the latencies and faults")
    parser.add_argument(
        "--counts", type=Path, metavar="FILE", help="write here, at the end, what was served by row"
    )


def traffic_of(options: argparse.Namespace) -> Traffic:
    """Return the traffic that the arguments describe.

    Raises:
        ValueError: the shares of the faults are more than all requests.
    """
    return Traffic(
        limits=RateLimits(options.rpm, options.tpm, options.window),
        latency=options.latency,
        faults=Shares([(name, share) for name, share in options.fault if share is not None]),
        rng=random.Random(options.seed),
    )
