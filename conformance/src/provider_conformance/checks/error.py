"""ERROR: what the service says went wrong is raised as the class that tells the remedy."""

from __future__ import annotations

from dataclasses import replace

from provider_sdk import (
    ContextLengthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import chat_calls
from provider_conformance.lab.errors import fails_with
from provider_conformance.lab.payload.failures import messages, request_id
from provider_conformance.lab.replies import web_page
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Reply

_KINDS: tuple[ErrorKind, ...] = (
    "auth",
    "permission",
    "rate_limit",
    "quota",
    "model_not_found",
    "bad_request",
    "context_length",
    "overloaded",
    "server",
    "timeout",
)


async def _require_class(
    lab: Lab, kind: ErrorKind, error: type[ProviderError], *statuses: int
) -> None:
    """Fail unless a failure of that kind raises exactly that error, streamed and not."""
    provider = lab.provider()
    await lab.must_succeed(provider)
    for status in statuses or (None,):
        await fails_with(lab, provider, Failure(kind, lab.text(), status), error)


@check("PC-ERROR-001")
async def rejected_request(lab: Lab) -> None:
    """A rejected request raises ProviderRequestError.

    Rule: A request that the service finds wrong raises ProviderRequestError, streamed and not.
    Why: Sending it again, or to another provider, is useless: the caller must change it.
    How: Makes an exchange, then has the service reject a parameter.
    Fix: Map the service's rejection (usually 400 and 422) to ProviderRequestError.
    """
    await _require_class(lab, "bad_request", ProviderRequestError)


@check("PC-ERROR-002")
async def too_long_conversation(lab: Lab) -> None:
    """A conversation that is too long raises ContextLengthError.

    Rule: Messages longer than the model reads raise ContextLengthError, streamed and not.
    Why: Context managers shorten the conversation on this error and on no other.
    How: Makes an exchange, then has the service reject the length, in the protocol's own form.
    Fix: Recognise the protocol's code or words for it and raise ContextLengthError.
    """
    await _require_class(lab, "context_length", ContextLengthError)


@check("PC-ERROR-003")
async def unknown_model(lab: Lab) -> None:
    """An unknown model raises ProviderModelNotFoundError.

    Rule: A model that the service does not know raises ProviderModelNotFoundError, streamed and
    not.
    Why: The remedy is another name; a router tries elsewhere only if the model was a default.
    How: Makes an exchange, then has the service deny that the model exists.
    Fix: Map the service's answer (usually 404) to ProviderModelNotFoundError.
    """
    await _require_class(lab, "model_not_found", ProviderModelNotFoundError)


@check("PC-ERROR-004")
async def rate_limit(lab: Lab) -> None:
    """A rate limit raises ProviderRateLimitError.

    Rule: Too many requests raise ProviderRateLimitError, streamed and not.
    Why: For this error, unlike others, waiting helps.
    How: Makes an exchange, then has the service limit the rate.
    Fix: Map 429 to ProviderRateLimitError, unless the body speaks of an exhausted quota.
    """
    await _require_class(lab, "rate_limit", ProviderRateLimitError)


@check("PC-ERROR-005")
async def exhausted_quota(lab: Lab) -> None:
    """An exhausted allowance raises ProviderQuotaError.

    Rule: Credit or allowance that is used up raises ProviderQuotaError, also if the service
    gives it the status of a rate limit.
    Why: Waiting does not help; a program that waits does so until somebody pays.
    How: Makes an exchange, then has the service report it in the protocol's own form.
    Fix: Look at the protocol's code for it before you look at the status.
    """
    await _require_class(lab, "quota", ProviderQuotaError)


@check("PC-ERROR-006")
async def overloaded_service(lab: Lab) -> None:
    """A service that is too busy raises ProviderOverloadedError.

    Rule: A service that says it is overloaded raises ProviderOverloadedError, streamed and not.
    Why: Another provider can take over at once.
    How: Makes an exchange, then has the service say so in the protocol's own form.
    Fix: Map the service's answer (usually 503 or 529) to ProviderOverloadedError.
    """
    await _require_class(lab, "overloaded", ProviderOverloadedError)


@check("PC-ERROR-007")
async def failing_service(lab: Lab) -> None:
    """A service that fails raises ProviderUnavailableError.

    Rule: A failure on the service's side (500, 502) raises ProviderUnavailableError, streamed and
    not.
    Why: The request was right, so it may be tried again or elsewhere.
    How: Makes an exchange, then has the service fail with both statuses.
    Fix: Map 5xx to ProviderUnavailableError.
    """
    await _require_class(lab, "server", ProviderUnavailableError, 500, 502)


@check("PC-ERROR-008")
async def late_service(lab: Lab) -> None:
    """A timeout that the service reports raises ProviderTimeoutError.

    Rule: A service that gives up waiting for its own back end (504) raises ProviderTimeoutError,
    streamed and not.
    Why: A shorter or a streamed answer can succeed where a long one cannot.
    How: Makes an exchange, then has the service report a timeout.
    Fix: Map 504 to ProviderTimeoutError.
    """
    await _require_class(lab, "timeout", ProviderTimeoutError)


@check("PC-ERROR-009")
async def words_are_the_services(lab: Lab) -> None:
    """An error's text holds the service's own message.

    Rule: str(error) holds the message that the service sent, to the letter, for every kind of
    error, streamed and not; of a message longer than a thousand characters, at least those.
    Why: Only the service knows which parameter, which limit, which region.
    How: Makes an exchange, then has the service fail in every way, with messages that hold quotes,
    braces, percent signs, line breaks, markup, JSON and characters of every kind.
    Fix: Read the message out of the protocol's error and pass it on; add hints after it. Do not
    format it.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    said = list(messages(lab.rng))
    for number, kind in enumerate(_KINDS):
        message = said[number % len(said)]
        lab.service.reply_always(Failure(kind, message), "chat")
        for name, call in chat_calls(lab, provider).items():
            error = await lab.raises(ProviderError, call(), f"{name} that fails with {kind}")
            what = f"the text of the error for {kind}"
            lab.true(what, message in str(error), f"to hold {message!r}", str(error))


@check("PC-ERROR-010")
async def error_names_provider_and_model(lab: Lab) -> None:
    """An error names the provider and the model.

    Rule: error.provider is the provider's name, error.model the model that was asked.
    Why: With a router in between, nothing else says which provider failed.
    How: Makes an exchange, then has the service fail, limit the rate, refuse and drop connections
    and send a page, for every kind of call, and for calls to two models.
    Fix: Complete every error in one place before it leaves the provider.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    for scripted in (
        Failure("server", "down"),
        Failure("rate_limit", "slow"),
        Reply(head="refuse"),
        Reply(head="reset"),
        web_page(200, "Welcome"),
    ):
        lab.service.reply_always(scripted, "chat")
        for name, call in chat_calls(lab, provider).items():
            error = await lab.raises(ProviderError, call(), f"{name} that fails")
            lab.equal("error.provider", lab.harness.name, error.provider)
            lab.equal("error.model", lab.harness.model, error.model)
    model = f"{lab.harness.model}-{payload.mixed_case(lab.rng)}"
    error = await lab.raises(ProviderError, provider.chat(lab.user_message(), model), "a call")
    lab.equal("error.model of a call to another model", model, error.model)


@check("PC-ERROR-011")
async def error_knows_its_status(lab: Lab) -> None:
    """An error knows the status of the reply.

    Rule: error.status is the HTTP status of the reply, and None if no reply came.
    Why: Retry policies, dashboards and support all ask for it.
    How: Makes an exchange, then has the service reject, fail, and refuse the connection.
    Fix: Set status where the error is made from a reply, and nowhere else.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    for failure, kind in (
        (Failure("bad_request", lab.text()), ProviderRequestError),
        (Failure("server", lab.text(), 502), ProviderUnavailableError),
    ):
        sent = lab.wire.failure(failure).status
        for error in await fails_with(lab, provider, failure, kind):
            lab.equal(f"error.status of a reply with {sent}", sent, error.status)
    lab.service.reply_always(Reply(head="refuse"), "chat")
    refused = await lab.raises(ProviderError, lab.chat(provider), "a call that is refused")
    lab.equal("error.status where no reply came", None, refused.status)


@check("PC-ERROR-012")
async def error_knows_its_request_id(lab: Lab) -> None:
    """An error names the exchange as the service does.

    Rule: error.request_id is the id that the service gave the exchange, and None if it gave
    none.
    Why: The service's support asks for nothing else.
    How: Makes an exchange, then has the service fail in the same words without an id and with two
    different ones. A protocol without such ids is tried only without.
    Fix: Read the id from the reply's headers when you make the error.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    failure = Failure("server", lab.text())
    for error in await fails_with(lab, provider, failure, ProviderUnavailableError):
        lab.equal("error.request_id where none was sent", None, error.request_id)
    if not lab.wire.traits.names_exchange:
        return
    for _ in range(2):
        named = replace(failure, request_id=request_id(lab.rng))
        for error in await fails_with(lab, provider, named, ProviderUnavailableError):
            lab.equal("error.request_id", named.request_id, error.request_id)


@check("PC-ERROR-013")
async def error_knows_how_long_to_wait(lab: Lab) -> None:
    """An error knows how long the service asks to wait.

    Rule: error.retry_after is the number of seconds that the service asks to wait, whatever the
    status, and None if it does not ask.
    Why: Routers and queues plan by it; an overloaded service asks as well as one that limits.
    How: Makes an exchange, then has the service limit the rate, be overloaded and fail, with random
    waits and without asking; for a rate limit also with zero, a fraction of a second, and hours.
    Fix: Read the protocol's place for it, of every error; never invent a wait.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    kinds: tuple[ErrorKind, ...] = ("rate_limit", "overloaded", "server")
    for kind in kinds:
        waits = (float(lab.rng.randint(2, 90)), None, 0.0, 1.5, 7200.0)
        for asked in waits if kind == "rate_limit" else waits[:2]:
            lab.service.reply_always(Failure(kind, lab.text(), retry_after=asked), "chat")
            for name, call in chat_calls(lab, provider).items():
                error = await lab.raises(ProviderError, call(), f"{name} that fails with {kind}")
                found = error.retry_after
                lab.true("error.retry_after", found == asked, f"{asked!r}", repr(found))
