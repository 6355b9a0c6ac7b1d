"""OPTIONS, for structured answers: the format reaches the service as it was given."""

from __future__ import annotations

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.payload import options
from provider_conformance.lab.sending import order_of_properties, sent_in_each_form


@check("PC-OPTIONS-007", needs=["json_object"])
async def json_object_is_asked_for(lab: Lab) -> None:
    """response_format json_object is sent.

    Rule: The request for a JSON object reaches the service in the protocol's form.
    Why: Without it the model wraps its JSON in prose, sometimes.
    How: Asks for a JSON object, streamed too if the provider streams, and reads the requests.
    Fix: Send it, or leave "json_object" out of capabilities.
    """
    wanted = {"type": "json_object"}
    for form, chat in (await sent_in_each_form(lab, response_format=wanted)).items():
        kind = (chat.options.get("response_format") or {}).get("type")
        lab.equal(f"the type of response_format in the request, {form}", "json_object", kind)


@check("PC-OPTIONS-008", needs=["json_schema"])
async def json_schema_is_sent_whole(lab: Lab) -> None:
    """response_format json_schema is sent with its whole schema.

    Rule: The schema reaches the service as it was given, nested parts included; so do its name,
    description and strict, as far as the protocol has them.
    Why: Without it, an answer in another shape goes unnoticed.
    How: Asks with schemas that hold all that JSON can, strict, not strict and not saying so,
    streamed too if the provider streams, and reads them from the requests.
    Fix: Send the schema; if the protocol has none, leave "json_schema" out of capabilities.
    """
    said = sorted(lab.wire.traits.schema_fields)
    unsaid = {"strict": lab.wire.traits.unsaid_strict}
    provider = lab.provider()
    for wanted in options.schema_formats(lab.rng, *said):
        expected = wanted["json_schema"]
        sent = await sent_in_each_form(lab, provider=provider, response_format=wanted)
        for form, chat in sent.items():
            found = chat.options.get("response_format") or {}
            lab.equal(
                f"the type of response_format in the request, {form}",
                "json_schema",
                found.get("type"),
            )
            named = found.get("json_schema") or {}
            schemas = [expected["schema"], named.get("schema")]
            lab.equal(f"the schema in the request, {form}", *schemas)
            for name in said:
                values = [each.get(name, unsaid.get(name)) for each in (expected, named)]
                lab.equal(f"{name} of the schema, {form}", *values)


@check("PC-OPTIONS-024", "SHOULD", needs=["json_schema"])
async def properties_keep_their_order(lab: Lab) -> None:
    """The properties of a schema for the answer reach the service in their order.

    Rule: The properties of a schema are sent in the order in which they were given.
    Why: JSON objects have no order, but services write properties in the order of the schema: the
    reason before the verdict, or the other way round.
    How: Asks with a schema whose properties are not in alphabetical order, at every depth, streamed
    too if the provider streams, and reads the order from the requests.
    Fix: Do not sort the keys of the request.
    """
    wanted = options.schema_formats(lab.rng)[0]
    expected = order_of_properties(wanted["json_schema"]["schema"])
    for form, chat in (await sent_in_each_form(lab, response_format=wanted)).items():
        named = (chat.options.get("response_format") or {}).get("json_schema") or {}
        found = order_of_properties(named.get("schema"))
        lab.equal(f"properties in the request, {form}", expected, found)


@check("PC-OPTIONS-023")
async def text_is_the_usual_format(lab: Lab) -> None:
    """response_format text asks for what comes without it.

    Rule: {"type": "text"} needs no capability; it is sent, or left out.
    Why: Applications always pass a format, and this is the one for answers to people.
    How: Asks with it, streamed too if the provider streams, and reads the requests.
    Fix: Send it if the protocol has it, else nothing.
    """
    wanted = {"type": "text"}
    for form, chat in (await sent_in_each_form(lab, response_format=wanted)).items():
        sent = chat.options.get("response_format") or wanted
        lab.equal(f"response_format in the request, {form}", wanted, sent)
