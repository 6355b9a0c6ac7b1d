"""Installing, describing and removing models."""

import asyncio
import json
import traceback
from contextlib import aclosing

import httpx
import pytest
from provider_ollama import OllamaCompatibleProvider
from provider_sdk import (
    ModelDetails,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    PullProgress,
    RunningModel,
    StreamInterruptedError,
)

from ._service import KEY, Body, Reply, Service, failing, lines, tags

DIGEST = "sha256:6a0746a1ec1a"
REPORTS = [
    {"status": "pulling manifest"},
    {"status": "pulling 6a0746a1ec1a", "digest": DIGEST, "total": 200},
    {"status": "pulling 6a0746a1ec1a", "digest": DIGEST, "total": 200, "completed": 100},
    {"status": "verifying sha256 digest"},
    {"status": "success"},
]


async def pulled(*reports, **config):
    """Return the progress of a download."""
    return [each async for each in Service(pull=lines(*reports)).provider(**config).pull("qwen3")]


async def managed(provider, call):
    """Make one call of the provider to its end."""
    if call == "pull":
        return [each async for each in provider.pull("qwen3")]
    return await getattr(provider, call)(*([] if call == "ps" else ["qwen3"]))


async def test_pull_yields_its_progress():
    """Each report of the service is one step, to the last."""
    service = Service(pull=lines(*REPORTS))

    found = [progress async for progress in service.provider(api_key=KEY).pull("qwen3")]

    assert found == [
        PullProgress("pulling manifest"),
        PullProgress("pulling 6a0746a1ec1a", DIGEST, None, 200),
        PullProgress("pulling 6a0746a1ec1a", DIGEST, 100, 200),
        PullProgress("verifying sha256 digest"),
        PullProgress("success"),
    ]
    assert service.bodies("/api/pull") == [{"model": "qwen3", "stream": True}]
    assert service.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_progress_is_plain_json():
    """`to_dict` returns plain JSON types."""
    assert PullProgress("a", "b", 1, 2).to_dict() == {
        "status": "a",
        "digest": "b",
        "completed": 1,
        "total": 2,
    }


@pytest.mark.parametrize("reports", [[], REPORTS[:1], REPORTS[:-1]])
async def test_a_download_that_stops_is_no_success(reports):
    """Without the last report the model is not installed."""
    with pytest.raises(StreamInterruptedError, match="before it was complete") as caught:
        await pulled(*reports)

    assert (caught.value.provider, caught.value.model) == ("ollama", "qwen3")
    assert "Pull again" in caught.value.hint


@pytest.mark.parametrize(
    ("message", "kind", "hint"),
    [
        ("pull model manifest: file does not exist", ProviderModelNotFoundError, "library"),
        ("max retries exceeded: unexpected EOF", ProviderUnavailableError, "Try again later"),
        (
            'pull model manifest: Get "https://registry.ollama.ai/v2/": dial tcp: lookup '
            "registry.ollama.ai: no such host",
            ProviderUnavailableError,
            "Try again later",
        ),
        ("read tcp 10.0.0.2:443: connection reset by peer", ProviderUnavailableError, "again"),
        ("tls: failed to verify certificate: x509: expired", ProviderUnavailableError, "again"),
        ("unauthorized", ProviderAuthError, "signin"),
    ],
)
async def test_an_error_of_a_download(message, kind, hint):
    """A report may be an error, with the service's message and what to do."""
    with pytest.raises(kind, match=message) as caught:
        await pulled(REPORTS[0], {"error": message})

    assert hint in caught.value.hint


async def test_a_missing_manifest_is_a_missing_model():
    """Some versions report a name that the library lacks as their own failure."""
    service = Service(pull=failing(500, "pull model manifest: file does not exist"))

    with pytest.raises(ProviderModelNotFoundError) as caught:
        await anext(service.provider().pull("qwen3"))

    assert (caught.value.status, caught.value.model) == (500, "qwen3")


async def test_an_error_before_a_download():
    """So may the reply itself."""
    service = Service(pull=failing(400, "invalid model name"))

    with pytest.raises(ProviderModelNotFoundError, match="invalid model name"):
        await anext(service.provider().pull("qwen3"))


@pytest.mark.parametrize(
    "body",
    [
        b"<html>\n",
        b'{"status": "a"}\nnot JSON\n',
        b"x" * (9 * 2**20),
        b'7\n{"status": "success"}\n',
        b'[]\n{"status": "success"}\n',
        b'{"status": "a"}\n{"completed": 7}\n{"status": "success"}\n',
        b'{"status": 7}\n{"status": "success"}\n',
    ],
)
async def test_a_report_that_cannot_be_read(body):
    """It is an error of the contract."""
    service = Service(pull=Reply(body))

    with pytest.raises(ProviderResponseError, match="cannot be read"):
        [each async for each in service.provider().pull("qwen3")]


