"""The credential appears nowhere but in its header."""

import asyncio
import copy
import html
import json
import logging
import pickle
import traceback
import tracemalloc
import warnings
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import (
    Delta,
    HttpRequest,
    ProviderError,
    ProviderWarning,
    StreamInterruptedError,
    StreamJunk,
    _escapes,
    _redact,
)
from provider_sdk._redact import Redactor
from provider_sdk.chat_completions import OpenAIDialect

from ._clock import on_the_clock
from ._server import answering, serving
from ._service import (
    KEY,
    STALL,
    USER,
    AcmeProvider,
    Reply,
    Service,
    StrictProvider,
    chunk,
    completion,
    sse,
    streamed,
)

LEAKS = {
    "object": Reply({"error": {"message": f"bad key {KEY}"}}, 401),
    "text": Reply(f"bad key {KEY}".encode(), 400),
    "upper case": Reply({"error": {"message": f"bad key {KEY.upper()}"}}, 401),
    "beginning": Reply({"error": {"message": f"bad key {KEY[:12]}..."}}, 401),
    "base64": Reply({"error": {"message": f"bad key {b64encode(KEY.encode()).decode()}"}}, 401),
    "html": Reply(f"<title>bad key {KEY}</title>".encode(), 502),
    "list": Reply({"errors": [{"message": KEY}, {"message": KEY}]}, 422),
    "param": Reply({"error": {"message": "bad", "param": KEY}}, 400),
    "loc": Reply({"detail": [{"loc": ["header", KEY], "msg": "bad"}]}, 422),
    "warnings": Reply({"error": "bad", "warnings": [KEY]}, 500),
    "header": Reply(b"", 401, {"x-error-message": f"bad key {KEY}"}),
    "quoted": Reply({"error": f"bad url ?key={KEY.replace('-', '%2D')}&{KEY}"}, 400),
    "cut": Reply({"error": "x" * 1990 + KEY}, 400),
    "cut in the middle": Reply({"error": "x" * 1980 + KEY}, 400),
    "status 200": Reply({"error": {"message": f"bad key {KEY}"}}),
    "no answer": Reply(f"<html>{KEY}</html>".encode()),
    "model list": Reply({"data": KEY}),
    "redirect": Reply(b"", 302, {"location": f"https://a.example/?key={KEY}"}),
    "request id": Reply({"error": "bad"}, 400, {"x-request-id": f"req-{KEY}"}),
    "connection": httpx.ConnectError(f"bad proxy {KEY}"),
    "protocol": httpx.RemoteProtocolError(f"illegal header {KEY}"),
    "late": httpx.ConnectTimeout(KEY),
    "in the stream": lambda _: streamed(sse({"error": {"message": f"bad key {KEY}"}})),
    "junk": lambda _: streamed(f"data: {KEY}\n\n".encode()),
    "broken stream": lambda _: streamed(b"data: {", httpx.ReadError(KEY)),
    "later in the stream": lambda _: streamed(sse(chunk("Bl"), {"error": f"bad key {KEY}"})),
    "broken later": lambda _: streamed(sse(chunk("Bl")), httpx.ReadError(KEY)),
}
CALLS = {
    "chat": lambda provider: provider.chat(USER),
    "stream": lambda provider: _collected(provider),
    "list_models": lambda provider: provider.list_models(),
}


async def _collected(provider):
    return await (await provider.chat(USER, stream=True)).collect()


def _words(error):
    """Everything that an error shows, and every exception behind it."""
    seen = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is None or each in seen:
            continue
        seen.append(each)
        waiting += [each.__cause__, each.__context__]
        yield from (str(each), repr(each), repr(each.args), repr(vars(each)))
        yield from getattr(each, "__notes__", [])
    yield "".join(traceback.format_exception(error))


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
async def test_no_error_holds_the_credential(leak, call):
    """Whatever a service sends back, the text, the arguments and the chain are clean."""
    provider = Service(leak).provider(max_retries=0)
    try:
        await call(provider)
    except ProviderError as error:
        shown = [*_words(error), str(pickle.dumps(error))]
    else:
        shown = []

    forms = [KEY, KEY[:12], KEY.upper(), b64encode(KEY.encode()).decode()[:16]]
    assert not [words for words in shown if any(form in words for form in forms)]


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
async def test_errors_have_no_history(leak):
    """No exception of a library hangs behind them, with the request in its pocket."""
    provider = Service(leak).provider(max_retries=0)

    with pytest.raises(ProviderError) as caught:
        await _collected(provider)

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_the_rest_of_the_message_is_kept():
    """Only the credential is taken out."""
    with pytest.raises(ProviderError, match=r"^bad key \[redacted\]\. "):
        await Service(LEAKS["object"]).provider().chat(USER)


