"""Recorded exchanges: made without leaks, replayed byte by byte, compared in shape."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from provider_conformance import OpenAIWire, Service, run
from provider_conformance.__main__ import main
from provider_conformance.cassettes import (
    SCENARIOS,
    CassetteError,
    LeakingCassetteError,
    drift,
    read_cassettes,
    record,
)
from provider_conformance.drivers import SocketDriver
from provider_conformance.reports import origin_of, write_reports
from provider_conformance.reports._evidence import Evidence
from provider_conformance.reports._levels import overall_level
from provider_conformance.wires._answer import Answer, Failure, Tokens
from provider_conformance.zoo import HARNESS, ReferenceProvider

SECRET = "sk-very/secret+credential"


@pytest.fixture
def upstream(monkeypatch):
    """Serve a stand-in for the real service, which accepts the secret of the environment."""
    monkeypatch.setenv("REFERENCE_API_KEY", SECRET)
    service = Service(OpenAIWire(), SECRET, random.Random(5))
    with SocketDriver(service) as driver:
        yield service, f"{driver.address}/v1"


@pytest.fixture
def tapes(upstream, tmp_path):
    """Return a folder with a cassette for each scenario."""
    record(HARNESS, upstream[1], "some/model", tmp_path / "tapes")
    return tmp_path / "tapes"


def replayed(tapes, provider=ReferenceProvider, only=()):
    """Return the report of a replay."""
    return run(replace(HARNESS, provider=provider, cassettes=tapes), "replay", 1, only=only)


def test_every_scenario_is_recorded(tapes):
    """A provider that can do all has a cassette for each scenario."""
    assert {cassette.scenario for cassette in read_cassettes(tapes)} == set(SCENARIOS)


def test_host_and_day_are_kept(tapes):
    """A cassette says which host was recorded, and on which day."""
    cassettes = read_cassettes(tapes)
    today = datetime.now(UTC).date().isoformat()
    assert {(each.host, each.recorded) for each in cassettes} == {("127.0.0.1", today)}


def test_chunks_are_kept_as_they_arrived(tapes):
    """A streamed answer is recorded in more than one piece, and none is lost."""
    stream = next(c for c in read_cassettes(tapes) if c.scenario == "stream")
    assert len(stream.exchanges[0].chunks) > 1
    assert stream.exchanges[0].chunks[-1].endswith(b"data: [DONE]\n\n")


def test_no_cassette_holds_the_credential(tapes):
    """Request headers, which carry the credential, are not recorded."""
    assert all(SECRET not in file.read_text() for file in tapes.iterdir())


def test_echoed_credential_is_not_written(upstream, tmp_path):
    """A service that echoes the credential leaves no cassette at all."""
    service, address = upstream
    service.reply_next(Failure("bad_request", f"your key {SECRET} is fine"))
    with pytest.raises(LeakingCassetteError):
        record(HARNESS, address, "some/model", tmp_path / "tapes")
    assert not (tmp_path / "tapes").exists()


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Return a function that records the reference from an upstream, and returns the exit code."""
    monkeypatch.setenv("REFERENCE_API_KEY", SECRET)
    (tmp_path / "harness.py").write_text("from provider_conformance.zoo import HARNESS\n")
    call = ["record", str(tmp_path / "harness.py"), "--model", "m", "--out", str(tmp_path / "out")]
    return lambda upstream: main([*call, "--upstream", upstream])


def test_unreachable_service_is_one_sentence(recorded, tmp_path, capsys):
    """A service that takes no connection is named at once, and nothing is written."""
    assert recorded("http://127.0.0.1:1/v1") == 1
    assert "not recorded: http://127.0.0.1:1/v1 did not reply" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("url", ["nonsense", "ftp://a/v1", "http://", "https://a:x/"])
def test_odd_upstream_is_a_mistake_in_the_call(recorded, url, capsys):
    """An upstream that is not a URL of a service is refused before anything is sent."""
    assert recorded(url) == 2
    assert repr(url) in capsys.readouterr().err


def test_replay_of_a_recording_passes(tapes):
    """The provider that was recorded makes the same of the same bytes."""
    report = replayed(tapes)
    assert (report.failed, report.verdict) == ([], "PASS")


