"""TIMEOUT: limits below a second, for every call."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from provider_sdk import BaseProvider, ProviderTimeoutError

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import Calls, chat_calls, every_call
from provider_conformance.lab.health import probe
from provider_conformance.lab.timing import end_in_time
from provider_conformance.wires._script import Reply, SeenRequest

_LIMIT_S = 0.5


@check("PC-TIMEOUT-015")
async def fractions_of_a_second_count(lab: Lab) -> None:
    """A timeout below a second is kept, by every call.

    Rule: timeout= may be a fraction of a second; every call, list, health check and probe ends
    within it, and none before it.
    Why: An autocompletion waits for half a second, and a limit rounded to whole seconds is 0 or 1.
    How: With half a second, of the constructor and of the call, the service answers every call
    after a quarter of that; then it says nothing.
    Fix: Keep the limit as a float; do not round it, and have no lower bound of your own.
    """
    provider, patient = lab.provider(timeout=_LIMIT_S), lab.provider()
    for call in every_call(lab, patient).values():
        await call()  # what a client does only once may take longer than the limit
    own = chat_calls(lab, patient, timeout=_LIMIT_S)
    calls = _calls(lab, provider) | {f"{name} with timeout=": call for name, call in own.items()}

    def late(request: SeenRequest) -> Reply:
        return replace(lab.service.unscripted_reply(request), delay=_LIMIT_S / 4)

    lab.service.reply_always(late)
    for name, call in calls.items():
        what = f"{name} that is answered well within its timeout"
        outcome: Any = await lab.outcome(call())
        lab.true(what, not isinstance(outcome, Exception) and outcome, "to succeed", outcome)
        if name == "chat(stream=True) with timeout=":
            await outcome.aclose()
    lab.service.reply_always(Reply(head="hang"))
    for name, outcome in (await _outcomes(lab, calls)).items():
        what = f"{name} that is not answered"
        refused = outcome is False or isinstance(outcome, ProviderTimeoutError)
        lab.true(what, refused, "to raise ProviderTimeoutError, or to be False", repr(outcome))


def _calls(lab: Lab, provider: BaseProvider) -> Calls:
    async def probed() -> bool:
        return (await probe(lab, timeout=_LIMIT_S)).ok

    return every_call(lab, provider) | {"probe()": probed}


async def _outcomes(lab: Lab, calls: Calls) -> dict[str, Any]:
    """Make all calls at once; return what each returned or raised within the limit.

    On a socket this takes real time.
    """

    async def all_at_once() -> list[Any]:
        return list(await asyncio.gather(*(lab.outcome(call()) for call in calls.values())))

    outcomes = await end_in_time(lab, all_at_once(), "calls with a timeout", _LIMIT_S)
    return dict(zip(calls, outcomes, strict=True))
