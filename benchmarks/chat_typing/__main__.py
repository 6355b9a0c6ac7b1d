"""``python -m benchmarks.chat_typing``: from a key to its echo, while an answer streams.

The exit code is 1 if the promise is broken. Needs Linux.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from benchmarks.chat_typing.service import CHUNKS_A_SECOND
from benchmarks.chat_typing.typist import Typist
from benchmarks.processes import Child, environment

MOST_ABOVE_S = 0.008
"""How much longer the 95th percentile may be than that of a bare loop of prompt_toolkit."""

_CTRL_C = "\x03"


class Measured(NamedTuple):
    """What a run measured.

    Attributes:
        bare: seconds from key to echo in a bare loop of prompt_toolkit.
        chat: the same in the chat, while an answer streams.
        rate: chunks a second that were sent.
        load: the share of a processor that the chat used.
        memory: MiB of the chat after each round.
    """

    bare: Sequence[float]
    chat: Sequence[float]
    rate: float
    load: float
    memory: Sequence[float]


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chat_typing", description=__doc__)
    parser.add_argument("--keys", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}")
    measured = _measured(arguments.keys // arguments.rounds, arguments.rounds)
    print(*_lines(measured), sep="\n")
    return 0 if _above(measured) <= MOST_ABOVE_S else 1


def _measured(keys: int, rounds: int) -> Measured:
    bare: list[float] = []
    chat: list[float] = []
    memory: list[float] = []
    chunks, seconds, cpu = 0, 0.0, 0.0
    with TemporaryDirectory() as folder, Child("benchmarks.chat_typing.service") as service:
        port = service.read()
        with _bare() as reference, _chat(port, Path(folder)) as typist:
            # One after the other: a slow moment of the machine then affects both.
            for _ in range(rounds):
                bare += reference.echoes(keys)
                typist.press("go on\r")
                typist.wait_for("paragraph")
                sent, start, used = service.ask(0), perf_counter(), typist.cpu()
                chat += typist.echoes(keys)
                chunks += service.ask(0) - sent
                seconds += perf_counter() - start
                cpu += typist.cpu() - used
                memory.append(typist.memory())
                typist.press(_CTRL_C)
                typist.wait_for("stopped")
                typist.press("\x01\x0b")  # to the beginning, and delete the line
    return Measured(bare, chat, chunks / seconds, cpu / seconds, memory)


def _bare() -> Typist:
    typist = Typist([sys.executable, "-m", "benchmarks.chat_typing.bare"], environment())
    typist.wait_for(">")
    return typist


def _chat(port: int, folder: Path) -> Typist:
    variables = {
        **environment(),
        "HF_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "HF_TOKEN": "hf_benchmark",
        "OLLAMA_CLI_DATA_DIR": str(folder / "data"),
        "OLLAMA_CLI_CONFIG_DIR": str(folder / "config"),
    }
    words = [sys.executable, "-m", "ollama_cli", "chat", "--provider", "hf", "-m", "m"]
    typist = Typist(words, variables)
    typist.wait_for(">")
    return typist


def _lines(measured: Measured) -> Iterator[str]:
    yield f"{'key to echo (ms)':26}{'p50':>10}{'p95':>10}{'most':>10}"
    measures = {"bare prompt_toolkit": measured.bare, "chat, streaming": measured.chat}
    for name, echoes in measures.items():
        figures = (_percentile(echoes, 50), _percentile(echoes, 95), max(echoes))
        yield f"  {name:24}" + "".join(f"{figure * 1e3:10.1f}" for figure in figures)
    yield ""
    memory = " ".join(f"{size:.1f}" for size in measured.memory)
    yield f"{len(measured.chat)} keys, {measured.rate:.0f} of {CHUNKS_A_SECOND} chunks a second"
    yield f"the chat used {measured.load:.0%} of a processor; MiB after each round: {memory}"
    above = _above(measured)
    kept = "kept  " if above <= MOST_ABOVE_S else "MISSED"
    yield (
        f"{kept}  95th percentile from key to echo: at most {MOST_ABOVE_S * 1e3:.0f} ms above a "
        f"bare loop: {above * 1e3:.1f} ms"
    )


def _above(measured: Measured) -> float:
    return _percentile(measured.chat, 95) - _percentile(measured.bare, 95)


def _percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    sys.exit(main())
