"""Nobody else answers for a provider that is named, and nothing pretends to be an answer."""

import json
from collections.abc import Iterator

import pytest

from ._router import Router
from ._settings import write_settings
from ._shell import TOKEN


def near(url: str) -> dict:
    """Return the settings of a provider on the user's own machine."""
    return {
        "base_url": f"{url}/v1",
        "credential": "none",
        "default_model": "near-model",
        "local": True,
    }


@pytest.fixture
def other() -> Iterator[Router]:
    """A service in good health that nobody names."""
    with Router() as service:
        yield service


@pytest.fixture
def dead() -> Iterator[Router]:
    """A service that is always overloaded."""
    with Router() as service:
        service.chat(lambda exchange: exchange.reply(503, {"error": "busy"}))
        yield service


@pytest.fixture
def settings(tmp_path, dead, other):
    """Write settings in which ``dead`` is first in the chain, and ``alive`` next."""

    def write(**values) -> None:
        write_settings(
            tmp_path,
            **{
                "providers": {"dead": near(dead.url), "alive": near(other.url)},
                "fallback_chain": ["dead", "alive"],
                "aliases": {"mine": "dead/near-model"},
                **values,
            },
        )

    write()
    return write


PROMPT = "---\nprovider: dead\n---\nWhy?\n"
NAMED = {
    "option": (("--provider", "dead"), {}, {}),
    "model": (("-m", "dead/near-model"), {}, {}),
    "alias": (("-m", "mine"), {}, {}),
    "variable": ((), {"OLLAMA_CLI_PROVIDER": "dead"}, {}),
    "model variable": ((), {"OLLAMA_CLI_AGENT_MODEL": "dead/near-model"}, {}),
    "task variable": (("--task", "coding"), {"OLLAMA_CLI_CODING_PROVIDER": "dead"}, {}),
    "task setting": (("--task", "coding"), {}, {"tasks": {"coding": {"provider": "dead"}}}),
    "setting": ((), {}, {"provider": "dead"}),
    "model setting": ((), {}, {"model": "dead/near-model"}),
    "prompt": (("-t", "named"), {}, {}),
}


@pytest.mark.parametrize("way", NAMED)
def test_named_provider_is_never_replaced(own, settings, dead, other, tmp_path, way) -> None:
    """However it is named, the other one is not asked, and nothing is stored."""
    arguments, variables, values = NAMED[way]
    settings(**values)
    (tmp_path / "settings" / "prompts").mkdir(mode=0o700)
    (tmp_path / "settings" / "prompts" / "named.md").write_text(PROMPT)

    result = own.run(*arguments, *(() if way == "prompt" else ("Why?",)), **variables)

    assert (result.returncode, result.stdout) == (4, "")
    assert dead.exchanges
    assert other.exchanges == []
    assert not (tmp_path / "data" / "sessions.db").exists()


def test_the_chain_would_have_asked_the_other(own, settings, other) -> None:
    """Without a name the one in good health answers: the tests above could fail."""
    assert own.run("Why?").stdout == "Blue.\n"
    assert len(other.exchanges) == 1


def stored(own) -> list:
    """Return the sessions with their messages."""
    listed = json.loads(own.run("sessions", "list", "--format", "json").stdout)["sessions"]
    ids = [each["id"] for each in listed]
    return [json.loads(own.run("sessions", "show", id, "--format", "json").stdout) for id in ids]


def test_nothing_pretends_to_be_an_answer(own, settings, dead, tmp_path) -> None:
    """With every provider dead, no format, file or session holds one, also with ``-c``."""
    assert own.run("Why?").returncode == 0
    before = stored(own)
    settings(providers={"dead": near(dead.url), "alive": near(dead.url)})
    out = tmp_path / "answer"
    out.write_text("before")

    for arguments in (
        ("Why?",),
        ("-c", "And?", "--format", "stream-json"),
        ("Why?", "--out", str(out)),
        ("-c", "And?", "--out", str(out), "--format", "json"),
    ):
        result = own.run(*arguments)

        assert result.returncode == 4, arguments
        events = [json.loads(line) for line in result.stdout.splitlines()]
        assert {each["type"] for each in events} <= {"fallback", "error"}, arguments
        assert events == [] or arguments[-1] == "stream-json"
        assert out.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("answer")] == [
        "answer"
    ]
    assert stored(own) == before
    assert json.loads(own.run("usage", "--format", "json").stdout)["rows"][0]["calls"] == 1


def test_system_prompt_reaches_the_model(own, router, tmp_path) -> None:
    """It begins every request: of a new session, of one that goes on, and after a summary."""
    write_settings(tmp_path, context_window=1000)
    ask = ("--provider", "hf")
    words = " ".join(f"word{number}" for number in range(300))
    assert own.run(*ask, "--system", "Be brief.", words).returncode == 0
    assert own.run(*ask, "-c", words).returncode == 0
    router.scripts["/v1/models"] = lambda exchange: exchange.reply(500, {"error": "no"})
    last = own.run(*ask, "-c", words)

    assert last.returncode == 0
    assert "Compacted: " in last.stderr
    chats = [each.body for each in router.exchanges if each.path.endswith("/completions")]
    questions = [body["messages"] for body in chats if body["messages"][-1]["content"] == words]
    assert len(questions) == 3
    assert len(chats) > len(questions)
    assert "summary" in questions[-1][0]["content"].lower() + questions[-1][1]["content"].lower()
    for messages in questions:
        assert messages[0]["role"] == "system"
        assert messages[0]["content"].startswith("Be brief.")


@pytest.mark.parametrize("output_format", ["text", "stream-json"])
def test_errors_hold_no_credential(own, router, tmp_path, output_format) -> None:
    """Whatever a service repeats, in its words, its headers or an id, nothing shows or keeps it."""

    @router.chat
    def refuse(exchange) -> None:
        token = exchange.headers["authorization"]
        exchange.send_response(400)
        for name in ("x-request-id", "x-error-message", "www-authenticate", "x-inference-provider"):
            exchange.send_header(name, token)
        exchange.send_header("content-type", "application/json")
        exchange.end_headers()
        body = {"error": {"message": f"{token}", "code": TOKEN, "type": TOKEN}}
        exchange.wfile.write(json.dumps(body).encode())

    result = own.run("--provider", "hf", "Why?", "-v", "--format", output_format)

    assert result.returncode == 7
    for path in (tmp_path / "data").rglob("*"):
        assert TOKEN.encode() not in path.read_bytes(), path
    assert TOKEN not in own.run("why", "--format", "json").stdout
