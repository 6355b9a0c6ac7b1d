"""``record`` writes no credential, in whatever form it stands."""

import base64
import gzip
import html
import json
import random
import zlib
from dataclasses import replace
from urllib.parse import quote

import pytest
from provider_conformance import OpenAIWire, Service, run
from provider_conformance.__main__ import main
from provider_conformance.cassettes import (
    LeakingCassetteError,
    SecretSearch,
    UnreachableServiceError,
    record,
)
from provider_conformance.drivers import SocketDriver
from provider_conformance.wires import Reply
from provider_conformance.zoo import HARNESS, ReferenceProvider

SECRET = "sk-Very/\"secret'+<credential>&é\\9"
ASCII = "sk-Very/\"secret'+<credential>9"
PLAIN = "sk-0123456789abcdefXYZ"
JSON = {"content-type": "application/json"}


def b64(text, encode=base64.b64encode):
    """Return text in Base64."""
    return encode(text.encode()).decode()


def escaped(text):
    """Return text with every character as a JSON escape."""
    return "".join(f"\\u{ord(char):04x}" for char in text)


FORMS = {
    "plain": PLAIN,
    "upper case": PLAIN.upper(),
    "lower case": f"x{PLAIN.lower()}x",
    "percent-encoded": quote(SECRET, safe=""),
    "percent-encoded twice": quote(quote(SECRET, safe=""), safe=""),
    "HTML": html.escape(SECRET),
    "HTML by number": "".join(f"&#{ord(char)};" for char in SECRET),
    "repr": repr(SECRET),
    "JSON in JSON": json.dumps({"error": json.dumps({"message": f"key {SECRET}"})}),
    "JSON escapes": escaped(SECRET),
    "Base64": b64(SECRET),
    "Base64 with a user": b64(f"user:{SECRET}"),
    "Base64 with a user's name": b64(f"user1:{SECRET}:"),
    "Base64 with two more": b64(f"ab{SECRET}cd"),
    "Base64 for URLs": b64(f"?>{SECRET}", base64.urlsafe_b64encode),
    "Base64 in Base64": b64(b64(SECRET)),
    "Base64 of JSON": b64(json.dumps({"k": SECRET})),
    "Base64 in lines": base64.encodebytes((SECRET * 3).encode()).decode(),
    "hexadecimal": SECRET.encode().hex(),
    "a prefix": f"{PLAIN[:14]}...",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_text_is_searched_in_every_form(text):
    """A credential in a text is found, however it is written there."""
    assert SecretSearch([SECRET, PLAIN]).finds_in({"a": [f"your key is {text}!"]})


BYTES = {
    "among other bytes": b"\xff\x00" + SECRET.encode() + b"\xfe",
    "in UTF-16": SECRET.encode("utf-16"),
    "in Latin-1": SECRET.encode("latin-1"),
    "in gzip": gzip.compress(SECRET.encode()),
    "in zlib": zlib.compress(SECRET.encode()),
    "in deflate": zlib.compress(SECRET.encode(), wbits=-15),
    "in the second part of gzip": gzip.compress(b"a") + gzip.compress(SECRET.encode()),
    "in an event": b"data: " + json.dumps({"text": SECRET}).encode() + b"\n\n",
    "in JSON": b'{"text": "' + escaped(SECRET).encode() + b'"}',
    "as a key of JSON": json.dumps({SECRET: 1}).encode(),
}


@pytest.mark.parametrize("data", BYTES.values(), ids=BYTES)
def test_bytes_are_searched_in_every_form(data):
    """A credential in bytes is found, whether they are text or not."""
    assert SecretSearch([SECRET]).finds_in(data)


@pytest.mark.parametrize(
    "value", ["", "sk-other", {"a": ["max_tokens", 7, None, 1.5]}, b"\x1f\x8b\x00", [b"", {}]]
)
def test_what_holds_no_credential_is_no_leak(value):
    """Ordinary texts and bytes are no leak."""
    assert not SecretSearch([SECRET, PLAIN, ""]).finds_in(value)


def test_short_credential_is_found():
    """A credential of a few characters is found as it is."""
    assert SecretSearch(["k1"]).finds_in("your key k1")


@pytest.fixture
def upstream():
    """Serve a stand-in for the real service, which accepts every credential."""
    service = Service(OpenAIWire(), None, random.Random(5))
    with SocketDriver(service) as driver:
        yield service, f"{driver.address}/v1"


def recorded(upstream, tmp_path, monkeypatch, reply, harness=HARNESS, secret=ASCII):
    """Record from a service whose first answer to a chat is this."""
    monkeypatch.setenv("REFERENCE_API_KEY", secret)
    upstream[0].reply_next(reply)
    return record(harness, upstream[1], "some/model", tmp_path / "tapes")


ECHOES = {
    "a quote": Reply(400, JSON, (json.dumps({"error": {"message": ASCII}}).encode(),)),
    "Base64 of a user": Reply(400, JSON, (json.dumps({"error": b64(f"me:{ASCII}")}).encode(),)),
    "another case": Reply(400, JSON, (json.dumps({"error": ASCII.upper()}).encode(),)),
    "no text": Reply(400, JSON, (b"\xff" + ASCII.encode(),)),
    "two chunks": Reply(400, JSON, (ASCII[:9].encode(), ASCII[9:].encode()), streamed=True),
    "two chunks that are no text": Reply(
        400, JSON, (b"\xff" + ASCII[:9].encode(), ASCII[9:].encode() + b"\xff"), streamed=True
    ),
    "a header": Reply(400, {**JSON, "x-request-id": f"for-{quote(ASCII)}"}, (b"{}",)),
    "gzip": Reply(400, {**JSON, "content-encoding": "gzip"}, (gzip.compress(ASCII.encode()),)),
    "gzip that nobody announces": Reply(400, JSON, (gzip.compress(ASCII.encode()),)),
}


@pytest.mark.parametrize("reply", ECHOES.values(), ids=ECHOES)
def test_echo_in_any_form_is_not_written(upstream, tmp_path, monkeypatch, reply):
    """A service that repeats the credential leaves no cassette at all."""
    with pytest.raises(LeakingCassetteError):
        recorded(upstream, tmp_path, monkeypatch, reply)
    assert not (tmp_path / "tapes").exists()


def test_answer_in_pieces_is_searched_as_a_whole(upstream, tmp_path, monkeypatch):
    """A credential that is streamed in several events shows in the facts, and is found."""
    answered = {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": None}]}

    def events(*texts):
        for text in texts:
            answered["choices"][0]["delta"]["content"] = text
            yield b"data: " + json.dumps(answered).encode() + b"\n\n"

    def reply(request):
        if not upstream[0].wire.read_chat(request).stream:
            return upstream[0].unscripted_reply(request)
        steps = (*events(ASCII[:5], ASCII[5:12], ASCII[12:]), b"data: [DONE]\n\n")
        return Reply(200, {"content-type": "text/event-stream"}, steps, streamed=True)

    upstream[0].reply_always(reply, "chat")
    monkeypatch.setenv("REFERENCE_API_KEY", ASCII)
    with pytest.raises(LeakingCassetteError, match=r"stream\.json"):
        record(HARNESS, upstream[1], "some/model", tmp_path / "tapes")


class SendsMore(ReferenceProvider):
    """Sends further credentials, which its wire does not know."""

    async def chat(self, *args, **options):
        """Call with two more headers."""
        headers = {"cookie": "id=cookie-of-mine; a=b", "x-api-key": "other-key-1"}
        return await super().chat(*args, extra_headers=headers, **options)


@pytest.mark.parametrize("text", ["cookie-of-mine", "other-key-1"])
def test_other_credentials_of_a_request_count(upstream, tmp_path, monkeypatch, text):
    """Headers that are named like credentials carry some, whatever the wire knows of them."""
    echo = Reply(400, JSON, (json.dumps({"error": f"bad {text}"}).encode(),))
    with pytest.raises(LeakingCassetteError):
        recorded(upstream, tmp_path, monkeypatch, echo, replace(HARNESS, provider=SendsMore))


def test_unknown_compression_is_not_recorded(upstream, tmp_path, monkeypatch):
    """A reply that cannot be searched is not written, and the sentence says why."""
    reply = Reply(200, {**JSON, "content-encoding": "br"}, (b"\x0b\x02\x80{}\x03",))
    with pytest.raises(RuntimeError, match="compressed by br"):
        recorded(upstream, tmp_path, monkeypatch, reply)


def test_nothing_that_is_printed_holds_a_credential(tmp_path, monkeypatch, capsys):
    """The sentence about a failed recording repeats neither the key nor a password in the URL."""
    monkeypatch.setenv("REFERENCE_API_KEY", PLAIN)
    (tmp_path / "harness.py").write_text(
        "import os\nfrom dataclasses import replace\n"
        "from provider_conformance.zoo import HARNESS as REFERENCE, ReferenceProvider\n\n"
        "class Shows(ReferenceProvider):\n"
        "    async def chat(self, *args, **options):\n"
        "        raise RuntimeError(os.environ['REFERENCE_API_KEY'].upper())\n\n"
        "HARNESS = replace(REFERENCE, provider=Shows)\n"
    )
    call = ["record", str(tmp_path / "harness.py"), "--model", "m", "--out", str(tmp_path / "o")]
    assert main([*call, "--upstream", "http://me:pass-word-1@127.0.0.1:1/v1"]) == 1
    said = "".join(capsys.readouterr())
    assert "not recorded: RuntimeError" in said
    assert PLAIN.lower() not in said.lower()
    assert "pass-word-1" not in said


def test_provider_that_ends_the_process_records_nothing(tmp_path, monkeypatch, capsys):
    """``record`` of a provider that ends the process is no success."""
    monkeypatch.setenv("REFERENCE_API_KEY", PLAIN)
    (tmp_path / "harness.py").write_text(
        "import os\nfrom dataclasses import replace\n"
        "from provider_conformance.zoo import HARNESS as REFERENCE, ReferenceProvider\n\n"
        "class Ends(ReferenceProvider):\n"
        "    async def chat(self, *args, **options):\n        os._exit(0)\n\n"
        "HARNESS = replace(REFERENCE, provider=Ends)\n"
    )
    call = ["record", str(tmp_path / "harness.py"), "--model", "m", "--out", str(tmp_path / "o")]
    assert main([*call, "--upstream", "http://127.0.0.1:1/v1"]) == 1
    assert "not recorded: the provider ended the process" in capsys.readouterr().out


def test_report_of_a_live_run_holds_no_credential(upstream, monkeypatch):
    """A service that repeats the tester's key reaches no message of a live run."""
    monkeypatch.setenv("REFERENCE_API_KEY", PLAIN)
    monkeypatch.setenv("REFERENCE_BASE_URL", upstream[1])

    class Live(ReferenceProvider):
        base_url_env = "REFERENCE_BASE_URL"

        async def chat(self, *args, **options):
            raise ValueError(f"no {PLAIN.upper()} and no {b64(f'me:{PLAIN}')}")

    report = run(replace(HARNESS, provider=Live, model="m"), "live", 1)
    messages = "".join(result.message for result in report.results)
    assert "ValueError" in messages
    assert PLAIN.lower() not in messages.lower()
    assert b64(f"me:{PLAIN}")[4:20] not in messages


def test_reply_without_an_end_is_not_recorded(upstream, tmp_path, monkeypatch):
    """A reply beyond any recording is one sentence, and nothing is written."""
    endless = Reply(200, JSON, (b" " * 2**20,) * 65, streamed=True)
    with pytest.raises(UnreachableServiceError, match="a reply is larger than 64 MB"):
        recorded(upstream, tmp_path, monkeypatch, endless)
    assert not (tmp_path / "tapes").exists()


def test_credential_that_begins_like_the_schema_is_recorded(upstream, tmp_path, monkeypatch):
    """What the kit itself writes into each cassette is not taken for a part of the credential."""
    monkeypatch.setenv("REFERENCE_API_KEY", "conformance-token")
    record(HARNESS, upstream[1], "some/model", tmp_path)
    assert (tmp_path / "chat.json").exists()
