"""Which variables hooks and status lines inherit."""

import pytest
from ollama_cli.processes.environment import ChildEnvironment

from ._shell import TOKEN

SECRET = """
ANTHROPIC_API_KEY HF_TOKEN MY_SECRET DB_PASSWORD PGPASSWORD MYSQL_PWD AUTH_HEADER SSH_AUTH_SOCK
GOOGLE_APPLICATION_CREDENTIALS SESSION_COOKIE github_token GPG_PASSPHRASE ACME_PASS BEARER
AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID HTTP_AUTHORIZATION
"""
HARMLESS = """
PATH HOME PWD OLDPWD LANG TERM GIT_AUTHOR_NAME GIT_AUTHORS KEYBOARD KEYMAP OLLAMA_HOST
OLLAMA_CLI_CONFIG_DIR
"""


@pytest.mark.parametrize("name", SECRET.split())
def test_name_of_a_credential_is_not_inherited(monkeypatch, name) -> None:
    """What its name says to be secret, is held back, unless it is listed."""
    monkeypatch.setenv(name, TOKEN)
    environment = ChildEnvironment({})

    assert name not in environment.variables(())
    assert environment.variables([name])[name] == TOKEN
    assert TOKEN not in environment.redact(f"it is {TOKEN}.")


@pytest.mark.parametrize("name", HARMLESS.split())
def test_other_names_are_inherited(monkeypatch, name) -> None:
    """The rest of the environment stays as it is."""
    monkeypatch.setenv(name, "/somewhere")

    assert ChildEnvironment({}).variables(())[name] == "/somewhere"


def test_credentials_of_providers_are_not_inherited(monkeypatch) -> None:
    """Those that the settings and registered providers name are held back, whatever their name."""
    monkeypatch.setenv("ACME", TOKEN)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    settings = {"providers": {"acme": {"base_url": "https://a.example", "api_key_env": "ACME"}}}

    assert "ACME" in ChildEnvironment({}).variables(())
    assert not {"ACME", "HF_TOKEN"} & ChildEnvironment(settings).variables(()).keys()


def test_credentials_of_a_provider_that_is_replaced_are_not_inherited(monkeypatch) -> None:
    """A setting that names another variable leaves that of the class held back."""
    monkeypatch.setenv("ACME", TOKEN)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    settings = {"providers": {"hf": {"api_key_env": ["ACME"]}}}

    assert not {"ACME", "HF_TOKEN"} & ChildEnvironment(settings).variables(()).keys()


@pytest.mark.parametrize("broken", [{"providers": 7}, {"providers": {"x": {"api_key_env": 7}}}])
def test_broken_settings_hold_back_what_is_known(monkeypatch, broken) -> None:
    """They are for others to refuse."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    assert "HF_TOKEN" not in ChildEnvironment(broken).variables(())


def test_url_with_a_password_is_not_inherited(monkeypatch) -> None:
    """A credential may be in the value."""
    monkeypatch.setenv("DATABASE_URL", f"postgres://user:{TOKEN}@db.example/x")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

    found = ChildEnvironment({}).variables(())

    assert "DATABASE_URL" not in found
    assert found["HTTPS_PROXY"] == "http://proxy.example:3128"


def test_added_variables_can_be_held() -> None:
    """An environment holds neither NUL nor half a character."""
    found = ChildEnvironment({}).variables((), A="a\0b\ud800", B=None)

    assert (found["A"], found["B"]) == ("ab?", "")


def test_added_variables_are_bounded() -> None:
    """A system refuses longer ones, and the hook could not be started."""
    assert len(ChildEnvironment({}).variables((), A="x" * 200_000)["A"]) == 4096


def test_short_values_are_not_redacted(monkeypatch) -> None:
    """A word that happens to be a value stays."""
    monkeypatch.setenv("MY_KEY", "on")

    assert ChildEnvironment({}).redact("it is on") == "it is on"
