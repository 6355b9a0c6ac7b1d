"""CHAT, on the way back: what the service answers reaches the caller."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, get_args

from provider_sdk import ChatResponse, FinishReason, Message, ProviderError, ToolCall

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._failed import Failed
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calling import with_tools_in_each_form
from provider_conformance.lab.expected import (
    expected_model,
    expected_request_id,
    require_answer,
)
from provider_conformance.lab.forms import in_each_form, provoke_warnings, unknown_fields
from provider_conformance.lab.payload.answers import answer_texts, cut, rich_answer


@check("PC-CHAT-001")
async def text_is_the_services(lab: Lab) -> None:
    """The answer's text is the service's, to the letter.

    Rule: ChatResponse.text is the text that the service sent, nothing stripped, added or replaced.
    Why: White space and unusual characters matter in code, tables and names.
    How: Has the service answer text in every form that is easily changed: between white space,
    decomposed, with escapes, markup and words of chat templates; one fence, JSON with blanks, a
    word such as null, what looks like events, and a very long one.
    Fix: Return the text as it came; do not strip, cut, re-encode, parse or format it.
    """
    provider = lab.provider()
    for text in answer_texts(lab.rng):
        answer = lab.answer(pieces=(text,))
        lab.service.reply_next(answer)
        lab.equal("response.text", answer.text, (await lab.chat(provider)).text)


@check("PC-CHAT-015")
async def model_is_the_reported_one(lab: Lab) -> None:
    """response.model is the model that the service says answered.

    Rule: ChatResponse.model is what the service reported, whole and streamed; if answers do not
    name it, what was asked.
    Why: Routers and aliases answer with another model than was asked; bills and logs need it.
    How: Has the service report a random model that is not the one asked, if its protocol can.
    Fix: Read the model from the answer; fall back on the asked one only if it names none.
    """
    answer = lab.answer(model=f"served/{payload.mixed_case(lab.rng)}:{payload.word(lab.rng)}")
    model = expected_model(lab, answer, lab.harness.model)
    for form, response in (await in_each_form(lab, answer)).items():
        lab.equal(f"response.model of the {form} answer", model, response.model)


@check("PC-CHAT-022")
async def empty_text_is_text(lab: Lab) -> None:
    """An empty answer is an answer with empty text.

    Rule: If the service sent empty text or none, the text is "", never None or "None".
    Why: Callers join and search the text; None breaks them where nobody tests.
    How: Makes an exchange, then has the service answer an empty text and none, whole, streamed and
    to complete().
    Fix: Read missing content as "".
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    for pieces in ((), ("",)):
        answer = lab.answer(pieces=pieces)
        for form, response in (await in_each_form(lab, answer, provider=provider)).items():
            lab.equal(f"text of the empty {form} answer", "", response.text)
        lab.service.reply_next(answer)
        text = await provider.complete(lab.text(), lab.harness.model)
        lab.equal("the empty text of complete()", "", text)


@check("PC-CHAT-023", needs=["reasoning"])
async def reasoning_is_kept_apart(lab: Lab) -> None:
    """Reasoning is in response.reasoning and not in the text.

    Rule: What the service sends as reasoning is in ChatResponse.reasoning, exactly; text has none.
    If answers cannot hold any, reasoning is None.
    Why: Thoughts in the answer are shown, stored and sent back as if the model had said them.
    How: Has the service send reasoning in the protocol's place for it, whole and streamed.
    Fix: Read the protocol's field for reasoning; never join it with the text.
    """
    provider, sent = lab.provider(), lab.wire.traits.returns_reasoning
    for thought in answer_texts(lab.rng) if sent else [""]:
        answer = lab.answer(reasoning=cut(lab.rng, thought) if sent else ())
        for form, response in (await in_each_form(lab, answer, provider=provider)).items():
            lab.equal(f"reasoning of the {form} answer", thought or None, response.reasoning)
            lab.equal(f"text of the {form} answer", answer.text, response.text)


@check("PC-CHAT-024")
async def unsent_is_none(lab: Lab) -> None:
    """What the service did not send is None or empty.

    Rule: reasoning and refusal are None, tool_calls and warnings empty, if none was sent.
    Why: An empty string where nothing was said looks like something that was said.
    How: Has the service send answers that a provider may warn of: one that lacks the call that it
    speaks of, a whole one for a stream, one to an option that is dropped. Then it sends a plain
    text answer, whole and streamed.
    Fix: Fill only what the answer holds, and keep nothing of an earlier answer.
    """
    answer, provider = lab.answer(), lab.provider()
    await provoke_warnings(lab, provider)
    for form, response in (await in_each_form(lab, answer, provider=provider)).items():
        lab.equal(f"text of the {form} answer", answer.text, response.text)
        lab.equal(f"reasoning of the {form} answer", None, response.reasoning)
        lab.equal(f"refusal of the {form} answer", None, response.refusal)
        lab.equal(f"tool_calls of the {form} answer", [], list(response.tool_calls))
        lab.equal(f"warnings of the {form} answer", [], list(response.warnings))