async def test_a_credential_of_a_variable_is_redacted(monkeypatch):
    """Wherever it came from."""
    monkeypatch.setenv("ACME_API_KEY", KEY)

    with pytest.raises(ProviderError) as caught:
        await Service(LEAKS["object"]).provider(api_key=None).chat(USER)

    assert KEY not in str(caught.value)


@on_the_clock
async def test_a_timeout_has_no_history():
    """The deadline raises an error of its own."""
    with pytest.raises(ProviderError) as caught:
        await Service(streamed(STALL)).provider().chat(USER)

    assert caught.value.__cause__ is caught.value.__context__ is None


@on_the_clock
async def test_silence_has_no_history():
    """Nor does the idle limit."""
    stream = await Service(streamed(sse(chunk("a")), STALL)).provider().chat(USER, stream=True)

    with pytest.raises(ProviderError) as caught:
        await stream.collect()

    assert caught.value.__cause__ is caught.value.__context__ is None


def test_nothing_shows_the_credential():
    """Neither the provider, nor the objects that it is made of."""
    provider = AcmeProvider(api_key=KEY)
    parts = [part for part in vars(provider).values() if not isinstance(part, dict)]

    assert KEY not in repr([provider, *parts]) + str([provider, *parts])


def test_the_provider_refuses_pickling():
    """The credential is not written to disk by accident."""
    for attempt in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError) as caught:
            attempt(AcmeProvider(api_key=KEY))
        assert KEY not in str(caught.value)


async def test_answers_and_streams_do_not_show_the_credential():
    """Their ``repr`` is for logs."""
    provider = Service(Reply(completion()), streamed(sse(chunk("a", finish="stop")))).provider()
    response = await provider.chat(USER)
    stream = await provider.chat(USER, stream=True)
    await stream.collect()

    assert KEY not in repr([response, stream, response.to_dict(), vars(stream)])


@pytest.mark.parametrize("status", [200, 401])
async def test_logs_do_not_hold_the_credential(caplog, status, transport):
    """Not even at DEBUG, over a real connection; aiohttp logs nothing of it."""
    caplog.set_level(logging.DEBUG)

    async with serving(answering(completion(), status)) as server:
        async with AcmeProvider(api_key=KEY, base_url=server.url) as provider:
            await asyncio.gather(provider.chat(USER), return_exceptions=True)

        assert KEY.encode() in server.requests[0]
    logging_libraries = {record.name.partition(".")[0] for record in caplog.records}
    assert ("httpcore" in logging_libraries) == (transport == "httpx")
    assert KEY not in caplog.text
    assert KEY not in json.dumps([str(vars(record)) for record in caplog.records])


async def test_warnings_do_not_hold_the_credential():
    """A dropped option is told of, and nothing else."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await Service(Reply(completion())).provider(StrictProvider).chat(USER, temperature=1)

    assert [w.category for w in caught] == [ProviderWarning]
    assert KEY not in str([str(w) for w in caught])


async def test_warnings_of_an_answer_do_not_hold_the_credential():
    """What follows a finished stream is redacted too."""
    pieces = [sse(chunk("a", finish="stop")), httpx.ReadError(f"bad {KEY}")]
    stream = await Service(streamed(*pieces)).provider().chat(USER, stream=True)

    response = await stream.collect()

    assert "[redacted]" in response.warnings[0]
    assert KEY not in str(response.warnings)


async def test_a_probe_does_not_show_the_credential():
    """Its reason is for people."""
    health = await AcmeProvider.probe(api_key=KEY, http_client=Service(LEAKS["object"]).client)

    assert "[redacted]" in health.reason
    assert KEY not in repr(health)


@given(
    st.text(min_size=4, alphabet=st.characters(min_codepoint=33, max_codepoint=126)),
    st.text(),
    st.text(),
)
def test_any_credential_is_redacted_by_value(secret, before, after):
    """Wherever it stands, however it is quoted for a URL."""
    redact = Redactor([secret])

    for form in (secret, str(httpx.URL("http://a", params={"k": secret}).query, "ascii")[2:]):
        assert secret not in redact(f"{before}{form}{after}").replace("[redacted]", " ")


@pytest.mark.parametrize("form", ["a b/c+d", "a%20b%2Fc%2Bd", "a+b%2Fc%2Bd"])
def test_a_credential_in_an_address_is_redacted(form):
    """Quoted as a path and as a form."""
    assert Redactor(["a b/c+d"])(f"key={form}&x") == "key=[redacted]&x"


async def test_junk_that_a_dialect_repeats_is_redacted():
    """An author's decoder may show what it could not read."""

    class Decoder:
        def feed(self, data):
            return [Delta("a"), StreamJunk(f"not understood: {data!r}")]

    class Showing(OpenAIDialect):
        def stream_decoder(self, call):
            return Decoder()

    class ShowingProvider(AcmeProvider):
        dialect = Showing()

    provider = Service(streamed(KEY.encode())).provider(ShowingProvider)
    with pytest.raises(StreamInterruptedError, match="not understood") as caught:
        await _collected(provider)

    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "form",
    [
        KEY.upper(),
        KEY.swapcase(),
        KEY.replace("-", "%2d"),
        b64encode(KEY.encode()).decode(),
        urlsafe_b64encode(KEY.encode()).decode().rstrip("="),
        b64encode(KEY.encode()).decode().lower(),
    ],
)
def test_a_disguised_credential_is_redacted(form):
    """In another case, quoted for a URL in small letters, in Base64 of any kind."""
    assert Redactor([KEY])(f"bad key {form}, really").replace("=", "") == (
        "bad key [redacted], really"
    )


