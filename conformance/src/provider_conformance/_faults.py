"""Faults that a served service can be given by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from provider_conformance._service import Scripted, Service
from provider_conformance.wires._answer import Failure
from provider_conformance.wires._script import Hang, Pause, Reply, Reset, SeenRequest, Step

_HTML = Reply(
    200, {"content-type": "text/html"}, (b"<html><title>Welcome</title><p>Not an API</html>",)
)


def _failing(failure: Failure) -> Callable[[Service], Scripted]:
    return lambda service: failure


def _replying(reply: Reply) -> Callable[[Service], Scripted]:
    return lambda service: reply


def _bent(bend: Callable[[tuple[Step, ...]], tuple[Step, ...]]) -> Callable[[Service], Scripted]:
    """Return a fault that changes the body of what the service would have answered."""

    def script(service: Service) -> Scripted:
        def reply(request: SeenRequest) -> Reply:
            sound = service.unscripted_reply(request)
            steps = bend(sound.steps)
            return Reply(sound.status, sound.headers, steps, streamed=sound.streamed)

        return reply

    return script


def _half(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if len(steps) > 1:
        return steps[: len(steps) // 2]
    return tuple(step[: len(step) // 2] if isinstance(step, bytes) else step for step in steps)


FAULTS: Mapping[str, Callable[[Service], Scripted]] = {
    "auth": _failing(Failure("auth", "the credential is not known")),
    "permission": _failing(Failure("permission", "the credential does not permit this")),
    "quota": _failing(Failure("quota", "the credits are used up")),
    "rate-limit": _failing(Failure("rate_limit", "too many requests", retry_after=1)),
    "model": _failing(Failure("model_not_found", "there is no such model")),
    "bad-request": _failing(Failure("bad_request", "a parameter is out of range")),
    "context": _failing(Failure("context_length", "the conversation is too long")),
    "overloaded": _failing(Failure("overloaded", "too busy")),
    "server": _failing(Failure("server", "something broke")),
    "html": _replying(_HTML),
    "garbage": _bent(lambda steps: (b"\x00\xff{",)),
    "hang": _replying(Reply(head="hang")),
    "reset": _replying(Reply(head="reset")),
    "cut": _bent(_half),
    "drop": _bent(lambda steps: (*_half(steps), Reset())),
    "stall": _bent(lambda steps: (*_half(steps), Hang())),
    "slow": _bent(lambda steps: tuple(s for step in steps for s in (Pause(0.2), step))),
}
"""What a chat meets instead of an answer, by name."""
