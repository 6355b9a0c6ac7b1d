"""``mutate`` puts faults into a provider's own code and lists those that no check notices."""

import ast

import pytest
from provider_conformance.__main__ import main
from provider_conformance.mutation import faults_in

PROVIDER = """
from provider_sdk import ChatResponse, OpenAICompatibleProvider


class Own(OpenAICompatibleProvider):
    name = "own"
    base_url = "http://localhost:1/v1"
    api_key_env = ("OWN_API_KEY",)
    default_model = "own/default"

    async def complete(self, prompt, model=None, **options):
        if self.name == "own":
            return await super().complete(prompt, model, **options)
        return ""

    def never_called(self, number):
        return number < 7
"""
HARNESS = """
from own import Own
from provider_conformance import Harness
from provider_conformance.wires import OpenAIWire

HARNESS = Harness(Own, OpenAIWire())
"""


@pytest.fixture
def harness(tmp_path):
    """Write a provider with its harness beside it, and return the harness."""
    (tmp_path / "own.py").write_text(PROVIDER)
    file = tmp_path / "own_harness.py"
    file.write_text(HARNESS)
    return file


def faults(tmp_path, source):
    """Return what each fault of a source makes of it, as a parser reads it."""
    file = tmp_path / "code.py"
    file.write_text(source, "utf-8")
    found = [fault.applied_to(file.read_bytes()) for fault in faults_in(file)]
    return {ast.unparse(ast.parse(text)) for text in found}


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("x = a == b", {"x = a != b"}),
        ("x = a and b", {"x = a or b"}),
        ("x = 7", {"x = 8"}),
        ("x = True", {"x = False"}),
        ("x = {'a': b, **c}", {"x = {**c}", "x = {'a': b}"}),
        ("x = Delta(text=a, usage=b)", {"x = Delta(usage=b)", "x = Delta(text=a)"}),
        ("x = 'é' if a else b", {"x = 'é' if not a else b"}),
    ],
)
def test_each_kind_of_fault(tmp_path, source, changed):
    """A fault changes just its place, and what comes of it is still Python."""
    assert faults(tmp_path, source) == changed


@pytest.mark.parametrize(
    "source",
    ["'''A text: 7.'''", "import a", "def f(a: Literal[7]) -> Literal[8]: ...", "x = f'{7}'"],
)
def test_code_that_does_nothing_is_left_alone(tmp_path, source):
    """Docstrings, imports, annotations and f-strings have no faults."""
    assert faults(tmp_path, source) == set()


def test_unnoticed_fault_is_listed(harness, capsys):
    """What the checks notice is not listed; what they do not is, with file and line."""
    code = main(["mutate", str(harness), "--seed", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert "own.py:17: it compares by `<=`" in lines
    assert not any(line.startswith("own.py:12:") for line in lines)


def test_provider_that_is_red_is_not_tried(harness, capsys):
    """A provider whose checks are red already is told so in one sentence."""
    provider = harness.with_name("own.py")
    provider.write_text(PROVIDER.replace("return await super()", 'return "x" + await super()'))
    assert main(["mutate", str(harness)]) == 2
    assert "is red before anything is changed" in capsys.readouterr().err
