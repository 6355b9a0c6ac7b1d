"""SECRET: a service that repeats the credential, as many do in their errors."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

from provider_sdk import ProviderError

from provider_conformance._check import check
from provider_conformance.checks.auth import sends_no_credential
from provider_conformance.lab import payload
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.errors import only_provider_errors
from provider_conformance.lab.leaks import holds_secret
from provider_conformance.lab.payload.failures import long_message
from provider_conformance.lab.replies import ReplyFunction, reply_with_body, web_page
from provider_conformance.wires._answer import Failure
from provider_conformance.wires._script import Reply, SeenRequest

_WITH_CREDENTIAL = ("required", "optional")
_HEADERS = {"gateway-authorization": "Bearer {}", "x-gateway-key": "{}", "cookie": "session={}"}


@check("PC-SECRET-008", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def echo_in_an_error(lab: Lab) -> None:
    """A credential that the service repeats in an error is cut out of it.

    Rule: If the service's message holds the credential, the error holds the rest of the message
    without it.
    Why: "Incorrect API key provided: sk-…" is what the largest services really say.
    How: Makes an exchange, then has the service reject it with its value, in a short message and in
    a long one, streamed and not.
    Fix: Replace the credential, by value, in every text that comes from the service.
    """
    await lab.must_succeed(lab.provider())
    for message in (lab.text(), long_message(lab.rng)):
        failure = Failure("auth", f"{message} {lab.credential} is not valid")
        lab.service.reply_always(failure, "chat")
        await _require_redacted(lab, lab.chat(lab.provider()), "the error of a call", message)
        if "streaming" in lab.capabilities:
            stream = lab.open_stream(lab.provider())
            await _require_redacted(lab, stream, "the error of a call for a stream", message)


@check(
    "PC-SECRET-009",
    needs=["streaming"],
    credentials=_WITH_CREDENTIAL,
    otherwise=sends_no_credential,
)
async def echo_inside_a_stream(lab: Lab) -> None:
    """A credential that the service repeats inside a stream is cut out of the error.

    Rule: The same holds for errors inside a stream, before and after its first text.
    Why: These errors take another path through the code, which may leave out the redaction.
    How: Reads a stream to its end, then has streams report an error with the credential: as their
    first event, and, in a long message, after a text.
    Fix: Redact where the decoder's errors pass, not only where replies do.
    """
    await lab.must_succeed(lab.provider(), stream=True)
    for after, message in ((0, lab.text()), (1, long_message(lab.rng))):
        failure = Failure("server", f"{message} {lab.credential} was used")
        lab.service.reply_always(_stream_failing_after(lab, failure, after), "chat")
        await _require_redacted(
            lab, lab.stream(lab.provider()), "the error inside a stream", message
        )


@check("PC-SECRET-010", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def echo_in_a_page(lab: Lab) -> None:
    """A credential that a web page repeats is not shown.

    Rule: If the body of an error is a page or a text that holds the credential, the error does
    not.
    Why: Proxies show the rejected request, headers included.
    How: Makes an exchange, then has a proxy fail with a page and with a text that repeat it.
    Fix: Redact whatever comes from outside, whatever its shape.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    text = f"Bad request: authorization: Bearer {lab.credential}"
    plain = Reply(502, {"content-type": "text/plain"}, (text.encode(),))
    for what, reply in (("a page", web_page(502, text)), ("a text", plain)):
        lab.service.reply_always(reply, "chat")
        await _require_redacted(lab, lab.chat(provider), f"the error for {what}")


