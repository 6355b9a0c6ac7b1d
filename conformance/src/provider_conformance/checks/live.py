"""LIVE: a few cheap calls to the real service, within a budget."""

from __future__ import annotations

from dataclasses import replace

from provider_sdk import ProviderAuthError, ProviderModelNotFoundError

from provider_conformance._check import check
from provider_conformance.lab._lab import Lab

_MAX_TOKENS = 48


@check("PC-LIVE-001", mode="live")
async def real_credential_is_healthy(lab: Lab) -> None:
    """The real service accepts the credential, and not another.

    Rule: health_check() is True only when the service accepted this credential.
    Why: A scripted service shows what the author believes; the real one shows what is so.
    How: Checks the health with the credential of the environment, then with an altered one.
    Fix: Check the credential at an endpoint that the service does not leave open.
    """
    lab.equal("health_check()", True, await lab.provider().health_check())
    if lab.harness.credential_rule != "none":
        altered = lab.provider(api_key=lab.another_credential())
        lab.equal("health_check() with another credential", False, await altered.health_check())


@check("PC-LIVE-002", mode="live", credentials=["required"], otherwise=real_credential_is_healthy)
async def real_rejection_is_an_auth_error(lab: Lab) -> None:
    """The real service's rejection is a ProviderAuthError.

    Rule: A credential that the service rejects raises ProviderAuthError.
    Why: Services reject in many ways; only the real one shows how it does.
    How: Makes a chat with a credential that the service does not know.
    Fix: Map the service's rejection to ProviderAuthError.
    """
    await lab.raises(
        ProviderAuthError, lab.chat(lab.provider(api_key=lab.another_credential())), "the call"
    )


@check("PC-LIVE-003", mode="live", needs=["model_listing"])
async def real_models_are_listed(lab: Lab) -> None:
    """The real model list has ids, each once.

    Rule: list_models() returns every id once.
    Why: Users pick from it.
    How: Lists the models.
    Fix: Page until nothing new comes, and drop repeated ids.
    """
    ids = await lab.provider().list_models()
    lab.true("list_models()", ids, "at least one id", ids)
    lab.equal("number of different ids", len(ids), len(set(ids)))


@check("PC-LIVE-004", mode="live")
async def real_answer_has_text_and_usage(lab: Lab) -> None:
    """A real answer has text, a finish reason and usage that adds up.

    Rule: Text, finish reason and usage are what the service reports.
    Why: They are what callers read, show and pay for.
    How: Asks a short question, with few tokens allowed.
    Fix: Read the fields where the service puts them today.
    """
    response = await lab.chat(lab.provider(), max_tokens=_MAX_TOKENS)
    said = response.text or response.reasoning
    lab.true("text or reasoning", said, "not to be empty", response)
    lab.true("usage", response.usage and response.usage.prompt_tokens, "to be reported", response)


@check("PC-LIVE-005", mode="live", needs=["streaming"])
async def real_stream_adds_up(lab: Lab) -> None:
    """The chunks of a real stream are its response.

    Rule: The joined text of the chunks is the text of the response; usage is reported if the
    provider declares it.
    Why: A real stream has cuts and events that no script has.
    How: Streams an answer to a short question.
    Fix: Add up exactly what is yielded.
    """
    texts, response = await lab.stream(lab.provider(), max_tokens=_MAX_TOKENS)
    lab.equal("the joined chunks", response.text, "".join(texts))
    if "usage_in_stream" in lab.capabilities:
        lab.true("usage", response.usage is not None, "to be reported", response.usage)


@check("PC-LIVE-006", mode="live")
async def real_limit_is_length(lab: Lab) -> None:
    """A real answer that is cut by max_tokens ends with length.

    Rule: finish_reason is length when the token limit ended the answer.
    Why: A cut answer that looks finished is acted upon.
    How: Allows two tokens for a long task.
    Fix: Map the service's word for it.
    """
    task = [{"role": "user", "content": "Count from one to one hundred in words."}]
    response = await lab.chat(lab.provider(), task, max_tokens=2)
    lab.equal("finish_reason", "length", response.finish_reason)


@check("PC-LIVE-007", "SHOULD", mode="live")
async def real_unknown_model_is_not_found(lab: Lab) -> None:
    """A model that the real service does not have is ProviderModelNotFoundError.

    Rule: An unknown model raises ProviderModelNotFoundError.
    Why: Routers and users fall back on this error.
    How: Asks a model that cannot exist.
    Fix: Map the service's answer; some use 400 with a code.
    """
    lab.harness = replace(lab.harness, model="conformance/no-such-model")
    call = lab.chat(lab.provider(), max_tokens=1)
    await lab.raises(ProviderModelNotFoundError, call, "a call for an unknown model")
