"""Each error has its class, the service's own message, and what to do."""

import httpx
import pytest
from provider_ollama import OllamaCompatibleProvider, OllamaProvider
from provider_sdk import (
    ContextLengthError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from ._service import KEY, MODEL, USER, Reply, Service, failing, line, lines

REPLIES = {
    (400, "invalid options: temprature"): (ProviderRequestError, "Change the request"),
    (400, "the input length exceeds the context length"): (ContextLengthError, "num_ctx"),
    (400, '"qwen3:8b" does not support thinking'): (ProviderRequestError, "reasoning_effort"),
    (400, "registry.ollama.ai/library/x does not support tools"): (
        ProviderRequestError,
        "Leave tools out",
    ),
    (400, '"x" does not support chat'): (ProviderRequestError, "Choose a model that can"),
    (401, "unauthorized"): (ProviderAuthError, "ollama signin"),
    (402, "add more usage"): (ProviderQuotaError, "Waiting does not help"),
    (403, "this model requires a subscription"): (ProviderPermissionError, "ollama.com"),
    (404, "model 'qwen3:8b' not found"): (ProviderModelNotFoundError, "`ollama pull qwen3:8b`"),
    (404, 'model "qwen3:8b" not found, try pulling it first'): (
        ProviderModelNotFoundError,
        "`ollama pull qwen3:8b`",
    ),
    (429, "too many requests"): (ProviderRateLimitError, "Wait before"),
    (500, "llama runner process has terminated: signal: killed"): (
        ProviderUnavailableError,
        "Try again later",
    ),
    (500, "model requires more system memory (5.6 GiB) than is available (3.1 GiB)"): (
        ProviderUnavailableError,
        "Choose a smaller model",
    ),
    (502, "upstream failed"): (ProviderUnavailableError, "Try again later"),
    (503, "server busy, please try again.  maximum pending requests exceeded"): (
        ProviderOverloadedError,
        "OLLAMA_MAX_QUEUE",
    ),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("reply", "expected"), REPLIES.items())
async def test_an_error_of_the_service(reply, expected, stream):
    """A whole answer and a stream raise the same."""
    status, message = reply
    kind, hint = expected
    with pytest.raises(ProviderUnavailableError if status >= 500 else kind) as caught:
        await Service(chat=failing(status, message)).provider().chat(USER, stream=stream)

    error = caught.value
    assert type(error) is kind
    assert (error.message, error.status, error.model) == (message, status, MODEL)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("model 'x' not found", ProviderModelNotFoundError),
        ("server busy, please try again", ProviderOverloadedError),
        ("unauthorized", ProviderAuthError),
        ("too many concurrent requests", ProviderRateLimitError),
        ("an error was encountered while running the model", ProviderUnavailableError),
        ("llama runner process no longer running: 2", ProviderUnavailableError),
        ("prompt too long; exceeded max context length by 9 tokens", ContextLengthError),
        ("something else", ProviderResponseError),
        ("dial tcp: lookup registry.ollama.ai: no such host", ProviderUnavailableError),
        ('template: :3: function "look" not found', ProviderResponseError),
        ("libcudart.so.12: file not found", ProviderResponseError),
        ({"message": "server busy", "type": "x"}, ProviderOverloadedError),
    ],
)
async def test_an_error_inside_a_stream_has_its_class(message, kind):
    """A line has no status: what it says decides."""
    stream = (
        await Service(chat=lines(line("a"), {"error": message})).provider().chat(USER, stream=True)
    )
    with pytest.raises(kind) as caught:
        await stream.collect()

    assert type(caught.value) is kind


WRITTEN = (
    "open /etc/x: file not found",
    "file does not exist",
    "model 'x' not found",
    "the context window is exceeded",
    "insufficient credits",
    "rate limit reached, too many requests",
    "server busy",
    "unauthorized, invalid api key",
    "it does not support tools",
    "no such host",
)


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(
    "said",
    [
        'error parsing tool call: raw=\'{{"a": "{}"\', err=unexpected end of JSON input',
        "error parsing tool call: raw='{{\"a\": \"', err={}', err=unexpected end of JSON input",
        "failed to parse tool call: {}",
        "Failed to parse input at pos 7: <tool_call>{}",
        "XML syntax error on line 4: {}",
        "harmony parser: no reverse mapping found for function name '{}'",
        "failed to unmarshal arguments: {}",
    ],
)
async def test_an_error_is_not_judged_by_the_words_of_the_model(said, written):
    """What the model wrote is part of the message, and decides neither class nor hint."""
    message = said.format(written)
    reply = lines(line("a"), {"error": message})
    stream = await Service(chat=reply).provider().chat(USER, stream=True)

    with pytest.raises(ProviderResponseError) as caught:
        await stream.collect()
    with pytest.raises(ProviderUnavailableError) as whole:
        await Service(chat=failing(500, message)).provider().chat(USER)

    assert [type(each.value) for each in (caught, whole)] == [
        ProviderResponseError,
        ProviderUnavailableError,
    ]
    assert caught.value.message == whole.value.message == message
    assert "Leave tools" not in f"{caught.value.hint}{whole.value.hint}"


async def test_a_page_for_signing_in_is_shown():
    """The service names the page on which to sign in the machine."""
    url = "https://ollama.com/connect?name=box&key=c3No"
    reply = Reply({"error": "unauthorized", "signin_url": url}, 401)

    with pytest.raises(ProviderAuthError) as caught:
        await Service(chat=reply).provider().chat(USER)

    assert caught.value.hint == f"Sign in at {url}."


