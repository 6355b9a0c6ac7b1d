"""``serve`` under traffic: what clients of the scripted service meet, and what it counts."""

import json
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from provider_conformance import AnthropicWire, OpenAIWire
from provider_conformance.__main__ import main
from provider_conformance.commands.serve import echo
from provider_conformance.drivers import SocketDriver
from provider_conformance.traffic import RateLimits, Shares, Traffic, TrafficService, Window

ASK = """
import httpx, os, sys
from concurrent.futures import ThreadPoolExecutor
def ask(row):
    message = {"role": "user", "content": f"[row {row}]"}
    return httpx.post(os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        json={"model": "m", "messages": [message]},
        headers={"authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}).status_code
print(*sorted(ask(row) for row in sys.argv[1:]))
"""
HARNESS = """
from dataclasses import replace
from provider_conformance import Harness, OpenAIWire
from provider_conformance.zoo import HARNESS as ZOO
HARNESS = replace(ZOO, environment={
    "OPENAI_BASE_URL": "{base_url}", "OPENAI_API_KEY": "{credential}"})
"""


@pytest.fixture
def served():
    """Return a function that serves some traffic and returns a function to ask."""
    drivers = []

    def serve(traffic, wire=None, credential="t"):
        service = TrafficService(wire or OpenAIWire(), credential, random.Random(1), echo, traffic)
        driver = SocketDriver(service)
        drivers.append(driver.__enter__())

        def ask(row, **body):
            message = {"role": "user", "content": f"[row {row}]"}
            return httpx.post(
                f"{driver.address}/v1/chat/completions",
                json={"model": "m", "messages": [message], **body},
                headers={"authorization": "Bearer t"},
            )

        ask.service = service
        ask.address = driver.address
        return ask

    yield serve
    for driver in drivers:
        driver.__exit__(None, None, None)


def counts_of(ask):
    """Ask a service for its counts."""
    return httpx.get(f"{ask.address}/counts").json()


@pytest.mark.parametrize("stream", [False, True])
def test_answers_are_counted_by_row(served, stream):
    """Each whole answer counts for its row, streamed or not."""
    ask = served(Traffic())
    for row in ("a", "b", "a"):
        assert ask(row, stream=stream).status_code == 200
    counts = counts_of(ask)
    assert (counts["requests"], counts["answered"]) == (3, 3)
    assert counts["rows"] == {
        "a": {"received": 2, "answered": 2},
        "b": {"received": 1, "answered": 1},
    }


def test_request_above_the_limit_gets_429_and_when_to_come(served):
    """The service refuses in the wire's form, with whole seconds in ``Retry-After``."""
    ask = served(Traffic(limits=RateLimits(requests=1)))
    assert ask("a").status_code == 200
    reply = ask("b")
    assert reply.status_code == 429
    assert 59 <= int(reply.headers["retry-after"]) <= 60
    assert reply.json()["error"]["code"] == "rate_limit_exceeded"
    assert counts_of(ask)["violations"] == 1


def test_limit_on_tokens_counts_what_answers_report(served):
    """Two answers whose reported usage is within the limit together pass, and the third not."""
    traffic = Traffic()
    ask = served(traffic)
    used = ask("a").json()["usage"]["total_tokens"]
    ask = served(Traffic(limits=RateLimits(tokens=2 * used + 1, window=Window("sliding", 60))))
    assert [ask(row).status_code for row in "abc"] == [200, 200, 429]


def test_faults_by_share_are_counted_and_not_answered(served):
    """A fault takes the answer's place, and its row is received but not answered."""
    ask = served(Traffic(faults=Shares([("server", 1.0)])))
    assert ask("a").status_code == 500
    counts = counts_of(ask)
    assert counts["faults"] == {"server": 1}
    assert counts["rows"] == {"a": {"received": 1, "answered": 0}}


def test_broken_connection_is_not_an_answer(served):
    """A connection that breaks in the middle of an answer leaves its row unanswered."""
    ask = served(Traffic(faults=Shares([("drop", 1.0)])))
    with pytest.raises(httpx.TransportError):
        ask("a")
    assert counts_of(ask)["rows"] == {"a": {"received": 1, "answered": 0}}


def test_slow_answer_is_an_answer(served):
    """A fault that only takes long counts as answered."""
    ask = served(Traffic(faults=Shares([("slow", 1.0)])))
    assert ask("a").status_code == 200
    assert counts_of(ask)["rows"] == {"a": {"received": 1, "answered": 1}}


