"""Gold and Platinum rest on the provider's own service, and say which and when."""

import json
import random
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from provider_conformance import Harness, OpenAIWire, Service
from provider_conformance.__main__ import main
from provider_conformance.cassettes import Cassette
from provider_conformance.drivers import SocketDriver
from provider_conformance.reports._evidence import Evidence, evidence_of, problem_with
from provider_conformance.reports._origin import origin_note
from provider_conformance.zoo import HARNESS, ReferenceProvider

TODAY = date(2026, 5, 2)
SECRET = "sk-very/secret+credential"


class Acme(ReferenceProvider):
    """A provider with a public service and a hub."""

    base_url = "https://api.acme.example:8443/v1"
    hub_url = "https://hub.acme.example"


OWN = Harness(Acme, OpenAIWire())
WITH_HUB = Harness(Acme, OpenAIWire(), keywords={"hub_url": "{address}/hub"})
BARE = Harness(lambda **config: Acme(**config), OpenAIWire())


@pytest.mark.parametrize("harness", [OWN, WITH_HUB])
def test_own_host_counts(harness):
    """The host of the class's own address counts, whatever its port."""
    assert problem_with(Evidence(["api.acme.example"], ["2026-05-02"]), harness, TODAY) is None


def test_host_of_a_derived_address_counts():
    """A further address that the harness derives counts with the class's default for it."""
    found = Evidence(["hub.acme.example"], ["2026-05-01"])
    assert problem_with(found, WITH_HUB, TODAY) is None
    assert "hub.acme.example answered" in problem_with(found, OWN, TODAY)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "api.localhost", "::1", "[::1]", "0.0.0.0", "127.1"),
        *("10.0.0.7", "192.168.1.1", "172.16.0.1", "169.254.169.254", "fd00::1", "::ffff:10.0.0.1"),
        *("intranet", "box.local", "api.internal", "nas.lan", "localhost."),
    ],
)
def test_local_hosts_are_refused(host):
    """This machine and private networks are refused, even if the class names them as its own."""

    class Toy(Acme):
        base_url = f"http://{f'[{host}]' if ':' in host and '[' not in host else host}/v1"

    evidence = Evidence([host], ["2026-05-01"])
    assert "anything can answer there" in problem_with(evidence, replace(OWN, provider=Toy), TODAY)


@pytest.mark.parametrize("host", ["api.other.example", "acme.example", "api.acme.example.evil.com"])
def test_other_hosts_are_refused(host):
    """Another service's host is refused, and both are named."""
    said = problem_with(Evidence(["api.acme.example", host], ["2026-05-01"]), OWN, TODAY)
    assert said == f"{host} answered, and the service of reference is api.acme.example"


def test_class_without_an_address_is_refused():
    """Where no class says what its service is, no recording can be told from another's."""
    said = problem_with(Evidence(["api.acme.example"], ["2026-05-01"]), BARE, TODAY)
    assert "has no base_url of its own" in said


@pytest.mark.parametrize("hosts", [[], [""]])
def test_evidence_without_a_host_is_refused(hosts):
    """What does not say who answered is refused."""
    assert "which host" in problem_with(Evidence(hosts, ["2026-05-01"]), OWN, TODAY)


@pytest.mark.parametrize("day", ["", "lately", "2026-05-03", "2026-13-01"])
def test_odd_days_are_refused(day):
    """What was not recorded on a day until today is refused."""
    assert repr(day) in problem_with(Evidence(["api.acme.example"], [day]), OWN, TODAY)


@pytest.mark.parametrize("data", [None, [], "x", {"hosts": "api.acme.example"}, {"hosts": [7]}])
def test_odd_run_data_is_no_evidence(data):
    """A damaged file of a run counts for nothing."""
    assert problem_with(Evidence.from_dict(data), OWN, TODAY) is not None


def test_live_evidence_is_where_the_provider_asks(monkeypatch):
    """A live run asks the address of the environment, else the class's."""
    monkeypatch.delenv("REFERENCE_BASE_URL", raising=False)
    assert evidence_of(OWN, "live", TODAY).hosts == ["api.acme.example"]
    monkeypatch.setenv("REFERENCE_BASE_URL", "127.0.0.1:8080")
    assert evidence_of(OWN, "live", TODAY).hosts == ["127.0.0.1"]


def test_evidence_names_hosts_and_days():
    """The text has every host, and the first and the last day."""
    found = Evidence(["a.b", "c.d"], ["2026-05-01", "2026-05-02", "2026-05-04"])
    assert str(found) == "a.b, c.d, 2026-05-01 to 2026-05-04"
    assert str(Evidence(["a.b"], ["2026-05-01"])) == "a.b, 2026-05-01"


