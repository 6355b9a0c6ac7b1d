"""An answer says the same, whole and streamed."""

import pytest
from provider_sdk import ProviderResponseError, StreamInterruptedError, Usage

from ._api import MODEL, Api, answer, ask, call, chunks_of, reply, stream, text, thought

BOTH = pytest.mark.parametrize("streamed", [False, True])


@BOTH
async def test_all_parts(streamed):
    """Thoughts, text and calls stand in their own fields."""
    parts = [thought("Rayleigh."), text("Let me look."), call("look", "c1", at="sky"), call("look")]
    response = await ask(answer(*parts), streamed=streamed)

    assert (response.reasoning, response.text) == ("Rayleigh.", "Let me look.")
    made = [(each.id, each.name, each.arguments) for each in response.tool_calls]
    assert made == [("c1", "look", {"at": "sky"}), ("call_r1_1", "look", {})]
    assert (response.finish_reason, response.raw_finish_reason) == ("tool_calls", "STOP")
    assert (response.model, response.request_id) == (MODEL, "r1")


@BOTH
async def test_several_texts(streamed):
    """Several parts of text are one text, with nothing between them, and need no state."""
    response = await ask(answer("One", " and two."), streamed=streamed)

    assert response.text == "One and two."
    assert response.provider_data == {}


@BOTH
@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("SPII", "content_filter"),
        ("LANGUAGE", "other"),
        ("A_LATER_WORD", "other"),
        (1, "stop"),
        (2, "length"),
        (3, "content_filter"),
        (99, "other"),
    ],
)
async def test_finish_reasons(streamed, word, finish):
    """Each finish reason, also as a number, has its word in the contract; the raw one is kept."""
    response = await ask(answer("Blue.", finish=word), streamed=streamed)

    assert (response.finish_reason, response.raw_finish_reason) == (finish, str(word))
    assert response.text == "Blue."


@BOTH
@pytest.mark.parametrize("word", ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", 10])
async def test_answer_that_cannot_be_used(streamed, word):
    """An end that says that the model failed is an error, with what the service says of it."""
    broken = answer("So", finish=word, finishMessage="Malformed call: print(x)")
    kind = StreamInterruptedError if streamed else ProviderResponseError
    with pytest.raises(kind, match=r"Malformed call: print\(x\)") as caught:
        await ask(broken, streamed=streamed)

    if streamed:
        assert caught.value.partial.text == "So"


@BOTH
async def test_remark_about_the_end(streamed):
    """What the service says of an end that is not the usual one is a warning."""
    odd = answer("So", finish="OTHER", finishMessage="Internal trouble.")

    assert any("Internal trouble." in each for each in (await ask(odd, streamed=streamed)).warnings)


@BOTH
async def test_no_remark_about_calls(streamed):
    """That the model called a tool is not worth a warning."""
    usual = answer(call("look"), finishMessage="Model generated function call(s).")

    assert (await ask(usual, streamed=streamed)).warnings == ()


@BOTH
@pytest.mark.parametrize(
    ("feedback", "said", "raw"),
    [
        ({"blockReason": "SAFETY", "blockReasonMessage": "Not this."}, "Not this.", "SAFETY"),
        ({"blockReason": "JAILBREAK"}, "The service blocked the prompt (JAILBREAK).", "JAILBREAK"),
        ({"blockReason": 4}, "The service blocked the prompt (PROHIBITED_CONTENT).", "4"),
    ],
)
async def test_blocked_prompt(streamed, feedback, said, raw):
    """A blocked prompt is a refusal, which says why."""
    body = {"promptFeedback": feedback, "usageMetadata": {"promptTokenCount": 7}}
    response = await ask(stream(body) if streamed else body, streamed=streamed)

    assert (response.refusal, response.text) == (said, "")
    assert (response.finish_reason, response.raw_finish_reason) == ("refusal", raw)
    assert response.usage == Usage(7)
    assert response.provider_data == {}


@BOTH
async def test_feedback_that_blocks_nothing(streamed):
    """Feedback without a reason changes nothing."""
    passed = answer("Blue.", promptFeedback={"safetyRatings": []})

    assert (await ask(passed, streamed=streamed)).text == "Blue."


async def test_feedback_after_text():
    """A block that comes after text does not hide that the answer has no end."""
    begun = chunks_of(answer("Blue."))[0]
    with pytest.raises(StreamInterruptedError) as caught:
        await ask(stream(begun, {"promptFeedback": {"blockReason": "SAFETY"}}), streamed=True)

    assert caught.value.partial.text == "Bl"


@BOTH
async def test_usage(streamed):
    """All that the model read is the prompt, all that it wrote the completion."""
    counts = {
        "promptTokenCount": 75,
        "toolUsePromptTokenCount": 573,
        "cachedContentTokenCount": 60,
        "candidatesTokenCount": 414,
        "thoughtsTokenCount": 117,
        "totalTokenCount": 1179,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 75}],
    }
    response = await ask(answer("Blue.", usageMetadata=counts), streamed=streamed)

    assert response.usage == Usage(648, 531, 1179, 60, 117)