def test_client_that_leaves_is_not_answered(served):
    """A client that is gone before its answer leaves its row unanswered, and nothing at once."""
    ask = served(Traffic(faults=Shares([("hang", 1.0)])))
    message = {"role": "user", "content": "[row a]"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{ask.address}/v1/chat/completions",
            json={"model": "m", "messages": [message]},
            headers={"authorization": "Bearer t"},
            timeout=0.2,
        )
    for _ in range(1000):
        if not ask.service.traffic.counts.at_once:
            break
        httpx.get(f"{ask.address}/counts")
    assert ask.service.traffic.counts.at_once == 0
    assert counts_of(ask)["rows"] == {"a": {"received": 1, "answered": 0}}


def test_scripted_replies_come_before_traffic(served):
    """A wrong credential gets its refusal and uses no limit."""
    ask = served(Traffic(limits=RateLimits(requests=1)), credential="other")
    assert [ask(row).status_code for row in "abc"] == [401, 401, 401]
    assert counts_of(ask)["violations"] == 0


def test_other_wires_refuse_in_their_own_form(served):
    """The refusal of a limit is what the protocol has for it."""
    ask = served(Traffic(limits=RateLimits(requests=1)), wire=AnthropicWire())

    def post():
        return httpx.post(
            f"{ask.address}/v1/messages",
            json={
                "model": "m",
                "max_tokens": 5,
                "messages": [{"role": "user", "content": "[row a]"}],
            },
            headers={"x-api-key": "t", "anthropic-version": "2023-06-01"},
        )

    assert post().status_code == 200
    refused = post()
    assert refused.status_code == 429
    assert refused.json()["error"]["type"] == "rate_limit_error"


def test_no_exchange_is_kept(served):
    """A service under traffic serves any number of requests in the same memory."""
    ask = served(Traffic())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, "abcdefgh"))
    assert ask.service.exchanges == []


def test_serve_writes_the_counts(tmp_path, capfd):
    """``--counts`` has, after CMD ended, what it asked and got by row."""
    harness = tmp_path / "harness.py"
    harness.write_text(HARNESS)
    file = tmp_path / "counts.json"
    options = ["--rpm", "2", "--latency", "1ms", "--counts", str(file), "--seed", "5"]
    command = [sys.executable, "-c", ASK, "a", "b", "c"]
    assert main(["serve", str(harness), *options, "--", *command]) == 0
    assert capfd.readouterr().out.strip() == "200 200 429"
    counts = json.loads(file.read_text())
    assert counts["schema"] == "provider-conformance-counts/1"
    assert counts["violations"] == 1
    assert counts["most_at_once"] == 1
    assert counts["rows"]["a"] == {"received": 1, "answered": 1}


def test_serve_simulates_faults_by_share(tmp_path, capfd):
    """``--fault NAME=SHARE`` may be given several times."""
    harness = tmp_path / "harness.py"
    harness.write_text(HARNESS)
    options = ["--fault", "server=50%", "--fault", "overloaded=50%"]
    command = [sys.executable, "-c", ASK, *map(str, range(30))]
    assert main(["serve", str(harness), *options, "--", *command]) == 0
    assert set(capfd.readouterr().out.split()) == {"500", "503"}


MISTAKES = {
    "two for all": (["--fault", "server", "--fault", "quota"], "only one --fault"),
    "above all": (["--fault", "server=60%", "--fault", "quota=60%"], "more than 100%"),
    "counts nowhere": (["--counts", "no/such/folder/counts.json"], "no/such/folder"),
}


@pytest.mark.parametrize(("options", "words"), MISTAKES.values(), ids=MISTAKES)
def test_options_that_cannot_be_are_one_sentence(tmp_path, capsys, options, words):
    """Options that contradict each other end the command with 2 before it serves."""
    harness = tmp_path / "harness.py"
    harness.write_text(HARNESS)
    assert main(["serve", str(harness), *options, "--", "true"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


@pytest.mark.parametrize(
    "options",
    [
        ["--fault", "nonsense"],
        ["--fault", "server=2"],
        ["--rpm", "0"],
        ["--tpm", "-1"],
        ["--latency", "50"],
        ["--window", "round"],
        ["--seed", "x"],
    ],
)
def test_odd_options_are_wrong_usage(tmp_path, capsys, options):
    """An option of a wrong form is wrong usage, and is named."""
    with pytest.raises(SystemExit, match="2"):
        main(["serve", "zoo", *options])
    assert options[0] in capsys.readouterr().err