@check("PC-CHAT-025")
async def thinking_in_the_text_is_reasoning(lab: Lab) -> None:
    """Text between <think> and </think> is reasoning.

    Rule: Inline <think> text belongs to reasoning, wherever a stream cuts the tags.
    Why: Many servers pass on what open models write, and every client shows it as the answer.
    How: Has the service write tags into the text, cut in the middle if it streams; a protocol
    whose models do not write them answers plain text.
    Fix: Split the text at the tags; hold back what may be the beginning of one.
    """
    thought, text = lab.text(), lab.text()
    inline = lab.wire.traits.inline_thinking
    tagged = ("<thi", f"nk>{thought}", "</", f"think>{text}", f" {text}")
    answer = lab.answer(pieces=tagged if inline else (text, f" {text}"))
    for form, response in (await in_each_form(lab, answer)).items():
        lab.equal(f"text of the {form} answer", f"{text} {text}", response.text)
        expected = thought if inline else None
        lab.equal(f"reasoning of the {form} answer", expected, response.reasoning)


@check("PC-CHAT-026")
async def other_tags_are_text(lab: Lab) -> None:
    """Angle brackets that open no thinking are text.

    Rule: Only <think> tags are taken out of the text; other markup, comparisons and beginnings of
    tags stay.
    Why: HTML, generics and shell code are full of them.
    How: Has the service answer markup, comparisons and almost-tags, cut anywhere.
    Fix: Match the tags exactly, and return what was held back if it turns out not to be a tag.
    """
    word = payload.word(lab.rng)
    pieces = (
        f"<{word}",
        f">a < b && b > c</{word}>\n",
        "<thin",
        f"{word}>",
        "List<thinker> <",
        "t",
    )
    for form, response in (await in_each_form(lab, lab.answer(pieces=pieces))).items():
        lab.equal(f"text of the {form} answer", "".join(pieces), response.text)


