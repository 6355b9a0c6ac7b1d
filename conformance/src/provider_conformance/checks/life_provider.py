"""LIFE: providers end, pass cancellation on, and leave the event loop and connections alone."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import httpx
from provider_sdk import BaseProvider, ProviderError

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.blocking import blocking_calls
from provider_conformance.lab.calls import every_call
from provider_conformance.lab.garbage import only_new_garbage
from provider_conformance.lab.leaks import holds_secret
from provider_conformance.lab.reading import cut_off_by, read_stream, streamed_reply
from provider_conformance.lab.waiting import ends_without_waiting, running_in_background
from provider_conformance.wires._answer import Failure
from provider_conformance.wires._script import Hang, Reply, Reset


@check("PC-LIFE-013")
async def cancellation_passes(lab: Lab) -> None:
    """A cancelled call raises CancelledError.

    Rule: CancelledError always passes, from every call, and while a retry is waited for.
    Why: A task that swallows its cancellation cannot be stopped, and hangs the program at its end.
    How: Cancels each call while the service is silent, then one that waits for its second attempt.
    Fix: Catch Exception, never BaseException; put no CancelledError into another error.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    lab.service.reply_always(Reply(head="hang"))
    for name, call in every_call(lab, provider).items():
        await _require_cancelled(lab, name, call())
    lab.service.reply_always(Failure("overloaded", lab.text(), retry_after=30.0), "chat")
    await _require_cancelled(
        lab, "chat() between two attempts", lab.chat(lab.provider(max_retries=2))
    )


async def _require_cancelled(lab: Lab, name: str, call: Coroutine[Any, Any, Any]) -> None:
    exchanges = lab.service.exchanges
    before = len(exchanges)
    async with running_in_background(call) as task:
        await lab.wait_until(lambda: task.done() or len(exchanges) > before)
        await ends_without_waiting(lab, task)
        task.cancel()
        await lab.wait_until(task.done)
        if not task.cancelled():
            raise Failed(
                f"{name} when it is cancelled", "to raise CancelledError", _how_it_ended(task)
            )


def _how_it_ended(task: asyncio.Task[Any]) -> str:
    if not task.done():
        return "still waiting"
    if error := task.exception():
        return f"raised {type(error).__name__}: {error}"
    return f"returned {task.result()!r}"


async def _require_success(lab: Lab, what: str, call: Coroutine[Any, Any, Any]) -> None:
    """Fail, with the exception, if a call raises."""
    try:
        await call
    except Failed:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a provider raises is the finding
        lab.errors.append(error)
        raise Failed(what, "to succeed", f"raised {type(error).__name__}: {error}") from None


@check("PC-LIFE-014")
async def nothing_is_left_behind(lab: Lab) -> None:
    """A closed provider leaves no task, no connection and no warning behind.

    Rule: After aclose() there is no pending task and no open connection, and collecting garbage
    raises no warning.
    Why: Tests and servers that build providers again and again drown in what they leave.
    How: Makes a call, a stream, a stream that is left half-way and a call that fails; closes the
    provider; collects garbage, and counts.
    Fix: Close the HTTP client in aclose(), and await the tasks that you start.
    """
    before, heard = asyncio.all_tasks(), len(lab.captured.warnings)
    with only_new_garbage():
        await _full_life(lab)
        gc.collect()
    await lab.driver.settle()  # the loop closes collected generators in tasks, which must run
    left = [getattr(t.get_coro(), "__qualname__", "") for t in asyncio.all_tasks() - before]
    lab.equal("tasks left after aclose()", [], left)
    lab.equal("connections left open after aclose()", 0, lab.driver.connections)
    warned = [w for w in lab.captured.warnings[heard:] if issubclass(w.category, ResourceWarning)]
    lab.equal("warnings after aclose()", [], [str(warning.message) for warning in warned])


async def _full_life(lab: Lab) -> None:
    """Build a provider, make calls that succeed and calls that fail, and close it."""
    provider = lab.provider()
    await lab.must_succeed(provider)
    if "streaming" in lab.capabilities:
        await lab.must_succeed(provider, stream=True)
        await _leave_stream_half_way(lab, provider)
    lab.service.reply_next(Failure("server", lab.text()))
    await lab.raises(ProviderError, lab.chat(provider), "a call that the service fails")
    await provider.aclose()
    await lab.wait_until(lambda: not lab.driver.connections)


async def _leave_stream_half_way(lab: Lab, provider: BaseProvider) -> None:
    lab.service.reply_next(streamed_reply(lab, lab.answer(), cut_off_by(Hang())))
    async with await lab.open_stream(provider) as stream:
        await anext(stream)