@BOTH
async def test_no_usage(streamed):
    """A service that reports no usage reports none."""
    assert (await ask(answer("Blue."), streamed=streamed)).usage is None


async def test_usage_is_cumulative():
    """The last count wins, and one that comes only once stays."""
    first, last = chunks_of(answer("B"))
    first["usageMetadata"] = {"promptTokenCount": 8, "candidatesTokenCount": 1}
    last["usageMetadata"] = {"promptTokenCount": 9, "thoughtsTokenCount": 5}
    later = {"usageMetadata": {"totalTokenCount": 20, "candidatesTokenCount": None}}

    response = await ask(stream(first, last, later), streamed=True)

    assert response.usage == Usage(9, 6, 20, None, 5)


async def test_usage_of_a_stream_that_fails():
    """The counts so far stand in the partial answer of a stream that ends too early."""
    begun = chunks_of(answer("Blue."))[0] | {"usageMetadata": {"promptTokenCount": 8}}
    with pytest.raises(StreamInterruptedError) as caught:
        await ask(stream(begun), streamed=True)

    assert caught.value.partial.usage == Usage(8)


@BOTH
async def test_thinking_written_into_the_text(streamed):
    """A compatible service may write its thinking into the text."""
    response = await ask(answer("<think>Hm.</think>Blue."), streamed=streamed)

    assert (response.reasoning, response.text) == ("Hm.", "Blue.")


@BOTH
@pytest.mark.parametrize("said", ["Use </think> to close.", "a <", "<thi"])
async def test_tags_that_are_text(streamed, said):
    """A closing tag alone, and the beginning of a tag, are text."""
    response = await ask(answer(said), streamed=streamed)

    assert (response.reasoning, response.text) == (None, said)


@BOTH
async def test_tags_beside_thoughts(streamed):
    """A service that marks its thoughts writes none into the text."""
    response = await ask(answer(thought("Hm."), "<think>is a tag"), streamed=streamed)

    assert (response.reasoning, response.text) == ("Hm.", "<think>is a tag")


@BOTH
async def test_held_back_text_before_a_call(streamed):
    """What was held back because it might become a tag comes before the call."""
    response = await ask(answer("a <", call("look")), streamed=streamed)

    assert response.text == "a <"


@BOTH
async def test_parts_of_the_services_own_tools(streamed):
    """Code that the service ran is no text."""
    ran = [{"executableCode": {"code": "1"}}, {"codeExecutionResult": {"output": "1"}}]
    response = await ask(answer(*ran, "One."), streamed=streamed)

    assert (response.text, response.warnings) == ("One.", ())


