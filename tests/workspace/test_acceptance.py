"""What the first plan of this project asked for, point by point, over real sockets."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from provider_conformance.wires import Failure, Reply
from provider_huggingface import HfProvider
from provider_sdk import (
    ProviderAuthError,
    ProviderRouter,
    ProviderTimeoutError,
    ProviderUnavailableError,
    Usage,
)

from ._services import KEY, Place, bare, nobody, ollama_cli, python, run, serving

ASKED = "Why is the sky blue?"
MESSAGES = [{"role": "user", "content": ASKED}]
HEARD = f"The scripted service heard: {ASKED}"
CHAIN = ["ollama", "claude", "gemini", "codex", "hf"]

# Prints what the network is used for while a line of Python runs.
WATCHED = """\
import asyncio, sys
from provider_sdk import ProviderRouter

router = ProviderRouter()
USES = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
sys.addaudithook(lambda event, _: print(event) if event in USES else None)
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of this test and of what it starts: bare, until the test adds to it."""
    found = bare(tmp_path)
    for name in os.environ.keys() - {"PYTEST_CURRENT_TEST"}:
        monkeypatch.delenv(name)
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def hf(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A scripted service in place of Hugging Face; the environment has a token for it."""
    with serving("hf") as places:
        for name, value in places["hf"].variables().items():
            environment[name] = value
            monkeypatch.setenv(name, value)
        yield places["hf"]


def test_the_flag_selects_the_provider(hf: Place, environment: dict[str, str]):
    """``ollama-cli --provider hf`` asks Hugging Face, whatever the variables name."""
    named = {"OLLAMA_CLI_PROVIDER": "ollama", "OLLAMA_CLI_AGENT_PROVIDER": "claude"}

    ended = ollama_cli(["--provider", "hf", ASKED], {**environment, **named})

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{HEARD}\n", "")
    (request,) = hf.service.requests()
    assert request.bearer_token == KEY


def test_the_flag_with_a_served_service(environment: dict[str, str]):
    """It does so within ``provider-conformance serve``, which sets all that it needs."""
    asking = [sys.executable, "-m", "ollama_cli", "--provider", "hf", ASKED]
    serving_it = [sys.executable, "-m", "provider_conformance", "serve", "hf", "--", *asking]

    ended = run(serving_it, environment)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{HEARD}\n", "")


async def test_the_argument_selects_the_provider(hf: Place):
    """``provider="hf"`` of a routed call asks Hugging Face, before the others of the chain."""
    async with ProviderRouter() as router:
        response = await router.route("agent", MESSAGES, provider="hf")

    assert response.text == HEARD
    assert response.route is not None
    assert [each.provider for each in response.route.attempts] == ["hf"]


