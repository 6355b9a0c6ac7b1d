"""How much context a call asks for, and what is said if the service read less."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from provider_ollama._windows import ContextWindows
from provider_sdk import ProviderError

from ._service import USER, Reply, Service, answer, lines, tags


def words(count):
    """Return a conversation of about so many words."""
    return [{"role": "user", "content": "word " * count}]


def text(content):
    """Return a conversation of one message."""
    return [{"role": "user", "content": content}]


def shown(window):
    """Return what the service says of a model."""
    return Reply({"model_info": {"general.architecture": "q", "q.context_length": window}})


async def sizes(service, *calls, **config):
    """Return the `num_ctx` of each call."""
    async with service.provider(**config) as provider:
        for messages, options in calls:
            await provider.chat(messages, **options)
    return [body["options"].get("num_ctx") for body in service.bodies()]


@pytest.mark.parametrize(
    ("messages", "options", "size"),
    [
        (USER, {}, 8192),
        (USER, {"max_tokens": 12_000}, 16384),
        (USER, {"max_tokens": -1}, 8192),
        (words(4000), {}, 16384),
        (words(20_000), {}, 131072),
        (words(2_000_000), {}, 262144),
        (text("\u5929" * 4000), {}, 16384),
        (text("".join(f"{n % 1000:03}," for n in range(4500))[:17_999]), {}, 65536),
        (text("7" * 17_999), {}, 65536),
        (text("3.14 2.71\n" * 1800), {}, 32768),
        (text("2026-11-28\t10:00:00\n" * 900), {}, 65536),
        (text("-" * 20_000), {}, 16384),
        (text("x" + " " * 20_000 + "y"), {}, 16384),
    ],
)
async def test_the_size_fits_the_need(messages, options, size):
    """It is the smallest of a few sizes that holds twice what is sent, and the answer."""
    assert await sizes(Service(chat=Reply(answer())), (messages, options)) == [size]


async def test_tools_images_and_calls_need_room_too():
    """Whatever is sent beside the text counts."""
    tool = {"type": "function", "function": {"name": "look", "description": "d" * 40_000}}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    function = {"name": "look", "arguments": '{"a": "' + "b" * 40_000 + '"}'}
    turn = {"role": "assistant", "tool_calls": [{"id": "1", "function": function}]}
    service = Service(chat=Reply(answer()))

    found = [
        await sizes(service, (messages, options))
        for messages, options in (
            (USER, {"tools": [tool]}),
            ([{"role": "user", "content": [image] * 8}], {}),
            ([*USER, turn], {}),
        )
    ]

    assert [each[-1] for each in found] == [32768, 32768, 32768]


async def test_a_tool_that_is_not_json_is_refused_by_the_request():
    """Estimating the need raises nothing of its own."""
    service = Service(chat=Reply(answer()))
    tool = {"type": "function", "function": {"name": "look", "parameters": {"x": object()}}}

    with pytest.raises(Exception, match="cannot be written as JSON"):
        await service.provider().chat(USER, tools=[tool])


async def test_a_size_never_shrinks():
    """A model would be loaded again; another model has its own size."""
    service = Service(chat=Reply(answer()))

    found = await sizes(service, (words(4000), {}), (USER, {}), (USER, {"model": "other"}))

    assert found == [16384, 16384, 8192]


async def test_a_callers_size_is_kept():
    """`extra_body` chooses the size; nothing is asked, and nothing remembered."""
    service = Service(chat=Reply(answer()))
    own = {"extra_body": {"options": {"num_ctx": 2048, "top_k": 3}}}

    found = await sizes(service, (words(4000), own), (USER, {}))

    assert found == [2048, 8192]
    assert service.paths == ["/api/chat", "/api/chat"]


@pytest.mark.parametrize(
    ("config", "model"), [({"base_url": "ollama.com"}, "m"), ({}, "m:cloud"), ({}, "m:1t-cloud")]
)
async def test_the_cloud_has_its_own_size(config, model):
    """Models of the cloud read as much as they can, so nothing is asked for."""
    service = Service(chat=Reply(answer()))

    assert await sizes(service, (words(4000), {"model": model}), **config) == [None]


async def test_a_size_is_not_larger_than_the_models_window():
    """For a large call the service is asked once what the model can read."""
    service = Service(chat=Reply(answer()), show=shown(40_960))

    found = await sizes(service, (words(20_000), {}), (words(20_000), {}))

    assert found == [40_960, 40_960]
    assert service.paths.count("/api/show") == 1
    assert service.bodies("/api/show") == [{"model": "qwen3:8b"}]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"404 page not found", 404),
        Reply({"error": "broken"}, 500),
        Reply({"error": "broken"}),
        Reply(b"<html>"),
        Reply([]),
        Reply({}),
        Reply({"model_info": {"q.context_length": "many"}}),
        Reply({"model_info": {"q.context_length": 0}}),
        httpx.ReadError("gone"),
    ],
)
async def test_an_unknown_window_changes_nothing(reply):
    """Whatever the service says of the model, the call goes on, and it is not asked again."""
    service = Service(chat=Reply(answer()), show=reply)

    found = await sizes(service, (words(4000), {}), (words(4000), {}), max_retries=2)

    assert found == [16384, 16384]
    assert service.paths.count("/api/show") == 1


async def test_a_window_without_an_architecture_is_found():
    """Old servers do not name the architecture."""
    service = Service(chat=Reply(answer()), show=Reply({"model_info": {"q.context_length": 9000}}))

    assert await sizes(service, (words(4000), {})) == [9000]


async def test_a_slow_description_takes_a_second_at_most():
    """The call goes on without it."""
    service = Service(chat=Reply(answer()), show=lambda request: asyncio.sleep(30))
    loop = asyncio.get_running_loop()
    start = loop.time()

    assert await sizes(service, (words(4000), {})) == [16384]
    assert 0.9 < loop.time() - start < 5


async def test_calls_at_once_ask_once():
    """Several large calls at the same time ask for one description, and all heed it."""

    async def slow(request):
        await asyncio.sleep(0.05)
        return shown(40_960)

    service = Service(chat=Reply(answer()), show=slow)

    async with service.provider() as provider:
        await asyncio.gather(*(provider.chat(words(20_000)) for _ in range(5)))

    assert service.paths.count("/api/show") == 1
    assert [body["options"]["num_ctx"] for body in service.bodies()] == [40_960] * 5


async def test_calls_at_once_wait_a_second_together():
    """A description that does not come delays none of them for longer."""
    service = Service(chat=Reply(answer()), show=lambda request: asyncio.sleep(30))
    loop = asyncio.get_running_loop()
    start = loop.time()

    async with service.provider() as provider:
        await asyncio.gather(*(provider.chat(words(4000)) for _ in range(5)))

    assert loop.time() - start < 1.9
    assert service.paths.count("/api/show") == 1


async def test_a_cancelled_call_leaves_the_question_to_the_others():
    """Who waited for its answer asks again."""
    asked = asyncio.Event()

    async def ask(model):
        if not asked.is_set():
            asked.set()
            await asyncio.sleep(30)
        return 4096

    windows = ContextWindows(ask)
    first, second = (asyncio.ensure_future(windows.of("m")) for _ in range(2))
    await asked.wait()
    first.cancel()

    assert await second == 4096


@pytest.mark.parametrize("failure", [ProviderError("gone"), None, 0])
async def test_an_unknown_window_is_asked_for_again_after_a_minute(failure):
    """A failure is forgotten; a window that was found is kept."""
    answers, asked = [failure, 4096], []

    async def ask(model):
        asked.append(model)
        found = answers[len(asked) - 1]
        if isinstance(found, Exception):
            raise found
        return found

    times = iter([0, 0, 1, 59, 61, 1000])
    windows = ContextWindows(ask, lambda: next(times))

    assert [await windows.of("m") for _ in range(5)] == [None, None, None, 4096, 4096]
    assert asked == ["m", "m"]


def test_several_loops_share_the_windows():
    """A provider may be used from loops in several threads at once."""

    async def ask(model):
        await asyncio.sleep(0.05)
        return 4096

    windows = ContextWindows(ask)

    async def both():
        return await asyncio.gather(*(windows.of("m") for _ in range(3)))

    with ThreadPoolExecutor() as threads:
        found = list(threads.map(lambda _: asyncio.run(both()), range(3)))

    assert found == [[4096] * 3] * 3


LEFT_OUT = Reply(answer(prompt_eval_count=4096))


async def test_a_prompt_that_was_cut_is_told():
    """If fewer tokens were read than there are words, a part was left out."""
    whole = await Service(chat=LEFT_OUT).provider().chat(words(6000))
    streamed = await (
        await Service(chat=lines(answer(prompt_eval_count=4096)))
        .provider()
        .chat(words(6000), stream=True)
    ).collect()

    for response in (whole, streamed):
        assert response.warnings == (
            "the model read 4096 tokens, but at least 6000 were sent: the service left out a part "
            "of the conversation; shorten it, or raise options.num_ctx by extra_body",
        )


async def test_a_text_without_spaces_is_counted_by_its_bytes():
    """Chinese has no spaces, and yet a prompt that was cut is noticed."""
    long = [{"role": "user", "content": "\u5929\u7a7a\u4e3a\u4ec0\u4e48\u662f\u84dd\u8272" * 4000}]

    (warning,) = (await Service(chat=LEFT_OUT).provider().chat(long)).warnings

    assert "left out" in warning


@pytest.mark.parametrize(
    ("messages", "read"),
    [
        (USER, 26),
        (USER, 1),
        (words(6000), 6010),
        (words(6000), None),
        (words(200), 26),
        (text("x" + " " * 60_000 + "y"), 1100),
        (text("x" * 60_000), 1100),
        (text("-" * 60_000), 1100),
        (text("=-" * 60_000), 1100),
        (text("- " * 60_000), 1100),
        (text("\n" * 60_000), 1100),
        (text("\n \t" * 60_000), 1100),
        (text("\u2500" * 60_000), 1100),
        (text("| --- " * 60_000), 1100),
        (text("\u5929" * 60_000), 1100),
    ],
)
async def test_a_prompt_that_was_read_is_not_told(messages, read):
    """A usual count, a missing one, and a small one of long runs mean nothing."""
    body = answer(prompt_eval_count=read)

    assert (await Service(chat=Reply(body)).provider().chat(messages)).warnings == ()


TURNS = [*words(3000), {"role": "assistant", "content": "word " * 2000}, *words(1000)]


@pytest.mark.parametrize(
    ("messages", "counts", "is_told"),
    [
        (words(1000), (12, None), False),
        (words(6000), (1023, None), False),
        (words(6000), (1024, None), True),
        (words(6000), (12, 5990), False),
        (words(6000), (12, 4000), True),
        (words(6000), (3500, 2510), False),
        (words(6000), (1500, 1500), True),
        (TURNS, (1020, None), False),
        (TURNS, (4000, None), False),
        (TURNS, (4000, 500), True),
        ([*TURNS, *words(60)][1:], (2048, None), False),
        ([*words(6000), {"role": "assistant", "content": "Hm."}, *USER], (2048, None), True),
    ],
)
async def test_tokens_that_were_cached_are_not_missing(messages, counts, is_told):
    """A count that may leave out what was cached proves nothing; what was cached was read."""
    body = answer(prompt_eval_count=counts[0], prompt_eval_cached_count=counts[1])

    assert len((await Service(chat=Reply(body)).provider().chat(messages)).warnings) == is_told


async def test_a_small_context_of_the_caller_can_be_too_small():
    """Who chooses a context of a few tokens is told what it leaves out."""
    own = {"extra_body": {"options": {"num_ctx": 512}}}
    service = Service(chat=Reply(answer(prompt_eval_count=300)))

    assert len((await service.provider().chat(words(6000), **own)).warnings) == 1


async def test_models_are_listed_beside():
    """Listing models asks for no description."""
    service = Service(tags=Reply(tags("a")))
    await service.provider().list_models()

    assert service.paths == ["/api/tags"]
