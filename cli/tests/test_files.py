"""Files and images that go with a question."""

import base64
import os
from pathlib import Path

import pytest
from provider_sdk.testing import FakeProvider

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def service(fake) -> FakeProvider:
    """A provider that answers whatever it is asked."""
    return fake(FakeProvider("Yes.", repeat=True))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def ask(invoke, service, folder):
    """Ask, and return the result."""
    return lambda *arguments, **more: invoke("--provider", "fake", *arguments, **more)


def sent(service: FakeProvider) -> str:
    """Return the text of the one call."""
    (call,) = service.calls
    return call.messages[-1].text


def test_mentioned_file_is_attached(ask, service, folder) -> None:
    """``@path`` attaches the file, names it with its size, and stays in the words."""
    (folder / "notes.txt").write_text("a\nb")

    result = ask("Sum up @notes.txt, please")

    assert sent(service) == "Sum up @notes.txt, please\n\nFile notes.txt:\n```\na\nb\n```"
    assert result.stderr == "Attached: notes.txt (3 bytes)\n"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("@[id].vue", "[id].vue"),
        ("see @app/(tour)/x.tsx.", "app/(tour)/x.tsx"),
        ("(see @a.txt)", "a.txt"),
        ("fix @a.txt:10-20", "a.txt"),
        ("fix @a.txt#L3", "a.txt"),
        ("run @test_a.py::test_b", "test_a.py"),
        ("@a.txt's end", "a.txt"),
        ("\u201c@a.txt\u201d", "a.txt"),
        ("@a.txt\u2014really?", "a.txt"),
        ("\u770b@a.txt\u3002", "a.txt"),
        ("@a.txt\uff0c\u8c22\u8c22", "a.txt"),
        ("@\u8bf4\u660e.txt\u662f\u4ec0\u4e48", "\u8bf4\u660e.txt"),
        ("@a.txt" + "." * 100_000, "a.txt"),
    ],
)
def test_path_ends_where_the_name_of_a_file_does(ask, service, folder, words, name) -> None:
    """What follows the path in its word stays text, such as numbers of lines or punctuation."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("canary")

    ask(words)

    assert sent(service).startswith(words)
    assert f"File {name}:\n```\ncanary" in sent(service)


def test_folder_is_not_attached_and_a_line_says_so(ask, service, folder) -> None:
    """The folder stays text; dots that are one by chance are not spoken of."""
    (folder / "sub").mkdir()

    result = ask("look into @sub, wait @.. no")

    assert sent(service) == "look into @sub, wait @.. no"
    assert result.stderr == "Not attached: sub is a folder; name the files in it\n"


def test_longest_name_counts(ask, service, folder) -> None:
    """A file whose own name has such a character is not taken for another."""
    (folder / "a").write_text("short")
    (folder / "a:1").write_text("long")

    ask("@a:1")

    assert "short" not in sent(service)


@pytest.mark.parametrize(
    "words",
    [
        "mail me@notes.txt",
        "what is @nothing.txt",
        "@",
        "@ notes.txt",
        "@@ -1,2 +1,2 @@",
        "the folder @sub",
        "@\0",
        "@" + "x" * 5000,
    ],
    ids=["mail", "missing", "alone", "space", "diff", "folder", "nul", "long"],
)
def test_text_that_names_no_file_stays(ask, service, folder, words) -> None:
    """Nothing is attached, and nothing is changed."""
    (folder / "notes.txt").write_text("secret")
    (folder / "sub").mkdir()

    ask(words)

    assert sent(service) == words


def test_doubled_sign_is_literal(ask, service, folder) -> None:
    """``@@`` attaches nothing and becomes one sign."""
    (folder / "notes.txt").write_text("secret")

    ask("Post @@notes.txt")

    assert sent(service) == "Post @notes.txt"


def test_quoted_path_may_have_spaces(ask, service, folder) -> None:
    """``@"a path"`` names a file with a space in its name."""
    (folder / "my notes.txt").write_text("x")

    ask('Read @"my notes.txt"')

    assert "File my notes.txt:\n```\nx\n```" in sent(service)


def test_file_is_attached_once(ask, service, folder) -> None:
    """A file that is mentioned twice is sent once."""
    (folder / "a.txt").write_text("x")

    ask("@a.txt and @./a.txt")

    assert sent(service).count("File ") == 1


def test_mentions_are_read_nowhere_else(ask, service, folder) -> None:
    """Standard input and files are never searched for mentions."""
    (folder / "secret.txt").write_text("canary")
    (folder / "a.txt").write_text("see @secret.txt")

    ask("@a.txt", "-", input="and @secret.txt")

    assert "canary" not in sent(service)
    assert sent(service).startswith("@a.txt\n\nand @secret.txt\n\nFile a.txt:")


@pytest.mark.parametrize(
    "name", [".env", ".env.local", "server.pem", "id_rsa", "key.P12", ".hidden", ".git/config"]
)
def test_file_that_may_be_secret_is_refused(ask, service, folder, name) -> None:
    """Without a terminal, hidden files and those that may hold a key are not attached."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("canary")

    result = ask(f"Read @{name}")

    assert result.exit_code == 2
    assert "to attach it, give it by -f" in result.stderr
    assert service.calls == []


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/passwd", "link.txt", "~/outside.txt"])
def test_file_outside_the_folder_is_refused(ask, service, folder, monkeypatch, path) -> None:
    """Without a terminal, neither a path nor a link leads out of the working folder."""
    monkeypatch.setenv("HOME", str(folder.parent))
    (folder.parent / "outside.txt").write_text("canary")
    (folder / "link.txt").symlink_to("../outside.txt")

    result = ask(f"Read @{path}")

    assert result.exit_code == 2
    assert "outside the working folder" in result.stderr
    assert service.calls == []


