"""The scripted service under traffic."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace

from provider_conformance._service import Service
from provider_conformance.faults import FAULTS
from provider_conformance.traffic._traffic import Traffic, Verdict
from provider_conformance.wires import Wire
from provider_conformance.wires._answer import Answer, Failure, SeenChat
from provider_conformance.wires._script import Exchange, Reply, SeenRequest

COUNTS_PATH = "/counts"
"""Where a service under traffic tells its counts, to whoever asks, at any time."""

_OK = 200
_RETRY_AFTER = "retry-after"
_STILL_ANSWERS = (None, "slow")


class TrafficService(Service):
    """A service whose chats meet limits, latencies and faults by share, and are counted by row.

    What is scripted for a chat, and a wrong credential, come first; limits and shares apply to
    chats that would be answered. It keeps no exchanges, so that any number can be served.

    Args:
        wire: the protocol.
        credential: the only credential that is accepted; ``None`` accepts every request.
        rng: the source of model ids.
        answering: makes the answers; what their usage says counts against the limit on tokens.
        traffic: the limits, latencies, faults and counts.
    """

    def __init__(
        self,
        wire: Wire,
        credential: str | None,
        rng: random.Random,
        answering: Callable[[SeenChat], Answer],
        traffic: Traffic,
    ) -> None:
        super().__init__(wire, credential, rng, self._note_tokens)
        self.traffic = traffic
        self._makes_answer = answering
        self._tokens = 0
        self._verdicts: dict[int, Verdict] = {}

    def handle(self, request: SeenRequest) -> Exchange:
        """Count a chat and return its exchange, with the reply that the traffic leaves it."""
        self._tokens = 0
        exchange = super().handle(request)
        self.exchanges.clear()
        if exchange.route == "chat":
            self._shape(exchange)
        elif request.path == COUNTS_PATH:
            counts = json.dumps(self.traffic.counts.to_dict()).encode()
            exchange.reply = Reply(_OK, {"content-type": "application/json"}, (counts,))
        return exchange

    def played(self, exchange: Exchange) -> None:
        """Count the end of a chat."""
        verdict = self._verdicts.pop(id(exchange), None)
        if verdict is not None:
            is_answer = exchange.reply.status == _OK and verdict.fault in _STILL_ANSWERS
            self.traffic.leave(verdict, answered=exchange.ended and is_answer)

    def _note_tokens(self, chat: SeenChat) -> Answer:
        answer = self._makes_answer(chat)
        self._tokens = (answer.usage and answer.usage.total) or 0
        return answer

    def _shape(self, exchange: Exchange) -> None:
        would_answer = exchange.reply.status == _OK and exchange.reply.head == "send"
        body = exchange.request.body
        verdict = self.traffic.meet(body, self._tokens, would_answer=would_answer)
        self._verdicts[id(exchange)] = verdict
        if would_answer:
            exchange.reply = self._reply_under_traffic(exchange, verdict)
        if asked := exchange.reply.headers.get(_RETRY_AFTER):
            self.traffic.ask_to_wait(float(asked))
        else:  # a refusal comes at once: who comes later could know of it
            exchange.reply = replace(exchange.reply, delay=exchange.reply.delay + verdict.delay)

    def _reply_under_traffic(self, exchange: Exchange, verdict: Verdict) -> Reply:
        if verdict.retry_after is not None:
            refusal = Failure("rate_limit", "too many requests", retry_after=verdict.retry_after)
            return self.reply_for(refusal, exchange.request)
        if verdict.fault is not None:
            return self.reply_for(FAULTS[verdict.fault](self), exchange.request)
        return exchange.reply
