"""A run sees nothing of the tester's own environment, however a provider names its variables."""

import os
from dataclasses import replace

import pytest
from provider_conformance import run
from provider_conformance.lab._isolation import isolated_environment
from provider_conformance.zoo import HARNESS, ReferenceProvider
from provider_sdk import PROVIDER_CONFIG

SECRET = "the-testers-own-pass"
ELSEWHERE = "http://elsewhere.example"


class Odd(ReferenceProvider):
    """Looks for its credential and its address where no rule would expect them."""

    api_key_env = ("ODD_PASSPHRASE",)
    base_url_env = "WHERE_ODD_LIVES"


@pytest.fixture
def registered(monkeypatch):
    """Register providers that are data, one of them broken."""
    odd = {"base_url": "http://odd.example", "api_key_env": "ODD_PASSPHRASE"}
    monkeypatch.setitem(PROVIDER_CONFIG, "odd", odd)
    monkeypatch.setitem(PROVIDER_CONFIG, "broken", {"base_url": 7})


def seen_within(*providers):
    """Return the names of the variables that a run with these providers sees."""
    with isolated_environment(*providers):
        return set(os.environ)


def test_own_credential_stays_outside(monkeypatch):
    """A provider finds no credential in the variable that its class names."""
    monkeypatch.setenv("ODD_PASSPHRASE", SECRET)
    assert run(replace(HARNESS, provider=Odd), seed=1, only=["PC-AUTH-001"]).failed == []


def test_own_address_stays_outside(monkeypatch):
    """The variable that a class names for its address is out of sight."""
    monkeypatch.setenv("WHERE_ODD_LIVES", ELSEWHERE)
    assert "WHERE_ODD_LIVES" not in seen_within(Odd)


def test_own_variables_stay_outside_of_nested_isolation(monkeypatch):
    """The inner of two isolated blocks hides what only its own provider names."""
    monkeypatch.setenv("ODD_PASSPHRASE", SECRET)
    with isolated_environment():
        assert "ODD_PASSPHRASE" not in seen_within(Odd)


def test_registered_variables_stay_outside(monkeypatch, registered):
    """Variables of every registered provider are hidden, whichever is being checked."""
    monkeypatch.setenv("ODD_PASSPHRASE", SECRET)
    assert "ODD_PASSPHRASE" not in seen_within()


def test_registered_providers_that_are_told_are_not_looked_for(monkeypatch, registered):
    """Who knows the registered providers tells them, and their variables alone are hidden."""
    monkeypatch.setenv("ODD_PASSPHRASE", SECRET)
    monkeypatch.setenv("WHERE_ODD_LIVES", ELSEWHERE)
    with isolated_environment(registered=[]):
        assert os.environ["ODD_PASSPHRASE"] == SECRET
    with isolated_environment(registered=[Odd]):
        assert not {"ODD_PASSPHRASE", "WHERE_ODD_LIVES"} & set(os.environ)


def test_neighbours_of_a_variable_stay_outside(monkeypatch, registered):
    """A variable that begins like a provider's own is taken for one of the same service."""
    monkeypatch.setenv("ODD_ORGANISATION", "mine")
    assert "ODD_ORGANISATION" not in seen_within()


@pytest.mark.parametrize("name", ["ACME_API_KEY", "ACME_TOKEN", "ACME_BASE_URL", "https_proxy"])
def test_usual_names_stay_outside(monkeypatch, name):
    """What is named like a credential or an address is hidden without anyone naming it."""
    monkeypatch.setenv(name, "mine")
    assert name not in seen_within()


def test_environment_returns(monkeypatch):
    """After the block everything is as it was."""
    monkeypatch.setenv("ODD_PASSPHRASE", SECRET)
    seen_within(Odd)
    assert os.environ["ODD_PASSPHRASE"] == SECRET


def test_declared_credential_variable_is_tried():
    """The check of precedence sets the variables that the provider's class names."""

    class Prefers(Odd):
        """Lets the environment win."""

        def __init__(self, *, api_key=None, **config):
            super().__init__(api_key=os.environ.get("ODD_PASSPHRASE") or api_key, **config)

    failed = run(replace(HARNESS, provider=Prefers), seed=1, only=["PC-AUTH-009"]).failed
    assert failed == ["PC-AUTH-009"]


def test_variables_of_the_harness_are_tried():
    """A variable that only the harness names is set against the address too."""

    class Prefers(ReferenceProvider):
        """Lets the environment win."""

        def __init__(self, *, base_url=None, **config):
            super().__init__(base_url=os.environ.get("HARNESS_PLACE") or base_url, **config)

    harness = replace(HARNESS, provider=Prefers, environment={"HARNESS_PLACE": "{base_url}"})
    assert run(harness, seed=1, only=["PC-AUTH-010"]).failed == ["PC-AUTH-010"]
