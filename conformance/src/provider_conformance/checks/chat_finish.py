"""CHAT, how answers end: the contract's word for it, and the service's own."""

from __future__ import annotations

from itertools import product
from typing import Any

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.forms import in_each_form
from provider_conformance.wires._answer import Finish


async def _require_finish_reason(lab: Lab, finish: Finish) -> None:
    if finish not in lab.wire.traits.finish_words:
        # The protocol has no such finish reason; an ordinary end must still not be taken for one.
        finish = "stop"
    answer = lab.answer(finish=finish)
    for form, response in (await in_each_form(lab, answer)).items():
        lab.equal(f"text of the {form} answer", answer.text, response.text)
        lab.equal(f"finish_reason of the {form} answer", finish, response.finish_reason)


@check("PC-CHAT-016")
async def ordinary_end_is_stop(lab: Lab) -> None:
    """An answer that came to its end finishes with "stop".

    Rule: finish_reason is "stop" if the model ended by itself.
    Why: Applications go on without a warning on this word only.
    How: Has the service answer with its word for an ordinary end.
    Fix: Map the protocol's word to "stop".
    """
    await _require_finish_reason(lab, "stop")


@check("PC-CHAT-017")
async def token_limit_is_length(lab: Lab) -> None:
    """An answer cut by the token limit finishes with "length".

    Rule: finish_reason is "length" if the service says that the limit ended the answer.
    Why: Half a file that is taken for a whole one is written to disk.
    How: Has the service end answers at the limit, whole and streamed.
    Fix: Map the protocol's word to "length"; never put a constant "stop".
    """
    await _require_finish_reason(lab, "length")


@check("PC-CHAT-018")
async def filtered_answer_says_so(lab: Lab) -> None:
    """An answer that a filter cut finishes with "content_filter".

    Rule: finish_reason is "content_filter" if the service says that a filter ended the answer.
    Why: What remains of the text is not the model's answer.
    How: Has the service filter answers, whole and streamed.
    Fix: Map the protocol's words for filters to "content_filter".
    """
    await _require_finish_reason(lab, "content_filter")


@check("PC-CHAT-019")
async def unknown_finish_is_other(lab: Lab) -> None:
    """A finish reason that nobody knows is "other", and the answer is kept.

    Rule: An unknown word maps to "other" and is kept to the letter; the answer is still an answer.
    Why: Services add words; a client that raises on one loses paid answers, one that says "stop"
    lies.
    How: Has the service end an answer with a random word, if the protocol leaves room for one.
    Fix: Look the word up in a table, with "other" for what is not in it.
    """
    word = payload.mixed_case(lab.rng) if lab.wire.traits.other_finishes else ""
    answer = lab.answer(finish_word=word)
    expected = "other" if word else "stop"
    for form, response in (await in_each_form(lab, answer)).items():
        lab.equal(f"finish_reason of the {form} answer", expected, response.finish_reason)
        said = word or response.raw_finish_reason
        lab.equal(f"raw_finish_reason of the {form} answer", said, response.raw_finish_reason)
        lab.equal(f"text of the {form} answer", answer.text, response.text)


@check("PC-CHAT-020")
async def service_word_is_kept(lab: Lab) -> None:
    """raw_finish_reason is the service's own word.

    Rule: raw_finish_reason holds the protocol's word for the end of the answer, unchanged.
    Why: The contract has few words; whoever debugs needs the service's own.
    How: Has the service end answers with every word that the protocol knows: answers with text,
    without any, and with reasoning only.
    Fix: Keep the word beside the mapped one, for streams too.
    """
    provider = lab.provider()
    finishes: tuple[Finish, ...] = ("stop", "length", "content_filter")
    for finish, content in product(finishes, _contents(lab)):
        for word in lab.wire.traits.words_for(finish):
            answer = lab.answer(finish=finish, finish_word=word, **content)
            for form, response in (await in_each_form(lab, answer, provider=provider)).items():
                lab.equal(f"text of the {form} answer", answer.text, response.text)
                what = f"finish_reason of the {form} answer that ends with {word}"
                lab.equal(what, finish, response.finish_reason)
                what = f"raw_finish_reason of the {form} answer"
                lab.equal(what, word, response.raw_finish_reason)


def _contents(lab: Lab) -> list[dict[str, Any]]:
    """Return fields of answers with text, without text, and with reasoning only."""
    contents: list[dict[str, Any]] = [{}, {"pieces": ()}]
    if lab.wire.traits.returns_reasoning:
        contents.append({"pieces": (), "reasoning": [lab.text()]})
    return contents


@check("PC-CHAT-021")
async def limit_before_any_text_is_no_success(lab: Lab) -> None:
    """A token limit before the first word gives "" and "length".

    Rule: An answer without content that ended at the limit has text "" and finish_reason "length".
    Why: Thinking can use up the limit; the null content then crashes clients or becomes "None".
    How: Makes an exchange, then has the service answer nothing (null if JSON has it) at the
    limit, whole and streamed.
    Fix: Read missing content as "", and the finish reason as always.
    """
    provider = lab.provider()
    await lab.must_succeed(provider)
    answer = lab.answer(pieces=(), finish="length")
    for form, response in (await in_each_form(lab, answer, provider=provider)).items():
        lab.equal(f"text of the {form} answer", "", response.text)
        lab.equal(f"finish_reason of the {form} answer", "length", response.finish_reason)