def test_replay_notices_lost_usage(tapes):
    """A provider that no longer reads what was recorded fails the replay."""

    class Forgets(ReferenceProvider):
        async def chat(self, messages, model=None, stream=False, **options):
            answer = await super().chat(messages, model, stream, **options)
            return answer if stream else replace(answer, usage=None)

    assert "PC-REPLAY-001" in replayed(tapes, Forgets).failed


def test_replay_notices_changed_requests(tapes):
    """A provider that asks something else than what was recorded is told so."""

    class AddsTemperature(ReferenceProvider):
        async def chat(self, messages, model=None, stream=False, **options):
            return await super().chat(messages, model, stream, temperature=0.5, **options)

    results = {r.id: r.status for r in replayed(tapes, AddsTemperature).results}
    assert results["PC-REPLAY-004"] == "warn"


def test_replay_without_cassettes_is_not_testable():
    """A replay of nothing is red."""
    report = run(HARNESS, "replay", 1)
    assert {result.status for result in report.results} == {"not-testable"}
    assert report.verdict == "FAIL"


@pytest.mark.parametrize("name", ["chat", "tools-stream", "models"])
def test_replay_misses_a_scenario(tapes, name):
    """A cassette that was taken away is missed: deleting what fails makes nothing green."""
    (tapes / f"{name}.json").unlink()
    report = replayed(tapes)
    assert "PC-REPLAY-001" in report.failed
    assert f"there is no cassette of {name}; " in report.results[0].message


def test_cassettes_of_other_scenarios_prove_nothing(tapes):
    """A folder in which no scenario of the kit is recorded is as good as empty."""
    for file in tapes.iterdir():
        text = json.loads(file.read_text())
        file.write_text(json.dumps({**text, "scenario": f"my-{text['scenario']}"}))
    assert {result.status for result in replayed(tapes).results} == {"not-testable"}


@pytest.mark.parametrize("facts", [{}, {"error": "ProviderAuthError", "message": "no"}])
def test_recording_without_an_answer_proves_nothing(tapes, facts):
    """A recording in which the service refused the call, or without facts, is not a proof."""
    file = tapes / "chat.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "facts": facts}))
    report = replayed(tapes)
    assert "the service did not answer chat" in report.results[0].message
    assert report.verdict == "FAIL"


def test_recording_of_a_provider_that_can_do_less_is_whole(tapes):
    """Scenarios that need what a provider does not declare are not missed."""

    class NoTools(ReferenceProvider):
        capabilities = ReferenceProvider.capabilities - {"tools", "parallel_tools"}

    for name in ("tools", "tools-stream"):
        (tapes / f"{name}.json").unlink()
    assert replayed(tapes, NoTools).failed == []


def test_file_that_is_no_cassette_is_named(tmp_path):
    """A broken file is one clear sentence."""
    (tmp_path / "odd.json").write_text('{"schema": "something else"}')
    with pytest.raises(CassetteError, match=r"odd\.json is not a cassette"):
        read_cassettes(tmp_path)


