"""Token usage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import Usage
from provider_sdk._usage import token_count

from ._service import USER, Reply, Service, chunk, completion, failing, sse, streamed

USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}


async def usage_of(sent):
    """The usage of an answer that reports ``sent``."""
    reply = Reply({**completion(), "usage": sent})
    return (await Service(reply).provider().chat(USER)).usage


async def test_every_count_is_read():
    """Cached and reasoning tokens are parts of what was read and written."""
    assert await usage_of(USAGE) == Usage(10, 5, 15, cached_tokens=4, reasoning_tokens=3)


async def test_reported_usage_is_marked():
    """What the service sent is ``reported``."""
    assert (await usage_of(USAGE)).source == "reported"


@pytest.mark.parametrize("sent", [None, {}, [], "many", {"prompt_tokens": None}])
async def test_no_usage_is_none(sent):
    """Providers never estimate: what was not sent is not there."""
    assert await usage_of(sent) is None


async def test_an_unsent_count_is_none():
    """It is never 0."""
    usage = await usage_of({"prompt_tokens": 10})

    assert usage == Usage(prompt_tokens=10)
    assert usage.completion_tokens is None
    assert usage.cached_tokens is None


async def test_a_sent_zero_is_zero():
    """A count that was sent is kept."""
    assert (await usage_of({"completion_tokens": 0})).completion_tokens == 0


async def test_an_unsent_total_is_the_sum_of_both_parts():
    """Where both are known, their sum is too."""
    assert (await usage_of({"prompt_tokens": 10, "completion_tokens": 5})).total_tokens == 15


@pytest.mark.parametrize("sent", [{"prompt_tokens": 10}, {"completion_tokens": 5}])
async def test_an_unsent_total_of_one_part_is_none(sent):
    """Half a sum is none."""
    assert (await usage_of(sent)).total_tokens is None


async def test_a_sent_total_is_kept():
    """The service may count what neither part holds."""
    sent = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 99}

    assert (await usage_of(sent)).total_tokens == 99


@pytest.mark.parametrize("details", [None, [], "x", {"cached_tokens": "4"}])
async def test_odd_details_are_unsent(details):
    """A count that is no number is none."""
    usage = await usage_of({"prompt_tokens": 10, "prompt_tokens_details": details})

    assert usage.cached_tokens is None


@given(st.integers() | st.floats() | st.text() | st.booleans() | st.none())
def test_a_count_is_a_whole_number_from_0_up(value):
    """Whatever the wire holds, a count is a count or ``None``."""
    count = token_count(value)

    assert count is None or (type(count) is int and count >= 0)


@pytest.mark.parametrize("value", [True, False, -1, "5", float("inf"), float("nan"), None, [5]])
def test_what_is_no_count_is_none(value):
    """Nothing is made of it."""
    assert token_count(value) is None


async def test_the_last_usage_of_a_stream_wins():
    """Counts on every chunk grow; they are never added up."""
    chunks = [
        {**chunk("Blue."), "usage": {"prompt_tokens": 10, "completion_tokens": 1}},
        {**chunk(), "usage": {"prompt_tokens": 10, "completion_tokens": 2}},
        {**chunk(finish="stop"), "usage": {"prompt_tokens": 10, "completion_tokens": 3}},
    ]
    stream = await Service(streamed(sse(*chunks))).provider().chat(USER, stream=True)

    assert (await stream.collect()).usage == Usage(10, 3, 13)


async def test_usage_may_come_after_the_finish_reason():
    """The chunk without choices that OpenAI sends last is part of the answer."""
    chunks = [chunk("Blue."), chunk(finish="stop"), {"choices": [], "usage": USAGE}]
    stream = await Service(streamed(sse(*chunks, done=True))).provider().chat(USER, stream=True)

    assert (await stream.collect()).usage.total_tokens == 15


async def test_a_null_usage_does_not_undo_an_earlier_one():
    """Chunks that say nothing of usage change nothing."""
    chunks = [{**chunk("Blue."), "usage": USAGE}, {**chunk(finish="stop"), "usage": None}]
    stream = await Service(streamed(sse(*chunks))).provider().chat(USER, stream=True)

    assert (await stream.collect()).usage.total_tokens == 15


REJECTIONS = [
    Reply({"error": {"message": "property 'stream_options' is unsupported"}}, 400),
    Reply({"error": "Unrecognized request argument supplied: stream_options"}, 422),
    Reply({"error": {"message": "include_usage is not allowed"}}, 400),
    Reply({"error": {"message": "Unknown parameter.", "param": "stream_options"}}, 400),
    Reply(
        {
            "detail": [
                {
                    "type": "extra_forbidden",
                    "loc": ["body", "stream_options"],
                    "msg": "Extra inputs are not permitted",
                }
            ]
        },
        422,
    ),
    streamed(sse({"error": "stream_options is not supported", "error_type": "validation"})),
]
ENDED = b"".join([sse(chunk("Blue.", finish="stop"), done=True)])


def asked(service):
    """Which of the requests asked for usage."""
    return ["stream_options" in body for body in service.bodies]


async def test_a_stream_asks_for_usage():
    """It is asked for where it belongs, and nowhere else."""
    service = Service(streamed(ENDED), Reply(completion()))
    provider = service.provider()

    await (await provider.chat(USER, stream=True)).collect()
    await provider.chat(USER)

    assert service.bodies[0]["stream_options"] == {"include_usage": True}
    assert asked(service) == [True, False]


@pytest.mark.parametrize("rejection", range(len(REJECTIONS)))
async def test_a_rejected_flag_is_left_out_once(rejection):
    """A back end that rejects the flag is asked again without it, however it says so."""
    service = Service(REJECTIONS[rejection], streamed(ENDED))

    stream = await service.provider(max_retries=0).chat(USER, stream=True)

    assert (await stream.collect()).text == "Blue."
    assert asked(service) == [True, False]


async def test_the_rejection_is_remembered_per_model():
    """The same model is not asked again; another one is."""
    service = Service(REJECTIONS[0], *(streamed(ENDED) for _ in range(3)))
    provider = service.provider()

    for model in ("strict", "strict", "other"):
        await (await provider.chat(USER, model, stream=True)).collect()

    assert asked(service) == [True, False, False, True]


async def test_a_second_rejection_is_raised():
    """There is no third attempt."""
    service = Service(failing(400, "stream_options is unsupported"))

    with pytest.raises(Exception, match="stream_options is unsupported"):
        await service.provider().chat(USER, stream=True)

    assert asked(service) == [True, False]


async def test_another_rejection_is_raised_at_once():
    """Only a rejection that names the flag is healed."""
    service = Service(failing(400, "messages is too odd"))

    with pytest.raises(Exception, match="messages is too odd"):
        await service.provider().chat(USER, stream=True)

    assert len(service.requests) == 1
