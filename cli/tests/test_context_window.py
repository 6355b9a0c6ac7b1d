"""How many tokens a model reads, and who says so."""

import asyncio
import json
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
from ollama_cli.conversation.context import Conversation, fit, messages_of
from ollama_cli.conversation.known_windows import FAILED_S, KEPT_S
from ollama_cli.conversation.measure import REPLY, tokens_of
from ollama_cli.conversation.window import Window, reserve_of, window_after
from ollama_cli.conversation.window_lookup import ASK_FROM, DEFAULT, Windows, window_in
from provider_sdk import (
    ContextLengthError,
    Message,
    ModelBackend,
    ModelInfo,
    ProviderOverloadedError,
)
from provider_sdk.testing import FakeProvider

from ._summarizer import Summarizer

QUESTION = [Message("user", "And now?")]
LONG = Conversation(None, None, [[Message("user", "word " * ASK_FROM)]], QUESTION)
SHORT = Conversation(None, None, [[Message("user", "word " * 500)]], QUESTION)


class Clock:
    """A clock that stands still until it is set."""

    now = 1_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Service(FakeProvider):
    """A service that describes its models, and counts how often it is asked."""

    def __init__(self, *windows: int | None, base_url: str = "") -> None:
        super().__init__()
        self.windows = list(windows)
        self.asked = 0
        self.base_url = base_url

    async def fetch_models(self) -> list[ModelInfo]:
        """Answer, or fail."""
        self.asked += 1
        if not self.windows:
            raise ProviderOverloadedError("busy")
        return [ModelInfo("other", 77), ModelInfo("fake-model", self.windows.pop(0))]


class Stuck(Service):
    """A service that never answers."""

    async def fetch_models(self) -> list[ModelInfo]:
        """Answer, or fail."""
        self.asked += 1
        await asyncio.sleep(60)
        return []


