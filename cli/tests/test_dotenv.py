"""What the ``.env`` of a trusted project may set."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.settings.dotenv import parsed_lines, variables_of
from provider_sdk import PROVIDER_REGISTRY


def values(text: str | bytes) -> list[tuple[str | None, str]]:
    """Return the lines of a file."""
    return list(parsed_lines(text.encode() if isinstance(text, str) else text))


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("A=", ""),
        ("  A = b  ", "b"),
        ("export A=b", "b"),
        ("export\tA=b", "b"),
        ("A=b # comment", "b"),
        ("A=b#c", "b#c"),
        ("A=#b", "#b"),
        ("A= # b", ""),
        ("A='b # c' # d", "b # c"),
        ('A="b # c"', "b # c"),
        ("A='b'", "b"),
        ("A='b'# c'd", "b"),
        ("A=''", ""),
        ("A='b\\n'", "b\\n"),
        ('A="b\\n\\"c\\\\"', 'b\n"c\\'),
        ("A=b=c", "b=c"),
        ("A=b c", "b c"),
        ("A=$HOME", "$HOME"),
        ("A=${HOME}/x", "${HOME}/x"),
        ("A=`id`$(id)", "`id`$(id)"),
        ('A="$HOME"', "$HOME"),
        ("A=it's", "it's"),
        ("A=\u00e4\U0001f600", "\u00e4\U0001f600"),
    ],
)
@pytest.mark.parametrize(("before", "after"), [("", ""), ("\ufeff", "\r\n"), ("# x\n\n", "\n")])
def test_a_line_sets_a_variable(line, value, before, after) -> None:
    """With quotes, comments, ``export``, and the line ends of Windows; nothing is expanded."""
    assert values(f"{before}{line}{after}") == [("A", value)]


@pytest.mark.parametrize(
    "line",
    [
        "A",
        "=b",
        "1A=b",
        "A-B=c",
        "A B=c",
        "A='b",
        'A="b',
        "A='b'c",
        'A="b"c',
        'A="b\\"',
        "export A",
        "source other",
        "A=b\0c",
        b"A=\xff",
        b"A='\xff'",
        "\u00c4=b",
    ],
    ids=repr,
)
def test_any_other_line_sets_nothing(line) -> None:
    """It is told by its number, and its text is not repeated."""
    data = line.encode() if isinstance(line, str) else line

    assert values(b"B=1\n" + data + b"\nC=2") == [("B", "1"), (None, "line 2"), ("C", "2")]


@given(st.binary(max_size=200))
def test_any_content_is_read(content) -> None:
    """Whatever a file holds, each line is a variable or a number."""
    for name, value in parsed_lines(content):
        assert name is None or "\0" not in value


def test_a_huge_line_is_read_at_once() -> None:
    """No line takes longer than its length."""
    for text in ("A=" + " " * 500_000 + "#", "A=" + "b " * 250_000 + "'", 'A="' + "\\" * 500_001):
        list(parsed_lines(text.encode()))


def documented() -> set[str]:
    """Return the variables of the providers that are installed."""
    return {
        name
        for provider in map(PROVIDER_REGISTRY.get, PROVIDER_REGISTRY)
        for attribute in ("api_key_env", "base_url_env", "hub_url_env", "bill_to_env")
        if (found := getattr(provider, attribute, None))
        for name in ((found,) if isinstance(found, str) else found)
    }


def test_variables_of_providers_are_set() -> None:
    """Those of credentials and addresses that a provider documents."""
    names = documented()
    content = "".join(f"{name}=x\n" for name in sorted(names))

    found = variables_of(content.encode(), {}, {})

    assert {
        "HF_TOKEN",
        "HF_BASE_URL",
        "HF_ENDPOINT",
        "HF_BILL_TO",
        "OLLAMA_HOST",
        "OPENAI_API_KEY",
    } <= names
    assert (set(found.set), found.ignored) == (names, ())


NEVER = re.findall(
    r"\S+",
    """
PATH Path LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES PYTHONPATH PYTHONSTARTUP PYTHONHOME
HTTP_PROXY https_proxy ALL_PROXY all_proxy no_proxy SSL_CERT_FILE SSL_CERT_DIR ssl_cert_file
OLLAMA_CLI_DATA_DIR OLLAMA_CLI_CONFIG_DIR OLLAMA_CLI_PROVIDER OLLAMA_CLI_CODING_MODEL
HOME SHELL BASH_ENV ENV IFS EDITOR VISUAL PAGER GIT_SSH_COMMAND SSLKEYLOGFILE TMPDIR LC_ALL TERM
HF_TOKEN_PATH HF_HOME XDG_CACHE_HOME XDG_CONFIG_HOME REQUESTS_CA_BUNDLE NODE_OPTIONS DATABASE_URL
""",
)


@pytest.mark.parametrize("name", NEVER)
def test_other_variables_are_not_set(name) -> None:
    """Not by their own name, and not if settings call them credentials."""
    providers = {"evil": {"base_url": "https://evil.example", "api_key_env": name}}

    found = variables_of(f"{name}=x\nHF_TOKEN=y".encode(), {}, {"providers": providers})

    assert (found.set, found.ignored) == ({"HF_TOKEN": "y"}, (name,))


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "PYTHONPATH", "HTTPS_PROXY", "SSL_KEY"])
def test_what_must_not_be_set_is_not_set_for_the_user_either(name) -> None:
    """Even if the user's own settings name it."""
    user = {"providers": {"odd": {"base_url": "https://odd.example", "api_key_env": name}}}

    assert variables_of(f"{name}=x".encode(), user, {}).set == {}


@pytest.mark.parametrize("name", ["ACME_API_KEY", "ACME_TOKEN", "ACME_KEY"])
def test_the_credential_of_a_provider_of_the_project_is_set(name) -> None:
    """If its name says that it is one."""
    providers = {"acme": {"base_url": "https://acme.example", "api_key_env": ["X", name]}}

    found = variables_of(f"{name}=x\nX=y".encode(), {}, {"providers": providers})

    assert (found.set, found.ignored) == ({name: "x"}, ("X",))


def test_the_credential_of_a_provider_of_the_user_is_set() -> None:
    """Whatever its name is."""
    user = {"providers": {"acme": {"base_url": "https://acme.example", "api_key_env": "ACME"}}}

    assert variables_of(b"ACME=x", user, {}).set == {"ACME": "x"}


def test_the_last_of_two_counts() -> None:
    """As in a shell."""
    assert variables_of(b"HF_TOKEN=x\nHF_TOKEN=y", {}, {}).set == {"HF_TOKEN": "y"}


@pytest.mark.parametrize(
    ("value", "is_set"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("127.0.0.1:11434", True),
        ("localhost", True),
        ("10.0.0.1:11434", False),
        ("https://evil.example", False),
        ("0.0.0.0", False),
    ],
)
def test_local_only_binds_addresses(value, is_set) -> None:
    """Under the user's ``local_only``, a project may name loopback addresses only."""
    found = variables_of(f"OLLAMA_HOST={value}".encode(), {"local_only": True}, {})

    assert ("OLLAMA_HOST" in found.set) is is_set


def test_the_host_of_an_address_is_known() -> None:
    """It decides who gets data; a password in it does not, and is no part of it."""
    content = b"HF_BASE_URL=https://u:p@evil.example:8/v1\nOLLAMA_HOST=evil:1\nHF_TOKEN=secret"

    assert variables_of(content, {}, {}).hosts == {
        "HF_BASE_URL": "evil.example",
        "OLLAMA_HOST": "evil",
    }