@BOTH
async def test_media(streamed):
    """An image that the model made is kept in the state of the answer, and a warning says so."""
    image = {"inlineData": {"mimeType": "image/png", "data": "aQ=="}}
    response = await ask(answer("Here:", image), streamed=streamed)

    assert any("image/png" in warning for warning in response.warnings)
    assert response.provider_data["gemini"][0]["parts"][1] == image


@BOTH
async def test_answer_without_parts(streamed):
    """A candidate may have neither content nor parts."""
    response = await ask(answer(), streamed=streamed)

    assert (response.text, response.finish_reason) == ("", "stop")


async def test_answer_without_a_finish_reason():
    """A whole answer that does not say why it ended is an answer."""
    response = await ask(answer("Blue.", finish=None))

    assert (response.finish_reason, response.raw_finish_reason) == ("other", None)


@BOTH
@pytest.mark.parametrize("unspecified", [0, "", "FINISH_REASON_UNSPECIFIED"])
async def test_unspecified_finish_reason(streamed, unspecified):
    """A word for "no reason" is no reason."""
    body = answer("Blue.", finish=unspecified)
    if streamed:
        with pytest.raises(StreamInterruptedError):
            await ask(body, streamed=True)
    else:
        assert (await ask(body)).raw_finish_reason is None


@BOTH
async def test_further_candidates(streamed):
    """Only the first of several candidates counts."""
    body = answer("Blue.")
    body["candidates"].insert(0, {"index": 1, "content": {"parts": [{"text": "Green."}]}})
    response = await ask(stream(body) if streamed else body, streamed=streamed)

    assert response.text == "Blue."


@pytest.mark.parametrize(
    "body",
    [
        {"candidates": []},
        {"usageMetadata": {}},
        {"candidates": [{"content": "a text"}]},
        {"candidates": [{"content": {"parts": "a text"}}]},
        {"promptFeedback": {"blockReason": None}},
        [],
        [[]],
        "a text",
    ],
)
async def test_not_an_answer(body):
    """A body that holds no answer is an error that says what is missing."""
    with pytest.raises(ProviderResponseError, match="generateContent"):
        await ask(reply(body))


@BOTH
@pytest.mark.parametrize("part", [None, 7, "a text", {}, {"text": 7}, {"functionCall": 7}])
async def test_odd_parts(streamed, part):
    """Parts that say nothing known are passed over."""
    body = answer("Blue.")
    body["candidates"][0]["content"]["parts"].insert(0, part)
    response = await ask(stream(body) if streamed else body, streamed=streamed)

    assert (response.text, response.tool_calls) == ("Blue.", ())


async def test_whole_answer_as_a_list():
    """A whole answer may come as a list of chunks."""
    response = await ask(reply(chunks_of(answer("Blue.", call("look")))))

    assert (response.text, response.tool_calls[0].name) == ("Blue.", "look")


async def test_whole_answer_to_a_stream():
    """A service that ignores the request for a stream is understood all the same."""
    response = await ask(reply(answer("Blue.")), streamed=True)

    assert response.text == "Blue."
    assert any("stream=True" in warning for warning in response.warnings)


async def test_id_of_the_exchange_in_a_header():
    """An id in a header is preferred: gateways name the exchange there."""
    assert (await ask(reply(answer("Blue."), x_request_id="h1"))).request_id == "h1"


async def test_calls_in_one_answer_have_different_ids():
    """Calls that come without ids get different ones, also in different answers."""
    api = Api(answer(call("look"), call("look")), answer(call("look"), responseId="r2"))
    async with api.provider() as provider:
        first, second = [await provider.chat([{"role": "user", "content": "?"}]) for _ in "12"]

    ids = [each.id for response in (first, second) for each in response.tool_calls]
    assert len(set(ids)) == 3


@BOTH
async def test_call_in_the_first_chunk(streamed):
    """A call without an id is named after its answer, so that the calls of two turns differ."""
    whole = answer(call("look"))
    response = await ask(stream(whole) if streamed else whole, streamed=streamed)

    assert [each.id for each in response.tool_calls] == ["call_r1_0"]