@check("PC-CHAT-027")
async def refusal_is_no_text(lab: Lab) -> None:
    """A refusal's text is in response.refusal, and the text is empty.

    Rule: If the protocol has a place for a refusal, its text is in refusal and text is "".
    Why: A refusal taken for an answer is stored, parsed as JSON, or shown as fact.
    How: Makes an exchange, then has the service refuse, whole and streamed; if the protocol has
    no such place, refusal must be None.
    Fix: Read the protocol's field for refusals.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    for words in answer_texts(lab.rng) if lab.wire.traits.refusals else [""]:
        answer = lab.answer(pieces=() if words else (lab.text(),), refusal=words)
        for form, response in (await in_each_form(lab, answer, provider=provider)).items():
            lab.equal(f"refusal of the {form} answer", words or None, response.refusal)
            lab.equal(f"text of the {form} answer", answer.text, response.text)


@check("PC-CHAT-028")
async def answers_are_plain_json(lab: Lab) -> None:
    """to_dict() is plain JSON and says all that the answer says.

    Rule: ChatResponse.to_dict() has every field of the answer, as plain JSON, raw included.
    Why: Answers are logged, cached and sent on.
    How: Has the service give an answer with all that protocol and capabilities allow, whole and
    streamed; writes it as JSON, reads it back, and compares every field.
    Fix: Do not override to_dict(); put decoded JSON into raw and provider_data, no objects of a
    client library.
    """
    answer = rich_answer(lab.rng, lab.wire.traits, lab.capabilities)
    for form, response in (await with_tools_in_each_form(lab, answer)).items():
        require_answer(lab, form, answer, response)
        read = _through_json(response)
        for name, value in _fields_as_json(response).items():
            lab.equal(f"{name} in to_dict() of the {form} answer", value, read.get(name, "missing"))


def _fields_as_json(response: ChatResponse) -> dict[str, Any]:
    names = (
        *("text", "reasoning", "refusal", "finish_reason", "raw_finish_reason", "model"),
        *("served_by", "request_id", "raw"),
    )
    usage = response.usage
    fields = {
        **{name: getattr(response, name) for name in names},
        "tool_calls": [asdict(call) for call in response.tool_calls],
        "usage": usage and asdict(usage),
        "message": response.message.to_dict(),
        "warnings": list(response.warnings),
    }
    decoded: dict[str, Any] = json.loads(json.dumps(fields))
    return decoded


@check("PC-CHAT-029")
async def fields_have_their_types(lab: Lab) -> None:
    """Every field of an answer has the type that the contract names.

    Rule: text and model are str, tool_calls holds ToolCall, warnings str, message is a Message of
    role assistant, and finish_reason is one of six words.
    Why: A None in a list's place breaks callers far from here.
    How: Makes an exchange, whole and streamed, and looks at each field.
    Fix: Build ChatResponse from values of these types; leave a field out rather than pass None.
    """
    answer = lab.answer()
    for form, response in (await in_each_form(lab, answer)).items():
        lab.equal(f"text of the {form} answer", answer.text, response.text)
        lab.instance(f"model of the {form} answer", str, response.model)
        for name, kind in (("tool_calls", ToolCall), ("warnings", str)):
            items = getattr(response, name)
            valid = isinstance(items, list | tuple) and all(isinstance(i, kind) for i in items)
            lab.true(f"{name} of the {form} answer", valid, f"to hold {kind.__name__} only", items)
        words = get_args(FinishReason)
        known = response.finish_reason in words
        lab.true(
            f"finish_reason of the {form} answer", known, f"in {words}", response.finish_reason
        )
        lab.instance(f"message of the {form} answer", Message, response.message)
        lab.equal(f"message.role of the {form} answer", "assistant", response.message.role)


@check("PC-CHAT-030")
async def raw_is_the_services_answer(lab: Lab) -> None:
    """response.raw is the decoded answer of the service.

    Rule: raw of a whole answer is its decoded body.
    Why: What the contract has no field for is found there and nowhere else.
    How: Looks for the answer's text in raw, and for a field that the contract does not know.
    Fix: Keep the decoded body; an adapter keeps its client's answer as plain data.
    """
    unknown = payload.word(lab.rng)
    answer = lab.answer(pieces=(lab.text(),), extra={f"x_{payload.word(lab.rng)}": unknown})
    lab.service.reply_next(answer)
    response = await lab.chat(lab.provider())
    body = lab.service.exchanges[-1].reply.body
    raw = json.dumps(response.raw, ensure_ascii=False, default=repr)
    # A protocol may have no room for unknown fields.
    for text in (answer.text, *([unknown] if unknown.encode() in body else [])):
        lab.true("response.raw", text in raw, f"to hold {text!r}", raw)


@check("PC-CHAT-032")
async def unknown_fields_are_ignored(lab: Lab) -> None:
    """Fields that the provider does not know are ignored.

    Rule: An answer with unknown fields, at any depth, is read as one without.
    Why: Services add fields without notice; a strict reader breaks that day.
    How: Has the service add random fields wherever the protocol allows, whole and streamed.
    Fix: Read the fields that you need and pass over all others.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    answer = lab.answer(extra=unknown_fields(lab))
    outcome = await lab.outcome(in_each_form(lab, answer, provider=provider))
    if isinstance(outcome, ProviderError):
        raise Failed("an answer with unknown fields", "to be read", outcome)
    for form, response in outcome.items():
        lab.equal(f"text of the {form} answer", answer.text, response.text)


@check("PC-CHAT-033", "SHOULD")
async def exchange_has_its_names(lab: Lab) -> None:
    """request_id and served_by are what the service sent.

    Rule: request_id is the service's id of the exchange, served_by the back end that a router
    names; None if the service sends none.
    Why: Support asks for the one, and the other tells why today's answers differ.
    How: Has the service send both if the protocol has a place for them, whole and streamed.
    Fix: Read the response's headers.
    """
    traits = lab.wire.traits
    request_id, backend = payload.word(lab.rng), payload.word(lab.rng)
    answer = lab.answer(request_id=request_id, served_by=backend)
    expected_id = expected_request_id(lab, answer)
    expected_backend = backend if traits.backend_header else None
    for form, response in (await in_each_form(lab, answer)).items():
        lab.equal(f"request_id of the {form} answer", expected_id, response.request_id)
        lab.equal(f"served_by of the {form} answer", expected_backend, response.served_by)


def _through_json(response: ChatResponse) -> Any:
    try:
        return json.loads(json.dumps(response.to_dict()))
    except (TypeError, ValueError) as error:
        raise Failed("response.to_dict()", "plain JSON", str(error)) from None