@pytest.mark.parametrize("variable", ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"])
async def test_the_token_is_read_from_the_environment(
    variable: str, hf: Place, monkeypatch: pytest.MonkeyPatch
):
    """Each of the two variables is enough."""
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setenv(variable, KEY)

    async with HfProvider() as provider:
        assert await provider.complete(ASKED) == HEARD


async def test_chat_works(hf: Place):
    """A conversation is answered, as a whole and piece by piece."""
    async with HfProvider() as provider:
        response = await provider.chat(MESSAGES)
        async with await provider.chat(MESSAGES, stream=True) as stream:
            pieces = [chunk.text async for chunk in stream]

    assert response.text == "".join(pieces) == HEARD
    assert len(pieces) > 2
    assert [chat.stream for chat in hf.service.chats()] == [False, True]


async def test_health_without_a_token(environment: dict[str, str]):
    """Without a token Hugging Face is not healthy, and nothing is sent to find that out."""
    health = await HfProvider.probe()

    assert (health.ok, health.reason.partition(".")[0]) == (False, "HF_TOKEN is not set")
    async with ProviderRouter() as router:
        assert not (await router.health_check_all())["hf"].ok


@pytest.mark.parametrize(("token", "healthy"), [(KEY, True), ("hf_of_somebody_else", False)])
async def test_health_with_a_token(
    token: str, healthy: bool, hf: Place, monkeypatch: pytest.MonkeyPatch
):
    """It is healthy exactly if the service accepts the token; no chat is sent for it."""
    monkeypatch.setenv("HF_TOKEN", token)

    async with HfProvider() as provider:
        assert await provider.health_check() is healthy

    assert hf.service.requests("token")
    assert not hf.service.requests()


async def test_models_are_listed(hf: Place):
    """The models are those of the service."""
    async with HfProvider() as provider:
        assert set(await provider.list_models()) == set(hf.service.model_ids)


async def test_known_models_where_none_can_be_listed(hf: Place):
    """Where the service has no list, the documented models are returned."""
    hf.service.reply_always(Reply(404), "models")

    async with HfProvider() as provider:
        models = await provider.list_models()

    assert HfProvider.default_model.partition(":")[0] in models


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_usage_is_extracted(stream: bool, hf: Place):
    """An answer has the counts that the service reported."""
    counts = (len(ASKED.split()), len(HEARD.split()))

    async with HfProvider() as provider:
        if stream:
            async with await provider.chat(MESSAGES, stream=True) as answer:
                response = await answer.collect()
        else:
            response = await provider.chat(MESSAGES)

    assert isinstance(response.usage, Usage)
    assert (response.usage.prompt_tokens, response.usage.completion_tokens) == counts
    assert response.usage.total_tokens == sum(counts)


async def test_a_rejected_token_is_an_auth_error(hf: Place):
    """A token that the service rejects is ``ProviderAuthError``, which does not show it."""
    async with HfProvider(api_key="hf_of_somebody_else") as provider:
        with pytest.raises(ProviderAuthError) as caught:
            await provider.chat(MESSAGES)

    assert (caught.value.status, caught.value.provider) == (401, "hf")
    assert "hf_of_somebody_else" not in str(caught.value)


def test_a_missing_token_is_an_auth_error(environment: dict[str, str]):
    """Without a token the constructor says which variable is missing."""
    with pytest.raises(ProviderAuthError, match=r"^HF_TOKEN is not set"):
        HfProvider()


async def test_no_connection_is_an_unavailable_error(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    """If nobody listens, that is ``ProviderUnavailableError``."""
    for name, value in nobody("hf").items():
        monkeypatch.setenv(name, value)

    async with HfProvider(max_retries=0) as provider:
        with pytest.raises(ProviderUnavailableError) as caught:
            await provider.chat(MESSAGES)

    assert not isinstance(caught.value, ProviderTimeoutError)


async def test_the_chain(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    """Whoever is not named is asked in the order ollama, claude, gemini, codex, hf."""
    with serving(*CHAIN) as places:
        for place in places.values():
            for name, value in place.variables().items():
                monkeypatch.setenv(name, value)
        for place in list(places.values())[:-1]:
            place.service.reply_always(Failure("quota", "the credits are used up"), "chat")
        async with ProviderRouter() as router:
            response = await router.route("agent", MESSAGES)

    assert response.route is not None
    tried = [(each.provider, each.outcome) for each in response.route.attempts]
    assert tried == [*((name, "failed") for name in CHAIN[:-1]), ("hf", "answered")]
    assert all(place.service.requests() for place in places.values())


@pytest.mark.parametrize(
    ("line", "uses_it"),
    [
        ("print(router.list_available_providers())", False),
        ("asyncio.run(router.health_check_all())", True),
    ],
    ids=["list", "health"],
)
def test_who_is_available(line: str, uses_it: bool, environment: dict[str, str]):
    """Listing the available providers uses no network, which asking them for their health does."""
    for name in CHAIN:
        environment.update(nobody(name))

    ended = python(f"{WATCHED}{line}", environment)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ("socket." in ended.stdout) is uses_it
    assert uses_it or ended.stdout == f"{[*CHAIN, 'openai']}\n"


@pytest.mark.parametrize("missing", CHAIN[1:])
def test_who_is_not_available(
    missing: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    """A provider whose credential is missing is not available; the others keep their order."""
    for name in CHAIN:
        for variable, value in nobody(name).items() if name != missing else ():
            monkeypatch.setenv(variable, value)

    available = ProviderRouter().list_available_providers()

    assert [name for name in available if name in CHAIN] == [n for n in CHAIN if n != missing]
