"""The faults that ``provider-conformance serve --fault NAME`` can simulate."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from provider_conformance._service import Scripted, Service
from provider_conformance.wires._answer import Failure
from provider_conformance.wires._script import Hang, Pause, Reply, Reset, SeenRequest, Step

_HTML_PAGE = Reply(
    200, {"content-type": "text/html"}, (b"<html><title>Welcome</title><p>Not an API</html>",)
)


def _always_failing(failure: Failure) -> Callable[[Service], Scripted]:
    return lambda service: failure


def _always_replying(reply: Reply) -> Callable[[Service], Scripted]:
    return lambda service: reply


def _with_body_changed(
    change: Callable[[tuple[Step, ...]], tuple[Step, ...]],
) -> Callable[[Service], Scripted]:
    """Return a fault that changes the body of the service's unscripted reply."""

    def scripted(service: Service) -> Scripted:
        def reply(request: SeenRequest) -> Reply:
            usual = service.unscripted_reply(request)
            steps = change(usual.steps)
            return Reply(usual.status, usual.headers, steps, streamed=usual.streamed)

        return reply

    return scripted


def _first_half(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    if len(steps) > 1:
        return steps[: len(steps) // 2]
    return tuple(step[: len(step) // 2] if isinstance(step, bytes) else step for step in steps)


FAULTS: Mapping[str, Callable[[Service], Scripted]] = {
    "auth": _always_failing(Failure("auth", "the credential is not known")),
    "permission": _always_failing(Failure("permission", "the credential does not permit this")),
    "quota": _always_failing(Failure("quota", "the credits are used up")),
    "rate-limit": _always_failing(Failure("rate_limit", "too many requests", retry_after=1)),
    "model": _always_failing(Failure("model_not_found", "there is no such model")),
    "bad-request": _always_failing(Failure("bad_request", "a parameter is out of range")),
    "context": _always_failing(Failure("context_length", "the conversation is too long")),
    "overloaded": _always_failing(Failure("overloaded", "too busy")),
    "server": _always_failing(Failure("server", "something broke")),
    "html": _always_replying(_HTML_PAGE),
    "garbage": _with_body_changed(lambda steps: (b"\x00\xff{",)),
    "hang": _always_replying(Reply(head="hang")),
    "reset": _always_replying(Reply(head="reset")),
    "cut": _with_body_changed(_first_half),
    "drop": _with_body_changed(lambda steps: (*_first_half(steps), Reset())),
    "stall": _with_body_changed(lambda steps: (*_first_half(steps), Hang())),
    "slow": _with_body_changed(
        lambda steps: tuple(s for step in steps for s in (Pause(0.2), step))
    ),
}
"""What a chat request gets instead of an answer, by name."""
