"""MODELS: the list is the service's list: whole, exact, and an error if there is no list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from provider_sdk import (
    BaseProvider,
    ProviderAuthError,
    ProviderError,
    ProviderRateLimitError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab
from provider_conformance.lab.calls import listing_calls
from provider_conformance.lab.errors import raises_exactly
from provider_conformance.lab.payload.models import (
    long_list,
    odd_ids,
    unusual_id,
    with_repetitions,
)
from provider_conformance.lab.replies import ReplyFunction, malformed_replies, reply_broken_off
from provider_conformance.wires._answer import ErrorKind, Failure
from provider_conformance.wires._script import Reply, SeenRequest

_LONG_LIST = 1234
_SEVERAL_PAGES = 240
_MAX_PAGES = 12


@check("PC-MODELS-001", needs=["model_listing"])
async def ids_are_the_services(lab: Lab) -> None:
    """list_models() returns the ids of the service.

    Rule: list_models() returns a list of the ids under which the service offers its models, as
    they are passed to chat(); their order is free.
    Why: An id that is changed on the way, or taken from a list in the code, is not found when it
    is used.
    How: Has the service list random ids with capitals, dots, colons, slashes, spaces, characters
    that an address must escape, and letters outside ASCII, two of which differ only in case, and
    compares.
    Fix: Return the ids as the service writes them, without the protocol's own prefixes.
    """
    lab.service.model_ids = odd_ids(lab.rng)
    await _require_listed(lab, lab.provider(), lab.service.model_ids)
    lab.equal("chats that list_models() asked for", 0, lab.request_count())


@check("PC-MODELS-002", needs=["model_listing"])
async def ids_are_unique(lab: Lab) -> None:
    """list_models() returns each id once.

    Rule: An id that the service repeats stands once in list_models().
    Why: Menus show it twice, and whoever counts models counts wrong.
    How: Has the service repeat several ids, next to each other and apart, then ids of earlier pages
    on later ones.
    Fix: Leave out ids that were seen before, on any page, for example with dict.fromkeys.
    """
    ids = [unusual_id(lab.rng) for _ in range(5)]
    lab.service.model_ids = [ids[0], ids[0], *ids, ids[1], ids[4], ids[4]]
    await _require_listed(lab, lab.provider(), ids)
    ids = long_list(lab.rng, _SEVERAL_PAGES)
    lab.service.model_ids = with_repetitions(ids)
    await _require_listed(lab, lab.provider(), ids)


@check("PC-MODELS-003", needs=["model_listing"])
async def long_list_is_whole(lab: Lab) -> None:
    """list_models() and describe_models() return all of a long list.

    Rule: Both return every model, over as many pages as the service makes of them.
    Why: The model that somebody looks for is on the second page, or the twelfth.
    How: Has the service list 1,234 models, in pages if the protocol has them; some pages end
    with an id that an address must escape.
    Fix: Follow the protocol's cursor, escaped, until a page has no further one; cut nothing off.
    """
    lab.service.model_ids = long_list(lab.rng, _LONG_LIST)
    for name, call in listing_calls(lab, lab.provider()).items():
        found = [getattr(model, "id", model) for model in await call()]
        missing = set(lab.service.model_ids) - set(found)
        lab.equal(f"models of a long list that are missing from {name}", 0, len(missing))
        lab.equal(f"the length of a long list from {name}", _LONG_LIST, len(found))


@check("PC-MODELS-004", needs=["model_listing"])
async def list_comes_to_an_end(lab: Lab) -> None:
    """list_models() ends when a page brings nothing new.

    Rule: list_models() asks for further pages until one brings nothing new.
    Why: Some services name a next page for ever, others ignore the page that is asked for.
    How: Has the last page lead to itself; a protocol without pages sends its whole list each time.
    It fails after twelve requests.
    Fix: Stop at a page whose ids are all known.
    """
    ids = lab.service.model_ids
    lab.service.reply_always(_endless_pages(lab, ids), "models")
    found = await lab.outcome(lab.provider().list_models())
    asked = lab.request_count("models")
    lab.true("requests for a list", asked < _MAX_PAGES, f"less than {_MAX_PAGES}", asked)
    lab.equal("the ids of the list", sorted(ids), _sorted(found))


@check("PC-MODELS-005", needs=["model_listing"])
async def rejected_list_is_an_error(lab: Lab) -> None:
    """A list that the service refuses raises what the refusal means.

    Rule: list_models() and describe_models() raise ProviderAuthError for a rejected credential
    and ProviderRateLimitError for a rate limit; never an empty list.
    Why: An empty menu looks like an account without models, and nobody looks for the key.
    How: Lists the models, then has the service reject the credential and limit the rate.
    Fix: Let the errors of the request out of list_models().
    """
    provider = await _listing_provider(lab)
    meant: dict[ErrorKind, type[ProviderError]] = {
        "auth": ProviderAuthError,
        "rate_limit": ProviderRateLimitError,
    }
    for kind, error in meant.items():
        lab.service.reply_always(Failure(kind, lab.text()), "models")
        for name, call in listing_calls(lab, provider).items():
            await raises_exactly(lab, error, call(), f"{name} that fails with {kind}")


@check("PC-MODELS-006", needs=["model_listing"])
async def failing_list_is_an_error(lab: Lab) -> None:
    """A service that fails while it lists raises ProviderUnavailableError.

    Rule: list_models() and describe_models() raise ProviderUnavailableError, or a narrower one,
    if the service fails, and ProviderError if it rejects the request for any reason; never an
    empty list. If the service has no list, a provider may name the models that it documents.
    Why: A cache that stores the empty list hides every model until it expires.
    How: Lists the models, then has the service fail, be overloaded, and reject in every way.
    Fix: Let the errors of the request out of list_models().
    """
    provider = await _listing_provider(lab)
    for kind in ("server", "overloaded", "timeout"):
        lab.service.reply_always(Failure(kind, lab.text()), "models")
        await _require_raised(lab, provider, ProviderUnavailableError, f"fails with {kind}")
    rejections: tuple[ErrorKind, ...] = ("permission", "quota", "bad_request")
    for kind in rejections:
        lab.service.reply_always(Failure(kind, lab.text()), "models")
        await _require_raised(lab, provider, ProviderError, f"is rejected with {kind}")
    lab.service.reply_always(Failure("model_not_found", lab.text()), "models")
    for name, call in listing_calls(lab, provider).items():
        found = await lab.outcome(call())
        lab.true(f"{name} that is not found", found, "to raise, or to name known models", found)


@check("PC-MODELS-007", needs=["model_listing"])
async def garbage_is_no_list(lab: Lab) -> None:
    """A reply that is not a model list raises ProviderResponseError.

    Rule: list_models() and describe_models() raise ProviderResponseError for a success that
    is not a model list (a web page, bytes, another JSON, nothing); never an empty list.
    Why: With a wrong base URL every list would be empty, and nothing would say why.
    How: Lists the models, then has the service send each kind of garbage.
    Fix: Raise if the field that holds the list is missing; an absent list is not an empty one.
    """
    provider = await _listing_provider(lab)
    for what, script in malformed_replies(lab, "models"):
        lab.service.reply_always(script, "models")
        await _require_raised(lab, provider, ProviderResponseError, f"gets {what}")


@check("PC-MODELS-008", needs=["model_listing"])
async def error_in_success_is_no_list(lab: Lab) -> None:
    """An error with the status of a success is not an empty list.

    Rule: list_models() and describe_models() raise ProviderError if the reply reports an error,
    whatever its status.
    Why: Gateways answer 200 and put the failure of the back end into the body.
    How: Lists the models, then has the service send an error with status 200.
    Fix: Look for the protocol's error before you look for the list.
    """
    provider = await _listing_provider(lab)
    reply = replace(lab.wire.failure(Failure("server", lab.text())), status=200)
    lab.service.reply_always(reply, "models")
    await _require_raised(lab, provider, ProviderError, "gets an error as 200")


@check("PC-MODELS-009", needs=["model_listing"])
async def unreachable_list_is_an_error(lab: Lab) -> None:
    """A service that cannot be reached raises ProviderUnavailableError.

    Rule: list_models() and describe_models() raise ProviderUnavailableError if the connection is
    refused or dropped.
    Why: Offline, an application would replace its last known list by an empty one.
    How: Lists the models, then has the service refuse and drop connections.
    Fix: Map connection errors as you do in chat().
    """
    provider = await _listing_provider(lab)
    for reply in (Reply(head="refuse"), Reply(head="reset")):
        lab.service.reply_always(reply, "models")
        what = f"meets a connection error ({reply.head})"
        await _require_raised(lab, provider, ProviderUnavailableError, what)


@check("PC-MODELS-010", needs=["model_listing"])
async def silent_list_times_out(lab: Lab) -> None:
    """A list that does not come raises ProviderTimeoutError.

    Rule: list_models() and describe_models() raise ProviderTimeoutError when the provider's timeout
    runs out.
    Why: A menu that never opens is worse than one that says why.
    How: Lists the models, then has the service accept the connection and say nothing.
    Fix: Bound list_models() by the provider's timeout.
    """
    await _listing_provider(lab)
    provider = lab.provider(timeout=0.3 if lab.driver.name == "socket" else 20.0)
    lab.service.reply_always(Reply(head="hang"), "models")
    await _require_raised(lab, provider, ProviderTimeoutError, "gets nothing")


@check("PC-MODELS-011", needs=["model_listing"])
async def list_is_the_present_one(lab: Lab) -> None:
    """list_models() tells what the service offers now.

    Rule: Each call of list_models() and describe_models() asks the service, and returns a new list.
    Why: Models come and go while a program runs; a list that is kept offers what is gone.
    How: Lists the models twice with one provider and once with another, and changes the list in
    between.
    Fix: Keep no list in the provider; leave caching to those who know how long it holds.
    """
    provider = lab.provider()
    kept = await provider.list_models()
    before = list(kept)
    for asked in (provider, provider, lab.provider()):
        lab.service.model_ids = [unusual_id(lab.rng) for _ in range(3)]
        await _require_listed(lab, asked, lab.service.model_ids)
        described = [model.id for model in await asked.describe_models()]
        lab.equal("the ids of describe_models()", sorted(lab.service.model_ids), sorted(described))
    lab.equal("the list that was returned first", before, kept)


@check("PC-MODELS-012", needs=["model_listing"])
async def empty_list_is_not_filled_up(lab: Lab) -> None:
    """A service without models has no models.

    Rule: If the service lists nothing, list_models() invents nothing.
    Why: A model that only the code knows fails when it is used.
    How: Lists the models, then has the service send a list that is empty.
    Fix: Return the empty list.
    """
    provider = await _listing_provider(lab)
    lab.service.model_ids = []
    found = await lab.outcome(provider.list_models())
    invented = [] if isinstance(found, ProviderError) else found
    lab.equal("models that the service does not list", [], invented)


@check("PC-MODELS-013", needs=["model_listing"])
async def descriptions_fit_the_list(lab: Lab) -> None:
    """describe_models() describes the models of list_models().

    Rule: describe_models() describes each model of list_models() once, and no other.
    Why: Whoever picks a model by its price must be able to use it.
    How: Has the service list random ids, some twice, and compares both.
    Fix: Build both from one reading of the service's list.
    """
    ids = [unusual_id(lab.rng) for _ in range(5)]
    lab.service.model_ids = [*ids, *ids[:2]]
    provider = lab.provider()
    await _require_listed(lab, provider, ids)
    described = [model.id for model in await provider.describe_models()]
    lab.equal("the ids of describe_models()", sorted(ids), sorted(described))


@check("PC-MODELS-014", needs=["model_listing"])
async def list_that_breaks_off_is_an_error(lab: Lab) -> None:
    """A list that breaks off is an error, and not a shorter list.

    Rule: list_models() and describe_models() raise ProviderError if the connection breaks in the
    middle of the list.
    Why: Half a list looks like a whole one.
    How: Lists the models, then has the connection break in the middle of a longer list.
    Fix: Read the list only once its whole body is there.
    """
    provider = await _listing_provider(lab)
    lab.service.model_ids = [unusual_id(lab.rng) for _ in range(20)]
    lab.service.reply_always(reply_broken_off(lab), "models")
    await _require_raised(lab, provider, ProviderError, "gets half a list")


async def _require_listed(lab: Lab, provider: BaseProvider, ids: Sequence[str]) -> None:
    found = await provider.list_models()
    lab.instance("the result of list_models()", list, found)
    lab.equal("the ids of list_models()", sorted(ids), _sorted(found))


async def _require_raised(
    lab: Lab, provider: BaseProvider, kind: type[ProviderError], what: str
) -> None:
    """Fail unless both ways to ask for the models raise an error of this class."""
    for name, call in listing_calls(lab, provider).items():
        await lab.raises(kind, call(), f"{name} that {what}")


async def _listing_provider(lab: Lab) -> BaseProvider:
    """Return a provider that has just listed the models correctly."""
    provider = lab.provider()
    await _require_listed(lab, provider, lab.service.model_ids)
    return provider


def _sorted(found: list[str] | ProviderError) -> object:
    return found if isinstance(found, ProviderError) else sorted(found, key=str)


def _endless_pages(lab: Lab, ids: Sequence[str]) -> ReplyFunction:
    def reply(request: SeenRequest) -> Reply:
        if lab.request_count("models") >= _MAX_PAGES:
            return lab.wire.failure(Failure("bad_request", "enough"))
        return lab.wire.endless_models(ids, request)

    return reply