@check("PC-LIFE-015")
async def closed_provider_refuses(lab: Lab) -> None:
    """After aclose() every call raises ProviderError and sends nothing.

    Rule: After aclose() chat, stream, complete and list_models raise ProviderError, health_check
    raises it or is False, and no request leaves.
    Why: A provider that opens new connections after its end leaks them; an HTTP library's own error
    says nothing to the reader.
    How: Makes an exchange, closes the provider, and makes every call once more.
    Fix: Remember that it is closed, and look at that first in every call.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    await provider.aclose()
    await _require_refusals(lab, provider, "after aclose()")


async def _require_refusals(lab: Lab, provider: BaseProvider, when: str) -> None:
    sent = len(lab.service.exchanges)
    for name, call in every_call(lab, provider).items():
        # health_check() may return False instead of raising, as it always may.
        if name != "health_check()" or await lab.outcome(call()) is True:
            await lab.raises(ProviderError, call(), f"{name} {when}")
    lab.equal(f"requests sent {when}", 0, len(lab.service.exchanges) - sent)


@check("PC-LIFE-016")
async def closing_twice_is_harmless(lab: Lab) -> None:
    """aclose() may be called again.

    Rule: aclose() of a closed provider does nothing.
    Why: Blocks, fixtures and shutdown hooks each close what they hold.
    How: Makes an exchange, then closes the provider twice.
    Fix: Return at once if it is closed already.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    await provider.aclose()
    await _require_success(lab, "a second aclose()", provider.aclose())


@check("PC-LIFE-017")
async def block_closes_the_provider(lab: Lab) -> None:
    """`async with` returns the provider, and closes it.

    Rule: A provider is an async context manager: entering returns itself, leaving closes it; an
    exception that leaves the block passes, whichever it is.
    Why: It is the form that every example uses. A block that swallows an error goes on after it.
    How: Makes an exchange inside the block, and every call after it; then leaves blocks by a failed
    call, an exception of the caller and a cancellation.
    Fix: Return self from __aenter__; await aclose() in __aexit__, and return None.
    """
    provider = lab.provider()
    async with provider as entered:
        lab.true("what `async with` gives", entered is provider, "the provider", f"{entered!r}")
        await lab.must_succeed(entered)
    await _require_refusals(lab, provider, "after its block")
    lab.service.reply_always(Failure("auth", lab.text()), "chat")
    await lab.raises(ProviderError, _leave_block_by(lab, None), "a block with a failed call")
    for error in (_CallerError(), ProviderError("of the caller"), asyncio.CancelledError()):
        what = f"a block that is left by {type(error).__name__}"
        try:
            await _leave_block_by(lab, error)
        except BaseException as passed:  # noqa: BLE001 - a cancellation is no Exception
            lab.true(what, passed is error, "to raise it", repr(passed))
        else:
            raise Failed(what, "to raise it", "went on after the block")


class _CallerError(Exception):
    """An exception of the code in a block."""


async def _leave_block_by(lab: Lab, error: BaseException | None) -> None:
    """Leave a provider's block by this exception, or by that of a call."""
    provider = lab.provider()
    async with provider:
        if error is not None:
            raise error
        await lab.chat(provider)


@check("PC-LIFE-018")
async def nothing_blocks_the_loop(lab: Lab) -> None:
    """No call blocks the event loop.

    Rule: No coroutine sleeps, reads files or waits for sockets in a way that stops the loop.
    Why: One such call stops every other task of the program.
    How: Makes every call once, then once more while every call of C functions is watched for
    sleeps, sockets in blocking mode, locks that are held, and files being opened.
    Fix: Await an asynchronous client; put what has none into asyncio.to_thread.
    """
    provider = lab.provider()
    for name, call in every_call(lab, provider).items():
        await _require_success(lab, name, call())
    for name, call in every_call(lab, provider).items():
        with blocking_calls() as found:
            await _require_success(lab, name, call())
        lab.true(f"{name} in the event loop", not found, "not to block it", ", ".join(found))