@pytest.mark.parametrize(
    "url", ["http://x", "javascript:x", "https://x y", 7, None, "https://\x1b"]
)
async def test_a_page_that_is_no_address_is_not_shown(url):
    """Only an address can be opened."""
    reply = Reply({"error": "unauthorized", "signin_url": url}, 401)

    with pytest.raises(ProviderAuthError) as caught:
        await Service(chat=reply).provider().chat(USER)

    assert "ollama signin" in caught.value.hint


class Acme(OllamaCompatibleProvider):
    """Another service with the same protocol."""

    name = "acme"
    base_url = "http://127.0.0.1:9"
    local = True


@pytest.mark.parametrize(
    "reply",
    [
        failing(401, "unauthorized"),
        failing(403, "forbidden"),
        failing(404, "model 'x' not found"),
        failing(404, "nothing here"),
        failing(503, "server busy"),
        lines({"error": "unauthorized"}),
        lines(line("a"), {"error": "model 'x' not found"}),
        lines(line("a"), {"error": "server busy"}),
        Reply({"error": "unauthorized"}),
        httpx.ConnectError("refused"),
    ],
)
async def test_another_service_has_no_hints_of_ollama(reply):
    """Commands, variables and pages of Ollama do not help with another service."""
    script = dict.fromkeys(("chat", "tags", "show", "pull", "delete", "ps"), reply)
    provider = Service(**script).provider(Acme)

    async def streamed() -> None:
        await (await provider.chat(USER, stream=True)).collect()

    async def pulled() -> None:
        [each async for each in provider.pull("x")]

    works = [provider.chat(USER), streamed(), provider.show("x"), provider.ps(), pulled()]
    for work in (*works, provider.delete("x"), provider.list_models()):
        with pytest.raises(ProviderError) as caught:
            await work
        hint = caught.value.hint or ""
        assert "ollama" not in hint.lower()


async def test_another_service_without_a_model_has_no_command_of_ollama():
    """Nor if no model is installed."""
    service = Service(tags=Reply({"models": []}))

    with pytest.raises(ProviderModelNotFoundError) as caught:
        await service.provider(Acme, default_model=None).chat(USER)

    assert caught.value.hint == "Install one, or name a model."


async def test_a_failure_that_the_service_reports_does_not_start_it():
    """Who reports an error is running."""
    reply = lines({"error": "model requires more system memory than is available"})

    with pytest.raises(ProviderUnavailableError) as caught:
        await Service(chat=reply).provider().chat(USER, stream=True)

    assert "smaller model" in caught.value.hint


async def test_a_missing_model_inside_a_stream_can_be_pulled():
    """The command names the model that the service names."""
    reply = lines(line("a"), {"error": "model 'qwen3:1b' not found"})
    stream = await Service(chat=reply).provider().chat(USER, stream=True)

    with pytest.raises(ProviderModelNotFoundError, match="`ollama pull qwen3:1b`"):
        await stream.collect()


async def test_an_error_without_a_message():
    """It says so, instead of being empty."""
    stream = (
        await Service(chat=lines(line("a"), {"error": {"code": 7}}))
        .provider()
        .chat(USER, stream=True)
    )
    with pytest.raises(ProviderResponseError, match="without a message"):
        await stream.collect()


@pytest.mark.parametrize("body", [b"404 page not found", b"<html><title>Nothing</title></html>"])
async def test_another_server_is_no_missing_model(body):
    """A 404 that does not speak of a model comes from another server, or another path."""
    with pytest.raises(ProviderModelNotFoundError) as caught:
        await Service(chat=Reply(body, 404)).provider().chat(USER)

    assert "OLLAMA_HOST" in caught.value.hint
    assert "ollama pull" not in caught.value.hint


async def test_a_name_for_the_shell_is_quoted():
    """The command of the hint can be pasted, whatever the model is called."""
    service = Service(chat=failing(404, "model 'a b;c' not found"))

    with pytest.raises(ProviderModelNotFoundError) as caught:
        await service.provider().chat(USER, "a b;c")

    assert "`ollama pull 'a b;c'`" in caught.value.hint


async def test_the_cloud_has_nothing_to_pull():
    """A model that the cloud does not offer cannot be pulled there."""
    service = Service(chat=failing(404, "model 'x' not found"))

    with pytest.raises(ProviderModelNotFoundError) as caught:
        await service.provider(base_url="ollama.com").chat(USER)

    assert caught.value.hint == "List the models to see what the service offers."


async def test_a_server_that_is_not_there_can_be_started():
    """A refused connection says how to start Ollama."""
    service = Service(chat=httpx.ConnectError("refused"))

    with pytest.raises(ProviderUnavailableError) as caught:
        await service.provider().chat(USER)

    assert "`ollama serve`" in caught.value.hint
    assert "OLLAMA_HOST" in caught.value.hint


async def test_a_real_refused_connection_can_be_started():
    """The same over a real socket."""
    async with OllamaProvider(base_url="127.0.0.1:1", max_retries=0) as provider:
        with pytest.raises(ProviderUnavailableError) as caught:
            await provider.chat(USER, MODEL)

    assert "`ollama serve`" in caught.value.hint


async def test_a_slow_server_is_not_started_again():
    """A timeout has its own hint."""
    service = Service(chat=httpx.ReadTimeout("slow"))

    with pytest.raises(ProviderTimeoutError) as caught:
        await service.provider().chat(USER)

    assert "ollama serve" not in (caught.value.hint or "")


async def test_a_key_is_never_repeated():
    """What a service echoes is redacted, in errors inside streams too."""
    for reply in (failing(401, f"bad key {KEY}"), lines({"error": f"bad key {KEY}"})):
        with pytest.raises(ProviderAuthError if reply.status == 401 else Exception) as caught:
            await Service(chat=reply).provider(api_key=KEY).chat(USER, stream=True)

        assert KEY not in f"{caught.value!s}{caught.value!r}"
