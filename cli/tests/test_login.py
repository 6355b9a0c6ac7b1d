"""``ollama-cli login`` and ``logout``: where keys are stored, and where they are sent."""

import json
import os
import pty
import select
import stat
import subprocess
import sys
import threading
import time

import pytest

from ._keys import KEY, FakeKeyring, key_file, keys_in
from ._processes import ends
from ._project import write_project
from ._router import PATIENCE_S, Router
from ._schemas import checked
from ._settings import write_settings
from ._shell import Shell

NO_TOKEN = {"HF_TOKEN": None}


@pytest.fixture
def other():
    """A service of a stranger."""
    with Router() as router:
        yield router


@pytest.fixture
def keyring(tmp_path):
    """A package ``keyring``."""
    return FakeKeyring(tmp_path)


@pytest.fixture
def user(shell):
    """The command without a token, beside the service; nothing that it says holds the key."""
    environment = {name: value for name, value in shell.environment.items() if name != "HF_TOKEN"}
    return User(Shell(environment))


@pytest.fixture
def quick(invoke, router, monkeypatch, tmp_path):
    """The command in this process, beside the service; nothing that it says holds the key."""
    monkeypatch.setenv("HF_BASE_URL", f"{router.url}/v1")
    monkeypatch.setenv("HF_ENDPOINT", router.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for variable in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH"):
        monkeypatch.delenv(variable, raising=False)

    def run(*arguments, input=""):
        found = invoke(*arguments, input=input)
        assert KEY not in found.output
        return found

    return run


@pytest.fixture
def quick_file(tmp_path):
    """The file in which that one keeps keys."""
    return tmp_path / "settings/keys.json"


class User:
    """Runs the command, and looks for the key in what it says."""

    def __init__(self, shell):
        self.shell = shell

    def run(self, *arguments, input="", **changes):
        """Run the command to its end."""
        environment = {**self.shell.environment, **changes}
        found = subprocess.run(
            self.shell.command(*arguments),
            env={name: value for name, value in environment.items() if value is not None},
            input=input if isinstance(input, bytes) else input.encode(),
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        stdout, stderr = found.stdout.decode(), found.stderr.decode()
        assert KEY not in f"{stdout}{stderr}"
        return subprocess.CompletedProcess(found.args, found.returncode, stdout, stderr)

    def login(self, name="hf", *arguments, key=KEY, **changes):
        """Store a key."""
        found = self.run("login", name, *arguments, input=f"{key}\n", **changes)
        assert found.returncode == 0, found.stderr
        return found


def credentials(router):
    """Return the authorization of each request."""
    return [exchange.headers.get("authorization") for exchange in router.exchanges]


# Storing.


def test_a_stored_key_is_used(user, router) -> None:
    """As one in a variable would be; it was checked before it was stored."""
    user.login()
    found = user.run("run", "--provider", "hf", "--no-stream", "Why?")

    assert (found.returncode, found.stdout) == (0, "Blue.\n")
    paths = [exchange.path for exchange in router.exchanges]
    assert paths == ["/api/whoami-v2", "/v1/models", "/v1/chat/completions"]
    assert set(credentials(router)) == {f"Bearer {KEY}"}


def test_login_says_where_the_key_is(user, router, tmp_path) -> None:
    """And where it will be sent."""
    found = user.login()

    assert found.stdout == (
        f"The key of hf is in the key file {key_file(tmp_path)}. It is sent to {router.url}/v1 and "
        f"{router.url} only.\n"
    )
    assert found.stderr == ""


def test_the_file_is_private(user, tmp_path) -> None:
    """Whatever the umask is."""
    before = os.umask(0)
    try:
        user.login()
    finally:
        os.umask(before)

    file = key_file(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert {entry.name for entry in file.parent.iterdir()} == {"keys.json", ".keys.json.lock"}


def test_the_file_holds_the_key_and_its_addresses(user, router, tmp_path) -> None:
    """A second key for the same addresses takes its place."""
    user.login(key="sk-old")
    user.login()

    addresses = [f"{router.url}/v1", router.url]
    assert keys_in(tmp_path) == [{"provider": "hf", "addresses": addresses, "key": KEY}]


def test_json_follows_its_schema(user, router, tmp_path) -> None:
    """Of both commands."""
    logged_in = checked("login", user.login("hf", "--format", "json").stdout)
    logged_out = checked("logout", user.run("logout", "hf", "--format", "json").stdout)

    addresses = [f"{router.url}/v1", router.url]
    assert logged_in == {
        "provider": "hf",
        "addresses": addresses,
        "stored_in": "file",
        "path": str(key_file(tmp_path)),
        "checked": True,
        "used_instead": None,
    }
    assert logged_out["removed"] == [
        {"provider": "hf", "addresses": addresses, "stored_in": "file"}
    ]


def test_a_key_that_is_rejected_is_not_stored(user, router, tmp_path) -> None:
    """The exit code is that of a credential, and the error says what to do."""
    router.scripts["/api/whoami-v2"] = lambda exchange: exchange.reply(
        401, {"error": f"bad token {KEY}"}
    )
    found = user.run("login", "hf", input=KEY)

    assert found.returncode == 3
    assert "The key is not stored; --no-check stores it." in found.stderr
    assert "The credential came from your input." in found.stderr
    assert not key_file(tmp_path).exists()


def test_a_provider_that_cannot_be_asked_is_another_reason(user, tmp_path) -> None:
    """With its own exit code; without the check, nobody is asked."""
    away = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_BASE_URL": "http://127.0.0.1:9/v1"}
    found = user.run("login", "hf", input=KEY, **away)
    unchecked = user.run("login", "hf", "--no-check", input=KEY, **away)

    assert (found.returncode, unchecked.returncode) == (4, 0)
    assert len(keys_in(tmp_path)) == 1


def test_what_comes_first_is_told(user, router) -> None:
    """A variable wins over a stored key, so storing one is said to have no effect."""
    found = user.login(HF_TOKEN="hf_variable")
    user.run("run", "--provider", "hf", "Why?", HF_TOKEN="hf_variable")

    told = "Warning: the environment variable HF_TOKEN comes first, as long as it is there\n"
    assert found.stderr == told
    assert credentials(router)[-1] == "Bearer hf_variable"


@pytest.mark.parametrize(
    "arguments",
    [
        ("login", "hf", KEY),
        ("login", "hf", "--", KEY),
        ("login", "hf", "--key", KEY),
        ("login", "hf", f"--key={KEY}"),
        ("login", "hf", "--token", KEY),
        ("login", "hf", f"-k{KEY}"),
        ("login", f"--no-check={KEY}", "hf"),
        ("login", KEY),
        ("login", "hf", KEY, "--format", "json"),
        ("login", "hf", KEY, "-v"),
        ("login",),
        ("logout", KEY),
        ("logout", "hf", KEY),
        ("logout",),
        ("logout", "hf", "--all"),
    ],
    ids=lambda arguments: " ".join(arguments).replace(KEY, "KEY"),
)
def test_a_key_on_the_command_line_is_refused(quick, router, quick_file, arguments) -> None:
    """It is not repeated, stored or sent."""
    found = quick(*arguments, input="sk-other\n")

    assert (found.exit_code, found.stdout) == (2, "")
    assert router.exchanges == []
    assert not quick_file.exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no key was given"),
        (b" \n\n", "no key was given"),
        (b"sk-one\nsk-two\n", "one line"),
        (b"sk two", "a space"),
        (b"sk-\x00two", "outside ASCII"),
        (b"sk-\x1b[2J", "outside ASCII"),
        ("sk-schlüssel".encode(), "outside ASCII"),
        (b"\xff\xfes\x00k\x00", "outside ASCII"),
        (b'"sk-quoted"', "in quotes"),
        (b"sk-two\x16", "Ctrl-V does not paste"),
        (b"x" * 20_000, "longer than 16 KiB"),
        (b"x" * 1_100_000, "standard input is longer"),
        (b"\xff" * 1_000_000, "longer than 16 KiB"),
    ],
)
def test_what_is_not_a_key_is_refused(quick, router, quick_file, content, problem) -> None:
    """It is neither repeated nor stored nor sent."""
    found = quick("login", "hf", input=content)

    assert (found.exit_code, found.stdout) == (2, "")
    assert problem in found.stderr
    assert "two" not in found.stderr
    assert "quoted" not in found.stderr
    assert router.exchanges == []
    assert not quick_file.exists()


@pytest.mark.parametrize("content", [f"{KEY}", f"{KEY}\r\n", f"\ufeff {KEY} \n\n"])
def test_what_surrounds_a_key_is_not_part_of_it(user, tmp_path, content) -> None:
    """As editors, shells and Windows write it."""
    user.run("login", "hf", input=content)

    assert keys_in(tmp_path)[0]["key"] == KEY


def test_a_closed_standard_input_holds_no_key(user) -> None:
    """It is a mistake of whoever calls, and no traceback."""
    command = " ".join(str(word) for word in user.shell.command("login", "hf"))
    found = subprocess.run(
        ["sh", "-c", f"{command} <&-"],
        env=dict(user.shell.environment),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )

    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("Error: no key was given")


def test_who_needs_no_key_gets_none(user, tmp_path) -> None:
    """The error says so before a key is typed."""
    write_settings(tmp_path, providers={"open": {"base_url": "http://127.0.0.1:9/v1"}})
    found = user.run("login", "open", OLLAMA_CLI_CONFIG_DIR=str(tmp_path / "settings"))

    assert found.returncode == 2
    assert found.stderr == "Error: the provider 'open' takes no key\n"


# Where it is sent.


def at_settings(user, other, tmp_path):
    """Set the stranger's address in the user's settings."""
    write_settings(tmp_path, providers={"hf": {"base_url": f"{other.url}/v1"}})
    return {"HF_BASE_URL": None}


def at_variable(user, other, tmp_path):
    """Set it in the environment."""
    return {"HF_BASE_URL": f"{other.url}/v1"}


def at_hub(user, other, tmp_path):
    """Set that of the second service that gets the token."""
    return {"HF_ENDPOINT": other.url}


def at_project(user, other, tmp_path):
    """Set it in the settings of a trusted project."""
    work = tmp_path / "work"
    write_project(work, providers={"hf": {"base_url": f"{other.url}/v1"}})
    assert trusted(user, work, tmp_path).returncode == 0
    return {"PWD_OF_TEST": str(work)}


def at_dotenv(user, other, tmp_path):
    """Set it in the ``.env`` of a trusted project."""
    work = tmp_path / "work"
    write_project(work, {".env": f"HF_BASE_URL={other.url}/v1\n"})
    assert trusted(user, work, tmp_path).returncode == 0
    return {"HF_BASE_URL": None, "PWD_OF_TEST": str(work)}


def trusted(user, work, tmp_path):
    """Trust the project."""
    settings = str(tmp_path / "settings")
    return user.run("trust", str(work), "--yes", OLLAMA_CLI_CONFIG_DIR=settings)


@pytest.mark.parametrize("place", [at_settings, at_variable, at_hub, at_project, at_dotenv])
@pytest.mark.parametrize("command", ["run", "why"])
def test_a_key_is_sent_to_no_other_address(
    user, router, other, tmp_path, monkeypatch, place, command
) -> None:
    """Whoever set it; the error says for which one the key is."""
    settings = {"OLLAMA_CLI_CONFIG_DIR": str(tmp_path / "settings")}
    user.login(**settings)
    changes = place(user, other, tmp_path)
    monkeypatch.chdir(changes.pop("PWD_OF_TEST", tmp_path))
    words = ["Why?"] if command == "run" else []

    found = user.run(command, *words, "--provider", "hf", **settings, **changes)

    assert credentials(other) == []
    if command == "why":
        assert "the stored key of hf is for" in found.stdout
    else:
        assert found.returncode == 3
        assert "the stored key of hf is for" in found.stdout + found.stderr


def test_a_key_is_sent_to_no_other_address_by_the_chain(user, other, tmp_path) -> None:
    """A provider whose address changed is passed over, and nobody hears of the key."""
    user.login()
    found = user.run("why", "--format", "json", HF_BASE_URL=f"{other.url}/v1")

    (hf,) = (
        each for each in checked("why", found.stdout)["candidates"] if each["provider"] == "hf"
    )
    assert hf["state"] == "no credential"
    assert credentials(other) == []


def test_keys_for_two_addresses_are_kept_apart(user, router, other, tmp_path) -> None:
    """Each goes to its own."""
    away = {"HF_BASE_URL": f"{other.url}/v1", "HF_ENDPOINT": other.url}
    user.login()
    user.login(key="sk-theirs", **away)
    user.run("models", "--provider", "hf", **away)
    user.run("models", "--provider", "hf")

    assert len(keys_in(tmp_path)) == 2
    assert set(credentials(other)) == {"Bearer sk-theirs"}
    assert set(credentials(router)) == {f"Bearer {KEY}"}


def test_the_same_address_may_be_written_in_another_way(user, router) -> None:
    """A slash at its end, and the case of the scheme, mean nothing."""
    user.login()
    found = user.run("models", "--provider", "hf", HF_ENDPOINT=f"{router.url.upper()}/")

    assert (found.returncode, found.stdout) == (0, "org/one\n")


def test_a_redirect_takes_no_key_along(user, router, other) -> None:
    """It is not followed."""
    user.login()

    def redirect(exchange):
        exchange.send_response(307)
        exchange.send_header("location", f"{other.url}/v1/models")
        exchange.send_header("content-length", "0")
        exchange.end_headers()

    router.scripts["/v1/models"] = redirect
    found = user.run("models", "--provider", "hf")

    assert found.returncode != 0
    assert other.exchanges == []


def test_the_key_is_in_no_child_and_no_listing(user, tmp_path) -> None:
    """Hooks inherit no variable with it, and no command shows it."""
    seen = tmp_path / "seen"
    hook = {"type": "command", "command": f"env > {seen}; cat >> {seen}"}
    settings = tmp_path / ".config/ollama-cli/settings.json"
    user.login()
    settings.write_text(json.dumps({"hooks": {"UserPromptSubmit": [{"hooks": [hook]}]}}))
    settings.chmod(0o600)
    user.run("run", "--provider", "hf", "Why?")
    for arguments in (
        ("config", "list", "--sources"),
        ("providers",),
        ("why",),
        ("run", "-v", "--provider", "hf", "x"),
    ):
        user.run(*arguments)

    assert KEY not in seen.read_text()


def test_providers_say_where_the_key_is(user, tmp_path) -> None:
    """As for a variable."""
    user.login()
    found = checked("providers", user.run("providers", "--format", "json").stdout)

    (hf,) = (each for each in found["providers"] if each["name"] == "hf")
    assert (hf["credential"], hf["credential_source"]) == (
        "set",
        f"the key file {key_file(tmp_path)}",
    )


# Plain http.

PUBLIC = "http://192.0.2.1/v1"
"""An address that leads nowhere (RFC 5737)."""


@pytest.mark.parametrize(
    "arguments",
    [("run", "Why?"), ("models",), ("health",), ("login", "hf")],
    ids=lambda arguments: arguments[0],
)
def test_no_credential_goes_over_plain_http(user, arguments) -> None:
    """To other machines than one's own: the error comes before any request."""
    options = () if arguments[0] == "login" else ("--provider", "hf")
    start = time.monotonic()
    found = user.run(*arguments, *options, input="sk-x", HF_BASE_URL=PUBLIC, HF_TOKEN="hf_x")

    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.count("\n") == 1
    assert "hf would get its credential over plain http at http://192.0.2.1/v1" in found.stderr
    assert "--insecure-http" in found.stderr
    assert time.monotonic() - start < 4


@pytest.mark.parametrize("by", ["option before", "option after", "setting"])
def test_plain_http_may_be_permitted(user, tmp_path, by) -> None:
    """Then the request is tried; nobody answers at that address."""
    changes = {"HF_BASE_URL": PUBLIC, "HF_TOKEN": "hf_x"}
    if by == "setting":
        write_settings(tmp_path, insecure_http=True)
        changes["OLLAMA_CLI_CONFIG_DIR"] = str(tmp_path / "settings")
    words = ["models", "--provider", "hf", "--timeout", "0.3"]
    words = {"option before": ["--insecure-http", *words], "setting": words}.get(
        by, [*words, "--insecure-http"]
    )

    assert user.run(*words, **changes).returncode == 4


def test_a_project_does_not_permit_plain_http(user, tmp_path, monkeypatch) -> None:
    """Even if it is trusted."""
    work = tmp_path / "work"
    write_project(work, insecure_http=True, providers={"hf": {"base_url": PUBLIC}})
    assert trusted(user, work, tmp_path).returncode == 0
    monkeypatch.chdir(work)

    found = user.run("models", "--provider", "hf", HF_TOKEN="hf_x")

    assert found.returncode == 2
    assert "over plain http" in found.stderr


def test_without_a_credential_plain_http_is_fine(user, tmp_path) -> None:
    """There is nothing to read on the way but the request."""
    changes = {"OLLAMA_HOST": "http://192.0.2.1:11434"}

    found = user.run("models", "--provider", "ollama", "--timeout", "0.3", **changes)
    with_key = user.run("models", "--provider", "ollama", OLLAMA_API_KEY="k", **changes)

    assert (found.returncode, with_key.returncode) == (4, 2)


# Removing.


def test_logout_removes_the_key(user, router, tmp_path) -> None:
    """From the file, too, whatever the address is now; the next question has none."""
    user.login()
    found = user.run("logout", "hf", HF_BASE_URL="https://moved.example")
    asked = user.run("run", "--provider", "hf", "Why?")

    assert found.stdout == (f"The key of hf for {router.url}/v1 and {router.url} is removed.\n")
    assert KEY not in key_file(tmp_path).read_text()
    assert asked.returncode == 3


def test_logout_without_a_key_is_no_error(user) -> None:
    """What was asked for is so; a variable that is still used is named."""
    found = user.run("logout", "hf", HF_TOKEN="hf_x")

    assert (found.returncode, found.stdout) == (0, "No key of hf is stored.\n")
    assert found.stderr == (
        "Warning: the environment variable HF_TOKEN is set, and is still used\n"
    )


def test_logout_of_all_removes_all(user, tmp_path) -> None:
    """Also the key of a provider that is not installed any more."""
    user.login()
    file = key_file(tmp_path)
    found = json.loads(file.read_text())
    found["keys"].append({"provider": "gone", "addresses": ["https://a"], "key": "sk-gone"})
    file.write_text(json.dumps(found))

    assert user.run("logout", "--all").returncode == 0
    assert keys_in(tmp_path) == []
    assert user.run("logout", "--all").stdout == "No key is stored.\n"


# The file.

_DAMAGED = ["", "{", "[]", '{"version": 2, "keys": []}', '{"version": 1, "keys": {}}', "[" * 99_999]
_DAMAGED += ['{"version": 1, "keys": [1]}', '{"version": 1, "keys": [{"provider": "hf"}]}']
_DAMAGED += ['{"version": 1, "keys": [{"provider": "hf", "addresses": ["a"], "key": ""}]}']
_DAMAGED += ['{"version": 1, "keys": [{"provider": "hf", "addresses": [1], "key": "k"}]}', "\0" * 9]


@pytest.mark.parametrize("content", _DAMAGED, ids=lambda content: content[:50])
def test_a_damaged_file_is_an_error_and_stays(
    quick, router, quick_file, monkeypatch, content
) -> None:
    """It is not overwritten; who needs no stored key does not notice."""
    quick("login", "hf", input=KEY)
    quick_file.write_text(content)
    router.exchanges.clear()

    found = [
        quick("models", "--provider", "hf"),
        quick("login", "hf", "--no-check", input=KEY),
        quick("logout", "hf"),
    ]

    assert [each.exit_code for each in found] == [3, 1, 1]
    assert all("is damaged; delete it" in each.stderr for each in found)
    assert router.exchanges == []
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    assert quick("models", "--provider", "hf").exit_code == 0
    assert quick_file.read_text() == content


@pytest.mark.parametrize("what", ["link", "folder", "others can write"])
def test_a_file_that_is_not_ones_own_is_not_used(user, router, tmp_path, what) -> None:
    """Others could have written it, or could read it at the end of a link."""
    user.login()
    file = key_file(tmp_path)
    if what == "others can write":
        file.chmod(0o666)
    else:
        file.rename(tmp_path / "keys")
    if what == "link":
        file.symlink_to(tmp_path / "keys")
    if what == "folder":
        file.mkdir()
    router.exchanges.clear()

    found = user.run("models", "--provider", "hf")

    assert found.returncode == 3
    assert str(file) in found.stderr
    assert router.exchanges == []


def test_a_link_in_place_of_the_file_is_not_written_through(user, tmp_path) -> None:
    """What it leads to stays."""
    file = key_file(tmp_path)
    file.parent.mkdir(parents=True, mode=0o700)
    (tmp_path / "elsewhere").write_text("precious")
    file.symlink_to(tmp_path / "elsewhere")

    found = user.run("login", "hf", "--no-check", input=KEY)

    assert found.returncode == 1
    assert (tmp_path / "elsewhere").read_text() == "precious"


def test_several_at_once_lose_no_key(user, tmp_path) -> None:
    """Each sees what the other wrote, and whoever reads sees a whole file."""
    names = ["claude", "gemini", "openai", "codex", "hf"]

    threads = [threading.Thread(target=user.login, args=(name, "--no-check")) for name in names]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if key_file(tmp_path).exists():
            keys_in(tmp_path)
        time.sleep(0.01)
    for thread in threads:
        thread.join()

    assert sorted(each["provider"] for each in keys_in(tmp_path)) == sorted(names)


# The keyring.


def test_a_keyring_is_used_if_there_is_one(user, router, keyring, tmp_path) -> None:
    """The file then holds no key; the address is part of its name in the keyring."""
    found = user.login(**keyring.variables)
    asked = user.run("models", "--provider", "hf", **keyring.variables)

    assert found.stdout.startswith("The key of hf is in the system keyring. It is sent to ")
    assert keyring.content == {f"ollama-cli|hf {router.url} {router.url}/v1": KEY}
    assert KEY not in key_file(tmp_path).read_text()
    assert asked.returncode == 0
    assert credentials(router)[-1] == f"Bearer {KEY}"


def test_logout_empties_the_keyring(user, keyring, tmp_path) -> None:
    """And the list of what is in it."""
    user.login(**keyring.variables)
    found = user.run("logout", "hf", **keyring.variables)

    assert found.returncode == 0
    assert (keyring.content, keys_in(tmp_path)) == ({}, [])


@pytest.mark.parametrize(
    "behaviour",
    [
        {"module": "keyring.backends.fail"},
        {"module": "keyring.backends.null"},
        {"module": "keyrings.alt.file"},
        {"kind": "PlaintextKeyring", "module": "other"},
        {"priority": 0.5},
    ],
    ids=str,
)
def test_a_keyring_that_protects_nothing_is_not_used(user, keyring, tmp_path, behaviour) -> None:
    """The file that only the user can read is better."""
    keyring.behave(**behaviour)
    found = user.login(**keyring.variables)

    assert "key file" in found.stdout
    assert (found.stderr, keyring.content) == ("", {})
    assert keys_in(tmp_path)[0]["key"] == KEY


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"setting": "raise RuntimeError(key)"}, "it failed (RuntimeError)"),
        ({"setting": "return"}, "it does not return what was stored"),
        ({"setting": "raise SystemExit(1)"}, "it failed (SystemExit)"),
    ],
    ids=lambda value: str(value),
)
def test_a_keyring_that_fails_is_told_and_replaced(
    user, keyring, tmp_path, behaviour, reason
) -> None:
    """The key is in the file then; what the keyring said of it is not repeated."""
    keyring.behave(**behaviour)
    found = user.login(**keyring.variables)

    assert found.stderr == f"Warning: the key is not in the system keyring: {reason}\n"
    assert keys_in(tmp_path)[0]["key"] == KEY


