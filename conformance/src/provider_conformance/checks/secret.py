"""SECRET: the credential goes to the service and shows nowhere else.

After every check of every group, the runner searches the credential by value in all that these
checks provoke; here it is provoked.
"""

from __future__ import annotations

import pickle
from typing import Any

from provider_sdk import BaseProvider, ChatStream, ProviderError

from provider_conformance._check import check
from provider_conformance.checks.auth import sends_no_credential
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.leaks import holds_secret
from provider_conformance.lab.reading import cut_off_by, streamed_reply
from provider_conformance.lab.replies import reply_broken_off, web_page
from provider_conformance.wires._answer import Failure
from provider_conformance.wires._script import Reply, Reset

_WITH_CREDENTIAL = ("required", "optional")


@check("PC-SECRET-001", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def provider_hides_it(lab: Lab) -> None:
    """A provider's repr() and str() do not show the credential.

    Rule: Neither repr() nor str() of a provider holds the credential, before or after calls.
    Why: Objects are printed in tracebacks, debuggers, logs and error trackers.
    How: Looks at both before and after an exchange and after a failure.
    Fix: Write a __repr__ that names the class and the address; keep dataclass fields out of it.
    """
    provider = lab.provider()
    _require_clean_texts(lab, provider)
    await lab.must_succeed(provider)
    _require_clean_texts(lab, provider)
    lab.service.reply_always(Failure("auth", lab.text()), "chat")
    await lab.raises(ProviderError, lab.chat(provider), "a rejected call")
    _require_clean_texts(lab, provider)


@check("PC-SECRET-002", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def pickle_hides_it(lab: Lab) -> None:
    """A provider cannot be pickled with its credential.

    Rule: Pickling a provider raises TypeError, or leaves the credential out.
    Why: Task queues and caches pickle what they are given, and store it for years.
    How: Makes an exchange and pickles the provider.
    Fix: Raise TypeError in __reduce__, and say that a new provider must be built.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    try:
        pickled = pickle.dumps(provider, protocol=0).decode("latin-1")
    except Exception:  # noqa: BLE001 - connections fail to be pickled in many ways
        return
    _require_hidden(lab, "the pickled provider", pickled)


@check("PC-SECRET-003", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def errors_hide_it(lab: Lab) -> None:
    """No error shows the credential.

    Rule: str(), repr(), args, attributes, pickle and the exceptions that caused an error do not
    hold the credential.
    Why: Errors are logged, mailed and pasted into public issues.
    How: Makes an exchange, then has calls rejected, limited, refused, dropped, cut and answered
    with a page, streamed and not, and searches every error.
    Fix: Raise your own errors `from None`; never put requests, headers or configuration into them.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    for failure in (
        Failure("auth", lab.text()),
        Failure("rate_limit", lab.text()),
        Reply(head="refuse"),
        Reply(head="reset"),
        Reply(head="junk"),
        reply_broken_off(lab),
        web_page(200, "Welcome"),
    ):
        lab.service.reply_always(failure, "chat")
        await lab.raises(ProviderError, lab.chat(provider), "a call that fails")
        if "streaming" in lab.capabilities:
            await lab.raises(ProviderError, lab.stream(provider), "a stream that fails")


@check("PC-SECRET-004", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def logs_hide_it(lab: Lab) -> None:
    """No log record, warning or print shows the credential.

    Rule: Log records down to DEBUG, with all that is passed as extra, warnings and prints do not
    hold the credential.
    Why: Debug logs are switched on when something is wrong, and then sent to somebody.
    How: Uses every method, with success and failure, while logs, warnings and output are collected.
    Fix: Log the method and the address; never headers, configuration or whole requests.
    """
    await _use_every_method(lab)
    for what, said in lab.captured.texts():
        _require_hidden(lab, what, said)


@check("PC-SECRET-005", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def addresses_hide_it(lab: Lab) -> None:
    """No request carries the credential in its address.

    Rule: Neither path nor query of a request holds the credential.
    Why: Addresses stand in access logs, proxies, histories and exceptions.
    How: Uses every method, with success and failure, and searches the address of each request.
    Fix: Send the credential in a header, also if the service would take it as a parameter.
    """
    await _use_every_method(lab)
    for exchange in lab.service.exchanges:
        address = f"{exchange.request.path}?{exchange.request.query}"
        _require_hidden(lab, "the address of a request", address)


@check("PC-SECRET-006", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def constructor_hides_it(lab: Lab) -> None:
    """What the constructor says of bad settings does not show the credential.

    Rule: An exception of the constructor does not repeat the credential, also if it was put
    into the wrong place.
    Why: Settings are mistyped while the key is being set up, and the message goes to a chat.
    How: Makes an exchange, then builds providers with bad settings, among them the credential as
    the address and in the address.
    Fix: Name the setting that is wrong; do not repeat the value of an address.
    """
    await lab.must_succeed(lab.provider())
    secret = lab.credential
    for config in (
        {"base_url": "not an address"},
        {"base_url": secret},
        {"base_url": f"https://user:{secret}@service.test"},
        {"base_url": f"https://service.test?key={secret}"},
        {"timeout": -1},
        {"no_such_setting": 1},
    ):
        _try_to_build(lab, **config)


@check("PC-SECRET-007", credentials=_WITH_CREDENTIAL, otherwise=sends_no_credential)
async def unsendable_credential_is_hidden(lab: Lab) -> None:
    """A credential that no header can carry raises ProviderError and is not shown.

    Rule: A credential with a line break, or with characters outside ASCII, raises ProviderError
    from the constructor or the call, and the error does not repeat it.
    Why: Keys are pasted with line breaks, and HTTP libraries complain with the whole header.
    How: Makes an exchange, then tries a credential with a line break inside and one with a letter
    outside ASCII.
    Fix: Check the credential in the constructor, and name its source instead of its value.
    """
    await lab.must_succeed(lab.provider())
    for between in ("\n", "é"):
        halves = lab.another_credential(), lab.another_credential()
        what = f"a credential with {between!r} inside"
        # The service would accept it, so an error can only come from the provider.
        lab.service.reply_always(lab.service.unscripted_reply)
        error = await lab.raises(
            ProviderError, _chat_with_credential(lab, between.join(halves)), what
        )
        _require_hidden(lab, what, f"{error} {error!r} {error.args!r}")


@check(
    "PC-SECRET-018",
    needs=["streaming"],
    credentials=_WITH_CREDENTIAL,
    otherwise=sends_no_credential,
)
async def stream_hides_it(lab: Lab) -> None:
    """A stream's repr(), str() and pickle do not show the credential.

    Rule: Neither repr(), str() nor a pickle of a stream, of its chunks and of its response holds
    the credential: while it is open, at its end and after it broke.
    Why: A stream holds the request, and is what a debugger or an error tracker shows first.
    How: Looks at all of them while a stream is read, after its end, and after an error in another.
    Fix: Leave headers out of what a stream shows; the plain object's repr is enough.
    """
    provider = lab.provider()
    lab.service.reply_next(lab.answer())
    async with await lab.open_stream(provider) as stream:
        _require_hidden_stream(lab, stream)
        async for chunk in stream:
            _require_hidden_stream(lab, stream)
            _require_hidden(lab, "repr(chunk)", repr(chunk))
    _require_hidden_stream(lab, stream)
    _require_hidden(lab, "repr(stream.response)", repr(stream.response))
    lab.service.reply_next(streamed_reply(lab, lab.answer(), cut_off_by(Reset())))
    async with await lab.open_stream(provider) as stream:
        await lab.raises(ProviderError, _read(stream), "a stream that breaks")
        _require_hidden_stream(lab, stream)


async def _read(stream: ChatStream) -> None:
    async for _ in stream:
        pass


def _require_hidden_stream(lab: Lab, stream: ChatStream) -> None:
    _require_hidden(lab, "repr(stream)", repr(stream))
    _require_hidden(lab, "str(stream)", f"{stream}")
    try:
        pickled = pickle.dumps(stream, protocol=0).decode("latin-1")
    except Exception:  # noqa: BLE001 - connections fail to be pickled in many ways
        return
    _require_hidden(lab, "a pickled stream", pickled)


def _require_clean_texts(lab: Lab, provider: BaseProvider) -> None:
    _require_hidden(lab, "repr(provider)", repr(provider))
    _require_hidden(lab, "str(provider)", f"{provider}")


def _require_hidden(lab: Lab, what: str, text: str) -> None:
    if holds_secret(lab, text):
        raise Failed(what, "not to hold the credential", lab.redacted(text))


async def _use_every_method(lab: Lab) -> None:
    """Call every method, first with success and then with failure."""
    provider = lab.provider()
    await lab.must_succeed(provider)
    if "streaming" in lab.capabilities:
        await lab.must_succeed(provider, stream=True)
    await _use_other_methods(lab, provider)
    lab.service.reply_always(Failure("auth", lab.text()))
    await lab.raises(ProviderError, lab.chat(provider), "a rejected call")
    if "streaming" in lab.capabilities:
        await lab.raises(ProviderError, lab.stream(provider), "a rejected stream")
    await _use_other_methods(lab, provider)


async def _use_other_methods(lab: Lab, provider: BaseProvider) -> None:
    await lab.outcome(provider.complete(lab.text(), lab.harness.model))
    if "model_listing" in lab.capabilities:
        await lab.outcome(provider.list_models())
        await lab.outcome(provider.describe_models())
    await provider.health_check()
    kind: Any = lab.harness.provider
    lab.returned.append(("what probe() says", await kind.probe(**lab.probe_config())))


def _try_to_build(lab: Lab, **config: Any) -> None:
    try:
        lab.provider(**config)
    except Exception as error:  # noqa: BLE001 - only what it says is looked at
        lab.errors.append(error)


async def _chat_with_credential(lab: Lab, credential: str) -> object:
    return await lab.chat(lab.provider(api_key=credential))
