"""OPTIONS and TOOLS of a wrong shape: refused before anything is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from provider_sdk import ProviderError, ProviderRequestError

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.payload import malformed


@check("PC-TOOLS-034", needs=["tools"])
async def malformed_tools_are_refused(lab: Lab) -> None:
    """Tools of a wrong shape are refused before anything is sent.

    Rule: tools of another shape than the contract's raise ProviderRequestError, and no request is
    sent.
    Why: A tool that is dropped or sent half is a tool that the model does not know, and no error
    shows it.
    How: Makes an exchange, then offers tools with each field missing or of another type, one by
    one, streamed too if the provider streams.
    Fix: Check options with provider_sdk.adapting.checked_options() before anything else.
    """
    cases = malformed.malformed_tools(lab.rng)
    await _require_refused(lab, cases, ProviderRequestError)


@check("PC-OPTIONS-021", needs=["json_schema"])
async def malformed_formats_are_refused(lab: Lab) -> None:
    """A response_format of a wrong shape is refused before anything is sent.

    Rule: response_format of another shape than the contract's raises ProviderRequestError, and no
    request is sent.
    Why: An answer in another shape than was asked for is found out later, by the code that reads
    it.
    How: Makes an exchange, then asks with each field missing or of another type, one by one,
    streamed too if the provider streams.
    Fix: Check options with provider_sdk.adapting.checked_options() before anything else.
    """
    cases = malformed.malformed_formats(lab.rng)
    await _require_refused(lab, cases, ProviderRequestError)


@check("PC-OPTIONS-022", "SHOULD")
async def options_of_a_wrong_type_are_refused(lab: Lab) -> None:
    """An option of a wrong type is refused before anything is sent.

    Rule: An option of another type than ChatOptions says, or a number that JSON cannot express,
    raises ProviderError, TypeError or ValueError, and no request is sent.
    Why: A service reports it late, each in other words, or reads "0" as no limit at all.
    How: Makes an exchange, then asks with each option in several wrong types, streamed too if
    the provider streams.
    Fix: Check options with provider_sdk.adapting.checked_options() before anything else.
    """
    cases = [*malformed.malformed_options(lab.rng)]
    if "tools" in lab.capabilities:
        cases += malformed.malformed_choices(lab.rng)
    await _require_refused(lab, cases, ProviderError, TypeError, ValueError)


async def _require_refused(
    lab: Lab, cases: Iterable[malformed.Case], *kinds: type[Exception]
) -> None:
    """Fail unless each of these options is refused with such an error, and nothing is sent."""
    provider = lab.provider()
    await lab.must_succeed(provider)
    calls: list[Callable[..., Awaitable[object]]] = [lab.chat]
    if "streaming" in lab.capabilities:
        calls.append(lab.open_stream)
    for what, options in cases:
        before = len(lab.service.exchanges)
        for call in calls:
            error = await lab.raises(Exception, call(provider, **options), f"a call with {what}")
            expected = f"a {kinds[0].__name__}"
            lab.true(f"the error of a call with {what}", isinstance(error, kinds), expected, error)
        lab.equal(f"requests of a call with {what}", 0, len(lab.service.exchanges) - before)
