"""What an adapter over a foreign client takes from the SDK."""

import asyncio

import pytest
from provider_sdk import (
    ChatStream,
    Delta,
    ProviderAuthError,
    ProviderError,
    ProviderOverloadedError,
    ProviderResponseError,
    ProviderTimeoutError,
    StreamFailure,
    StreamInterruptedError,
    StreamJunk,
    StreamTimeoutError,
)
from provider_sdk.adapting import ClientSource, call_client, required_credential


class ClientError(Exception):
    """What a foreign client raises."""


def translate(error):
    """Return the contract's error for the client's."""
    return ProviderResponseError(f"translated: {error}")


async def fails():
    """Raise what holds a secret."""
    raise ClientError("the key is s3cret")


def test_argument_is_the_credential(monkeypatch):
    """The argument wins over the environment, and is stripped."""
    monkeypatch.setenv("ACME_KEY", "another")
    assert required_credential(" key\n", ["ACME_KEY"], "acme") == "key"


def test_environment_is_asked_for_a_credential(monkeypatch):
    """Without an argument the first variable that is set counts."""
    monkeypatch.setenv("ACME_TOKEN", "key")
    assert required_credential(None, ["ACME_KEY", "ACME_TOKEN"], "acme") == "key"


def test_missing_credential_names_the_variable():
    """A missing credential is an error that names the variable to set."""
    with pytest.raises(ProviderAuthError, match="ACME_KEY is not set"):
        required_credential("  ", ["ACME_KEY"], "acme")


def test_credential_that_no_header_carries_is_rejected():
    """A credential with a line break inside is an error that does not repeat it."""
    with pytest.raises(ProviderAuthError) as raised:
        required_credential("a\nb", [], "acme")
    assert "a\nb" not in str(raised.value)


async def test_result_is_the_clients():
    """What the client returns is returned."""

    async def work():
        return 7

    assert await call_client(work, seconds=1, translate=translate) == 7


async def test_client_errors_are_translated():
    """What the client raises is translated, and leaves no trace in the error's context."""
    with pytest.raises(ProviderResponseError, match="translated: the key is s3cret") as raised:
        await call_client(fails, seconds=1, translate=translate)
    assert (raised.value.__cause__, raised.value.__context__) == (None, None)


async def test_call_ends_at_its_deadline():
    """A client that does not answer in time is given up."""
    with pytest.raises(ProviderTimeoutError, match="no answer within") as raised:
        await call_client(lambda: asyncio.sleep(60), seconds=0.05, translate=translate)
    assert raised.value.__context__ is None


async def test_clients_own_timeout_is_translated():
    """A ``TimeoutError`` of the client is the client's, and not the deadline."""

    async def work():
        raise TimeoutError("mine")

    with pytest.raises(ProviderResponseError, match="translated: mine"):
        await call_client(work, seconds=1, translate=translate)


async def test_passing_failures_are_tried_again():
    """A failure that may pass is tried again as often as allowed."""
    answers = iter([ProviderOverloadedError("busy", status=503, retry_after=0), "at last"])

    async def work():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    answer = await call_client(work, seconds=5, translate=lambda error: error, max_retries=1)
    assert answer == "at last"


async def test_client_is_asked_once_by_default():
    """Without ``max_retries`` nothing is tried again: most clients do so themselves."""
    asked = []

    async def work():
        asked.append(1)
        raise ProviderOverloadedError("busy", status=503, retry_after=0)

    with pytest.raises(ProviderOverloadedError):
        await call_client(work, seconds=5, translate=lambda error: error)
    assert len(asked) == 1


async def test_cancellation_passes():
    """A cancelled call is cancelled, not translated."""
    call = asyncio.create_task(
        call_client(lambda: asyncio.sleep(60), seconds=90, translate=translate)
    )
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


class Closer:
    """Counts how often the client's stream is closed."""

    def __init__(self):
        self.closed = 0

    async def close(self):
        """Count."""
        self.closed += 1


def stream_of(chunks, events, closer):
    """Return a stream over a client's chunks, and its source."""
    source = ClientSource(chunks, events=events, translate=translate, close=closer.close)
    return ChatStream(source, provider="acme", model="m"), source


