"""``serve`` answers every request in the wire's own form, and says what is wrong."""

import json
import random
import re
import socket
from contextlib import closing

import httpx
import pytest
from provider_conformance import OpenAIWire
from provider_conformance.__main__ import main
from provider_conformance.commands.serve import _LoudService, echo
from provider_conformance.drivers import SocketDriver
from provider_conformance.traffic import Traffic

TOKEN = {"authorization": "Bearer t"}
MESSAGES = [{"role": "user", "content": "hi"}]


class BrokenWire(OpenAIWire):
    """Raises in the methods that it is told."""

    def __init__(self, *broken):
        super().__init__()
        for name in broken:
            setattr(self, name, self._break)

    def _break(self, *arguments):
        raise SystemExit("a wire that ends")


@pytest.fixture
def served():
    """Return a function that serves a wire and returns the base URL."""
    drivers = []

    def serve(wire):
        driver = SocketDriver(
            _LoudService(wire, "t", random.Random(1), answering=echo, traffic=Traffic())
        )
        drivers.append(driver.__enter__())
        return f"{driver.address}/v1"

    yield serve
    for driver in drivers:
        driver.__exit__(None, None, None)


UNREADABLE = {
    "no JSON": (b"{", "Expecting property name"),
    "empty": (b"", "Expecting value"),
    "not UTF-8": (b'{"model": "\xff"}', "utf-8"),
    "deep": (b"[" * 100_000, "nested too deeply"),
    "a list": (b"[]", "no list of messages"),
    "no model": (json.dumps({"messages": MESSAGES}).encode(), "names no model"),
    "no role": (json.dumps({"model": "m", "messages": [{}]}).encode(), "'role' is missing"),
    "odd messages": (json.dumps({"model": "m", "messages": [7]}).encode(), "AttributeError"),
    "odd parts": (
        json.dumps(
            {"model": "m", "messages": [{"role": "user", "content": [{"text": 7}]}]}
        ).encode(),
        "'type' is missing",
    ),
    "a lone surrogate": (
        b'{"model": "m", "messages": [{"role": "user", "content": "\\ud800"}]}',
        "surrogates",
    ),
}


@pytest.mark.parametrize(("body", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_request_is_told_what_is_wrong(served, capsys, body, words):
    """A chat that the wire cannot read gets 400 in the wire's form, and nothing is printed."""
    reply = httpx.post(f"{served(OpenAIWire())}/chat/completions", content=body, headers=TOKEN)
    assert reply.status_code == 400
    assert "unreadable request: " in reply.json()["error"]["message"]
    assert words in reply.json()["error"]["message"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("method", ["route", "credential_of", "whole"])
def test_broken_wire_is_told_to_whoever_serves(served, capsys, method):
    """An exception in the wire is one line on stderr with its place, and a 500 in its form."""
    address = f"{served(BrokenWire(method))}/chat/completions"
    reply = httpx.post(address, json={"model": "m", "messages": MESSAGES}, headers=TOKEN)
    assert reply.status_code == 500
    assert reply.json()["error"]["message"] == "the wire raised SystemExit"
    (line,) = capsys.readouterr().err.splitlines()
    said = rf"your wire raised SystemExit in {method} \(test_serve\.py:\d+\): a wire that ends"
    assert re.fullmatch(f"provider-conformance: {said}", line)


def test_wire_that_cannot_even_fail_is_a_plain_500(served):
    """A wire that raises while it encodes an error still gets its client an answer."""
    address = f"{served(BrokenWire('whole', 'failure'))}/chat/completions"
    reply = httpx.post(address, json={"model": "m", "messages": MESSAGES}, headers=TOKEN)
    assert (reply.status_code, reply.text) == (500, "the wire raised SystemExit")


def exchanged(address, data):
    """Send bytes and return all that comes back."""
    url = httpx.URL(address)
    with closing(socket.create_connection((url.host, url.port), timeout=20)) as connection:
        connection.sendall(data)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


def test_what_is_not_http_gets_a_400(served):
    """Bytes that are not HTTP are answered in the wire's form before the connection is closed."""
    head, _, body = exchanged(served(OpenAIWire()), b"\x00nonsense\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert "unreadable request: " in json.loads(body)["error"]["message"]


def test_header_that_is_not_utf8_is_answered(served):
    """A header of other bytes does not leave its client without an answer."""
    request = b"GET /v1/models HTTP/1.1\r\nhost: a\r\nauthorization: Bearer \xff\r\n\r\n"
    address = served(OpenAIWire())
    url = httpx.URL(address)
    with closing(socket.create_connection((url.host, url.port), timeout=20)) as connection:
        connection.sendall(request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_client_that_waits_for_a_go_gets_it(served):
    """Some clients send a long body only after ``100 Continue``, and wait for that."""
    url = httpx.URL(served(OpenAIWire()))
    head = "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n"
    with closing(socket.create_connection((url.host, url.port), timeout=20)) as connection:
        connection.sendall(f"{head}content-length: 2\r\n\r\n".encode())
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("command", ["no-such-command", "/", "./not-executable"])
def test_missing_command_is_one_sentence(tmp_path, capsys, monkeypatch, command):
    """A CMD that cannot be run is a mistake in the call."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "not-executable").write_text("")
    (tmp_path / "harness.py").write_text("from provider_conformance.zoo import HARNESS\n")
    assert main(["serve", "harness.py", "--", command]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert command in line
