"""What the router adds to an answer."""

import pytest
from provider_sdk import ProviderError, StreamInterruptedError

from ._router import USER, Reply, Router, chunk, completion, error, stream

HEADERS = {"x_inference_provider": "novita", "x_request_id": "req-1"}
NAMES = {name.replace("_", "-"): value for name, value in HEADERS.items()}


async def test_served_by():
    """An answer tells which back end gave it, and the id of the exchange."""
    async with Router(Reply(completion(), headers=NAMES)).provider() as provider:
        response = await provider.chat(USER)

    assert (response.served_by, response.request_id) == ("novita", "req-1")


async def test_served_by_in_a_stream():
    """So does a stream."""
    async with Router(stream(chunk("stop", content="Blue."), **HEADERS)).provider() as provider:
        response = await (await provider.chat(USER, stream=True)).collect()

    assert (response.served_by, response.request_id) == ("novita", "req-1")


async def test_served_by_in_an_error():
    """So does an error."""
    async with Router(error(500, "it broke", **HEADERS)).provider() as provider:
        with pytest.raises(ProviderError) as caught:
            await provider.chat(USER)

    assert (caught.value.served_by, caught.value.request_id) == ("novita", "req-1")


async def test_served_by_in_a_cut_stream():
    """So does the error of a stream that is cut."""
    whole = stream(chunk(content="Blu"), **HEADERS)
    cut = Reply(whole.body.removesuffix(b"data: [DONE]\n\n"), headers=whole.headers)
    async with Router(cut).provider() as provider:
        with pytest.raises(StreamInterruptedError) as caught:
            await (await provider.chat(USER, stream=True)).collect()

    assert (caught.value.served_by, caught.value.request_id) == ("novita", "req-1")
    assert caught.value.partial.text == "Blu"


async def test_error_inside_a_stream():
    """What TGI reports inside a stream of status 200 is raised, never text."""
    failure = {"error": "Input validation error", "error_type": "validation"}
    async with Router(stream(chunk(content="Blu"), failure)).provider() as provider:
        answer = await provider.chat(USER, stream=True)
        with pytest.raises(ProviderError, match="Input validation error") as caught:
            await answer.collect()

    assert caught.value.partial.text == "Blu"


async def test_error_instead_of_a_stream():
    """An error as the first event of a stream is raised by the call itself."""
    failure = {"error": "Model is overloaded", "error_type": "overloaded"}
    async with Router(stream(failure)).provider() as provider:
        with pytest.raises(ProviderError, match="Model is overloaded"):
            await provider.chat(USER, stream=True)


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_reasoning(field):
    """Reasoning is found in either field that back ends use."""
    async with Router(Reply(completion(**{field: "Rayleigh."}))).provider() as provider:
        response = await provider.chat(USER)

    assert (response.reasoning, response.text) == ("Rayleigh.", "Blue.")


async def test_usage_flag_is_sent():
    """A stream asks for usage, and the last chunk's counts."""
    usage = {"id": "c-1", "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    router = Router(stream(chunk("stop", content="Blue."), usage))
    async with router.provider() as provider:
        response = await (await provider.chat(USER, stream=True)).collect()

    assert router.bodies[0]["stream_options"] == {"include_usage": True}
    assert response.usage.total_tokens == 7


@pytest.mark.parametrize(
    "refusal",
    [
        error(400, "property 'stream_options' is unsupported"),
        Reply({"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs"}]}, 422),
    ],
)
async def test_usage_flag_rejected(refusal):
    """A back end that rejects the flag is asked once more without, and not again for this model."""
    router = Router([refusal, stream(chunk("stop", content="Blue."))])
    async with router.provider() as provider:
        first = await (await provider.chat(USER, "acme/one", stream=True)).collect()
        await (await provider.chat(USER, "acme/one", stream=True)).collect()
        await (await provider.chat(USER, "acme/two", stream=True)).collect()

    assert first.usage is None
    assert ["stream_options" in body for body in router.bodies] == [True, False, False, True]
