"""``--dry-run``: the request, and nothing sent."""

import json

import pytest
from provider_sdk.testing import FakeProvider

from ._schemas import checked
from ._shell import TOKEN

ASK = ("--provider", "hf", "Why?", "-m", "org/one")


def test_request_is_shown_and_not_sent(shell, router) -> None:
    """Method, address, headers and body; the token is in none of them."""
    result = shell.run(*ASK, "--dry-run", "-o", "temperature=0")
    head, body = result.stdout.split("\n\n")

    assert result.returncode == 0
    assert head.startswith(f"POST {router.url}/v1/chat/completions\nhost: 127.0.0.1:")
    assert "\nauthorization: Bearer [redacted]\n" in head
    assert json.loads(body)["messages"] == [{"role": "user", "content": "Why?"}]
    assert json.loads(body)["temperature"] == 0
    assert result.stderr == "Dry run: nothing was sent\n"
    assert router.exchanges == []


@pytest.mark.parametrize("arguments", [(), ("--no-stream",), ("--system", "Be brief.")])
def test_body_is_what_is_sent(shell, router, arguments) -> None:
    """The same command without --dry-run sends exactly that."""
    shown = shell.run(*ASK, *arguments, "--dry-run").stdout.split("\n\n")[1]
    shell.run(*ASK, *arguments)

    assert json.loads(shown) == router.exchanges[0].body


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_json_is_one_object(shell, router, output_format) -> None:
    """It follows its schema, and standard error is empty."""
    result = shell.run(*ASK, "--dry-run", "--format", output_format)
    found = checked("dry-run", result.stdout)

    assert found["complete"]
    assert found["requests"][0]["body"]["model"] == "org/one"
    assert found["requests"][0]["headers"]["authorization"] == "Bearer [redacted]"
    assert result.stderr == ""
    assert router.exchanges == []


def test_token_in_the_question_is_not_shown(shell) -> None:
    """Somebody may have pasted it. The shell of these tests fails on any token in the output."""
    result = shell.run("--provider", "hf", f"is {TOKEN} mine?", "--dry-run")

    assert "is [redacted] mine?" in result.stdout


def test_headers_of_the_call_are_redacted(shell) -> None:
    """As far as their names say that they are secret."""
    headers = json.dumps({"x-api-key": "abc", "x-team": "blue"})
    result = shell.run(*ASK, "--dry-run", "-o", f"extra_headers={headers}")

    assert "\nx-api-key: [redacted]\n" in result.stdout
    assert "\nx-team: blue\n" in result.stdout


def test_what_a_dry_run_cannot_know_is_said(shell, router) -> None:
    """Ollama would be asked for its models first; even that is not sent."""
    result = shell.run("--provider", "ollama", "Why?", "--dry-run", OLLAMA_HOST=router.url)

    assert result.stdout.startswith(f"GET {router.url}/api/tags\n")
    assert "name a model with -m to see it" in result.stderr
    assert router.exchanges == []


def test_all_requests_are_shown(shell, router) -> None:
    """A long question makes Ollama ask for the context window before it."""
    result = shell.run(
        *("--provider", "ollama", "-m", "qwen3", "word " * 20_000, "--dry-run"),
        *("--format", "json"),
        OLLAMA_HOST=router.url,
    )
    found = checked("dry-run", result.stdout)

    assert [request["url"].rpartition("/")[2] for request in found["requests"]] == ["show", "chat"]
    assert found["complete"]
    assert "may depend on the answers" in found["notes"][0]
    assert router.exchanges == []


def test_first_of_the_chain_is_shown(shell, router) -> None:
    """Without a provider it is the one that would be asked first."""
    result = shell.run(
        *("Why?", "-m", "qwen3", "--dry-run", "--format", "json"), OLLAMA_HOST=router.url
    )

    assert checked("dry-run", result.stdout)["requests"][0]["provider"] == "ollama"
    assert router.exchanges == []


def test_escapes_are_shown_as_such(shell) -> None:
    """The body stays the JSON that it is, and does not steer the terminal."""
    result = shell.run(*ASK, "--dry-run", "--system", "a\u202eb\x9bc\U000e0041")
    body = result.stdout.split("\n\n")[1]

    assert "\u202e" not in body
    assert json.loads(body)["messages"][0]["content"] == "a\u202eb\x9bc\U000e0041"


def test_provider_with_its_own_connections_is_refused(invoke, fake) -> None:
    """Nobody could keep it from sending."""
    service = fake(FakeProvider("Blue."))
    result = invoke("--provider", "fake", "Why?", "--dry-run")

    assert result.exit_code == 2
    assert "cannot show what provider 'fake' sends" in result.stderr
    assert service.calls == []


def test_missing_credential_is_the_usual_error(shell) -> None:
    """What would fail before anything is sent fails here too."""
    result = shell.run(*ASK, "--dry-run", HF_TOKEN=None)

    assert result.returncode == 3
