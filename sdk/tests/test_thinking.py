"""Reasoning that a model writes into its answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk.decoding._thinking import ThinkSplitter

from ._answers import added_up, events_of, parsed
from ._service import chunk, completion, sse

# (content, text, reasoning)
CASES = {
    "no tags": ("Blue.", "Blue.", ""),
    "tags": ("<think>Hm.</think>Blue.", "Blue.", "Hm."),
    "blanks before": (" \n<think>Hm.</think>Blue.", " \nBlue.", "Hm."),
    "a byte order mark before": ("\ufeff<think>Hm.</think>Blue.", "\ufeffBlue.", "Hm."),
    "hidden characters before": (
        "\u200b\n\u2060\u200d\u00ad\x00\u202a\U000e0020<think>Hm.</think>Blue.",
        "\u200b\n\u2060\u200d\u00ad\x00\u202a\U000e0020Blue.",
        "Hm.",
    ),
    "fillers before": (
        "\u3164\u2800\ufe0f<think>Hm.</think>Blue.",
        "\u3164\u2800\ufe0fBlue.",
        "Hm.",
    ),
    "a hidden character between blocks": (
        "<think>A</think>\u200b<think>B</think>c",
        "\u200bc",
        "AB",
    ),
    "a hidden character after a letter": ("a\u200b<think>Hm.</think>Blue.",) * 2 + ("",),
    "tags within": ("So: <think>Hm.</think>Blue.",) * 2 + ("",),
    "twice": ("<think>A</think>b<think>C</think>d", "b<think>C</think>d", "A"),
    "two blocks": ("<think>A</think>\n\n<think>B</think>c", "\n\nc", "AB"),
    "a block behind an unopened one": ("A</think><think>B</think>c", "c", "AB"),
    "in a fence": ("Write:\n```\n<think>\nHm.\n```\nDone.",) * 2 + ("",),
    "both in a fence": ("Write:\n```xml\n<think>Hm.</think>\n```\nDone.",) * 2 + ("",),
    "a fence at the start": ("```\n<think>Hm.</think>\n```",) * 2 + ("",),
    "a fence of four": ("````\n```\n</think>\n````\n",) * 2 + ("",),
    "closed in a fence of tildes": ("So:\n~~~\n```\n</think>\n~~~\nDone.",) * 2 + ("",),
    "closed behind a fence of tildes": ("~~~~\na\n~~~~\nHm.</think>A", "A", "~~~~\na\n~~~~\nHm."),
    "a fence is not closed by the other mark": ("```\n~~~\n</think>\n```\n",) * 2 + ("",),
    "closed in a fence": ("It ends so:\n```\n</think>\n```\nDone.",) * 2 + ("",),
    "closed behind a fence": ("```\na\n```\nHm.</think>Blue.", "Blue.", "```\na\n```\nHm."),
    "talked about": ("The <think> tag opens, the </think> tag closes.",) * 2 + ("",),
    "talked about behind a block": (
        "<think>Hm.</think>The <think> tag opens.",
        "The <think> tag opens.",
        "Hm.",
    ),
    "unclosed": ("<think>Hm, so", "", "Hm, so"),
    "closed without being opened": ("Hm.</think>Blue.", "Blue.", "Hm."),
    "only the first may do so": ("Hm.</think>Blue.</think>", "Blue.</think>", "Hm."),
    "not behind an opened one": ("<think>A</think>b</think>", "b</think>", "A"),
    "nothing thought": ("<think></think>Blue.", "Blue.", ""),
    "opened twice": ("<think>A<think>B</think>c", "c", "A<think>B"),
    "quoted by `": ("Use `<think>` and `</think>`.", "Use `<think>` and `</think>`.", ""),
    'quoted by "': ('Use "<think>" here.', 'Use "<think>" here.', ""),
    "quoted by typographic quotes": (
        "Use \u201c<think>\u201d here.",
        "Use \u201c<think>\u201d here.",
        "",
    ),
    "quoted in the reasoning": ("<think>`</think>` ends it.</think>c", "c", "`</think>` ends it."),
    "reasoning that ends with a quote": ('<think>Say "yes"</think>Yes.', "Yes.", 'Say "yes"'),
    "… and nothing behind it": ('<think>Say "yes"</think>', "", 'Say "yes"'),
    "a quoted pair": ("Models write `<think>a</think>` first.",) * 2 + ("",),
    "a quoted tag, then one closed unopened": (
        "Is `<think>` text?</think>No.",
        "No.",
        "Is `<think>` text?",
    ),
    "unopened reasoning that ends with a quote": ('Say "yes"</think>Yes.', "Yes.", 'Say "yes"'),
    "nearly a tag": ("a < b, <thinking>, </ think>", "a < b, <thinking>, </ think>", ""),
    "cut within a tag": ("Blue.<thi", "Blue.<thi", ""),
    "cut within the closing tag": ("<think>Hm.</thi", "", "Hm.</thi"),
}
EVERY_CASE = pytest.mark.parametrize(("content", "text", "reasoning"), CASES.values(), ids=CASES)
CONTENT = st.lists(
    st.sampled_from(
        ["<think>", "</think>", "<", "</", "think>", "<thi", "`", '"', "\u201c", "a", " ", "\n"]
    ),
    max_size=12,
).map("".join)


def split(pieces, *, may_close_unopened=True):
    """Text and reasoning of content that comes in pieces."""
    splitter = ThinkSplitter()
    splitter.may_close_unopened = may_close_unopened
    text = reasoning = ""
    for part in [*map(splitter.feed, pieces), splitter.flush()]:
        if part.text_was_reasoning:
            text, reasoning = "", reasoning + text
        text += part.text
        reasoning += part.reasoning
    return text, reasoning


@EVERY_CASE
def test_content_is_sorted(content, text, reasoning):
    """Inline ``<think>`` text belongs to the reasoning, wherever its tags are missing."""
    assert split([content]) == (text, reasoning)


@EVERY_CASE
def test_tags_may_be_split_anywhere(content, text, reasoning):
    """A cut at any character, or at all of them, changes nothing."""
    for at in range(len(content) + 1):
        assert split([content[:at], content[at:]]) == (text, reasoning)
    assert split(list(content)) == (text, reasoning)


@given(CONTENT, st.data(), st.booleans())
def test_the_split_never_matters(content, choose, may_close_unopened):
    """Any content, cut in any way, gives what it gives in one piece."""
    cuts = sorted(choose.draw(st.lists(st.integers(0, len(content)), max_size=6)))
    pieces = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]

    assert split(pieces, may_close_unopened=may_close_unopened) == split(
        [content], may_close_unopened=may_close_unopened
    )


@given(CONTENT)
def test_nothing_but_tags_is_lost(content):
    """Every character is text, reasoning or part of a tag."""
    text, reasoning = split([content])
    tags = len(content) - len(text) - len(reasoning)

    assert tags >= 0
    assert tags <= 7 * content.count("<think>") + 8 * content.count("</think>")


@EVERY_CASE
def test_streamed_and_whole_answers_agree(content, text, reasoning):
    """The same content gives the same answer, however it was asked for."""
    whole = parsed(completion(content))
    streamed = added_up(*(chunk(character) for character in content))

    assert (whole.text, whole.reasoning or "") == (text, reasoning)
    assert (streamed.text, streamed.reasoning or "") == (text, reasoning)


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "<think>\n\n</think>"])
def test_blank_reasoning_is_none(blank):
    """Whitespace alone is no reasoning, in a field or between tags."""
    field, content = ("", blank) if "<" in blank else (blank, "")

    whole = parsed(completion(content + "Blue.", reasoning_content=field))
    streamed = added_up(chunk(content, reasoning_content=field), chunk("Blue."))

    assert (whole.text, whole.reasoning) == ("Blue.", None)
    assert (streamed.text, streamed.reasoning) == ("Blue.", None)


def test_blanks_within_reasoning_are_kept():
    """Blanks that lead to real reasoning belong to it."""
    response = added_up(chunk(reasoning="\n"), chunk(reasoning=" "), chunk(reasoning="Hm. "))

    assert response.reasoning == "\n Hm. "


def test_blanks_are_held_back_until_there_is_reasoning():
    """A reader of the stream is shown none that turn out to be all."""
    events = events_of([sse(chunk(reasoning="\n"), chunk(reasoning="Hm."), chunk(reasoning=" "))])

    assert [event.reasoning for event in events] == ["", "\nHm.", " "]


def test_a_service_with_a_field_never_closes_unopened():
    """Where reasoning has its own field, a lone ``</think>`` is text."""
    text = "The tag </think> ends it."

    assert parsed(completion(text, reasoning="Hm.")).text == text
    assert added_up(chunk(reasoning="Hm."), chunk(text)).text == text


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "reasoning_text", "thinking"])
def test_reasoning_is_read_from_every_field_in_use(field):
    """Each service has its own name for it."""
    assert parsed(completion(**{field: "Hm."})).reasoning == "Hm."
    assert added_up(chunk("Blue.", **{field: "Hm."})).reasoning == "Hm."


@pytest.mark.parametrize(
    "parts",
    [
        [{"type": "reasoning.text", "text": "Hm."}],
        [{"type": "reasoning.summary", "summary": "Hm."}],
        [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}],
    ],
)
def test_reasoning_is_read_from_parts(parts):
    """``reasoning_details`` is a list, with its text at different depths."""
    assert parsed(completion(reasoning_details=parts)).reasoning == "Hm."
    assert added_up(chunk("Blue.", reasoning_details=parts)).reasoning == "Hm."


def test_the_same_reasoning_in_two_fields_counts_once():
    """Some services send it twice."""
    twice = {"reasoning": "Hm.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}

    assert parsed(completion(**twice)).reasoning == "Hm."
    assert added_up(chunk("Blue.", **twice)).reasoning == "Hm."


def test_an_opening_tag_within_an_answer_is_text_beside_a_field():
    """A service that sends reasoning by itself sends no tags; those in its text are text."""
    code = "```\n<think>\n```\nDone."

    for response in (
        parsed(completion(code, reasoning_content="Hm.")),
        added_up(chunk(reasoning_content="Hm."), *map(chunk, code)),
    ):
        assert (response.text, response.reasoning) == (code, "Hm.")


def test_content_may_be_a_list_of_parts():
    """Mistral sends text and thinking as parts of the content."""
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "Blue."},
    ]

    for response in (parsed(completion(parts)), added_up(chunk(parts))):
        assert (response.text, response.reasoning) == ("Blue.", "Hm.")