def test_a_keyring_that_is_gone_is_an_error_of_who_needs_it(user, router, keyring) -> None:
    """With the exit code of a credential."""
    user.login(**keyring.variables)
    router.exchanges.clear()

    found = user.run("models", "--provider", "hf")

    assert found.returncode == 3
    assert "the key of hf cannot be read from the system keyring" in found.stderr
    assert router.exchanges == []


def test_a_key_that_stays_in_the_keyring_stays_on_the_list(user, keyring, tmp_path) -> None:
    """So that it can be removed later."""
    user.login(**keyring.variables)
    keyring.behave(deleting="raise RuntimeError")

    found = user.run("logout", "hf", **keyring.variables)

    assert found.returncode == 1
    assert "does not remove the key of hf" in found.stderr
    assert len(keys_in(tmp_path)) == len(keyring.content) == 1


def test_a_keyring_that_waits_for_ever_is_left(user, keyring, tmp_path) -> None:
    """As one does that would ask for a password where there is no desktop."""
    keyring.behave(setting="time.sleep(1000)")
    start = time.monotonic()
    found = user.login("hf", "--no-check", **keyring.variables)

    assert "it did not answer within 5 s" in found.stderr
    assert keys_in(tmp_path)[0]["key"] == KEY
    assert time.monotonic() - start < 15


