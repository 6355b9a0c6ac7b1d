"""OPTIONS, one by one: each reaches the service as it was given."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from provider_sdk import ChatResponse, ProviderWarning

from provider_conformance._check import check
from provider_conformance.lab import payload
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.refusals import SCHEMA


async def _received_options(lab: Lab, **options: Any) -> Mapping[str, Any]:
    """Call with these options; return the options that the service received."""
    await lab.chat(lab.provider(), **options)
    return lab.last_chat().options


async def _require_sampling_option(lab: Lab, name: str) -> None:
    value = round(lab.rng.uniform(0.1, 0.9), 3)
    options: dict[str, Any] = {name: value}
    response = await lab.chat(lab.provider(), **options)
    sent = lab.last_chat().options
    if name in lab.wire.traits.forbidden:
        lab.true(f"{name} in the request", name not in sent, "to be left out", sent)
        _require_dropping_told(lab, name, response)
    else:
        lab.equal(f"{name} in the request", value, sent.get(name))
        lab.equal("response.warnings", [], list(response.warnings))


def _require_dropping_told(lab: Lab, name: str, response: ChatResponse) -> None:
    is_told = any(name in warning for warning in response.warnings)
    lab.true("response.warnings", is_told, f"to tell that {name} was dropped", response.warnings)
    warned = [
        str(w.message) for w in lab.captured.warnings if issubclass(w.category, ProviderWarning)
    ]
    is_told = any(name in warning for warning in warned)
    lab.true("warnings", is_told, f"a ProviderWarning that names {name}", warned)


@check("PC-OPTIONS-001")
async def temperature_is_sent_or_said(lab: Lab) -> None:
    """A temperature is sent as given, or its loss is told.

    Rule: temperature reaches the service; where the protocol forbids it, it is dropped with a
    ProviderWarning and a line in response.warnings.
    Why: Answers that should be steady are not, and no error shows it.
    How: Asks with a random temperature and reads the request, the answer and the warnings.
    Fix: Put the value into the request; list what the protocol forbids in forbidden_sampling.
    """
    await _require_sampling_option(lab, "temperature")


@check("PC-OPTIONS-002")
async def top_p_is_sent_or_said(lab: Lab) -> None:
    """top_p is sent as given, or its loss is told.

    Rule: top_p reaches the service; where the protocol forbids it, it is dropped with a
    ProviderWarning and a line in response.warnings.
    Why: With temperature, it decides how steady answers are.
    How: Asks with a random top_p and reads the request, the answer and the warnings.
    Fix: Put the value into the request; list what the protocol forbids in forbidden_sampling.
    """
    await _require_sampling_option(lab, "top_p")


@check("PC-OPTIONS-003")
async def max_tokens_is_sent(lab: Lab) -> None:
    """max_tokens is sent as given.

    Rule: max_tokens reaches the service in the protocol's field for it, with its value.
    Why: It bounds the bill; a cap of the provider's own cuts answers.
    How: Asks with a large random limit and reads the request.
    Fix: Put the value into the request; do not clamp it.
    """
    limit = lab.rng.randint(5000, 90000)
    sent = await _received_options(lab, max_tokens=limit)
    lab.equal("max_tokens in the request", limit, sent.get("max_tokens"))


@check("PC-OPTIONS-004", needs=["stop"])
async def stop_texts_are_sent(lab: Lab) -> None:
    """Several stop texts are all sent.

    Rule: A list of stop texts reaches the service whole and in order.
    Why: A model that does not stop writes the user's next turn itself.
    How: Asks with three random texts and reads the request.
    Fix: Send the list in the protocol's field for it.
    """
    texts = [f"{payload.word(lab.rng)}\n", lab.text(), payload.word(lab.rng)]
    sent = await _received_options(lab, stop=texts)
    lab.equal("stop in the request", texts, _as_list(sent.get("stop")))


@check("PC-OPTIONS-005", needs=["stop"])
async def one_stop_text_is_one_text(lab: Lab) -> None:
    """A single stop text is sent as one text.

    Rule: stop may be a text; it is sent as that text, or as a list of that one text.
    Why: list("END") is three stop texts of one letter each.
    How: Asks with one random text and reads the request.
    Fix: Write [stop] where the protocol wants a list.
    """
    text = payload.word(lab.rng)
    sent = await _received_options(lab, stop=text)
    lab.equal("stop in the request", [text], _as_list(sent.get("stop")))


@check("PC-OPTIONS-006", needs=["seed"])
async def seed_is_sent(lab: Lab) -> None:
    """A seed is sent as given.

    Rule: seed reaches the service with its value.
    Why: Without it no answer can be had again.
    How: Asks with a random seed and reads the request.
    Fix: Send it, or leave "seed" out of capabilities.
    """
    seed = lab.rng.randint(1, 2**31 - 1)
    lab.equal("seed in the request", seed, (await _received_options(lab, seed=seed)).get("seed"))


@check("PC-OPTIONS-007", needs=["json_object"])
async def json_object_is_asked_for(lab: Lab) -> None:
    """response_format json_object is sent.

    Rule: The request for a JSON object reaches the service in the protocol's form.
    Why: Without it the model wraps its JSON in prose, sometimes.
    How: Asks for a JSON object and reads the request.
    Fix: Send it, or leave "json_object" out of capabilities.
    """
    sent = await _received_options(lab, response_format={"type": "json_object"})
    kind = (sent.get("response_format") or {}).get("type")
    lab.equal("the type of response_format in the request", "json_object", kind)


@check("PC-OPTIONS-008", needs=["json_schema"])
async def json_schema_is_sent_whole(lab: Lab) -> None:
    """response_format json_schema is sent with its whole schema.

    Rule: The schema reaches the service as it was given, nested parts included.
    Why: Without it, an answer in another shape goes unnoticed.
    How: Asks with a schema of random names and reads it from the request.
    Fix: Send the schema; where the protocol has none, leave "json_schema" out of capabilities.
    """
    wanted = copy.deepcopy(SCHEMA)
    inner = copy.deepcopy(wanted["json_schema"]["schema"])
    schema = wanted["json_schema"]["schema"]
    schema["properties"][payload.word(lab.rng)] = {"type": "array", "items": inner}
    form = (await _received_options(lab, response_format=copy.deepcopy(wanted))).get(
        "response_format"
    ) or {}
    lab.equal("the type of response_format in the request", "json_schema", form.get("type"))
    sent = (form.get("json_schema") or {}).get("schema")
    lab.equal("the schema in the request", schema, sent)


@check("PC-OPTIONS-009", needs=["reasoning"])
async def reasoning_effort_is_sent(lab: Lab) -> None:
    """reasoning_effort is sent as given.

    Rule: reasoning_effort reaches the service in the protocol's field for it.
    Why: It decides about price and quality more than any other option.
    How: Asks with low and high effort and reads the requests.
    Fix: Send it, or leave "reasoning" out of capabilities.
    """
    for effort in ("low", "high"):
        sent = await _received_options(lab, reasoning_effort=effort)
        what = "reasoning_effort in the request"
        lab.equal(what, effort, sent.get("reasoning_effort"))


@check("PC-OPTIONS-013")
async def extra_headers_are_sent(lab: Lab) -> None:
    """extra_headers are headers of the request.

    Rule: extra_headers are added to the provider's own, credential included.
    Why: Tracing, tenants and beta features of services travel in headers.
    How: Calls with two random headers and reads the request.
    Fix: Merge the option into the headers of this request.
    """
    headers = {f"x-kit-{payload.word(lab.rng)}": payload.word(lab.rng) for _ in range(2)}
    given = {name.title(): value for name, value in headers.items()}
    await lab.chat(lab.provider(), extra_headers=given)
    request = lab.service.requests()[-1]
    for name, value in headers.items():
        lab.equal(f"the header {name}", value, request.headers.get(name))
    lab.true(
        "the credential", lab.service.accepts(request), "to be sent as well", "none or another"
    )


@check("PC-OPTIONS-014")
async def extra_body_is_merged(lab: Lab) -> None:
    """extra_body adds fields to the request's body.

    Rule: The fields of extra_body are in the body, beside all that the provider put there.
    Why: It is the way to whatever the contract has no option for.
    How: Calls with a random nested field and reads the request.
    Fix: Merge the option into the body last.
    """
    name, value = f"x_{payload.word(lab.rng)}", {"a": [lab.text(), 1, None]}
    messages = lab.user_message()
    await lab.chat(lab.provider(), messages, extra_body={name: value})
    seen = lab.last_chat()
    lab.equal(f"the field {name}", value, seen.body.get(name))
    lab.equal("the message beside it", messages[0]["content"], seen.messages[-1].text)


def _as_list(stop: str | Sequence[str] | None) -> list[str]:
    return [stop] if isinstance(stop, str) else list(stop or ())