@pytest.mark.parametrize("text", ["[]", "1", "[[", "\xff"])
def test_odd_cassette_is_named(tmp_path, text):
    """A file that holds no object is one clear sentence, too."""
    (tmp_path / "odd.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(CassetteError, match=r"odd\.json is not a cassette"):
        read_cassettes(tmp_path)


def test_headers_of_the_wire_are_kept(upstream, tmp_path):
    """What the wire names as its own is kept of a reply's headers, and nothing else unknown."""
    service, address = upstream
    headers = {"x-backend": "rack-7", "x-account": "somebody"}
    service.reply_next(
        lambda request: replace(service.reply_for(Answer(["red"]), request), headers=headers)
    )
    named = replace(HARNESS, wire=OpenAIWire(backend_header="x-backend"))
    record(named, address, "some/model", tmp_path)
    chat = next(c for c in read_cassettes(tmp_path) if c.scenario == "chat")
    assert chat.exchanges[0].headers == {"x-backend": "rack-7"}


def test_same_shapes_are_no_drift(tapes, upstream, tmp_path):
    """Other values in the same fields are no drift."""
    record(HARNESS, upstream[1], "some/model", tmp_path / "again")
    assert drift(read_cassettes(tapes), read_cassettes(tmp_path / "again")) == []


def test_new_field_is_drift(tapes, upstream, tmp_path):
    """A field that came is named with its path and type."""
    service, address = upstream
    service.reply_next(Answer(pieces=["red"], extra={"surprise": 1}))
    record(HARNESS, address, "some/model", tmp_path / "again")
    found = drift(read_cassettes(tapes), read_cassettes(tmp_path / "again"))
    assert any("surprise is new (number)" in words for words in found)


def test_live_run_without_a_credential_is_red(monkeypatch):
    """A key that was promised and is missing is a failure, not a skip."""
    monkeypatch.delenv("REFERENCE_API_KEY", raising=False)
    report = run(HARNESS, "live", 1)
    assert report.verdict == "FAIL"
    assert "REFERENCE_API_KEY is not set" in report.results[0].message


class Live(ReferenceProvider):
    """The reference with a public address, which the environment may change."""

    base_url = "https://api.reference.example/v1"


LIVE = replace(HARNESS, provider=Live, model="some/model")


@pytest.fixture
def live(upstream, monkeypatch):
    """Return a harness whose real service is the stand-in, which also knows its limits."""
    service, address = upstream
    monkeypatch.setenv("REFERENCE_BASE_URL", address)

    def answer(chat):
        if chat.model != "some/model":
            return Failure("model_not_found", "there is no such model")
        short = chat.options.get("max_tokens") == 2
        return Answer(["red", " blue"], finish="length" if short else "stop", usage=Tokens(3, 2, 5))

    service.reply_always(lambda request: guarded(service, request, answer), "chat")
    return LIVE


def guarded(service, request, answer):
    """Answer a request that has the right credential."""
    if not service.accepts(request):
        return Failure("auth", "the credential is not known")
    return answer(service.wire.read_chat(request))


def test_live_run_against_a_real_service_passes(live):
    """A provider that keeps the contract passes with the credential of the environment."""
    report = run(live, "live", 1)
    assert (report.failed, report.verdict) == ([], "PASS")


def test_live_run_keeps_its_budget(live, upstream):
    """No more chat calls are made than were agreed, and the run says that they did not suffice."""
    report = run(live, "live", 1, budget=2)
    assert len(upstream[0].requests()) == 2
    assert "budget" in "".join(result.message for result in report.results)


@pytest.fixture(scope="module")
def scripted():
    """Return the report of a run that asks no service."""
    return run(LIVE, "mock", 1)


@pytest.fixture
def proved(live, tapes, scripted, tmp_path):
    """Return harness and folder with green reports of all modes, as from the public service."""
    harness = replace(live, cassettes=tapes)
    service = Evidence(["api.reference.example"], [datetime.now(UTC).date().isoformat()])
    for report in (scripted, run(harness, "replay", 1), run(harness, "live", 1)):
        origin = {**origin_of(harness, None, report.mode), "service": service.to_dict()}
        write_reports(report, origin, tmp_path / "reports")
    return harness, tmp_path / "reports"


def test_proof_in_all_modes_is_platinum(proved):
    """Scripted, replayed and lately live: that is the highest level."""
    found = overall_level(proved[0], None, proved[1], datetime.now(UTC))
    where = f"api.reference.example, {datetime.now(UTC).date()}"
    assert str(found.standing) == f"platinum (recorded from {where}; live with {where})"


def test_live_run_elsewhere_is_not_platinum(proved):
    """A live run that asked another host than the provider's own counts as missing."""
    file = proved[1] / "reference.live.run.json"
    service = {"hosts": ["127.0.0.1"], "days": ["2026-05-01"]}
    file.write_text(json.dumps({**json.loads(file.read_text()), "service": service}))
    found = overall_level(proved[0], None, proved[1], datetime.now(UTC))
    assert found.level == "gold"
    assert "127.0.0.1 is not a public service" in found.reasons[1]


def test_old_live_run_counts_no_more(proved):
    """After thirty days the live run has to be made again."""
    later = datetime.now(UTC) + timedelta(days=31)
    assert overall_level(proved[0], None, proved[1], later).level == "gold"


def test_without_a_replay_it_stays_silver(proved):
    """A level is not reached by leaving out the one below."""
    (proved[1] / "reference.replay.json").unlink()
    assert overall_level(proved[0], None, proved[1], datetime.now(UTC)).level == "silver"


def test_red_scripted_run_has_no_standing(proved):
    """Without the scripted proof the others count nothing."""
    file = proved[1] / "reference.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "verdict": "FAIL"}))
    with pytest.raises(ValueError, match="proves nothing"):
        overall_level(proved[0], None, proved[1], datetime.now(UTC))