def test_a_keyring_is_not_loaded_without_need(user, keyring) -> None:
    """A provider that finds its own credential does not touch it."""
    (keyring.folder / "keyring.py").write_text("raise SystemExit('loaded')")

    found = user.run("models", "--provider", "hf", HF_TOKEN="hf_x", **keyring.variables)

    assert (found.returncode, found.stderr) == (0, "")


# The terminal.


class Terminal:
    """The command on a terminal of its own, as its session leader."""

    def __init__(self, user, *arguments, **changes):
        self.master, slave = pty.openpty()
        environment = {**user.shell.environment, "TERM": "dumb", **changes}
        code = (
            "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
            "os.execv(sys.executable, [sys.executable, '-m', 'ollama_cli', *sys.argv[1:]])"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        self.slave = slave
        self.text = ""

    def read_until(self, end):
        """Read until the text ends so."""
        until = time.monotonic() + PATIENCE_S
        while end not in self.text:
            assert time.monotonic() < until, self.text
            if select.select([self.master], [], [], 0.1)[0]:
                self.text += os.read(self.master, 4096).decode()

    def type(self, text):
        """Type it."""
        os.write(self.master, text.encode())

    def end(self):
        """Wait for the end; return the exit code."""
        code = self.process.wait(PATIENCE_S)
        while select.select([self.master], [], [], 0.1)[0]:
            self.text += os.read(self.master, 4096).decode()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def test_a_typed_key_is_not_shown(user, router, tmp_path) -> None:
    """Who types it is told first where it will be sent."""
    with Terminal(user, "login", "hf") as terminal:
        terminal.read_until("only: ")
        assert terminal.text == f"Key of hf, for {router.url}/v1 and {router.url} only: "
        terminal.type(f"{KEY}\n")
        code = terminal.end()

    assert code == 0
    assert KEY not in terminal.text
    assert keys_in(tmp_path)[0]["key"] == KEY


def test_ctrl_c_at_the_prompt_leaves_nothing(user, router, tmp_path) -> None:
    """No file, no request; and the terminal shows again what is typed."""
    import termios

    with Terminal(user, "login", "hf") as terminal:
        terminal.read_until("only: ")
        assert not termios.tcgetattr(terminal.slave)[3] & termios.ECHO
        terminal.type("sk-half\x03")
        code = terminal.end()
        assert termios.tcgetattr(terminal.slave)[3] & termios.ECHO

    assert code == 130
    assert "sk-half" not in terminal.text
    assert router.exchanges == []
    assert not key_file(tmp_path).exists()
    assert ends(terminal.process.pid)


def test_a_key_that_the_terminal_cut_off_is_refused(user, tmp_path) -> None:
    """A terminal takes some thousand characters in a line, and says nothing of the others."""
    with Terminal(user, "login", "hf", "--no-check") as terminal:
        terminal.read_until("only: ")
        terminal.type("x" * 5000)
        terminal.type("\n")
        code = terminal.end()

    assert code == 2
    assert "pipe it in instead" in terminal.text
    assert not key_file(tmp_path).exists()


def test_ctrl_d_at_the_prompt_is_no_key(user, tmp_path) -> None:
    """As an empty line."""
    with Terminal(user, "login", "hf") as terminal:
        terminal.read_until("only: ")
        terminal.type("\x04")
        code = terminal.end()

    assert code == 2
    assert "no key was given" in terminal.text
    assert not key_file(tmp_path).exists()