def text_events(chunk):
    """Return a chunk's text, and the finish at the end."""
    return [Delta(finish_reason="stop") if chunk is None else Delta(chunk)]


async def test_chunks_become_events():
    """Each chunk says what ``events`` makes of it; after the last it is asked once more."""

    async def chunks():
        yield "a"
        yield "b"

    closer = Closer()
    stream, _ = stream_of(chunks(), text_events, closer)
    assert ([chunk.text async for chunk in stream], stream.response.finish_reason) == (
        ["a", "b"],
        "stop",
    )
    assert closer.closed == 1


async def test_quiet_end_without_finish_is_no_answer():
    """A client whose stream ends before a finish reason has cut the answer short."""

    async def chunks():
        yield "a"

    stream, _ = stream_of(chunks(), lambda chunk: [Delta(chunk)] if chunk else [], Closer())
    with pytest.raises(StreamInterruptedError) as raised:
        await stream.collect()
    assert raised.value.partial.text == "a"


async def test_error_of_the_clients_stream_is_translated():
    """What the client raises while it streams interrupts the answer, without its own trace."""

    async def chunks():
        yield "a"
        raise ClientError("gone")

    closer = Closer()
    stream, _ = stream_of(chunks(), text_events, closer)
    with pytest.raises(StreamInterruptedError, match="translated: gone") as raised:
        await stream.collect()
    assert not chain(raised.value, ClientError)
    assert closer.closed == 1


async def test_error_that_the_service_reports_keeps_its_class():
    """What the client raises for an error in the stream is no broken connection."""

    async def chunks():
        yield "Hello"
        raise ClientError("busy")

    source = ClientSource(
        chunks(),
        events=text_events,
        translate=lambda error: ProviderOverloadedError(str(error)),
        close=Closer().close,
        is_report=lambda error: isinstance(error, ClientError),
    )
    with pytest.raises(ProviderOverloadedError, match="busy") as caught:
        await ChatStream(source, provider="acme", model="m").collect()
    assert caught.value.partial.text == "Hello"


async def test_chunk_that_cannot_be_read_is_translated():
    """An error of ``events`` itself is no raw exception either."""

    async def chunks():
        yield "a"

    stream, _ = stream_of(chunks(), lambda chunk: chunk.events, Closer())
    with pytest.raises(ProviderError, match="translated"):
        await stream.collect()


async def test_errors_among_the_events_are_translated():
    """An error that the service reports inside the stream passes through ``translate`` too."""

    async def chunks():
        yield "a"

    failure = StreamFailure(ProviderOverloadedError("the key is s3cret"))
    stream, _ = stream_of(chunks(), lambda chunk: [failure], Closer())
    with pytest.raises(ProviderResponseError, match="translated: the key"):
        await stream.collect()


async def test_junk_among_the_events_is_translated():
    """What is wrong with the bytes of a stream passes through ``translate`` too."""

    async def chunks():
        yield "a"

    stream, _ = stream_of(chunks(), lambda chunk: [StreamJunk("s3cret")], Closer())
    with pytest.raises(StreamInterruptedError, match="translated: s3cret"):
        await stream.collect()


async def test_silent_stream_is_given_up():
    """After the idle limit a stream is interrupted and closed."""

    async def chunks():
        yield "a"
        await asyncio.sleep(60)

    closer = Closer()
    stream, source = stream_of(chunks(), text_events, closer)
    source.limit_idle(0.05)
    with pytest.raises(StreamTimeoutError):
        await stream.collect()
    assert closer.closed == 1


async def test_stream_that_is_left_early_is_closed():
    """Leaving the block closes the client's stream, once."""

    async def chunks():
        yield "a"
        yield "b"

    closer = Closer()
    source = chunks()
    stream, _ = stream_of(source, text_events, closer)
    async with stream:
        await anext(stream)
    assert closer.closed == 1
    await source.aclose()


def chain(error, kind):
    """Return whether an exception of a kind stands behind an error."""
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