def test_named_file_may_be_anywhere(ask, service, folder) -> None:
    """What ``-f`` names was meant."""
    (folder.parent / ".env").write_text("A=1")

    ask("Explain", "-f", "../.env")

    assert "File ../.env:\n```\nA=1\n```" in sent(service)


def test_files_may_be_given_before_the_command(ask, service, folder) -> None:
    """Files before and after the subcommand count."""
    (folder / "a.txt").write_text("one")
    (folder / "b.txt").write_text("two")

    ask("-f", "a.txt", "run", "Compare", "-f", "b.txt")

    assert sent(service).index("one") < sent(service).index("two")


@pytest.mark.parametrize("words", [("-f", "a.txt", "Why?"), ("-f", "a.txt", "run", "Why?")])
def test_file_before_the_prompt_is_attached_once(ask, service, folder, words) -> None:
    """An option before the words, or before the subcommand, counts once."""
    (folder / "a.txt").write_text("one")

    result = ask(*words)

    assert sent(service).count("one") == 1
    assert result.stderr.count("Attached") == 1


def test_named_file_may_be_a_pipe(ask, service) -> None:
    """A shell's ``<(command)`` is a pipe."""
    reading, writing = os.pipe()
    os.write(writing, b"from a command")
    os.close(writing)

    ask("Explain", "-f", f"/dev/fd/{reading}")

    assert "from a command" in sent(service)
    os.close(reading)


def test_fence_is_longer_than_those_within(ask, service, folder) -> None:
    """A file cannot end its own block."""
    (folder / "a.md").write_text("````\n```\nx\n")

    ask("@a.md")

    assert sent(service).endswith("`````\n````\n```\nx\n`````")


@pytest.mark.parametrize(
    ("option", "name", "content", "message"),
    [
        ("-f", "missing", None, "missing cannot be read: No such file or directory"),
        ("-f", ".", None, ". cannot be read: Is a directory"),
        ("-f", "a.bin", b"\xff\x00\x01", "a.bin is not UTF-8 text (byte 0 is 0xff)"),
        (
            "-f",
            "a.pdf",
            b"%PDF-1.7\n%\xe2",
            "convert it first, for example with iconv or pdftotext",
        ),
        ("-f", "nul", b"a\0b", "nul is not text: character 1 is NUL"),
        ("--image", "a.txt", b"text", "a.txt is not an image"),
        ("--image", "missing.png", None, "missing.png cannot be read"),
        ("-f", "big", b"x" * ((16 << 20) + 1), "big is too long"),
    ],
)
def test_file_that_cannot_be_used_is_2(
    ask, service, folder, option, name, content, message
) -> None:
    """One sentence says what is wrong with the file, and nothing is sent."""
    if content is not None:
        (folder / name).write_bytes(content)

    result = ask("Why?", option, name)

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert service.calls == []


@pytest.mark.parametrize("arguments", [("--image", "a.png"), ("-f", "a.png"), ("@a.png",)])
def test_image_is_sent_as_an_image(ask, service, folder, arguments) -> None:
    """Whatever names it, a file with the bytes of an image is one."""
    (folder / "a.png").write_bytes(PNG)

    result = ask("What is this?", *arguments)

    image, text = service.calls[0].messages[-1].content
    assert image["image_url"]["url"] == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert text["text"].startswith("What is this?")
    assert "Attached: a.png (48 bytes)" in result.stderr


def test_piped_image_is_attached(ask, service) -> None:
    """Standard input with the bytes of an image is one, and the words stay the prompt."""
    result = ask("What is this?", input=PNG)

    image, text = service.calls[0].messages[-1].content
    assert image["image_url"]["url"].startswith("data:image/png;base64,")
    assert text["text"] == "What is this?"
    assert result.stderr == "Attached: standard input (48 bytes)\n"


@pytest.mark.parametrize("option", ["-f", "--image"])
def test_standard_input_needs_no_option(ask, service, option) -> None:
    """A dash that stands for a file elsewhere is refused, and the message says why."""
    result = ask("Why?", option, "-", input="text")

    assert result.exit_code == 2
    assert f"leave out: {option} -" in result.stderr
    assert service.calls == []


def test_address_of_an_image_is_passed_on(ask, service) -> None:
    """Nothing is fetched here: the service reads the address."""
    ask("What?", "--image", "https://example.com/a.png")

    assert service.calls[0].messages[-1].content[0]["image_url"] == {
        "url": "https://example.com/a.png"
    }


def test_name_of_a_file_cannot_write_to_the_terminal(ask, service, folder) -> None:
    """Control characters of a file's name are shown nowhere."""
    (folder / "a\x1b[2J\nb").write_text("x")

    result = ask("Read", "-f", "a\x1b[2J\nb")

    assert result.stderr == "Attached: a b (1 bytes)\n"
    assert "\x1b" not in sent(service)


def test_lone_dash_reads_standard_input(ask, service) -> None:
    """The last word ``-`` stands for what is piped in."""
    ask("Sum:", "-", input="1 2\n")

    assert sent(service) == "Sum:\n\n1 2"


def test_dash_between_words_is_a_word(ask, service) -> None:
    """A subtraction is no standard input."""
    ask("what", "is", "5", "-", "3")

    assert sent(service) == "what is 5 - 3"


def test_attached_file_is_an_event_for_programs(ask, folder) -> None:
    """With JSON, standard error has one object per file."""
    (folder / "a.txt").write_text("x")

    assert (
        ask("@a.txt", "--format", "json").stderr
        == '{"type": "warning", "message": "Attached: a.txt (1 bytes)"}\n'
    )
