"""The blocking face."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from provider_sdk import (
    BaseProvider,
    ChatChunk,
    ProviderError,
    RegistryError,
    StreamInterruptedError,
    register_provider,
    sync,
)
from provider_sdk._routing import registry
from provider_sdk.testing import FakeProvider

from ._server import serving_in_a_thread
from ._service import KEY, USER, AcmeProvider, Reply, Service, chunk, completion, sse, streamed


def _fake(*replies, **config):
    return sync.SyncProvider(FakeProvider(*replies, **config))


def test_calls_return_what_they_return():
    """The same answers, without ``await``."""
    provider = _fake("one", "two", models=["a"])

    assert provider.chat(USER, "m", seed=7).text == "one"
    assert provider.complete("?", temperature=1) == "two"
    assert provider.health_check() is True
    assert provider.list_models() == ["a"]
    assert [model.id for model in provider.describe_models()] == ["a"]
    assert provider.provider.calls[0].options == {"seed": 7}


def test_calls_raise_what_they_raise():
    """The same errors, with nothing around them."""
    provider = _fake(ProviderError("it broke"))

    with pytest.raises(ProviderError, match="it broke"):
        provider.chat(USER)
    with pytest.raises(TypeError, match="did you mean"):
        provider.chat(USER, temprature=1)


def test_a_stream_is_iterated():
    """Chunk by chunk, and then there is the response."""
    stream = _fake(["Bl", "ue."]).chat(USER, stream=True)

    assert list(stream) == [ChatChunk("Bl"), ChatChunk("ue.")]
    assert stream.response.text == "Blue."
    assert list(stream) == []


def test_a_stream_is_collected():
    """All at once."""
    assert _fake(["Bl", "ue."]).chat(USER, stream=True).collect().text == "Blue."


def test_a_stream_that_breaks_raises():
    """What had been read is in ``partial``."""
    stream = _fake(["Bl", StreamInterruptedError("cut")]).chat(USER, stream=True)
    assert next(stream).text == "Bl"
    assert stream.partial.text == "Bl"

    with pytest.raises(StreamInterruptedError) as caught:
        next(stream)

    assert caught.value.partial.text == "Bl"


def test_leaving_the_block_closes_the_stream():
    """Also by ``break``."""
    reply = streamed(sse(chunk("Bl")), sse(chunk("ue.", finish="stop")))
    provider = sync.SyncProvider(Service(reply).provider())

    with provider.chat(USER, stream=True) as stream:
        for _ in stream:
            break

    assert reply.body.closings == 1
    assert list(stream) == []


def test_a_bare_break_warns():
    """What nobody closed is told of at collection, as it is without ``sync``."""
    held = [_fake(["Bl", "ue."]).chat(USER, stream=True)]
    next(held[0])

    with pytest.warns(ResourceWarning, match="a ChatStream was dropped"):
        held.clear()


def test_leaving_the_block_closes_the_provider():
    """Afterwards every call raises."""
    with _fake("Blue.") as provider:
        pass

    with pytest.raises(ProviderError, match="is closed"):
        provider.chat(USER)


def test_connect_builds_by_name(monkeypatch):
    """The registry's names, and the constructor's keywords."""
    monkeypatch.setattr(registry, "_registered", {})
    register_provider("scripted", FakeProvider)

    with sync.connect("scripted", models=["a"]) as provider:
        assert provider.list_models() == ["a"]
        assert "FakeProvider" in repr(provider)
    with pytest.raises(RegistryError, match="did you mean 'scripted'"):
        sync.connect("skripted")


async def test_it_works_where_a_loop_is_running():
    """As in a notebook."""
    assert _fake("Blue.").complete("?") == "Blue."


def test_it_works_from_several_threads():
    """One provider serves them all."""
    provider = _fake("Blue.", repeat=True)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: provider.complete("?"), range(100)))

    assert set(answers) == {"Blue."}


def test_threads_do_not_wait_for_each_other():
    """Their calls run at the same time."""
    together = asyncio.Barrier(4)

    async def meet(request):
        await asyncio.wait_for(together.wait(), 5)
        return Reply(completion())

    provider = sync.SyncProvider(Service(meet).provider())

    with ThreadPoolExecutor(4) as threads:
        assert len(list(threads.map(lambda _: provider.chat(USER), range(4)))) == 4


def test_it_uses_one_thread():
    """However many providers there are."""
    for _ in range(3):
        _fake("Blue.").complete("?")

    names = [thread.name for thread in threading.enumerate()]
    assert names.count("provider_sdk.sync") == 1
    assert all(t.daemon for t in threading.enumerate() if t.name == "provider_sdk.sync")


def test_connections_are_used_again():
    """All calls share a loop, and so the pool of its connections."""
    with (
        serving_in_a_thread(completion()) as server,
        sync.SyncProvider(AcmeProvider(api_key=KEY, base_url=server.url)) as provider,
    ):
        assert [provider.complete("?") for _ in range(3)] == ["Blue."] * 3
        assert server.connections == 1


def test_an_interrupt_cancels_the_call():
    """Ctrl-C ends the wait and the call that it waits for."""
    cancelled = threading.Event()

    async def never(request):
        await asyncio.sleep(0.1)  # the main thread is waiting by then
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    provider = sync.SyncProvider(Service(never).provider())

    with pytest.raises(KeyboardInterrupt):
        provider.chat(USER)

    assert cancelled.wait(5)


def test_a_call_from_its_own_loop_is_refused():
    """It would wait for itself."""

    class Inner(FakeProvider):
        async def list_models(self):
            return _fake("Blue.").list_models()

    with pytest.raises(RuntimeError, match="never ends"):
        sync.SyncProvider(Inner()).list_models()


FORK = """
import os
from provider_sdk.sync import SyncProvider
from provider_sdk.testing import FakeProvider

provider = SyncProvider(FakeProvider("Blue.", repeat=True))
provider.complete("?")
child = os.fork()
if child == 0:
    os._exit(0 if provider.complete("?") == "Blue." else 1)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_gets_a_thread_of_its_own():
    """The child of a fork inherits no threads."""
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=60)


def test_it_has_every_public_method():
    """The blocking face leaves nothing of the contract out."""
    names = {name for name in vars(BaseProvider) if not name.startswith("_")}
    wanted = {name for name in names if callable(getattr(BaseProvider, name))} - {"probe"}

    assert {"close" if name == "aclose" else name for name in wanted} <= set(dir(sync.SyncProvider))
