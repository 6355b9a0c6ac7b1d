"""A bake that breaks one behaviour goes red with the check for it."""

import pytest
from provider_conformance import find_harness, run

OPENAI = "openai-compatible"
ANTHROPIC = "anthropic-compatible"
GEMINI = "gemini-compatible"
OLLAMA = "ollama-compatible"
RESPONSES = "responses-compatible"
ALWAYS_WELL = '''
    async def health_check(self) -> bool:
        """Say that all is well."""
        return True
'''
BREAKS = [
    (OPENAI, "_provider.py", "\n    name =", f"{ALWAYS_WELL}\n    name =", "PC-HEALTH-003"),
    (ANTHROPIC, "_provider.py", "\n    name =", f"{ALWAYS_WELL}\n    name =", "PC-HEALTH-003"),
    (GEMINI, "_provider.py", "\n    name =", f"{ALWAYS_WELL}\n    name =", "PC-HEALTH-003"),
    (OLLAMA, "_provider.py", "\n    name =", f"{ALWAYS_WELL}\n    name =", "PC-HEALTH-003"),
    (RESPONSES, "_provider.py", "\n    name =", f"{ALWAYS_WELL}\n    name =", "PC-HEALTH-003"),
    ("custom", "_dialect.py", '"x-key"', '"authorization"', "PC-AUTH-002"),
    ("custom", "_dialect.py", "in call.messages]", "in call.messages[-1:]]", "PC-CHAT-004"),
    ("custom", "_decoder.py", '"limit": "length"', '"limit": "stop"', "PC-CHAT-017"),
    ("custom", "_decoder.py", "self._calls += len(calls)", "self._calls += 0", "PC-TOOLS-007"),
    ("custom", "_errors.py", "(ProviderOverloadedError,", "(ProviderRequestError,", "PC-ERROR-006"),
    ("custom", "_models.py", ".models])", ".models[1:]])", "PC-MODELS-001"),
]
HEADER = "@sample\n    def credential_of(self, request: SeenRequest) -> str | None:"


def edit(project, file, old, new):
    """Change one place of a file."""
    (path,) = project.glob(file)
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def outcome(project, id):
    """Return the result of one check."""
    harness, _ = find_harness(str(project / "tests" / "harness.py"))
    (result,) = run(harness, seed=7, only=[id]).results
    return result


@pytest.mark.parametrize(("protocol", "file", "old", "new", "id"), BREAKS)
def test_break_is_found(protocol, file, old, new, id, baked, importable):
    """The check is green before the edit and red after it, and says which check it is."""
    number = BREAKS.index((protocol, file, old, new, id))
    for broken in (False, True):
        project = baked(protocol=protocol, provider_name=f"broken{number}{broken:d}")
        importable(project)
        if broken:
            edit(project, f"src/*/{file}", old, new)
        result = outcome(project, id)
        assert (result.id, result.is_red) == (id, broken), result.message


def test_sample_is_replaced_step_by_step(baked, importable):
    """Where the wire has left the sample protocol the dialect is red until it follows."""
    steps = []
    for step in range(3):
        project = baked(protocol="custom", provider_name=f"step{step}")
        if step >= 1:
            edit(project, "tests/wire.py", HEADER, HEADER.removeprefix("@sample\n    "))
            edit(project, "tests/wire.py", '"x-key"', '"x-acme-key"')
        if step >= 2:
            edit(project, "src/*/_dialect.py", '"x-key"', '"x-acme-key"')
        importable(project)
        result = outcome(project, "PC-AUTH-002")
        steps.append((result.is_good, "credential_of" in result.sample))
    assert steps == [(True, True), (False, False), (True, False)]


def test_first_check_needs_what_the_readme_begins_with(baked, importable):
    """The check to begin with calls three methods of the wire, and the README names them."""
    project = baked(protocol="custom", provider_name="begun")
    importable(project)

    result = outcome(project, "PC-CHAT-001")
    assert sorted(result.sample) == ["read_chat", "route", "whole"]
    said = (project / "README.md").read_text("utf-8")
    assert "PC-CHAT-001 needs: `route`, `read_chat` and `whole`." in said
