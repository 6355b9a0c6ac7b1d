"""MODELS: what is known of a model, and what the error of a list tells."""

from __future__ import annotations

import json
from typing import Any

from provider_sdk import BaseProvider, ModelInfo, ProviderRateLimitError

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import listing_calls
from provider_conformance.lab.payload.failures import messages, request_id
from provider_conformance.lab.payload.models import described, odd_ids
from provider_conformance.wires._answer import Failure
from provider_conformance.wires._script import Reply, SeenRequest


@check("PC-MODELS-015", needs=["model_listing"])
async def descriptions_hold_nothing_else(lab: Lab) -> None:
    """describe_models() tells of each model nothing but what the service says.

    Rule: Each field of a ModelInfo is what the service says of the model, or None or empty: never a
    guess, a zero or the value of another model.
    Why: Routers choose by price and window; a wrong one is paid for, a missing one is asked for.
    How: Has the service list models of which it says all that the protocol can, nothing, and each
    group of facts alone; of a protocol without facts, compares the ids only.
    Fix: Read each field from the entry of its model, and leave it out if the entry does.
    """
    for said, told in await _descriptions(lab):
        for name, value in told.items():
            if value is not None and value != []:
                lab.equal(f"{name} of a model", said[name], value)


@check("PC-MODELS-017", "SHOULD", needs=["model_listing"])
async def descriptions_are_complete(lab: Lab) -> None:
    """describe_models() tells all that the service says of each model.

    Rule: What the service's list says of window, prices, modalities, abilities, owner and back ends
    stands in the ModelInfo. A class that inherits BaseProvider.describe_models() tells ids alone.
    Why: What is left out must be looked up by hand, for every model.
    How: Has the service list models of which it says all that the protocol can, nothing, and each
    group of facts alone.
    Fix: Override describe_models(), which by default returns the ids only.
    """
    found = await _descriptions(lab)
    if type(lab.providers[-1]).describe_models is BaseProvider.describe_models:
        return
    for said, told in found:
        for name, value in said.items():
            lab.equal(f"{name} of a model", value, told[name])


@check("PC-MODELS-016", needs=["model_listing"])
async def descriptions_have_the_ids_of_the_list(lab: Lab) -> None:
    """describe_models() has the ids under which models are called.

    Rule: ModelInfo.id is the id that list_models() returns and chat() takes, to the letter.
    Why: Whoever picks a model by its description must be able to call it.
    How: Has the service list ids in every form, and calls one of them.
    Fix: Read the id in one place for both.
    """
    lab.service.model_ids = odd_ids(lab.rng)
    provider = lab.provider()
    ids = [model.id for model in await provider.describe_models()]
    lab.equal("the ids of describe_models()", sorted(lab.service.model_ids), sorted(ids))
    await provider.chat(lab.user_message(), ids[0])
    lab.equal("the model of the request", ids[0], lab.last_chat().model)


@check("PC-MODELS-019", needs=["model_listing"])
async def error_of_a_list_is_complete(lab: Lab) -> None:
    """The error of a list tells as much as that of a call.

    Rule: An error of list_models() and describe_models() has the service's message, the provider,
    the status, the request id, the wait that the service asks for, and a hint.
    Why: Programs list models when they start, where nobody watches; the error is all there is.
    How: Lists the models, then has the service limit the rate, with messages in every form.
    Fix: Complete the errors of a list in the same place as those of a call.
    """
    provider = lab.provider()
    lab.equal(
        "the ids of list_models()",
        sorted(lab.service.model_ids),
        sorted(await provider.list_models()),
    )
    for number, message in enumerate(messages(lab.rng)):
        wait = (7.0, 0.0, 1.5, 7200.0)[number]
        failure = Failure("rate_limit", message, retry_after=wait, request_id=request_id(lab.rng))
        lab.service.reply_always(failure, "models")
        for name, call in listing_calls(lab, provider).items():
            what = f"{name} that fails"
            error = await lab.raises(ProviderRateLimitError, call(), what)
            hinted = message in str(error) and error.hint and error.hint in str(error)
            lab.true(f"the text of {what}", hinted, f"to hold {message!r} and a hint", str(error))
            lab.equal(f"error.provider of {what}", lab.harness.name, error.provider)
            lab.equal(f"error.status of {what}", lab.wire.failure(failure).status, error.status)
            id = failure.request_id if lab.wire.traits.names_exchange else None
            lab.equal(f"error.request_id of {what}", id, error.request_id)
            found = error.retry_after
            lab.true(f"error.retry_after of {what}", found == wait, f"{wait}", repr(found))


async def _descriptions(lab: Lab) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return what the service said and what the provider told of each model, if facts are sent."""
    groups = lab.wire.traits.model_facts
    models = described(lab.rng, groups)

    def reply(request: SeenRequest) -> Reply:
        return lab.wire.described(models, request)

    lab.service.reply_always(reply, "models")
    found = {model.id: model for model in await lab.provider().describe_models()}
    lab.equal("the ids of describe_models()", sorted(m.id for m in models), sorted(found))
    for model in found.values():
        lab.instance("an item of describe_models()", ModelInfo, model)
    pairs = [(_facts_of(model), _facts_of(found[model.id])) for model in models]
    return pairs if groups else []


def _facts_of(model: ModelInfo) -> dict[str, Any]:
    """Return the fields as plain JSON types; 3 and 3.0 are one price."""
    facts: dict[str, Any] = json.loads(json.dumps(model.to_dict()))
    for entry in (facts, *facts["backends"]):
        entry |= {
            name: float(entry[name])
            for name in ("input_price", "output_price")
            if isinstance(entry[name], int)
        }
    return facts
