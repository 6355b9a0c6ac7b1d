"""What had arrived of an answer when it was interrupted."""

import asyncio

import pytest
from ollama_cli.asking.call import Call, Watcher, ask
from ollama_cli.choosing.choice import Choice
from ollama_cli.terminal.json_renderers import JsonRenderer
from provider_sdk import Message, ProviderRouter, StreamInterruptedError
from provider_sdk.testing import FakeProvider


class Interrupting(JsonRenderer):
    """Is interrupted when the first piece has been shown."""

    def chunk(self, chunk) -> None:
        """Do what Ctrl-C does."""
        super().chunk(chunk)
        task = asyncio.current_task()
        assert task is not None
        task.cancel()


async def asked(renderer, fake, reply) -> Watcher:
    """Ask, and return who watched."""
    fake(FakeProvider(reply))
    watcher = Watcher(renderer)
    call = Call(Choice("agent", "fake", ""), [Message("user", "Why?")], True, {})
    async with ProviderRouter(observer=watcher) as router:
        with pytest.raises((asyncio.CancelledError, StreamInterruptedError)):
            await ask(router, call, watcher, lambda _: None)
    return watcher


@pytest.mark.parametrize(
    ("kind", "reply"),
    [(Interrupting, ["Bl", "ue."]), (JsonRenderer, ["Bl", StreamInterruptedError("cut")])],
    ids=["interrupted", "broken"],
)
async def test_partial_answer_is_kept(monkeypatch, tmp_path, fake, kind, reply) -> None:
    """After Ctrl-C, and after the stream broke, the watcher has at least what was shown."""
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path))
    watcher = await asked(kind(raw=False), fake, reply)

    assert watcher.partial is not None
    assert watcher.partial.text.startswith("Bl")