@check("PC-LIFE-019", "SHOULD", drivers=("socket",))
async def connections_are_used_again(lab: Lab) -> None:
    """A second call uses the connection of the first.

    Rule: Connections are kept, and used again.
    Why: A new connection costs several round trips before the first byte of each call.
    How: Makes two calls, one after the other, and compares the numbers of their connections.
    Fix: Keep one HTTP client for the life of the provider.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    await lab.must_succeed(provider)
    first, second = lab.service.requests()
    lab.equal("the connection of the second call", first.connection, second.connection)


@check("PC-LIFE-020", "SHOULD", needs=["streaming"], drivers=("socket",))
async def connection_of_a_stream_is_used_again(lab: Lab) -> None:
    """A call after a stream uses the stream's connection.

    Rule: A stream that ended at its terminator frees its connection.
    Why: Closing it there costs a new connection for every turn of a conversation.
    How: Reads a stream to its end, makes another call, and compares their connections.
    Fix: After the terminator read the short rest of the body before closing the response.
    """
    provider = lab.provider()
    await lab.must_succeed(provider, stream=True)
    await lab.must_succeed(provider)
    first, second = lab.service.requests()
    lab.equal("the connection of a call after a stream", first.connection, second.connection)


@check("PC-LIFE-021", drivers=("socket",))
async def closed_idle_connection_is_no_failure(lab: Lab) -> None:
    """A connection that the service closed between two calls fails neither call.

    Rule: A kept connection that has ended is replaced; the call succeeds.
    Why: Every load balancer closes idle connections, without a word.
    How: The service closes its side of the connection after an answer; a moment later another call
    is made, with retries allowed.
    Fix: Check that a kept connection is still open, or retry if it was not.
    """
    provider, answer = lab.provider(max_retries=2), lab.answer()
    lab.service.reply_next(
        lambda request: replace(lab.service.reply_for(answer, request), closes=True)
    )
    lab.equal("the first answer", answer.text, (await lab.chat(provider)).text)
    await lab.wait_until(lambda: not lab.driver.connections)
    await _require_success(lab, "a call on a connection that has ended", lab.must_succeed(provider))


@check("PC-LIFE-022")
async def provider_survives_failures(lab: Lab) -> None:
    """A provider works again after every kind of failure.

    Rule: A failed call leaves nothing behind that the next one meets.
    Why: A provider that must be built anew after an error cannot serve a server.
    How: Between good calls the service fails, resets, talks nonsense, and cuts and breaks streams;
    and a call is cancelled.
    Fix: Keep nothing of a call on the provider; close what failed.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    failures: dict[str, Failure | Reply] = {
        "a failure of the service": Failure("server", lab.text()),
        "a rejection": Failure("bad_request", lab.text()),
        "a reset connection": Reply(head="reset"),
        "an answer that is not HTTP": Reply(head="junk"),
        "an answer that is not JSON": Reply(200, {"content-type": "application/json"}, (b"{",)),
    }
    for name, failure in failures.items():
        lab.service.reply_next(failure)
        await lab.raises(ProviderError, lab.chat(provider), name)
        await _require_success(lab, f"a call after {name}", lab.must_succeed(provider))
    lab.service.reply_next(Reply(head="hang"))
    await _require_cancelled(lab, "chat()", lab.chat(provider))
    await _require_success(lab, "a call after a cancelled one", lab.must_succeed(provider))
    if "streaming" in lab.capabilities:
        await _require_streams_after_failures(lab, provider)


async def _require_streams_after_failures(lab: Lab, provider: BaseProvider) -> None:
    error = lab.wire.failure_frame(Failure("server", lab.text())).data
    ends = {"a broken stream": cut_off_by(Reset()), "an error inside a stream": cut_off_by(error)}
    for name, end in ends.items():
        lab.service.reply_next(streamed_reply(lab, lab.answer(), end))
        await read_stream(lab, provider)
        again = lab.must_succeed(provider, stream=True)
        await _require_success(lab, f"a stream after {name}", again)


@check("PC-LIFE-023", "SHOULD")
async def provider_outlives_its_event_loop(lab: Lab) -> None:
    """A provider works in a second event loop.

    Rule: A provider that was used in one event loop can be used in another, once that has ended.
    Why: Scripts and notebooks call asyncio.run() again and again with one provider.
    How: Makes a call in an event loop in another thread, ends that loop, and makes another call.
    Fix: Build the HTTP client when it is needed, and anew if the running loop is another one.
    """
    with only_new_garbage():
        provider = lab.provider()
        await asyncio.to_thread(_chat_in_own_loop, lab, provider)
        await _require_success(lab, "a call in a second event loop", lab.must_succeed(provider))
        # Objects of the first loop warn when they are collected; it must happen in this check.
        await provider.aclose()
        gc.collect()


def _chat_in_own_loop(lab: Lab, provider: BaseProvider) -> None:
    with asyncio.Runner(loop_factory=lab.driver.new_loop) as runner:
        runner.run(
            _require_success(lab, "a call in a first event loop", lab.must_succeed(provider))
        )


@check("PC-LIFE-024")
async def injected_client_stays_open(lab: Lab) -> None:
    """An injected client is used, and never closed.

    Rule: http_client= is used for all requests, and is not closed by the provider. A provider on
    another HTTP library refuses the keyword with a TypeError.
    Why: Its owner configured it (proxy, certificates, limits) and shares it with others.
    How: Builds the provider with an httpx client that adds a header; makes an exchange, closes the
    provider, and looks at the client and its headers.
    Fix: Close only a client that you built yourself.
    """
    await lab.must_succeed(lab.provider())
    mark = payload.word(lab.rng)
    async with httpx.AsyncClient(headers={"x-mark": mark}) as client:
        try:
            provider = lab.provider(http_client=client)
        except TypeError:
            return
        await lab.must_succeed(provider)
        lab.true(
            "the injected client's own headers",
            "x-mark" in client.headers
            and not (holds_secret(lab, repr(list(client.headers.multi_items())))),
            "no credential",
            "the credential",
        )
        sent = lab.service.requests()[-1].headers.get("x-mark")
        lab.equal("the header that the injected client adds", mark, sent)
        await provider.aclose()
        lab.true("the injected client after aclose()", not client.is_closed, "open", "closed")