class Broken(Service):
    """A provider with a mistake."""

    async def fetch_models(self) -> list[ModelInfo]:
        """Answer, or fail."""
        self.asked += 1
        raise ZeroDivisionError


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The data folder, which does not exist yet."""
    path = tmp_path / "data"
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(path))
    return path


def window(
    service: FakeProvider,
    conversation: Conversation = LONG,
    clock: Clock | None = None,
    model: str | None = None,
    **settings: int,
) -> Window:
    """Find a window as a new process does."""
    return asyncio.run(Windows(clock or Clock()).of(service, model, settings, conversation))


def test_service_says_it(folder) -> None:
    """What the service says of exactly this model counts before the settings."""
    assert window(Service(4096), context_window=999) == Window(4096, "service")


@pytest.mark.parametrize("service", [Service(None), Service(0), Service(3), Broken(1), Service()])
def test_settings_say_it(folder, service: Service) -> None:
    """If the service does not say it, or fails, the settings do, else a default."""
    assert window(service, context_window=999) == Window(999, "settings")
    assert window(service) == Window(DEFAULT, "default")
    assert service.asked == 1


@pytest.mark.parametrize(
    "conversation",
    [
        SHORT,
        Conversation(None, None, [], [Message("user", "word " * 5000)]),
        Conversation("word " * 5000, None, [], QUESTION),
    ],
    ids=["short", "question only", "system and question only"],
)
def test_service_is_not_asked_without_need(folder, conversation: Conversation) -> None:
    """A short conversation, or one without earlier turns, costs no request."""
    service = Service(4096)

    assert window(service, conversation) == Window(DEFAULT, "default")
    assert service.asked == 0
    assert not folder.exists()


def test_answer_is_kept(folder) -> None:
    """The next process asks nobody for a week; then the service is asked again."""
    clock, service = Clock(), Service(4096, 8192)

    assert window(service, clock=clock).tokens == 4096
    clock.now += KEPT_S - 1
    assert window(service, clock=clock).tokens == 4096
    assert window(service, SHORT, clock).tokens == 4096
    clock.now += 2
    assert window(service, clock=clock).tokens == 8192
    assert service.asked == 2


def test_answer_of_the_future_does_not_count(folder) -> None:
    """A clock that was wrong does not keep an answer for ever."""
    clock, service = Clock(), Service(4096, 8192)
    window(service, clock=clock)
    clock.now -= 10 * KEPT_S

    assert window(service, clock=clock).tokens == 8192


def test_failure_is_kept_for_minutes(folder) -> None:
    """A service that did not answer is left alone for a while."""
    clock, service = Clock(), Service()
    window(service, clock=clock)
    clock.now += FAILED_S - 1
    window(service, clock=clock)
    assert service.asked == 1
    clock.now += 2
    window(service, clock=clock)
    assert service.asked == 2


def test_stuck_service_is_passed_over(folder) -> None:
    """Nobody waits longer than about a second."""
    assert window(Stuck(), context_window=999) == Window(999, "settings")


def test_process_asks_once(folder) -> None:
    """If nothing can be stored, a process still asks once only."""
    folder.write_text("a file")
    service, windows = Service(4096, 8192), Windows(Clock())

    async def twice() -> list[Window]:
        return [await windows.of(service, None, {}, LONG) for _ in range(2)]

    assert asyncio.run(twice()) == [Window(4096, "service")] * 2
    assert service.asked == 1


def test_addresses_are_told_apart(folder) -> None:
    """Another server has another window; a password in an address is not stored."""
    first = Service(4096, base_url="http://me:secret@one.example/v1")
    second = Service(8192, base_url="http://two.example/v1")

    assert (window(first).tokens, window(second).tokens) == (4096, 8192)
    moved = Service(99_999, base_url="http://me:other@one.example/v1")
    assert window(moved).tokens == 4096
    (file,) = folder.iterdir()
    assert "secret" not in file.read_text()
    assert "example" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "[" * 9000,
        '{"x": 1}',
        '{"x": {"tokens": "9", "until": 1}}',
        "\xff",
        "9" * 300_000,
    ],
    ids=lambda text: text[:20],
)
def test_broken_file_counts_as_empty(folder, content: str) -> None:
    """It is replaced by what the service says."""
    folder.mkdir(mode=0o700)
    (folder / "windows.json").write_text(content, "latin-1")

    assert window(Service(4096)).tokens == 4096
    assert window(Service()).tokens == 4096


def test_file_stays_small(folder) -> None:
    """The oldest entries are dropped."""
    windows, service = Windows(Clock()), Service()
    for number in range(300):
        windows.learn(service, f"model-{number}" + "x" * 1000, Window(4096, "service"))

    (file,) = folder.iterdir()
    assert len(json.loads(file.read_text())) == 200
    assert file.stat().st_size < 1 << 17
    assert window(service, model="model-299" + "x" * 1000).tokens == 4096


def test_two_processes_keep_both(folder) -> None:
    """What one stored meanwhile is kept when the other stores."""
    first, second = Windows(Clock()), Windows(Clock())
    assert asyncio.run(first.of(Service(), "a", {}, SHORT)).source == "default"
    second.learn(Service(), "b", Window(2000, "service"))
    first.learn(Service(), "a", Window(1000, "service"))

    assert window(Service(), model="a").tokens == 1000
    assert window(Service(), model="b").tokens == 2000


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("org/model", 131_072),
        ("org/model:novita", 32_768),
        ("org/model:fastest", 131_072),
        ("claude-opus-5", 1_000_000),
        ("claude-opus", None),
        ("org/mode", None),
        ("", None),
    ],
)
def test_model_is_found_in_a_list(model: str, expected: int | None) -> None:
    """A back end has its own window, and a name without a date means the newest."""
    backends = [ModelBackend("novita", context_window=32_768), ModelBackend("x", None)]
    models = [
        ModelInfo("org/model", 131_072, backends=backends),
        ModelInfo("claude-opus-5-20260101", 200_000),
        ModelInfo("claude-opus-5-20260801", 1_000_000),
        ModelInfo("claude-opus-5-latest", 5),
    ]

    assert window_in(models, model) == expected


def test_reserve() -> None:
    """``max_tokens`` counts, else a share for answer and thoughts; tools are sent as well."""
    large, small = Window(200_000, "service"), Window(2048, "service")
    tools: Sequence[dict] = [{"type": "function", "function": {"name": "look", "parameters": {}}}]

    assert reserve_of({"max_tokens": 99, "reasoning_effort": "high"}, large) == 99
    assert reserve_of({}, large) == 1024
    assert reserve_of({"reasoning_effort": "none"}, large) == 1024
    assert reserve_of({"reasoning_effort": "low"}, large) == 1024 + 8192
    assert reserve_of({"reasoning_effort": "low"}, small) == 128 + 256
    assert 10 < reserve_of({"tools": tools}, large) - 1024 < 60


SENT, RESERVE = 4000, 500


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "This model's maximum context length is 4097 tokens. However, you requested 5500 "
            "tokens (1500 in the messages, 4000 in the completion).",
            4097 * 4500 // 5500,
        ),
        ("prompt is too long: 4200 tokens > 3000 maximum", 3000),
        (
            "The input token count (4,500) exceeds the maximum number of tokens allowed (2,048).",
            2048,
        ),
        ("request (9000 tokens) exceeds the available context size (1024 tokens)", 512),
        ("gpt-4-0613 of 2026-11-28 has a context length of 3072", 3072),
        ("Your input exceeds the context window of this model.", 2250),
        ("the context size is 1000000", 2250),
        ("999999999999999 tokens", 2250),
    ],
    ids=lambda value: str(value)[:30],
)
def test_window_in_an_error(message: str, expected: int) -> None:
    """The limit that a service names counts, corrected by what the estimate was wrong by."""
    found = window_after(ContextLengthError(message), Window(8192, "default"), SENT, RESERVE)

    assert found == Window(expected, "service")


@pytest.mark.parametrize("message", ["too long", "9,000,000 tokens > 8,000,000 maximum"])
def test_rejected_conversation_is_compacted(folder, message: str) -> None:
    """Whatever the error says, the next try is shorter; and the window is remembered."""
    turns = [[Message("user", "Why? " * 40), Message("assistant", "So. " * 40)]] * 30
    conversation = Conversation(None, None, turns, QUESTION)
    assumed = Window(DEFAULT, "default")
    sent = tokens_of(messages_of(conversation)) + REPLY
    after = window_after(ContextLengthError(message), assumed, sent, 100)
    found = asyncio.run(fit(conversation, after, 1, 100, Summarizer(after.tokens)))

    assert found.compaction is not None
    assert found.compaction.after_tokens < 0.8 * sent
    service = Service(9999)
    Windows(Clock()).learn(service, None, after)
    assert window(service) == after
    assert service.asked == 0