@given(st.binary(max_size=8), st.binary(max_size=8))
def test_a_credential_within_base64_is_redacted(before, after):
    """``user:password`` shows the password whatever the user is called."""
    for encode in (b64encode, urlsafe_b64encode):
        start, mark, end = Redactor([KEY])(
            encode(before + KEY.encode() + after).decode()
        ).partition("[redacted]")

        assert mark
        assert len(start) <= len(before) * 4 / 3 + 2
        assert len(end) <= len(after) * 4 / 3 + 4


@pytest.mark.parametrize("length", range(12, len(KEY) + 1))
def test_the_beginning_of_a_credential_is_redacted(length):
    """A message that is cut within it shows none of it, in either case."""
    redact = Redactor([KEY])

    assert redact(f"bad key {KEY[:length]}") == "bad key [redacted]"
    assert redact(f"bad key {KEY[:length].lower()}...") == "bad key [redacted]..."


def test_a_hint_at_a_credential_is_kept():
    """Services show its first characters to tell which one it is."""
    assert Redactor([KEY])(f"bad key {KEY[:6]}...{KEY[-4:]}") == f"bad key {KEY[:6]}...{KEY[-4:]}"


@pytest.mark.parametrize("secret", ["test", "secret1", "Bearer-"])
def test_a_short_credential_is_redacted_as_it_is(secret):
    """In another case it may be an ordinary word."""
    redact = Redactor([secret])

    assert redact(f"a {secret} b") == "a [redacted] b"
    assert redact(secret.swapcase()) == secret.swapcase()


HEADER = "my-other-Secret-0815"


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": f"Bearer {HEADER}"},
        {"Proxy-Authorization": HEADER},
        {"X-API-Key": HEADER},
        {"api-key": HEADER},
        {"X-Auth-Token": HEADER},
        {"Cookie": f"theme=dark; session={HEADER}"},
        {"X-Client-Secret": HEADER},
        {"X-Goog-Api-Key": HEADER},
        {"X-Auth": HEADER},
        {"X-Token-V2": f"Token {HEADER}"},
        {"X-Credentials": HEADER},
        {"X-Passphrase": HEADER},
        {"X-Session": HEADER},
        {"Cookie": HEADER},
        {"Cookie": f'session="{HEADER}"'},
        {"Authorization": f"Basic {b64encode(b'me:' + HEADER.encode()).decode()}"},
    ],
    ids=lambda header: next(iter(header)),
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_credential_among_extra_headers_is_redacted(header, stream):
    """Its header's name tells that it is one; whatever repeats it is clean."""
    echo = f"bad key {HEADER}, or {HEADER.upper()}, or {HEADER[:14]}"
    service = Service(Reply({"error": {"message": echo}}, 401, {"x-request-id": HEADER}))

    with pytest.raises(ProviderError) as caught:
        await service.provider().chat(USER, stream=stream, extra_headers=header)

    assert str(caught.value).startswith("bad key [redacted], or [redacted], or [redacted]. ")
    assert caught.value.request_id == "[redacted]"
    assert next(iter(header.values())) in str(service.requests[0].headers.raw)


async def test_words_of_other_extra_headers_are_kept():
    """What is no credential, or too short for one, is no reason to garble a message."""
    headers = {
        "x-trace": "tracing-words",
        "x-author": "tracing-words",
        "idempotency-key": "tracing-words",
        "x-key": "words",
        "cookie": "tracing-words=1",
        "authorization": "Basic words",
    }
    service = Service(Reply({"error": {"message": "Bearer tracing-words"}}, 401))

    with pytest.raises(ProviderError, match=r"^Bearer tracing-words"):
        await service.provider().chat(USER, extra_headers=headers)


