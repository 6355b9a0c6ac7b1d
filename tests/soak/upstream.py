"""``python -m tests.soak.upstream SEED``: the upstreams, in a process of their own.

The first line that it prints holds their addresses. Then each line read from stdin is a question:
how many ``"connections"`` are open, or what was ``"served"`` so far. An answer is one line of JSON.
"""

from __future__ import annotations

import json
import random
import socket
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, replace

from provider_conformance import Service
from provider_conformance.drivers import SocketDriver
from provider_conformance.wires import Answer, Reply, SeenChat, SeenRequest, Tokens

from .facts import Served
from .faults import FAULTS
from .plan import fault_of, number_in
from .stations import ABSENT, KEY, NAMES, SILENT, model_of, wire_of

_WORDS = (
    "Rayleigh ",
    "streut ",
    "blaues ",
    "Licht ",
    "stärker — ",
    "因为 ",
    "🌈 ",
    "\n\n",
    "«λ⁻⁴» ",
)
_LONGEST_DELAY_S = 0.06


class Upstream(Service):
    """A service that notes what it serves, and fails as the seed says."""

    def __init__(self, name: str, seed: int) -> None:
        super().__init__(wire_of(name), KEY, random.Random(seed), answering=self._noted_answer)
        self.model_ids = [model_of(name)]
        self._name = name
        self._seed = seed
        self._turns: Counter[int] = Counter()
        self._noted: list[tuple[Served, int]] = []
        self.reply_always(self._spoiled, "chat")

    def served(self) -> list[Served]:
        """Return what was served so far."""
        return [replace(served, whole=self.exchanges[place].ended) for served, place in self._noted]

    def _spoiled(self, request: SeenRequest) -> Reply:
        chat = self.wire.read_chat(request)
        call = number_in(chat.messages[-1].text)
        turn = self._turns[call]
        self._turns[call] += 1
        chance = random.Random(f"{self._seed}/{self._name}/{call}/{turn}")
        served = Served(
            upstream=self._name,
            call=call,
            model=chat.model,
            tools="tools" in chat.options,
            fault=fault_of(self._seed, self._name, call, turn),
            text=f"[{self._name} {call}.{turn}] " + "".join(chance.choices(_WORDS, k=8)) + "Ende.",
            prompt=chance.randrange(1, 10**6),
            completion=chance.randrange(1, 10**6),
            whole=False,
        )
        self._noted.append((served, len(self.exchanges) - 1))
        scripted = FAULTS[served.fault].script(self) if served.fault else self.unscripted_reply
        reply = self.reply_for(scripted, request)
        return replace(reply, delay=reply.delay + chance.uniform(0, _LONGEST_DELAY_S))

    def _noted_answer(self, chat: SeenChat) -> Answer:
        served, _ = self._noted[-1]
        usage = Tokens(served.prompt, served.completion, served.prompt + served.completion)
        cuts = range(0, len(served.text), 9)
        return Answer([served.text[start : start + 9] for start in cuts], usage=usage)


def main(seed: int) -> None:
    """Serve until stdin ends."""
    with ExitStack() as stack:
        upstreams = {name: Upstream(name, seed) for name in NAMES}
        drivers = {n: stack.enter_context(SocketDriver(u)) for n, u in upstreams.items()}
        addresses = {
            name: d.address + upstreams[name].wire.base_path for name, d in drivers.items()
        }
        reserved = stack.enter_context(socket.socket())
        reserved.bind(("127.0.0.1", 0))  # and does not listen
        addresses[ABSENT] = f"http://127.0.0.1:{reserved.getsockname()[1]}/v1"
        addresses[SILENT] = next(iter(drivers.values())).unreachable + "/v1"
        _say(addresses)
        for line in sys.stdin:
            if json.loads(line) == "connections":
                _say({name: driver.connections for name, driver in drivers.items()})
            else:
                _say(
                    {
                        "served": [asdict(s) for u in upstreams.values() for s in u.served()],
                        "own_errors": [e.text for u in upstreams.values() for e in u.own_errors],
                    }
                )


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
