"""What earlier answers left is found, and left out, by provider and model."""

import pytest
from provider_sdk import ChatCall, Message
from provider_sdk.turn_state import characters_of, items_of, says, without_state

MINE, OTHER, CALLERS = {"model": "m", "a": 1}, {"model": "n", "a": 2}, {"is_error": True}


def message(*items, provider="acme"):
    """A message that holds these items."""
    return Message("assistant", "Blue.", provider_data={provider: [*items]})


def call(*messages):
    """A call of the model ``m``."""
    return ChatCall("m", messages, {}, provider="acme")


def test_items_of_all():
    """Without a model all items are found, the caller's too."""
    assert items_of(message(MINE, OTHER, CALLERS), "acme") == [MINE, OTHER, CALLERS]


def test_items_of_a_model():
    """With a model only those of its own answers are."""
    assert items_of(message(MINE, OTHER, CALLERS), "acme", "m") == [MINE]


def test_one_item_needs_no_list():
    """One item may stand without a list."""
    found = Message("assistant", "", provider_data={"acme": MINE})

    assert items_of(found, "acme") == [MINE]


@pytest.mark.parametrize("state", [None, 7, "a", [7, None, [MINE]]])
def test_other_values_are_no_items(state):
    """Damaged state holds no items."""
    assert items_of(Message("assistant", "", provider_data={"acme": state}), "acme") == []


def test_items_of_another_provider():
    """What another provider keeps is nobody else's."""
    assert items_of(message(MINE, provider="other"), "acme") == []


@pytest.mark.parametrize(("flag", "found"), [(True, True), (False, False), ("yes", False)])
def test_flag(flag, found):
    """A flag is set by ``True`` alone."""
    assert says(message(MINE, {"is_error": flag}), "acme", "is_error") is found


@pytest.mark.parametrize(("kept", "found"), [(3, 3), (0, 0), (-1, 0), ("3", 0), (None, 0)])
def test_characters(kept, found):
    """A length that makes no sense is none."""
    assert characters_of({"characters": kept}) == found


def test_call_without_state():
    """Only the items of the model are left out; the caller's and other models' stay."""
    plain = Message("user", "Why?")
    sent = without_state(call(plain, message(MINE, OTHER, CALLERS)))

    assert sent is not None
    assert sent.messages[0] is plain
    assert items_of(sent.messages[1], "acme") == [OTHER, CALLERS]


def test_model_under_another_name():
    """The items may name the model differently than the call."""
    assert without_state(call(message(OTHER)), "n").messages[0].provider_data == {"acme": []}


def test_nothing_to_leave_out():
    """A call that carries nothing of the model's answers is not made again."""
    assert without_state(call(Message("user", "Why?"), message(OTHER, CALLERS))) is None
