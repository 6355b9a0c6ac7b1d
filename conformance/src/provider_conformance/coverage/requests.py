"""Rows of what a call sends: its messages and their parts."""

from __future__ import annotations

from typing import Any

from provider_conformance.coverage._changes import (
    images,
    in_lower_case,
    of_each,
    of_list,
    of_messages,
    of_model,
    parts,
    word,
)
from provider_conformance.coverage._forms import (
    EMPTY,
    PRESENT,
    TEXT_FORMS,
    Form,
    changed_if,
    lost_if,
)
from provider_conformance.coverage._rows import Row, of_turns, row

Turns = list[dict[str, Any]]


def _with_one_system(turns: Turns) -> Turns:
    first = next((turn for turn in turns if turn["role"] == "system"), None)
    return [turn for turn in turns if turn["role"] != "system" or turn is first]


def _with_system_first(turns: Turns) -> Turns:
    return sorted(turns, key=lambda turn: turn["role"] != "system")


def _in_alternation(turns: Turns) -> Turns:
    pairs = zip([{"role": ""}, *turns], turns, strict=False)
    return [turn for before, turn in pairs if turn["role"] != before["role"]]


def _without_equal(turns: Turns) -> Turns:
    return [turn for n, turn in enumerate(turns) if turn not in turns[:n]]


def _without_empty(turns: Turns) -> Turns:
    return [turn for turn in turns if turn.get("content") or "tool_calls" in turn]


def _with_texts_first(found: Turns) -> Turns:
    return sorted(found, key=lambda part: part["type"] != "text")


def _with_images_first(found: Turns) -> Turns:
    return sorted(found, key=lambda part: part["type"] == "text")


def _with_one_image(found: Turns) -> Turns:
    first = next((part for part in found if part["type"] == "image_url"), None)
    return [part for part in found if part["type"] == "text" or part is first]


def _of_image_type(kind: str) -> Form:
    return Form(kind, lost_if(lambda url: str(url).startswith(f"data:{kind}")))


row(
    *(
        Row(
            "Message.role",
            "",
            "call",
            of_each(lambda a: iter(a.messages), "role", other),
            [word(role)],
            [id],
        )
        for role, other, id in (
            ("system", "user", "PC-CHAT-004"),
            ("user", "assistant", "PC-CHAT-003"),
            ("assistant", "user", "PC-CHAT-003"),
            ("tool", "user", "PC-TOOLS-031"),
        )
    ),
    Row(
        "Message.role",
        "in a conversation",
        "call",
        of_messages,
        [
            of_list("several system messages", _with_one_system),
            of_list("a system message within it", _with_system_first),
            of_list("turns of one role in a row", _in_alternation),
            of_list("equal turns", _without_equal),
            of_list("empty turns", _without_empty),
            of_list("more than thirty turns", lambda turns: turns[-30:]),
        ],
        ["PC-CHAT-003", "PC-CHAT-040", "PC-CHAT-041", "PC-CHAT-042"],
    ),
    *(
        Row("Message.content", place, "call", of_turns(role, "content", "-"), forms, [id])
        for role, place, forms, id in (
            ("system", "of a system message", TEXT_FORMS, "PC-CHAT-040"),
            ("user", "of a user's turn", TEXT_FORMS, "PC-CHAT-002"),
            ("assistant", "of an assistant's turn", TEXT_FORMS, "PC-CHAT-003"),
            ("tool", "of a result", (*TEXT_FORMS, EMPTY), "PC-TOOLS-031"),
            ("user", "of a user's turn, among others", (EMPTY,), "PC-CHAT-042"),
            ("assistant", "of an assistant's turn, among others", (EMPTY,), "PC-CHAT-042"),
        )
    ),
    *(
        Row(
            "Message.content",
            f"in parts, {place}",
            "call",
            of_turns(role, "content"),
            [PRESENT, of_list("several parts", lambda found: found[:1])],
            [id],
        )
        for role, place, id in (
            ("system", "of a system message", "PC-CHAT-005"),
            ("user", "of a user's turn", "PC-CHAT-005"),
            ("assistant", "of an assistant's turn", "PC-CHAT-005"),
            ("tool", "of a result", "PC-TOOLS-031"),
        )
    ),
    Row(
        "Message.provider_data",
        "of this provider",
        "call",
        of_each(lambda asked: iter(asked.messages), "provider_data"),
        [PRESENT],
        ["PC-CHAT-050"],
    ),
    Row(
        "Message.provider_data",
        "of another provider",
        "call",
        of_each(lambda asked: iter(asked.messages), "provider_data"),
        [Form("kept to itself", changed_if(dict, lambda data: {"reference": data.get("else")}))],
        ["PC-CHAT-011"],
    ),
    *(
        Row(
            "Message.own_state",
            name,
            "call",
            of_turns("assistant", name, None),
            forms,
            ["PC-CHAT-045"],
        )
        for name, forms in (
            ("reasoning_content", (PRESENT, *TEXT_FORMS[1:2])),
            ("reasoning_details", (PRESENT, of_list("several", lambda found: found[:1]))),
        )
    ),
    Row(
        "Part.type",
        "",
        "call",
        of_turns("user", "content"),
        [
            of_list("text", lambda found: [p for p in found if p["type"] != "text"]),
            of_list("image_url", lambda found: [p for p in found if p["type"] == "text"]),
        ],
        ["PC-CHAT-006"],
    ),
    Row(
        "Part.type",
        "of several parts",
        "call",
        of_turns("user", "content"),
        [
            of_list("an image before its text", _with_texts_first),
            of_list("a text before its image", _with_images_first),
            of_list("several images", _with_one_image),
        ],
        ["PC-CHAT-043"],
    ),
    Row("Part.text", "", "call", of_each(parts, "text", ""), TEXT_FORMS, ["PC-CHAT-005"]),
    Row(
        "Part.image_url.url",
        "with the bytes",
        "call",
        of_each(images, "url", "data:image/png;base64,aGk="),
        [
            PRESENT,
            *map(_of_image_type, ("image/png", "image/jpeg", "image/webp", "image/gif")),
        ],
        ["PC-CHAT-006"],
    ),
    Row(
        "Part.image_url.url",
        "with an address",
        "call",
        of_each(images, "url", "https://images.example/other.png"),
        [PRESENT, Form("a query", changed_if(str, lambda url: url.partition("?")[0]))],
        ["PC-CHAT-044"],
    ),
    Row(
        "Part.image_url.detail",
        "",
        "call",
        of_each(images, "detail"),
        [PRESENT, *map(word, ("low", "high", "auto"))],
        ["PC-CHAT-043"],
        uncovered={word("auto").name: "it asks for what happens without it, so it may be left out"},
    ),
    Row(
        "chat.model",
        "",
        "call",
        of_model,
        [
            PRESENT,
            in_lower_case(),
            Form("slashes", changed_if(str, lambda name: name.rpartition("/")[2])),
            Form("a colon", changed_if(str, lambda name: name.partition(":")[0])),
            Form(
                "characters outside ASCII",
                changed_if(str, lambda name: name.encode("ascii", "ignore").decode()),
            ),
        ],
        ["PC-CHAT-009"],
    ),
)