async def test_a_report_without_an_end_of_line_counts():
    """The last line may lack its end, and blank lines mean nothing."""
    service = Service(pull=Reply(b'\n \n{"status": "success"}'))

    found = [each.status async for each in service.provider().pull("qwen3")]

    assert found == ["success"]


async def test_a_connection_that_drops_is_an_error():
    """A dropped download is not complete."""
    body = Body([json.dumps(REPORTS[0]).encode() + b"\n", httpx.ReadError("gone")])

    with pytest.raises(ProviderResponseError):
        [each async for each in Service(pull=Reply(body)).provider().pull("qwen3")]

    assert body.closings == 1


async def test_a_silent_download_is_a_timeout():
    """It is waited for long, not for ever."""

    class Hasty(OllamaCompatibleProvider):
        name = "hasty"
        base_url = "http://box:11434"
        pull_silence_s = 0.05

    body = Body([json.dumps(REPORTS[0]).encode() + b"\n", 10])

    with pytest.raises(ProviderTimeoutError, match="silent"):
        [each async for each in Service(pull=Reply(body)).provider(Hasty).pull("qwen3")]

    assert body.closings == 1


async def test_leaving_early_closes_the_connection():
    """The service stops the download then."""
    body = Body(json.dumps(report).encode() + b"\n" for report in REPORTS)

    async with aclosing(Service(pull=Reply(body)).provider().pull("qwen3")) as progress:
        await anext(progress)

    assert body.closings == 1


async def test_an_echoed_key_is_redacted():
    """Neither progress nor error shows it."""
    found = await pulled({"status": f"hello {KEY}", "digest": KEY}, REPORTS[-1], api_key=KEY)
    with pytest.raises(ProviderError) as caught:
        await pulled({"error": f"bad {KEY}"}, api_key=KEY)

    assert KEY not in f"{found}{caught.value}"


async def test_show():
    """What the service says of a model, by the names of the contract."""
    body = {
        "license": "MIT",
        "parameters": "stop x",
        "system": "Be brief.",
        "modified_at": "2026-03-27T20:09:18Z",
        "details": {"family": "qwen3", "parameter_size": "8.2B", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40_960},
        "capabilities": ["completion", "tools"],
    }
    service = Service(show=Reply(body))

    found = await service.provider().show("qwen3")

    assert found == ModelDetails(
        id="qwen3",
        family="qwen3",
        parameter_size="8.2B",
        quantization="Q4_K_M",
        context_window=40_960,
        capabilities=("completion", "tools"),
        parameters="stop x",
        system="Be brief.",
        license="MIT",
        modified_at="2026-03-27T20:09:18Z",
    )
    assert found.to_dict()["context_window"] == 40_960
    assert service.bodies("/api/show") == [{"model": "qwen3"}]


async def test_show_of_an_old_server():
    """What it does not say is unknown."""
    service = Service(show=Reply({"modelfile": "FROM m"}))

    assert await service.provider().show("m") == ModelDetails("m")


ECHOES = [
    Reply({"error": f"bad header Bearer {KEY}"}),
    Reply({"error": {"message": f"bad {KEY}", "code": KEY}}),
    Reply({"error": [f"bad {KEY}"]}),
    Reply(f"<html><title>{KEY}</title></html>".encode()),
    Reply([KEY]),
    Reply(KEY),
    Reply(KEY.encode()),
    Reply({"error": f"bad {KEY}"}, 401),
    Reply({"error": f"model '{KEY}' not found"}, 404),
    httpx.ReadError(f"proxy {KEY}"),
]


@pytest.mark.parametrize("reply", ECHOES)
@pytest.mark.parametrize("call", ["show", "ps", "delete", "pull"])
async def test_an_error_of_managing_is_complete(call, reply):
    """Whatever answers, the error names the provider, and shows no credential."""
    provider = Service(**{call: reply}).provider(api_key=KEY)

    with pytest.raises(ProviderError) as caught:
        await managed(provider, call)

    error = caught.value
    shown = "".join(traceback.format_exception(error)) + f"{error!r}{vars(error)}"
    assert KEY not in shown
    assert (error.provider, error.model) == ("ollama", None if call == "ps" else "qwen3")


async def test_facts_that_repeat_the_key_are_redacted():
    """What a service says of its models shows no credential either."""
    said = f"Bearer {KEY}"
    body = {
        **dict.fromkeys(("license", "parameters", "system", "modified_at"), said),
        "details": dict.fromkeys(("family", "parameter_size", "quantization_level"), said),
        "capabilities": [said],
    }
    entry = {"name": said, "expires_at": said}
    provider = Service(show=Reply(body), ps=Reply(tags(entry))).provider(api_key=KEY)

    details, running = await provider.show("m"), await provider.ps()

    assert KEY not in f"{details}{running}"
    assert details.license == running[0].id == "Bearer [redacted]"


