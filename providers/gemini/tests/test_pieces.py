"""A call whose arguments come in pieces is one call."""

import json

import pytest

from ._api import answer, array, ask, call, stream

BOTH = pytest.mark.parametrize("form", [stream, array])


def pieces(*values, **fields):
    """A part with more of a call's arguments: pairs of place and value."""
    kinds = {str: "stringValue", bool: "boolValue", int: "numberValue", type(None): "nullValue"}
    listed = [{"jsonPath": path, kinds[type(value)]: value} for path, value in values]
    return {"functionCall": {"partialArgs": listed, "willContinue": True, **fields}}


def chunks(*parts):
    """The chunks of a stream, one for each part."""
    end = [answer("", finish="STOP")]
    return [*(answer(part, finish=None) for part in parts), *end]


BEGIN = {"functionCall": {"name": "look", "id": "c1", "willContinue": True}}
END = {"functionCall": {}}


async def called(*parts, form=stream):
    """Return the calls in an answer of these parts."""
    found = await ask(form(*chunks(*parts)), streamed=True)
    return [(each.id, each.name, each.arguments) for each in found.tool_calls]


@BOTH
async def test_pieces(form):
    """Values stand in their places, and pieces of one text are joined."""
    city = [pieces(("$.at.city", "Par")), pieces(("$.at.city", "is"), ("$.deep", True))]
    rest = pieces(("$.days[0]", 1), ("$.days[1].n", 2), ("$.days[1].m", 3), ("$['a.b']", None))
    made = await called(BEGIN, *city, rest, END, call("look", "c2", x=1), form=form)

    whole = {"at": {"city": "Paris"}, "deep": True, "days": [1, {"n": 2, "m": 3}], "a.b": None}
    assert made == [("c1", "look", whole), ("c2", "look", {"x": 1})]


@BOTH
@pytest.mark.parametrize("end", [[], [END], [END, END]])
async def test_call_without_arguments(form, end):
    """A call that is announced in pieces may have no arguments."""
    assert await called(BEGIN, *end, form=form) == [("c1", "look", {})]


async def test_end_of_no_call():
    """The end of a call that never began is no call."""
    found = await ask(stream(*chunks("Blue.", END)), streamed=True)

    assert (found.text, found.tool_calls, found.warnings) == ("Blue.", (), ())


async def test_arguments_after_the_name():
    """Some services send the name first, and the arguments without it."""
    named, rest = {"functionCall": {"name": "look"}}, {"functionCall": {"args": {"x": 1}}}

    assert [made[1:] for made in await called(named, rest)] == [("look", {"x": 1})]


@pytest.mark.parametrize(
    "path", ["", "$", "x", "$.a[", "$.a[7]", "$[0]", "$.a.b", 7, None, "$" + ".a" * 5000]
)
async def test_place_that_cannot_be_read(path):
    """If a piece has no readable place, the arguments are None, so that nobody makes the call."""
    odd = {"functionCall": {"partialArgs": [{"jsonPath": path, "stringValue": "x"}]}}
    ((_, name, arguments),) = await called(BEGIN, pieces(("$.a", 1)), odd)

    assert (name, arguments) == ("look", None)


@pytest.mark.parametrize("streamed", [False, True])
async def test_call_without_a_name(streamed):
    """A call that names no tool is dropped, and a warning says so."""
    found = await ask(answer({"functionCall": {"args": {"x": 1}}}), streamed=streamed)

    assert found.tool_calls == ()
    assert "the service did not name the tool" in "".join(found.warnings)


async def test_pieces_go_back_whole():
    """The next turn sends the call as one, with the signature of its first piece."""
    signed = {**BEGIN, "thoughtSignature": "s"}
    found = await ask(stream(*chunks(signed, pieces(("$.x", 1)), END)), streamed=True)
    (state,) = found.message.provider_data["gemini"]

    calls = [part for part in state["parts"] if "functionCall" in part]
    assert calls == [{"functionCall": {"args": None}, "thoughtSignature": "s"}]
    assert json.loads(found.tool_calls[0].arguments_text) == {"x": 1}


async def test_many_pieces():
    """A hundred thousand pieces of one text are joined."""
    many = [pieces(*[("$.text", "word ")] * 1000)] * 100
    ((_, _, arguments),) = await called(BEGIN, *many, END)

    assert len(arguments["text"]) == 500_000
