"""ERROR: replies that are in no protocol, and connections that fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from provider_sdk import (
    BaseProvider,
    ProviderAuthError,
    ProviderError,
    ProviderPermissionError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.errors import only_provider_errors
from provider_conformance.lab.mangling import mangled
from provider_conformance.lab.payload.failures import foreign_bodies
from provider_conformance.lab.replies import (
    closed_port_address,
    malformed_replies,
    reply_broken_off,
    web_page,
)
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Reply, Reset

_BY_STATUS: Mapping[int, type[ProviderError]] = {
    400: ProviderRequestError,
    401: ProviderAuthError,
    403: ProviderPermissionError,
    429: ProviderRateLimitError,
    500: ProviderUnavailableError,
    502: ProviderUnavailableError,
    503: ProviderUnavailableError,
    504: ProviderTimeoutError,
}
"""What a status means where the body says nothing."""
_UNKNOWN_STATUSES = (418, 451, 499, 507, 599)
_ROUNDS = 60


@check("PC-ERROR-014")
async def page_of_a_proxy(lab: Lab) -> None:
    """A web page with an error status is judged by its status.

    Rule: An error status raises the error that it means, also if the body is a web page.
    Why: Proxies and load balancers speak HTML, and most when the service is in trouble.
    How: Makes an exchange, then has a proxy answer with a page for each of several statuses.
    Fix: Look at the status first; read the body only if it is in the protocol.
    """
    provider = await _working_provider(lab)
    for status, kind in _BY_STATUS.items():
        lab.service.reply_always(web_page(status, lab.text()), "chat")
        await _raise_in_each_form(
            lab, provider, kind, f"a call that gets a page with status {status}"
        )


@check("PC-ERROR-015", "SHOULD")
async def page_is_not_shown(lab: Lab) -> None:
    """The error for a web page tells its title and not its markup.

    Rule: str(error) holds what a page says in its title, and no markup.
    Why: A screen full of HTML hides the one line that matters.
    How: Makes an exchange, then has a proxy answer 502 with a page that has a random title.
    Fix: Take the text of <title> from a body that begins with "<"; drop the rest.
    """
    provider = await _working_provider(lab)
    title = lab.text()
    lab.service.reply_always(web_page(502, title), "chat")
    for error in await _raise_in_each_form(lab, provider, ProviderError, "a call that gets a page"):
        lab.true("the text of the error", title in str(error), f"to hold {title!r}", str(error))
        lab.true("the text of the error", "<" not in str(error), "without markup", str(error))


@check("PC-ERROR-016")
async def error_without_body(lab: Lab) -> None:
    """An error status without a body is judged by its status.

    Rule: An error status raises the error that it means, also if the body is empty, and the
    error's text is not empty.
    Why: Gateways drop bodies; "ProviderError: " helps nobody.
    How: Makes an exchange, then has the service answer with each of several statuses and no body.
    Fix: Fall back on the status and its usual phrase.
    """
    provider = await _working_provider(lab)
    for status, kind in _BY_STATUS.items():
        lab.service.reply_always(Reply(status), "chat")
        for error in await _raise_in_each_form(lab, provider, kind, f"a bare status {status}"):
            message = str(error).strip()
            lab.true(
                f"the text of a bare status {status}", message, "to say something", repr(message)
            )


@check("PC-ERROR-017")
async def error_in_another_shape(lab: Lab) -> None:
    """An error in a foreign shape keeps its message.

    Rule: str(error) holds the service's message, also if the shape of the body is not the
    protocol's, and the class is that of the status.
    Why: Gateways, frameworks and back ends each have a shape of their own.
    How: Makes an exchange, then has the service fail with texts, JSON texts, and objects and lists
    that hold the message as error, message, detail or errors, also nested in another error, and
    under several content types.
    Fix: Look in the usual fields, and take a text as it is.
    """
    provider = await _working_provider(lab)
    message = lab.text()
    for number, (shape, (kind, body)) in enumerate(foreign_bodies(message).items()):
        headers, status = {"content-type": kind} if kind else {}, (400, 500)[number % 2]
        lab.service.reply_always(Reply(status, headers, (body,)), "chat")
        for error in await _raise_in_each_form(
            lab, provider, _BY_STATUS[status], f"a call that gets {status} as {shape}"
        ):
            what = f"the text of an error as {shape}"
            lab.true(what, message in str(error), f"to hold {message!r}", str(error))


@check("PC-ERROR-018")
async def error_in_success(lab: Lab) -> None:
    """An error with the status of a success is raised.

    Rule: A reply that reports an error raises ProviderError with its message, whatever its status.
    Why: Taken for an answer, the error is empty text at best, and at worst stored as the model's.
    How: Makes an exchange, then has the service send each of several errors with status 200.
    Fix: Look for the protocol's error before you look for the answer.
    """
    provider = await _working_provider(lab)
    kinds: tuple[ErrorKind, ...] = ("server", "rate_limit", "bad_request")
    for kind in kinds:
        message = lab.text()
        lab.service.reply_always(
            replace(lab.wire.failure(Failure(kind, message)), status=200), "chat"
        )
        for error in await _raise_in_each_form(
            lab, provider, ProviderError, "a call that gets an error as 200"
        ):
            lab.true(
                "the text of the error", message in str(error), f"to hold {message!r}", str(error)
            )


@check("PC-ERROR-019")
async def garbage_is_no_answer(lab: Lab) -> None:
    """A successful reply that is not an answer raises ProviderResponseError.

    Rule: A success that is not an answer in the protocol (a web page, bytes, another JSON, nothing)
    raises ProviderResponseError.
    Why: An empty answer, or a KeyError, hides that base_url points to something else.
    How: Makes an exchange, then has the service send each kind of garbage.
    Fix: Check that the reply is an answer before you read it; raise what you cannot read.
    """
    provider = await _working_provider(lab)
    for what, script in malformed_replies(lab, "chat"):
        lab.service.reply_always(script, "chat")
        await lab.raises(ProviderResponseError, lab.chat(provider), f"a call that gets {what}")


@check("PC-ERROR-020")
async def page_is_no_stream(lab: Lab) -> None:
    """A web page instead of an answer raises ProviderResponseError, streamed too.

    Rule: A success with a web page raises ProviderResponseError, and a call for a stream raises it
    before it returns.
    Why: A captive portal answers everything with a friendly page.
    How: Makes an exchange, then has a portal answer 200 with a page, streamed and not.
    Fix: Look at the content type before you read the body.
    """
    provider = await _working_provider(lab)
    lab.service.reply_always(web_page(200, "Welcome"), "chat")
    await lab.raises(ProviderResponseError, lab.chat(provider), "a call that gets a page")
    if "streaming" in lab.capabilities:
        stream = lab.open_stream(provider)
        await lab.raises(ProviderResponseError, stream, "a call for a stream that gets a page")


@check("PC-ERROR-021")
async def refused_connection(lab: Lab) -> None:
    """A refused connection raises ProviderUnavailableError.

    Rule: A service that does not accept connections raises ProviderUnavailableError, streamed and
    not.
    Why: Routers pass on to the next provider, and only on this error.
    How: Makes an exchange, then has the service refuse connections; on a socket also asks a port
    where nothing listens.
    Fix: Map the HTTP library's connection errors to ProviderUnavailableError.
    """
    provider = await _working_provider(lab)
    lab.service.reply_always(Reply(head="refuse"), "chat")
    await _raise_in_each_form(lab, provider, ProviderUnavailableError, "a call that is refused")
    if lab.driver.name == "socket":
        away = lab.provider(base_url=closed_port_address() + lab.wire.base_path)
        await _raise_in_each_form(
            lab, away, ProviderUnavailableError, "a call to where nothing listens"
        )


@check("PC-ERROR-022")
async def dropped_connection(lab: Lab) -> None:
    """A connection that drops before the reply raises ProviderUnavailableError.

    Rule: A connection that breaks before the reply begins raises ProviderUnavailableError,
    streamed and not.
    Why: Nothing was answered, so the call may be made again.
    How: Makes an exchange, then has the service read the request and drop the connection.
    Fix: Map the HTTP library's read errors before the head to ProviderUnavailableError.
    """
    provider = await _working_provider(lab)
    lab.service.reply_always(Reply(head="reset"), "chat")
    await _raise_in_each_form(
        lab, provider, ProviderUnavailableError, "a call whose connection drops"
    )


@check("PC-ERROR-023")
async def answer_that_breaks_off(lab: Lab) -> None:
    """A whole answer that breaks off raises ProviderResponseError.

    Rule: A connection that breaks in the middle of the body raises ProviderResponseError.
    Why: The service has answered and may have billed; that is not the same as no answer.
    How: Makes an exchange, then has the connection break in the middle of an answer.
    Fix: Map the HTTP library's read errors after the head to ProviderResponseError.
    """
    provider = await _working_provider(lab)
    lab.service.reply_always(reply_broken_off(lab), "chat")
    await lab.raises(ProviderResponseError, lab.chat(provider), "a call whose answer breaks off")


@check("PC-ERROR-024")
async def no_foreign_exception(lab: Lab) -> None:
    """Nothing but ProviderError leaves a call, whatever the connection does.

    Rule: No exception of the HTTP library, of ssl, of a decoder or of the operating system leaves
    the provider.
    Why: Nobody who writes against the contract catches them, so they end the program.
    How: Makes an exchange, then has the service speak no HTTP, announce a compression that the
    body does not have, and drop error replies in the middle; streamed and not.
    Fix: Catch the HTTP library's base exception around sending and around reading.
    """
    provider = await _working_provider(lab)
    packed = {"content-type": "application/json", "content-encoding": "gzip"}
    failure = lab.wire.failure(Failure("server", lab.text()))
    for what, script in (
        ("bytes that are not HTTP", Reply(head="junk")),
        ("a body that is not compressed as announced", Reply(200, packed, (b"not gzip",))),
        ("an error that breaks off", replace(failure, steps=(b"{", Reset()), streamed=True)),
    ):
        lab.service.reply_always(script, "chat")
        await _raise_in_each_form(lab, provider, ProviderError, f"a call that gets {what}")


@check("PC-ERROR-025", drivers=("socket",))
async def failed_handshake(lab: Lab) -> None:
    """A failed TLS handshake raises ProviderUnavailableError.

    Rule: A connection that cannot be secured raises ProviderUnavailableError.
    Why: ssl.SSLError is an OSError, and many HTTP libraries let it through.
    How: Makes an exchange, then asks for https at a port that speaks plain HTTP.
    Fix: Catch what your HTTP library raises while it connects, SSL errors included.
    """
    await _working_provider(lab)
    secure = lab.driver.address.replace("http:", "https:") + lab.wire.base_path
    provider = lab.provider(base_url=secure)
    await _raise_in_each_form(lab, provider, ProviderUnavailableError, "a call without a handshake")


@check("PC-ERROR-026")
async def answers_out_of_shape(lab: Lab) -> None:
    """An answer with random damage is an answer or a ProviderError.

    Rule: Whatever is wrong within an answer, the call returns a ChatResponse whose text is text,
    or raises ProviderError.
    Why: A null where an object was expected is a TypeError in the caller's program.
    How: Makes an exchange, then has the service send sixty answers, each with one random part
    missing, replaced by something of another type, or cut.
    Fix: Check the type of each part before you use it.
    """
    provider = await _working_provider(lab)
    answer = lab.answer(calls=[payload.call(lab.rng)] if "tools" in lab.capabilities else ())
    usual = lab.wire.whole(answer)
    for _ in range(_ROUNDS):
        lab.service.reply_next(replace(usual, steps=(mangled(usual.body, lab.rng),)))
        await only_provider_errors(lab, _chat_text(lab, provider), "a call whose answer is damaged")


@check("PC-ERROR-027")
async def unknown_status(lab: Lab) -> None:
    """A status that nobody knows raises ProviderError.

    Rule: Every error status raises ProviderError, and error.status tells it.
    Why: Proxies invent statuses, and one that is in no table must not pass for success.
    How: Makes an exchange, then has the service answer with unusual statuses.
    Fix: End the table of statuses with one line for 4xx and one for 5xx.
    """
    provider = await _working_provider(lab)
    for status in _UNKNOWN_STATUSES:
        lab.service.reply_always(Failure("bad_request", lab.text(), status), "chat")
        for error in await _raise_in_each_form(
            lab, provider, ProviderError, f"a call that gets {status}"
        ):
            lab.equal("error.status", status, error.status)


async def _working_provider(lab: Lab) -> BaseProvider:
    """Return a provider that has just made an exchange that succeeded."""
    provider = lab.provider()
    await lab.must_succeed(provider)
    return provider


async def _chat_text(lab: Lab, provider: BaseProvider) -> str:
    """Return the text of an answer; raise ``TypeError`` if it is not a str."""
    response = await lab.chat(provider)
    if not isinstance(response.text, str):
        raise TypeError(f"response.text is {response.text!r}")
    return response.text


async def _raise_in_each_form(
    lab: Lab, provider: BaseProvider, kind: type[ProviderError], what: str
) -> list[ProviderError]:
    """Return the errors of a call and, if the provider can, of a stream; fail unless both raise."""
    errors = [await lab.raises(kind, lab.chat(provider), what)]
    if "streaming" in lab.capabilities:
        errors.append(await lab.raises(kind, lab.open_stream(provider), f"{what}, streamed"))
    return errors