async def test_a_credential_that_a_subclass_adds_is_redacted():
    """Headers of a provider's own may hold one, too."""

    class TwoKeys(AcmeProvider):
        def request_headers(self):
            return {"X-Gateway-Token": HEADER}

    with pytest.raises(ProviderError, match=r"^bad key \[redacted\]"):
        await Service(Reply({"error": f"bad key {HEADER}"}, 401)).provider(TwoKeys).chat(USER)


async def test_every_call_redacts_the_secrets_of_its_own_headers():
    """However many calls with a credential of their own run at once, no error shows one."""
    keys = [f"{HEADER}-{number:04}" for number in range(30)]

    def echo(request):
        return Reply({"error": f"bad key {request.headers['authorization']}"}, 401)

    provider = Service(echo).provider()
    calls = (provider.chat(USER, extra_headers={"Authorization": f"Bearer {key}"}) for key in keys)
    errors = await asyncio.gather(*calls, return_exceptions=True)

    assert [str(error)[:27] for error in errors] == ["bad key Bearer [redacted]. "] * 30


def test_longer_secrets_go_first():
    """One may be part of another."""
    assert Redactor(["abcd", "abcdef"])("abcdef") == "[redacted]"


@pytest.mark.parametrize("secret", [None, "", "abc"])
def test_what_is_no_secret_is_no_reason_to_garble(secret):
    """Three letters stand in ordinary words."""
    assert Redactor([secret])("abc def") == "abc def"


async def test_an_answer_that_names_the_credential():
    """A service that repeats the credential among its headers leaves none in the response."""
    reply = Reply(completion(), headers={"x-request-id": f"req-{KEY}"})
    response = await Service(reply).provider().chat(USER)

    assert response.request_id == "req-[redacted]"


async def test_a_stream_that_names_the_credential():
    """Nor in the response of a stream."""
    body = streamed(sse(chunk("Blue", finish="stop")), headers={"x-request-id": f"req-{KEY}"})
    stream = await Service(body).provider().chat(USER, stream=True)

    assert (await stream.collect()).request_id == "req-[redacted]"


def test_a_secret_whose_beginning_repeats_is_redacted_once():
    """Matches that overlap what is taken out already are passed over."""
    assert Redactor(["ab" * 20])("x " + "ab" * 15 + " y") == "x [redacted] y"


ODD = "k\"e<y>'with&odd+signs/=\\end"


@pytest.mark.parametrize(
    "echo",
    [
        json.dumps(ODD),
        json.dumps(ODD).replace("/", "\\/"),
        json.dumps(ODD).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"),
        html.escape(ODD),
        html.escape(ODD, quote=False),
        html.escape(ODD).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        repr(ODD),
        repr(ODD.encode()),
        quote(ODD, safe=""),
    ],
)
def test_a_credential_that_is_echoed_escaped_is_redacted(echo):
    """As JSON, HTML, Python and addresses quote it."""
    said = Redactor([ODD])(f"bad key {echo}, sorry")

    assert "odd" not in said
    assert said.startswith("bad key")
    assert said.endswith(", sorry")


def _each(form):
    """The credential with every character written in this form."""
    return "".join(form.format(ord(char)) for char in KEY)


ESCAPED = {
    "json": _each("\\u{:04x}"),
    "json within json": json.dumps(_each("\\u{:04X}"))[1:-1],
    "json four times": _each("\\" * 8 + "u{:04x}"),
    "braces": _each("\\u{{{:x}}}"),
    "python": _each("\\x{:02x}"),
    "octal": _each("\\{:03o}"),
    "long": _each("\\U{:08x}"),
    "address": _each("%{:02x}"),
    "address in both cases": "".join(f"%{ord(c):02{'xX'[at % 2]}}" for at, c in enumerate(KEY)),
    "address within an address": _each("%2525{:02X}"),
    "address of old": _each("%u{:04x}"),
    "html": _each("&#{:d};"),
    "html in hexadecimal": _each("&#X{:04X};"),
    "html within html": html.escape(html.escape(_each("&#{:d};"))),
    "json in an address": quote(_each("\\u{:04x}"), safe=""),
    "json in an address in html": html.escape(quote(_each("\\u{:04x}").replace("\\", "&#92;"))),
    "zero-width spaces": "\u200b".join(KEY),
    "marks of direction": "\u202e".join(KEY),
    "tags": "\U000e0041".join(KEY),
    "controls": "\x00".join(KEY),
    "colours": "\x1b[1;31m".join(KEY),
    "colours in eight bits": "\x9b0m".join(KEY),
    "a title": f"{KEY[:5]}\x1b]0;title\x07{KEY[5:]}",
    "colours in json": json.dumps("\x1b[0m".join(KEY))[1:-1],
    "one character": KEY.replace("Q", "\\u0051"),
    "backslashes": "".join(f"\\{char}" if char in "-QW" else char for char in KEY),
}


