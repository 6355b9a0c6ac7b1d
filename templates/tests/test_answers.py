"""An answer that makes no sense is one sentence, and leaves nothing behind."""

import re
import tomllib

import pytest
from cookiecutter.exceptions import FailedHookException

from ._bakes import PROTOCOLS, TEMPLATE, bake, command
from ._faults import baked_files, style_faults, text_faults, type_faults

REFUSED = [
    ("provider_name", "", "is empty"),
    ("provider_name", "Acmé Cloud", "such as acme-cloud"),
    ("provider_name", "漢字", "such as acme"),
    ("provider_name", "a'b", "such as a-b"),
    ("provider_name", 'a"b', "such as a-b"),
    ("provider_name", "$HOME", "such as home"),
    ("provider_name", "1acme", "such as acme"),
    ("provider_name", "..", "lower-case letters"),
    ("provider_name", "../etc", "such as etc"),
    ("provider_name", "a" * 200, "200 characters"),
    ("provider_name", "{{", "leave them out"),
    ("provider_name", "{{ 7 * 7 }}", "leave them out"),
    ("provider_name", "{% raw", "leave them out"),
    ("provider_name", "class", "keyword"),
    ("provider_name", "json", "standard library"),
    ("provider_name", "hf", "a provider 'hf' already"),
    ("provider_name", "claude", "a provider 'claude' already"),
    *(
        ("provider_name", name, "taken by the contract's own packages")
        for name in ("anthropic", "cli", "conformance", "huggingface", "sdk")
    ),
    ("provider_name", "acme-py27", "another Python"),
    ("project_slug", "..", "project_slug"),
    ("project_slug", "/acme", "project_slug"),
    ("package_name", "json", "standard library"),
    ("package_name", "import", "keyword"),
    ("package_name", "httpx", "a package 'httpx' already"),
    ("package_name", "Acme", "lower-case"),
    ("class_name", "Acme Provider", "class_name"),
    ("class_name", "Exception", "a second Exception"),
    ("class_name", "Path", "a second Path"),
    ("class_name", "HARNESS", "a second HARNESS"),
    ("class_name", "Provider", "whose it is"),
    ("distribution_name", "Provider_Contract.SDK", "distribution"),
    *(
        ("distribution_name", name, f"a distribution '{name}' already")
        for name in ("pytest", "HTTPX", "Pytest.Asyncio", "mypy", "tox", "msgspec", "click")
    ),
    ("distribution_name", "acme>=1", "distribution_name"),
    ("base_url", "ftp://acme.example", "begin with https://"),
    ("base_url", "https://ann:secret@acme.example", "has @"),
    ("base_url", "https://acme.example/v1@secret", "has @"),
    ("base_url", "https://acme.example/?key=secret", "a query"),
    ("base_url", "https://acme.example/a b", "spaces"),
    ("base_url", "https://acme.example:99999", "host and port"),
    ("base_url", "https://acme.example:0", "empty or 0"),
    ("base_url", "https://acme.example:/v1", "empty or 0"),
    *(
        ("base_url", f"https://{host}/v1", "no valid host name")
        for host in ("", "*", "!", "$HOME", "a..b", ".a", "-a", "[v1.a]", "a%20b")
    ),
    ("base_url", "https://acme.example/%zz", "hexadecimal"),
    ("base_url", "https://acme.example/v1/chat/completions", "leave that off"),
    ("base_url", "https://acme.example/v1/chat/completions/", "leave that off"),
    ("credential_variable", "MY KEY", "ACME_API_KEY"),
    ("credential_variable", "ACME_BASE_URL", "choose another"),
    *(("credential_variable", name, "the system") for name in ("PATH", "HOME", "LC_ALL", "_")),
    *(("credential_variable", name, "HTTP clients") for name in ("HTTP_PROXY", "no_proxy")),
    *(("credential_variable", name, "Python") for name in ("PYTHONPATH", "PIP_INDEX_URL")),
    *(("credential_variable", name, "contract") for name in ("HF_TOKEN", "OPENAI_API_KEY")),
    ("default_model", 'a"b', "quotes"),
    ("capabilities", "streaming, tool", "'tool', which is not a capability of the contract"),
    ("capabilities", "parallel_tools", "without tools"),
    ("capabilities", "usage_in_stream", "without streaming"),
    ("description", "two\nlines", "cannot be printed"),
    ("description", "a {{ b", "leave them out"),
    ("author", "bell \a", "cannot be printed"),
    ("author", "x" * 101, "at most 100"),
]
ODD = 'Say "hi" \\ to \'漢字\' 🙂 `code` <b> [x](y) """ | 100% & so #1 $x'


@pytest.mark.parametrize(("name", "answer", "words"), REFUSED)
def test_refused(name, answer, words, tmp_path):
    """The sentence says what is wrong and what to do, and no file has been written."""
    with pytest.raises(FailedHookException) as caught:
        bake(tmp_path, **{name: answer})

    said = str(caught.value)
    assert words in said
    assert (said.count("\n"), said.endswith(".")) == (0, True)
    assert "secret" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("capabilities", "seed", "this protocol cannot express"),
        ("base_url", "https://acme.example/v1", "ends in /v1, which"),
        ("base_url", "https://acme.example/a/v1/messages/", "ends in /v1/messages, which"),
    ],
)
def test_refused_for_its_protocol(name, answer, words, tmp_path):
    """What only this protocol rules out is refused the same way."""
    with pytest.raises(FailedHookException, match=words):
        bake(tmp_path, protocol="anthropic-compatible", **{name: answer})

    assert list(tmp_path.iterdir()) == []


