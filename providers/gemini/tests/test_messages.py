"""Conversations are written as the service wants them."""

import pytest
from provider_sdk import ProviderRequestError, UnsupportedCapabilityError

from ._api import USER, Api, sent, text

PNG = "data:image/png;base64,aQ=="
INLINE = {"inlineData": {"mimeType": "image/png", "data": "aQ=="}}


def assistant(content=None, *calls):
    """An assistant's turn with calls, each an id and a name."""
    made = [
        {"id": id, "type": "function", "function": {"name": name, "arguments": '{"at": "sky"}'}}
        for id, name in calls
    ]
    return {"role": "assistant", "content": content, "tool_calls": made}


def result(id, content="seen", **fields):
    """The result of a call."""
    return {"role": "tool", "tool_call_id": id, "content": content, **fields}


def image(url=PNG):
    """An image as a part of a message."""
    return {"type": "image_url", "image_url": {"url": url}}


def response(name, said="seen", id="", key="output"):
    """A part with the result of a call."""
    named = {"id": id, "name": name} if id else {"name": name}
    return {"functionResponse": {**named, "response": {key: said}}}


async def contents(*messages, model="gemini-3.6-flash"):
    """The turns that a conversation is sent as."""
    return (await sent([*messages], model))["contents"]


async def test_roles():
    """Turns are of user and model; texts in parts stay apart."""
    parts = [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
    turns = await contents(*USER, assistant("So."), {"role": "user", "content": parts})

    assert turns == [
        {"role": "user", "parts": [text("Why is the sky blue?")]},
        {"role": "model", "parts": [text("So.")]},
        {"role": "user", "parts": [text("One."), text("Two.")]},
    ]


async def test_system_messages():
    """System messages, wherever they stand, become the system instruction."""
    body = await sent(
        [
            {"role": "system", "content": "Be short."},
            *USER,
            {"role": "system", "content": ""},
            {"role": "system", "content": "Be kind."},
        ]
    )

    assert body["systemInstruction"] == {"parts": [text("Be short."), text("Be kind.")]}
    assert len(body["contents"]) == 1


async def test_no_system_message():
    """Without system messages there is no system instruction."""
    assert "systemInstruction" not in await sent()


async def test_image_in_a_system_message():
    """An image in a system message is refused before anything is sent."""
    api = Api()
    async with api.provider() as provider:
        with pytest.raises(UnsupportedCapabilityError, match="system message"):
            await provider.chat([{"role": "system", "content": [image()]}, *USER])

    assert api.requests == []


@pytest.mark.parametrize("empty", ["", [], [{"type": "text", "text": ""}]])
async def test_empty_turns(empty):
    """Empty turns, which the service rejects, are left out."""
    turns = await contents({"role": "user", "content": empty}, assistant(""), *USER)

    assert [turn["role"] for turn in turns] == ["user"]


async def test_turns_of_the_model_are_joined():
    """Calls of the model must not follow another turn of its own."""
    turns = await contents(*USER, assistant("One."), assistant("Two.", ("a", "look")), result("a"))

    assert [turn["role"] for turn in turns] == ["user", "model", "user"]
    assert [*map(list, turns[1]["parts"])] == [["text"], ["text"], ["functionCall"]]


async def test_calls_in_turns_of_their_own():
    """Calls that stand in several messages are one turn, and so are their results."""
    turns = await contents(
        *USER,
        assistant(None, ("a", "look")),
        assistant(None, ("b", "see")),
        result("b"),
        result("a"),
    )

    assert turns[2]["parts"] == [response("look", id="a"), response("see", id="b")]


async def test_results_stand_together():
    """All results stand in one turn, in the order of the calls, before what the user says."""
    turns = await contents(
        *USER,
        assistant("So.", ("a", "look"), ("b", "see"), ("c", "look")),
        result("b", "two"),
        {"role": "user", "content": "And?"},
        result("a", "one"),
        result("c", [{"type": "text", "text": "thr"}, {"type": "text", "text": "ee"}]),
    )

    assert turns[2:] == [
        {
            "role": "user",
            "parts": [
                response("look", "one", "a"),
                response("see", "two", "b"),
                response("look", "three", "c"),
            ],
        },
        {"role": "user", "parts": [text("And?")]},
    ]


async def test_results_of_earlier_turns():
    """Each turn's results follow it."""
    turns = await contents(
        *USER,
        assistant(None, ("a", "look")),
        result("a"),
        assistant(None, ("a", "see")),
        result("a"),
    )

    assert [turn["role"] for turn in turns] == ["user", "model", "user", "model", "user"]
    assert turns[4]["parts"] == [response("see", id="a")]


async def test_calls_with_one_id():
    """Calls with the same id get their results in order."""
    turns = await contents(
        *USER, assistant(None, ("a", "look"), ("a", "see")), result("a", "one"), result("a", "two")
    )

    assert turns[2]["parts"] == [response("look", "one", "a"), response("see", "two", "a")]


async def test_result_without_a_call():
    """A result whose call is not in the conversation is named by its id."""
    assert (await contents(*USER, result("x")))[0]["parts"] == [response("x", id="x")]


async def test_failed_tool():
    """A tool message can say that the tool failed."""
    failed = result("a", "no", provider_data={"gemini": {"is_error": True}})
    turns = await contents(*USER, assistant(None, ("a", "look")), failed)

    assert turns[2]["parts"] == [response("look", "no", "a", "error")]


async def test_result_that_is_json():
    """A result is sent as the text that it is, because the service reads some objects itself."""
    said = '{"$ref": "#/$defs/a", "n": 1.0}'
    turns = await contents(*USER, assistant(None, ("a", "look")), result("a", said))

    assert turns[2]["parts"] == [response("look", said, "a")]


async def test_image_in_a_result():
    """An image that a tool returned is part of the result."""
    shown = result("a", [{"type": "text", "text": "Here:"}, image()])
    turns = await contents(*USER, assistant(None, ("a", "look")), shown)

    (part,) = turns[2]["parts"]
    assert part["functionResponse"]["response"] == {"output": "Here:"}
    assert part["functionResponse"]["parts"] == [INLINE]


async def test_image_in_a_result_for_older_models():
    """Older models get the image in the turn that follows the results."""
    shown = result("a", [image()])
    turns = await contents(*USER, assistant(None, ("a", "look")), shown, model="gemini-2.5-flash")

    assert turns[2:] == [
        {"role": "user", "parts": [response("look", "", "a")]},
        {"role": "user", "parts": [INLINE]},
    ]


@pytest.mark.parametrize(
    ("url", "part"),
    [
        (PNG, INLINE),
        ("data:image/jpg;base64,aQ==", {"inlineData": {"mimeType": "image/jpeg", "data": "aQ=="}}),
        ("data:;base64,aQ==", INLINE),
        ("DATA:image/PNG;a=b;BASE64,aQ==", INLINE),
        ("data:image/png,i", INLINE),
        (
            "https://host.test/a.b/sky.JPG?x=.png",
            {
                "fileData": {
                    "mimeType": "image/jpeg",
                    "fileUri": "https://host.test/a.b/sky.JPG?x=.png",
                }
            },
        ),
        ("https://host.test/sky", {"fileData": {"fileUri": "https://host.test/sky"}}),
        (
            "gs://bucket/sky.webp",
            {"fileData": {"mimeType": "image/webp", "fileUri": "gs://bucket/sky.webp"}},
        ),
    ],
)
async def test_images(url, part):
    """Bytes are sent with their type, and an address as the file that it names."""
    message = {"role": "user", "content": [{"type": "text", "text": "What?"}, image(url)]}

    assert (await contents(message))[0]["parts"] == [text("What?"), part]


async def test_image_of_the_assistant():
    """An image in an assistant's turn is sent as the model's."""
    turn = {**assistant(None, ("a", "look")), "content": [image(), {"type": "text", "text": "So."}]}
    parts = (await contents(*USER, turn, result("a")))[1]["parts"]

    assert parts[:2] == [INLINE, text("So.")]
    assert parts[2]["functionCall"]["name"] == "look"


async def test_address_that_is_none():
    """An address that cannot be read is refused."""
    with pytest.raises(ProviderRequestError):
        await contents({"role": "user", "content": [image("http://[")]})


@pytest.mark.parametrize(
    ("arguments", "args"),
    [
        ('{"at": [1, 2.5, null]}', {"at": [1, 2.5, None]}),
        ("", {}),
        ({"at": "sky"}, {"at": "sky"}),
        ("cut {", {"INVALID_JSON": "cut {"}),
        ("[1]", {"INVALID_JSON": "[1]"}),
    ],
)
async def test_arguments(arguments, args):
    """Arguments are sent as an object; text that is not one is sent under `INVALID_JSON`."""
    turn = assistant(None, ("a", "look"))
    turn["tool_calls"][0]["function"]["arguments"] = arguments

    sent_call = (await contents(*USER, turn, result("a")))[1]["parts"][0]["functionCall"]
    assert sent_call == {"id": "a", "name": "look", "args": args}


async def test_call_without_an_id():
    """A call whose id is empty is sent without one."""
    turns = await contents(*USER, assistant(None, ("", "look")))

    assert turns[1]["parts"] == [{"functionCall": {"name": "look", "args": {"at": "sky"}}}]


async def test_call_made_by_hand():
    """A call that was built in code may have its arguments as an object only."""
    from provider_sdk import Message, ToolCall

    turn = Message("assistant", tool_calls=[ToolCall("a", "look", {"at": "sky"})])
    turns = await contents(*USER, turn, result("a"))

    assert turns[1]["parts"][0]["functionCall"]["args"] == {"at": "sky"}
