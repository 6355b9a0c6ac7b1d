"""Input that nobody should send, and mentions of files where nobody typed them."""

import json
from pathlib import Path

import pytest

from ._hooks import hook, says, setting
from ._hostile import PASSWORD_FILE, run_after
from ._router import Exchange, Router
from ._settings import write_settings
from ._shell import Shell

ASK = ("--provider", "hf", "Sum it up.")
MENTION = f"@{PASSWORD_FILE}"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        ("head -c 50000000 /dev/zero | tr '\\0' a", "longer than"),
        ("head -c 200000 /dev/urandom", "standard input is not"),
        ("printf 'a\\377b'", "standard input is not"),
        ("printf 'a\\0b'", "standard input is not"),
    ],
    ids=["50 MB", "binary", "invalid UTF-8", "NUL"],
)
def test_input_that_is_not_a_prompt_is_2(own, router, tmp_path, make, problem) -> None:
    """One line says what is wrong; nothing is sent, and nothing is stored."""
    result = run_after(own, f"({make}) 2>/dev/null | (", *ASK, redirections="\n)")

    assert (result.returncode, result.stdout) == (2, "")
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1
    assert router.exchanges == []
    assert not (tmp_path / "data").exists()


def test_long_input_passes_whole(own: Shell, router: Router) -> None:
    """What is below the limit arrives and is stored to the last character."""
    text = "naïve 🌍 " * 1_000_000

    asked = run_after(own, "", *ASK, "--format", "json", input=text)
    id = json.loads(asked.stdout)["session_id"]
    shown = json.loads(own.run("sessions", "show", id, "--format", "json").stdout)

    (exchange,) = router.exchanges
    expected = f"Sum it up.\n\n{text}"
    assert exchange.body["messages"][0]["content"] == expected
    assert shown["messages"][0]["content"] == expected


def answer_with(text: str):
    """Return a script that streams one text."""

    def script(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text(text)
        exchange.end_stream()

    return script


def test_mention_that_nobody_typed_attaches_nothing(own, router, tmp_path) -> None:
    """Neither in standard input, a file, a saved prompt, its parameter, a hook, nor an answer."""
    hooks = setting("UserPromptSubmit", hook(says(json.dumps({"additional_context": MENTION}))))
    prompts = write_settings(tmp_path, hooks=hooks).parent / "prompts"
    prompts.mkdir(mode=0o700)
    (prompts / "sly.md").write_text(
        "---\nparams:\n  who:\n---\n" + MENTION + " {{who}} {{input}}\n"
    )
    (tmp_path / "empty" / "notes.txt").write_text(MENTION)
    router.chat(answer_with(MENTION))

    first = run_after(own, "", "--provider", "hf", "-f", "notes.txt", "Why?", input=MENTION)
    second = run_after(
        own, "", "--provider", "hf", "-t", "sly", "-p", f"who={MENTION}", input=MENTION
    )
    third = own.run("--provider", "hf", "-c", "And?")

    for result in (first, second, third):
        assert (result.returncode, result.stdout) == (0, f"{MENTION}\n"), result.stderr
        assert "root:" not in result.stdout + result.stderr
    assert "Attached: notes.txt" in first.stderr
    assert second.stderr == third.stderr == ""
    assert len(router.exchanges) == 3
    for exchange in router.exchanges:
        assert "root:" not in json.dumps(exchange.body)
        assert exchange.body["messages"][-1]["content"].count(MENTION) >= 1


@pytest.mark.parametrize("path", ["{}", "link"])
def test_typed_mention_outside_is_refused(own, router, tmp_path, path) -> None:
    """Without a terminal a file outside the folder is not sent, by whatever path."""
    (tmp_path / "empty" / "link").symlink_to(PASSWORD_FILE)

    result = own.run("--provider", "hf", f"Look at @{path.format(PASSWORD_FILE)}")

    assert (result.returncode, result.stdout) == (2, "")
    assert "-f" in result.stderr
    assert router.exchanges == []


def test_a_thousand_files(own, router, tmp_path) -> None:
    """All are attached, in order, and each is named."""
    names = [f"file{number}.txt" for number in range(1000)]
    for name in names:
        (tmp_path / "empty" / name).write_text(f"content of {name}")

    result = own.run("--provider", "hf", *(part for name in names for part in ("-f", name)))

    assert result.returncode == 0
    assert result.stderr.count("Attached: ") == 1000
    (exchange,) = router.exchanges
    places = [exchange.body["messages"][0]["content"].index(f"of {name}\n") for name in names]
    assert places == sorted(places)


def test_control_characters_in_arguments(own, router) -> None:
    """What is refused is shown without them, whichever argument it is."""
    sly = "\x1b]0;title\x07\x1b[2J\x9b1A\u202e"
    places = [
        ("--provider", sly, "Why?"),
        ("--provider", "hf", "--session", sly, "Why?"),
        ("--provider", "hf", "-t", sly),
        ("--provider", "hf", "-f", sly, "Why?"),
        ("--provider", "hf", "--out", f"/nowhere/{sly}", "Why?"),
        ("--provider", "hf", "-o", f"{sly}=1", "Why?"),
        ("--provider", "hf", "--format", sly, "Why?"),
        (f"--{sly}",),
        ("sessions", sly),
        ("sessions", "show", sly),
        ("config", "set", sly, "x"),
        ("hooks", "test", sly),
        ("trust", sly),
        ("help", sly),
        ("models", "--provider", sly),
    ]
    for words in places:
        result = own.run(*words)

        assert result.returncode == 2, (words, result.stderr)
        assert (result.stderr.replace("\n", "")).isprintable(), words
        assert result.stdout == ""
    assert router.exchanges == []


def test_arguments_as_long_as_the_system_allows(own, router) -> None:
    """A prompt of 100 kB, and an id, a key and a title of it."""
    long = "ä" * 60_000
    asked = own.run("--provider", "hf", "--format", "json", long)
    id = json.loads(asked.stdout)["session_id"]

    assert router.exchanges[0].body["messages"][0]["content"] == long
    assert own.run("sessions", "rename", id, long).returncode == 0
    for words in (
        ("sessions", "show", long),
        ("config", "get", long),
        ("sessions", "search", long),
    ):
        result = own.run(*words)
        assert result.returncode in (0, 1, 2)
        assert len(result.stderr) < 2000, words
    assert list(Path().iterdir()) == []