def test_command_prints_the_sentence_alone(programs, tmp_path):
    """The command ends with 1 and one line: no trace, and no word of a hook."""
    done = command(
        programs / "cookiecutter", TEMPLATE, "--no-input", "provider_name=hf", cwd=tmp_path
    )

    said = "there is a provider 'hf' already; choose another provider_name.\n"
    assert (done.returncode, done.stdout) == (1, said)


def test_texts_land_as_they_were_given(baked):
    """Quotes, backslashes and characters of any plane mean nothing to any file."""
    project = baked(provider_name="odd", description=ODD, author=ODD, license="Apache-2.0")

    declared = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert (declared["description"], declared["authors"][0]["name"]) == (ODD, ODD)
    assert ODD in (project / "LICENSE").read_text("utf-8")
    assert r"\`code\` \<b\> \[x\](y)" in (project / "README.md").read_text("utf-8")
    assert list(text_faults(project)) == []


@pytest.mark.parametrize(
    ("license", "expression", "words"),
    [
        ("MIT", "MIT", "Permission is hereby granted"),
        ("Apache-2.0", "Apache-2.0", "TERMS AND CONDITIONS FOR USE"),
        ("BSD-3-Clause", "BSD-3-Clause", "Neither the name of the copyright holder"),
        ("Proprietary", "LicenseRef-Proprietary", "All rights reserved"),
    ],
)
def test_licence(license, expression, words, baked):
    """The licence is declared by its expression, and its text is there with its holder."""
    project = baked(provider_name="licensed", license=license, author="Ann Example")

    declared = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    text = (project / "LICENSE").read_text("utf-8")
    assert declared["license"] == expression
    assert words in text
    assert "Ann Example" in text


LONGEST = {
    "provider_name": "n" * 28,
    "package_name": "p" * 50,
    "class_name": "C" * 36,
    "project_slug": "s" * 80,
    "distribution_name": "d" * 55,
    "credential_variable": "V" * 60,
    "base_url": "https://" + "u" * 72,
    "default_model": "m" * 75,
    "description": "d" * 200,
    "author": "a" * 100,
}
SHORTEST = {"provider_name": "q", "class_name": "Q", "package_name": "zq", "capabilities": "none"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("answers", [LONGEST, SHORTEST], ids=["longest", "shortest"])
def test_form_is_kept(answers, protocol, baked, programs):
    """Answers as long and as short as they may be leave everything formatted and typed."""
    project = baked(protocol=protocol, **answers)

    assert list(style_faults([project], programs)) == []
    assert list(type_faults([project], programs)) == []


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080", "http://localhost/", "https://[::1]:1/v1", "https://a_b.c.:1/%7Ex"],
)
def test_address_is_taken(url, baked):
    """Numbers, names without dots, and escapes are addresses as well."""
    assert baked(base_url=url).is_dir()


def test_spaces_around_a_description_are_left_out(baked):
    """A description begins and ends with what it says."""
    project = baked(provider_name="spaced", description="  A service. ")

    declared = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]
    assert declared["description"] == "A service."
    assert "\nA service.\n" in (project / "README.md").read_text("utf-8")


def test_no_key_is_handled_for_no_credential(baked):
    """Where the service wants no credential, no file sends a key or tells to check one."""
    project = baked(provider_name="open", protocol="custom", credential="none")

    texts = [path.read_text("utf-8") for path in baked_files(project)]
    assert [text for text in texts if re.search(r"x-key|the key|another key|_API_KEY", text)] == []


@pytest.mark.parametrize("variable", ["", "PATH", "no name"])
def test_no_variable_is_wanted_for_no_credential(variable, baked):
    """Whatever the variable is called, a provider without a credential does not hold it."""
    assert baked(credential="none", credential_variable=variable).is_dir()


@pytest.mark.parametrize("name", ["ClassVar", "Decoder", "Mapping", "StreamEnd", "Answer"])
def test_names_of_the_sample_protocol_are_refused(name, tmp_path):
    """A class may not have a name that only a protocol of its own binds in the modules."""
    with pytest.raises(FailedHookException, match=f"a second {name}"):
        bake(tmp_path, protocol="custom", class_name=name)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", ["line", "stream", "base", "dialect", "path"])
def test_derived_names_do_not_clash(name, protocol, baked, programs):
    """A provider may be called like a part of the contract; its classes bind no name twice."""
    project = baked(protocol=protocol, provider_name=name)

    assert list(style_faults([project], programs)) == []


def test_names_are_derived_and_can_be_changed(baked):
    """All names come from the provider's, unless another is given."""
    derived = baked(provider_name="two-words")
    changed = baked(
        provider_name="other",
        project_slug="folder",
        package_name="other_package",
        class_name="Another",
        distribution_name="other-dist",
    )

    assert derived.name == "provider-two-words"
    assert "class TwoWordsProvider(" in (
        derived / "src" / "provider_two_words" / "_provider.py"
    ).read_text("utf-8")
    assert 'other = "other_package:Another"' in (changed / "pyproject.toml").read_text("utf-8")
    assert changed.name == "folder"