@pytest.mark.parametrize("body", [{}, {"status": "ok"}, {"models": []}])
async def test_a_description_of_nothing_is_an_error(body):
    """An answer that says nothing of a model is not its description."""
    with pytest.raises(ProviderResponseError, match="does not describe a model"):
        await Service(show=Reply(body)).provider().show("m")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "could not delete"}, "could not delete"),
        ({"error": True}, "without a message"),
        (b"<html>", "HTML page"),
        (b"OK", "something else"),
        ([], "not an object"),
        (False, "not an object"),
    ],
)
async def test_a_removal_that_failed_is_an_error(body, said):
    """A status of success alone removes nothing."""
    with pytest.raises(ProviderError, match=said):
        await Service(delete=Reply(body)).provider().delete("qwen3")


@pytest.mark.parametrize("body", [b"", b"\n", b"null", {}, {"status": "success"}])
async def test_a_removal_is_confirmed_by_nothing_or_an_object(body):
    """Servers answer an order that they carried out with an empty body, or an object."""
    await Service(delete=Reply(body)).provider().delete("qwen3")


@pytest.mark.parametrize("call", ["show", "ps", "delete", "pull"])
async def test_managing_takes_no_longer_than_the_timeout(call):
    """The timeout bounds every request, and each silence of a download."""
    body = Body([b'{"status": "a"}\n', 10])
    provider = Service(**{call: Reply(body)}).provider(timeout=0.1)
    loop = asyncio.get_running_loop()
    start = loop.time()

    with pytest.raises(ProviderTimeoutError) as caught:
        await managed(provider, call)

    assert loop.time() - start < 5
    assert caught.value.provider == "ollama"
    assert body.closings == 1


async def test_a_download_without_a_timeout_may_be_silent_for_long():
    """The deadline of a usual call does not end the check of a large file."""
    assert Service().provider().pull_silence_s == 600
    assert Service().provider(timeout=3).pull_silence_s == 3
    assert Service().provider(timeout=120).pull_silence_s == 120


async def test_ps():
    """The models in memory, with their sizes and the context that there is memory for."""
    entry = {
        "name": "qwen3:8b",
        "size": 6_000,
        "size_vram": 3_000,
        "context_length": 8192,
        "expires_at": "2026-03-27T20:09:18Z",
    }

    found = await Service(ps=Reply(tags(entry, "b"))).provider().ps()

    assert found == [
        RunningModel("qwen3:8b", 6_000, 3_000, 8192, "2026-03-27T20:09:18Z"),
        RunningModel("b"),
    ]
    assert found[1].to_dict()["size"] is None


async def test_delete():
    """The model is named in the body, and the request is sent once."""
    service = Service(delete=Reply())

    await service.provider(max_retries=2).delete("qwen3")

    assert [request.method for request in service.requests] == ["DELETE"]
    assert service.bodies("/api/delete") == [{"model": "qwen3"}]


async def test_a_removal_is_not_repeated():
    """A second one would not find the model that the first removed."""
    service = Service(delete=failing(500, "broken"))

    with pytest.raises(ProviderError, match="broken"):
        await service.provider(max_retries=2).delete("qwen3")

    assert len(service.requests) == 1


@pytest.mark.parametrize("call", ["show", "delete"])
async def test_a_model_that_is_not_installed(call):
    """The error names it, and says how to see those that are."""
    service = Service(**{call: failing(404, "model 'qwen3' not found")})

    with pytest.raises(ProviderModelNotFoundError) as caught:
        await getattr(service.provider(), call)("qwen3")

    assert caught.value.model == "qwen3"
    assert caught.value.hint == "List the models to see which are installed."


@pytest.mark.parametrize("call", ["show", "delete", "pull"])
@pytest.mark.parametrize("model", ["", "  ", None, 7])
async def test_a_model_needs_a_name(call, model):
    """An empty name, or one that is not text, is refused before anything is sent."""
    service = Service()
    work = getattr(service.provider(), call)(model)

    with pytest.raises(ProviderRequestError, match="must be a name"):
        await (anext(work) if call == "pull" else work)

    assert service.requests == []


@pytest.mark.parametrize("call", ["show", "delete", "pull", "ps"])
async def test_a_closed_provider_manages_nothing(call):
    """After `aclose` every call raises, and nothing is sent."""
    service = Service()
    provider = service.provider()
    await provider.aclose()
    work = getattr(provider, call)(*([] if call == "ps" else ["qwen3"]))

    with pytest.raises(ProviderError, match="closed"):
        await (anext(work) if call == "pull" else work)

    assert service.requests == []