@pytest.mark.parametrize("form", ESCAPED.values(), ids=ESCAPED)
def test_a_credential_with_its_letters_escaped_is_redacted(form):
    """Whoever escapes can escape every character, and again what is escaped already."""
    said = Redactor([KEY])(f'"bad key {form}" &amp; a%20b \\u0041')

    assert said == '"bad key [redacted]" &amp; a%20b \\u0041'


def test_the_beginning_of_an_escaped_credential_is_redacted():
    """A cut of the escaped form shows what stands before the cut."""
    cut = ESCAPED["json"][: 6 * 14]

    assert Redactor([KEY])(f"bad key {cut}...") == "bad key [redacted]..."


def test_a_credential_that_looks_escaped_is_redacted():
    """It may hold what elsewhere is an escape, and be escaped itself."""
    secret = "key%41\\u0042&lt;end"
    redact = Redactor([secret])

    assert redact(f"bad {secret}!") == "bad [redacted]!"
    assert redact(f"bad {quote(secret, safe='')}!") == "bad [redacted]!"
    assert redact(f"bad {json.dumps(secret)}!") == 'bad "[redacted]"!'
    assert redact(f"bad {html.escape(secret)}!") == "bad [redacted]!"


@pytest.mark.parametrize("secret", ["schl\u00fcssel-\u20ac-0815", "key-\U0001f511-0815"])
def test_a_credential_outside_ascii_is_redacted(secret):
    """As bytes of UTF-8, as halves of UTF-16, and as it is."""
    redact = Redactor([secret])

    for echo in (secret, json.dumps(secret)[1:-1], quote(secret), repr(secret.encode())[2:-1]):
        assert redact(f"bad {echo}!") == "bad [redacted]!"


@given(st.text(alphabet="\\\\u0068x%&#;amp+ ", max_size=60), st.text(max_size=5))
def test_the_rest_of_an_escaped_text_is_kept(before, after):
    """Only the credential is taken out of a text, however odd the text around it."""
    said = Redactor([KEY])(f"{before} {ESCAPED['json']} {after}")

    assert said == f"{before} [redacted] {after}"


def test_an_escape_of_no_character_is_left():
    """A code beyond Unicode is no reason to fail."""
    assert Redactor([KEY])("\\Uffffffff \\u{ffffff} &#9999999; &nosuch;") == (
        "\\Uffffffff \\u{ffffff} &#9999999; &nosuch;"
    )


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), Reply({"error": "no"}, 401)])
async def test_no_frame_of_an_error_holds_a_header(failure):
    """Debuggers and reports of crashes show the variables of every frame."""
    provider = Service(failure).provider(max_retries=0)
    with pytest.raises(ProviderError) as caught:
        await provider.chat(USER)

    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert KEY not in "".join(shown.format())


def test_the_request_of_a_dialect_shows_neither_headers_nor_body():
    """Its ``repr`` may land in a log."""
    request = HttpRequest("POST", "/chat", b"secret body", {"x-key": KEY})
    assert repr(request) == "HttpRequest(method='POST', path='/chat', base_url=None)"


async def test_a_hint_that_was_found_later_is_redacted():
    """A service may echo a credential in what a hint is made of."""

    class Helpful(AcmeProvider):
        async def explain(self, error):
            error.hint = f"Try {KEY}."
            return error

    with pytest.raises(ProviderError, match=r"Try \[redacted\]\."):
        await Service(Reply({"error": "no"}, 404)).provider(Helpful).chat(USER)


@pytest.mark.parametrize("text", ["req-1", "req%2D1"])
def test_redaction_leaves_no_memory_behind(text):
    """However many texts it has seen, and wherever other objects lie by then."""
    redact = Redactor([KEY])
    redact(text)
    others = []
    tracemalloc.start()
    try:
        for _ in range(3000):
            redact(text)
            others.append(bytes(22))  # as large as the name of a method
        snapshot = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()

    ours = [tracemalloc.Filter(True, module.__file__) for module in (_redact, _escapes)]
    kept = snapshot.filter_traces(ours).statistics("lineno")
    # An interpreter may keep one object for the next call; a leak keeps one of each call.
    assert sum(found.count for found in kept) <= 2
