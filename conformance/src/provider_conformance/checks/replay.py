"""REPLAY: what the provider makes of recorded bytes, cut as they were and cut anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from provider_conformance._check import check
from provider_conformance.cassettes import SCENARIOS, Cassette, Recorded
from provider_conformance.lab._failed import NotTestable
from provider_conformance.lab._lab import Lab
from provider_conformance.wires._script import Reply, Reset

_MAX_CUTS = 200


@check("PC-REPLAY-001", mode="replay")
async def recorded_facts_are_extracted(lab: Lab) -> None:
    """Recorded answers give the facts that were reviewed when they were recorded.

    Rule: Text, reasoning, tool calls, finish reason, usage and model of a recorded answer, and the
    class and message of a recorded error, are extracted as they were.
    Why: A change that looks harmless breaks on what real services send.
    How: Plays each cassette with its recorded chunk boundaries and compares the facts.
    Fix: Read the recorded bytes; if the new facts are right, record again and review them.
    """
    for cassette in _known_cassettes(lab):
        facts = await _replay(lab, cassette, [e.reply for e in cassette.exchanges])
        _require_facts(lab, cassette, facts)


@check("PC-REPLAY-002", mode="replay", needs=["streaming"])
async def recorded_streams_do_not_depend_on_their_cuts(lab: Lab) -> None:
    """A recorded stream gives the same facts however its bytes are cut.

    Rule: Decoding does not depend on where the network cuts the bytes.
    Why: Proxies and TLS cut where they like: within characters, lines and events.
    How: Plays each recorded stream byte by byte, and cut in two at many places.
    Fix: Buffer incomplete characters, lines and events; decode only what is complete.
    """
    for cassette in _stream_cassettes(lab):
        reply = cassette.exchanges[-1].reply
        for cut in _cut_anew(reply):
            _require_facts(lab, cassette, await _replay(lab, cassette, [cut]))


@check("PC-REPLAY-003", mode="replay", needs=["streaming"])
async def recorded_streams_never_end_short_and_quiet(lab: Lab) -> None:
    """A recorded stream that is cut off is an error, or whole.

    Rule: A stream without terminator and finish reason raises StreamInterruptedError.
    Why: Half an answer that looks like a whole one is acted upon.
    How: Drops the connection after each recorded chunk of each stream.
    Fix: Raise StreamInterruptedError unless the terminator or a finish reason was seen.
    """
    for cassette in _stream_cassettes(lab):
        reply = cassette.exchanges[-1].reply
        for kept in range(1, len(reply.steps)):
            cut = replace(reply, steps=(*reply.steps[:kept], Reset()))
            facts = await _replay(lab, cassette, [cut])
            whole = facts.get("text") == cassette.facts.get("text") and "error" not in facts
            lab.true(
                f"{cassette.scenario}, dropped after {kept} chunks",
                whole or facts.get("error") in ("StreamInterruptedError", "StreamTimeoutError"),
                "the whole answer or StreamInterruptedError",
                facts,
            )


@check("PC-REPLAY-004", "SHOULD", mode="replay")
async def requests_keep_their_shape(lab: Lab) -> None:
    """A recorded call is still sent as it was recorded.

    Rule: The same call of the contract makes the same request body.
    Why: A recorded answer proves nothing of a request that the service never saw.
    How: Makes each recorded call again and compares the bodies that are sent.
    Fix: If the new request is meant, record again.
    """
    for cassette in _known_cassettes(lab):
        before = len(lab.service.exchanges)
        await _replay(lab, cassette, [e.reply for e in cassette.exchanges])
        sent = [e.request for e in lab.service.exchanges[before:]]
        bodies = [Recorded.decoded(request.body) for request in sent]
        recorded = [exchange.body for exchange in cassette.exchanges]
        lab.equal(f"{cassette.scenario}, the bodies sent", recorded, bodies)


def _known_cassettes(lab: Lab) -> list[Cassette]:
    known = [cassette for cassette in lab.cassettes if cassette.scenario in SCENARIOS]
    if not known:
        raise NotTestable("the harness has no cassettes; `provider-conformance record` makes them")
    recorded = {cassette.scenario for cassette in known}
    possible = {s.name for s in SCENARIOS.values() if lab.capabilities.issuperset(s.needs)}
    if lost := sorted(possible - recorded):
        raise NotTestable(f"there is no cassette of {', '.join(lost)}; record all again")
    if empty := sorted(c.scenario for c in known if not _holds_an_answer(c)):
        raise NotTestable(f"the service did not answer {', '.join(empty)}; record all again")
    return known


def _holds_an_answer(cassette: Cassette) -> bool:
    """Whether there are facts, and no error but where one was asked for."""
    is_error_wanted = SCENARIOS[cassette.scenario].model is not None
    return bool(cassette.facts) and (is_error_wanted or "error" not in cassette.facts)


def _stream_cassettes(lab: Lab) -> list[Cassette]:
    found = [
        c for c in _known_cassettes(lab) if SCENARIOS[c.scenario].stream and "error" not in c.facts
    ]
    if not found:
        raise NotTestable("no cassette holds a stream; record the scenario `stream`")
    return found


async def _replay(lab: Lab, cassette: Cassette, replies: list[Reply]) -> Mapping[str, Any]:
    route = "models" if SCENARIOS[cassette.scenario].prompt is None else "chat"
    lab.service.reply_next(*replies, route=route)
    return await SCENARIOS[cassette.scenario].perform(lab.provider(), cassette.model)


def _require_facts(lab: Lab, cassette: Cassette, facts: Mapping[str, Any]) -> None:
    for name, expected in cassette.facts.items():
        lab.equal(f"{cassette.scenario}, {name}", expected, facts.get(name))


def _cut_anew(reply: Reply) -> Iterator[Reply]:
    body = reply.body
    yield replace(reply, steps=tuple(body[i : i + 1] for i in range(len(body))))
    for position in range(1, len(body), max(1, len(body) // _MAX_CUTS)):
        yield replace(reply, steps=(body[:position], body[position:]))
