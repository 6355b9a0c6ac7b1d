"""A conversation becomes the turns of the protocol."""

import pytest
from provider_sdk import UnsupportedCapabilityError

from ._api import MODEL, Api, sent

PIXEL = "data:image/png;base64,aGVsbG8="


def call(id, name="look", arguments="{}"):
    """A tool call in the contract's shape."""
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def asked(*calls, said=""):
    """An assistant's turn that calls tools."""
    return {"role": "assistant", "content": said, "tool_calls": list(calls)}


def told(id, said="seen", **fields):
    """The result of a call."""
    return {"role": "tool", "tool_call_id": id, "content": said, **fields}


def user(said="Go on."):
    """A user's turn."""
    return {"role": "user", "content": said}


async def test_system_is_lifted_out():
    """System messages leave the conversation, wherever they stand, in their order."""
    system = [{"role": "system", "content": said} for said in ("First.", "Second.")]
    body = await sent([user("a"), system[0], {"role": "assistant", "content": "b"}, *system[1:]])

    assert [block["text"] for block in body["system"]] == ["First.", "Second."]
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant"]


async def test_one_system_message_is_a_text():
    """A single system message is a plain text, which every compatible service reads."""
    body = await sent([{"role": "system", "content": "Be brief."}, user()])

    assert body["system"] == "Be brief."


async def test_blank_system_message():
    """A blank system message is left out, because the service rejects it."""
    assert "system" not in await sent([{"role": "system", "content": " "}, user()])


async def test_results_are_one_turn():
    """The results of parallel calls stand in one user's turn."""
    messages = [user(), asked(call("a"), call("b")), told("a", "1"), told("b", "2"), user("So?")]
    turns = (await sent(messages))["messages"]

    assert [turn["role"] for turn in turns] == ["user", "assistant", "user", "user"]
    results = [(block["tool_use_id"], block["content"]) for block in turns[2]["content"]]
    assert results == [("a", "1"), ("b", "2")]


async def test_results_come_before_what_the_user_says():
    """Results follow their calls directly, even if the user spoke in between."""
    messages = [user(), asked(call("a"), call("b")), told("a"), user("Wait."), told("b")]
    turns = (await sent(messages))["messages"]

    assert [block["tool_use_id"] for block in turns[2]["content"]] == ["a", "b"]
    assert turns[3] == {"role": "user", "content": "Wait."}


async def test_system_message_between_results():
    """A system message between results does not part them."""
    messages = [
        *(user(), asked(call("a"), call("b")), told("a")),
        *({"role": "system", "content": "Hurry."}, told("b")),
    ]
    turns = (await sent(messages))["messages"]

    assert len(turns) == 3


async def test_failed_tool_is_marked():
    """A result that the caller marks in `provider_data` is an error; others are not."""
    failed = told("a", "no such file", provider_data={"claude": {"is_error": True}})
    turns = (await sent([user(), asked(call("a"), call("b")), failed, told("b")]))["messages"]

    assert [block.get("is_error") for block in turns[2]["content"]] == [True, None]