HARNESS_FILE = """
from dataclasses import replace
from pathlib import Path
from provider_conformance.zoo import HARNESS as REFERENCE, ReferenceProvider


class Acme(ReferenceProvider):
    base_url = "https://api.acme.example/v1"


HARNESS = replace(REFERENCE, provider=Acme, cassettes=Path(__file__).with_name("tapes"))
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Return the folder of a provider that was scripted and replayed, and its calls."""
    folder = tmp_path_factory.mktemp("acme")
    (folder / "harness.py").write_text(HARNESS_FILE)
    (folder / "README.md").write_text("<!-- conformance -->\n<!-- /conformance -->\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REFERENCE_API_KEY", SECRET)
        service = Service(OpenAIWire(), SECRET, random.Random(5))
        with SocketDriver(service) as driver:
            target = [str(folder / "harness.py")]
            out = ["--model", "some/model", "--out", str(folder / "tapes")]
            address = ["--upstream", f"{driver.address}/v1"]
            assert main(["record", *target, *out, *address]) == 0
    call = [*target, "--reports", str(folder / "reports")]
    assert main(["run", *call, "--seed", "1"]) == 0
    return folder, call


def set_host(folder, host):
    """Write another host into the cassettes."""
    for file in (folder / "tapes").iterdir():
        file.write_text(json.dumps({**json.loads(file.read_text()), "host": host}))


def replayed(recorded):
    """Replay the cassettes, and return what ``report`` says of them."""
    _, call = recorded
    assert main(["run", *call, "--mode", "replay", "--seed", "1"]) == 0
    with redirect_stdout(StringIO()) as said:
        assert main(["report", *call]) == 0
    return said.getvalue()


def test_recording_of_a_toy_is_not_gold(recorded):
    """Cassettes name the host that answered, and one on loopback earns nothing."""
    set_host(recorded[0], "127.0.0.1")
    said = replayed(recorded)
    assert "replay: 127.0.0.1 is not a public service: anything can answer there\n" in said
    assert "reference: silver; for gold: a replay of the real service\n" in said


def test_recording_names_its_host(recorded):
    """``record`` writes the host of the service, and the day."""
    tape = json.loads((recorded[0] / "tapes" / "chat.json").read_text())
    assert tape["host"] in ("127.0.0.1", "api.acme.example")
    assert tape["recorded"] == datetime.now(UTC).date().isoformat()


def test_gold_names_host_and_day(recorded):
    """Output, badge, page and README have the host and day of what was recorded."""
    folder, call = recorded
    set_host(folder, "api.acme.example")
    said = replayed(recorded)
    today = datetime.now(UTC).date().isoformat()
    beside = f"recorded from api.acme.example, {today}"
    standing = f"gold ({beside}); for platinum: a live run in the last 30 days"
    assert f"reference: {standing}\n" in said
    assert standing in (folder / "reports" / "reference.svg").read_text()
    assert standing in (folder / "reports" / "reference.html").read_text()
    assert (
        f"<dt>Service</dt><dd>api.acme.example, {today}</dd>"
        in (folder / "reports" / "reference.replay.html").read_text()
    )
    main(["run", *call, "--seed", "1", "--readme", str(folder / "README.md")])
    readme = (folder / "README.md").read_text()
    assert f"Level **gold** of contract 1.0, by kit 0.1.0. R{beside[1:]}. Still" in readme


def test_changed_cassettes_are_not_proved(recorded, capsys):
    """A replay proves the cassettes that were played, and no others."""
    set_host(recorded[0], "api.acme.example")
    replayed(recorded)
    set_host(recorded[0], "api.acme.example ")
    capsys.readouterr()
    assert main(["verify", *recorded[1], "--mode", "replay"]) == 1
    assert "the cassettes have changed" in capsys.readouterr().out


def test_run_of_tomorrow_is_no_proof(recorded, capsys):
    """A live run that says it is of a day to come would count for ever."""
    folder, call = recorded
    file = folder / "reports" / "reference.run.json"
    run = json.loads(file.read_text())
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    file.write_text(json.dumps({**run, "date": later}))
    assert main(["verify", *call]) == 1
    assert "one that is still to come" in capsys.readouterr().out
    file.write_text(json.dumps(run))


def test_reference_stays_without_gold():
    """The zoo's reference has its service on loopback, so it can reach Silver only."""
    evidence = Evidence(["localhost"], ["2026-05-01"])
    assert problem_with(evidence, HARNESS, TODAY) is not None


def test_run_without_evidence_names_no_service():
    """A replay without cassettes says which copy ran, and nothing of a service."""
    service = evidence_of(HARNESS, "replay", TODAY).to_dict()
    assert origin_note({"installed": None, "service": service}) == "not an installed provider"


def test_odd_host_can_be_written(tmp_path):
    """What no file takes stands there as an escape, and is nobody's host."""
    odd = Cassette("reference", "chat", "m-1", "2026-05-01", [], {}, host="\ud800.example")
    (tmp_path / "chat.json").write_bytes(odd.dump().encode("utf-8", "backslashreplace"))
    found = evidence_of(replace(HARNESS, cassettes=tmp_path), "replay", TODAY)
    assert str(found).encode() == b"\\ud800.example, 2026-05-01"