@check("PC-SECRET-011", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def echo_of_another_form(lab: Lab) -> None:
    """A credential that the service repeats percent-encoded is cut out too.

    Rule: The percent-encoded form of the credential shows nowhere either.
    Why: It is decoded with one click; services quote the address that was asked.
    How: Gives the service a credential with slashes and plus signs, makes an exchange, then has
    it reject the credential and repeat it encoded in two ways.
    Fix: Replace the encoded forms of the credential as well as its value.
    """
    lab.use_credential(f"{payload.credential(lab.rng)}/{lab.rng.getrandbits(40):x}+==")
    provider = lab.provider()
    await lab.must_succeed(provider)
    for form in (quote(str(lab.credential), safe=""), quote_plus(str(lab.credential), safe="/")):
        message = lab.text()
        lab.service.reply_always(Failure("auth", f"{message} /v1/chat?key={form}"), "chat")
        await _require_redacted(
            lab, lab.chat(provider), "the error that quotes an address", message
        )


@check("PC-SECRET-012", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def echo_in_success(lab: Lab) -> None:
    """A credential in a reply that is not an answer is not shown.

    Rule: If a successful reply is an error or no answer and holds the credential, what is
    raised does not hold it.
    Why: "Unexpected reply: …" is the handiest way to report garbage, with everything in it.
    How: Makes an exchange, then has the service send an error as 200, a page and a text that each
    hold the credential.
    Fix: Describe what came instead of repeating it, or redact it.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    text = f"authorization: Bearer {lab.credential}"
    failure = replace(lab.wire.failure(Failure("server", text)), status=200)
    for what, scripted in (
        ("an error as 200", failure),
        ("a page", web_page(200, text)),
        ("a text", reply_with_body(lab, text.encode())),
    ):
        lab.service.reply_always(scripted, "chat")
        await _require_redacted(lab, lab.chat(provider), f"what is raised for {what}")


@check("PC-SECRET-013", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def echo_elsewhere(lab: Lab) -> None:
    """A credential that the service repeats in a list or a health check is cut out too.

    Rule: Neither the errors of list_models() and complete() nor the reason of probe() show a
    credential that the service repeats.
    Why: Health reports are public more often than logs.
    How: Probes a working service, then has it repeat the credential in every rejection, after a
    long message.
    Fix: Redact in the one place through which every error leaves the provider.
    """
    provider: Any = lab.harness.provider
    lab.equal(
        "probe().ok of a working service", True, (await provider.probe(**lab.probe_config())).ok
    )
    message = long_message(lab.rng)
    lab.service.reply_always(Failure("auth", f"{message} {lab.credential} is not valid"))
    health = await provider.probe(**lab.probe_config())
    _require_hidden(lab, "the reason of probe()", f"{health!r} {health.error}")
    asked = lab.provider()
    await _require_redacted(
        lab, asked.complete(lab.text(), lab.harness.model), "the error of complete()"
    )
    if "model_listing" in lab.capabilities:
        await _require_redacted(lab, asked.list_models(), "the error of list_models()")


@check("PC-SECRET-030", "SHOULD")
async def echo_of_a_header(lab: Lab) -> None:
    """A credential that a call sends in extra_headers is cut out of its errors.

    Rule: If the service repeats a credential from extra_headers, the error holds the rest of the
    message without it: of whole calls and of streams.
    Why: Gateways and proxies have keys of their own, and say "invalid key: …" like services do.
    How: Makes an exchange, then has the service reject calls and repeat the value of their header:
    a bearer token, a key and a cookie.
    Fix: Redact the values of the call's headers whose names say that they carry a credential, with
    provider_sdk.adapting.secrets_in().
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    for name, form in _HEADERS.items():
        secret, message = lab.another_credential(), lab.text()
        headers = {name: form.format(secret)}
        lab.service.reply_always(Failure("auth", f"{message} {secret} is not valid"), "chat")
        call = lab.chat(provider, extra_headers=headers)
        await _require_redacted(lab, call, f"the error of a call with {name}", message)
        if "streaming" in lab.capabilities:
            stream = lab.open_stream(provider, extra_headers=headers)
            await _require_redacted(lab, stream, f"the error of a stream with {name}", message)


async def _require_redacted(
    lab: Lab, call: Awaitable[object], what: str, message: str = ""
) -> None:
    """Fail unless a call raises ``ProviderError`` with the service's text, less the credential."""
    error = await only_provider_errors(lab, call, what)
    if not isinstance(error, ProviderError):
        raise Failed(what, "to be raised", f"returned {error!r}")
    _require_hidden(lab, what, f"{error} {error!r} {error.args!r} {vars(error)!r}")
    lab.true(what, message in str(error), f"to hold the message around it, {message!r}", str(error))


def _require_hidden(lab: Lab, what: str, text: str) -> None:
    if holds_secret(lab, text):
        raise Failed(what, "not to hold the credential", lab.redacted(text))


def _stream_failing_after(lab: Lab, failure: Failure, after: int) -> ReplyFunction:
    """Return a streamed reply that fails after so many texts."""
    answer = lab.answer()

    def reply(request: SeenRequest) -> Reply:
        frames = list(lab.wire.frames(answer, lab.wire.read_chat(request)))
        texts = [place for place, frame in enumerate(frames) if frame.kind == "text"]
        sent = frames[: texts[after - 1] + 1] if after else []
        return lab.wire.stream([*sent, lab.wire.failure_frame(failure)])

    return reply