async def test_result_with_an_image():
    """The result of a call may hold an image."""
    parts = [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": PIXEL}}]
    turns = (await sent([user(), asked(call("a")), told("a", parts)]))["messages"]

    assert [block["type"] for block in turns[2]["content"][0]["content"]] == ["text", "image"]


async def test_arguments_are_objects():
    """The arguments of a call are sent as an object."""
    turns = (await sent([user(), asked(call("a", arguments='{"x": 1}')), told("a")]))["messages"]

    used = {"type": "tool_use", "id": "a", "name": "look", "input": {"x": 1}}
    assert turns[1]["content"] == [used]


async def test_broken_arguments():
    """Arguments that are not JSON are sent in the form that the vendor documents."""
    turns = (await sent([user(), asked(call("a", arguments='{"x": ')), told("a")]))["messages"]

    assert turns[1]["content"][0]["input"] == {"INVALID_JSON": '{"x": '}


@pytest.mark.parametrize("id", ["functions.look:0", "call/1", "a b", "ä"])
async def test_foreign_ids(id):
    """An id with characters that the service rejects is replaced, in call and result alike."""
    turns = (await sent([user(), asked(call(id)), told(id)]))["messages"]

    made, answered = turns[1]["content"][0]["id"], turns[2]["content"][0]["tool_use_id"]
    assert made == answered
    assert made.replace("_", "").replace("-", "").isalnum()
    assert made.isascii()


async def test_foreign_ids_stay_apart():
    """Two ids that differ in such a character only stay two."""
    messages = [user(), asked(call("a.b"), call("a:b")), told("a.b"), told("a:b")]
    turns = (await sent(messages))["messages"]

    assert len({block["id"] for block in turns[1]["content"]}) == 2


async def test_repeated_ids():
    """Services that use an id again in each turn leave conversations that are accepted here."""
    messages = [user(), asked(call("call_0")), told("call_0", "1")]
    turns = (await sent([*messages, asked(call("call_0")), told("call_0", "2")]))["messages"]

    made = [turns[n]["content"][0]["id"] for n in (1, 3)]
    answered = [turns[n]["content"][0]["tool_use_id"] for n in (2, 4)]
    assert made == answered
    assert len(set(made)) == 2


async def test_result_without_a_call():
    """A result whose call is not in the conversation is sent, and the service decides."""
    turns = (await sent([user(), told("gone.1")]))["messages"]

    assert turns[0]["content"][0]["tool_use_id"].startswith("gone_1_")


async def test_same_id_in_one_turn():
    """Two calls of one turn that share an id get the results in their order."""
    turns = (await sent([user(), asked(call("x"), call("x")), told("x", "1"), told("x", "2")]))[
        "messages"
    ]

    ids = [block["id"] for block in turns[1]["content"]]
    assert [block["tool_use_id"] for block in turns[2]["content"]] == ids
    assert len(set(ids)) == 2


async def test_empty_answer_is_left_out():
    """An assistant's turn without content is left out, because the service rejects it."""
    messages = [user("a"), {"role": "assistant", "content": " "}, user("b")]

    assert [turn["role"] for turn in (await sent(messages))["messages"]] == ["user", "user"]


async def test_empty_question_is_left_out():
    """A user's turn without content is left out, because the service rejects it."""
    assert (await sent([user("a"), user(" "), user("b")]))["messages"] == [user("a"), user("b")]


async def test_white_space_at_the_end_of_a_prefill():
    """An answer that the model is to continue does not end with white space."""
    turns = (await sent([user(), {"role": "assistant", "content": "The answer: \n"}]))["messages"]

    assert turns[-1]["content"] == [{"type": "text", "text": "The answer:"}]


@pytest.mark.parametrize(
    ("url", "source"),
    [
        (PIXEL, {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}),
        (
            "data:image/jpg;charset=x;base64,aGk=",
            {"type": "base64", "media_type": "image/jpeg", "data": "aGk="},
        ),
        (
            "data:image/webp,%68i",
            {"type": "base64", "media_type": "image/webp", "data": "aGk="},
        ),
        ("https://a.test/b.png", {"type": "url", "url": "https://a.test/b.png"}),
    ],
)
async def test_images(url, source):
    """An image is sent by address, or with its bytes and media type."""
    content = [{"type": "image_url", "image_url": {"url": url, "detail": "high"}}]
    body = await sent([{"role": "user", "content": content}])

    assert body["messages"][0]["content"] == [{"type": "image", "source": source}]


@pytest.mark.parametrize("role", ["system", "assistant"])
async def test_images_elsewhere(role):
    """An image in a message that cannot hold one is refused before anything is sent."""
    part = {"type": "image_url", "image_url": {"url": PIXEL}}
    api = Api()
    async with api.provider() as provider:
        with pytest.raises(UnsupportedCapabilityError, match="images"):
            await provider.chat([user(), {"role": role, "content": [part]}, user()], MODEL)

    assert api.requests == []


async def test_large_image_is_read_once():
    """A long data: URL costs time in proportion to its length."""
    url = "data:image/png;base64," + "A" * 5_000_000
    content = [{"type": "image_url", "image_url": {"url": url}}]
    body = await sent([{"role": "user", "content": content}])

    assert len(body["messages"][0]["content"][0]["source"]["data"]) == 5_000_000
