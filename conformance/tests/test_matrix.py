"""The matrix shows what the reports of all providers prove, and what they do not."""

import io
import json
import re
import shutil
from contextlib import redirect_stdout
from importlib.resources import files

import jsonschema
import pytest
from provider_conformance.__main__ import main
from provider_conformance.checks import GROUPS

from ._installed import checkout, install
from ._page import Page
from ._written import change, write_report


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return an empty folder, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path / "reports"


def matrix_in(folder, *arguments):
    """Write the matrix of a folder of reports, and return the exit code and what its JSON holds."""
    code = main(["matrix", *map(str, arguments or [folder]), "--output", str(folder)])
    return code, json.loads((folder / "matrix.json").read_bytes())


def provider(matrix, name):
    """Return what a matrix says of a provider."""
    (found,) = [each for each in matrix["providers"] if each["name"] == name]
    return found


def test_cell_counts_the_results_of_its_group(place):
    """A cell says how many checks of a group passed, failed and so on."""
    write_report(place, "acme", PC_CHAT_001="fail", PC_CHAT_002="warn", PC_CHAT_003="refused")
    _, matrix = matrix_in(place)
    cell = provider(matrix, "acme")["cells"]["CHAT"]
    assert cell["state"] == "red"
    assert {word: n for word, n in cell["counts"].items() if word != "pass"} == {
        "fail": 1,
        "warn": 1,
        "refused": 4,  # with those of images
    }
    assert provider(matrix, "acme")["cells"]["AUTH"]["state"] == "passed"


def test_green_reports_end_with_0(place):
    """Where every report is whole and green, so is the matrix."""
    write_report(place, "acme")
    write_report(place, "other", PC_RETRY_001="refused")
    code, matrix = matrix_in(place)
    assert code == 0
    assert matrix["proof"] is True
    assert [each["name"] for each in matrix["providers"]] == ["acme", "other"]
    assert {each["level"] for each in matrix["providers"]} == {"silver"}


@pytest.mark.parametrize("status", ["fail", "error", "not-testable"])
def test_red_check_ends_with_1(place, status):
    """A red check of one provider makes the whole matrix red."""
    write_report(place, "acme")
    write_report(place, "other", PC_CHAT_001=status)
    code, matrix = matrix_in(place)
    assert code == 1
    assert provider(matrix, "other")["word"] == "red"
    assert provider(matrix, "acme")["word"] == "reported"


def test_warning_is_shown_and_not_red(place):
    """A warning shows in its cell, and leaves the exit code at 0."""
    write_report(place, "acme", PC_CHAT_001="warn")
    code, matrix = matrix_in(place)
    assert code == 0
    assert provider(matrix, "acme")["cells"]["CHAT"]["state"] == "warned"


def test_same_reports_give_the_same_bytes(place, tmp_path):
    """JSON and page are the same for the same reports, in whatever order they are named."""
    first, second = write_report(place, "acme"), write_report(place, "other", limits=2)
    matrix_in(place, first, second)
    before = [(place / f"matrix.{ending}").read_bytes() for ending in ("json", "html")]
    matrix_in(place, second, place, first)
    assert [(place / f"matrix.{ending}").read_bytes() for ending in ("json", "html")] == before


def test_matrix_follows_its_published_schema(place):
    """The JSON is what the published schema says, whatever the reports are like."""
    write_report(place, "acme", limits=1, PC_TOOLS_001="fail")
    write_report(
        place, "acme", "live", origin={"service": {"hosts": ["a.b"], "days": ["2026-01-01"]}}
    )
    (place / "broken.json").write_text("{")
    package = files("provider_conformance.reports")
    schema = json.loads((package / "matrix.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(matrix_in(place)[1])


def test_each_cell_leads_to_the_group_in_the_providers_page(place):
    """Every link of the matrix ends at an element of the page of a run."""
    write_report(place, "acme", PC_CHAT_001="fail")
    write_report(place / "far off", "other")
    matrix_in(place, place / "acme.json", place / "far off")
    links = Page(place / "matrix.html").having("a", "href")
    for name in ("./acme.html", "./far%20off/other.html"):
        assert f"{name}#AUTH" in links
    for link in links:
        file, _, anchor = link.replace("%20", " ").partition("#")
        page = Page(place / file)
        assert not anchor or [a for _, a, _ in page.all if a.get("id") == anchor], link


def test_report_without_a_page_is_linked_itself(place):
    """If a report came without its page, its cells lead to the report."""
    write_report(place, "acme").with_suffix(".html").unlink()
    _, matrix = matrix_in(place)
    assert provider(matrix, "acme")["cells"]["AUTH"]["link"] == "./acme.json"


def test_page_asks_no_other_host(place):
    """The page loads nothing, and leads only to files beside it."""
    write_report(place, "acme", limits=1)
    matrix_in(place)
    text = (place / "matrix.html").read_text("utf-8")
    assert re.findall(r"src=|@import|url\(|<script|<link", text) == []
    assert all(link.startswith("./") for link in Page(place / "matrix.html").having("a", "href"))


def test_page_can_be_read_without_colour(place):
    """Each cell says in words what its colour means."""
    write_report(place, "acme", PC_CHAT_001="fail", PC_AUTH_001="warn")
    write_report(place, "less", only=20)
    matrix_in(place)
    said = Page(place / "matrix.html").texts("td")
    assert any(text.startswith("✗ ") and " 1 fail" in text for text in said)
    assert any(text.startswith("! ") and " 1 warn" in text for text in said)
    assert any(text.startswith("✓ ") for text in said)
    assert any(text.startswith("? partial") for text in said)
    assert "- not run" in said


def test_page_names_what_a_cell_belongs_to(place):
    """Every header cell of the tables says whether it heads a row or a column."""
    write_report(place, "acme")
    matrix_in(place)
    page = Page(place / "matrix.html")
    heads = [attributes for tag, attributes, _ in page.all if tag == "th"]
    assert {attributes.get("scope") for attributes in heads} == {"row", "col"}
    regions = [a for tag, a, _ in page.all if tag == "div" and a.get("role") == "region"]
    assert [(a["tabindex"], bool(a["aria-label"])) for a in regions] == [("0", True)] * 2


def test_capability_is_proved_by_checks(place):
    """The table of capabilities says what each provider can do, and which checks say so."""
    write_report(place, "acme", PC_TOOLS_002="fail")
    _, matrix = matrix_in(place)
    found = provider(matrix, "acme")["capabilities"]
    assert found["streaming"]["state"] == "can"
    assert found["streaming"]["passed"] > 50
    assert found["tools"]["state"] == "broken"
    assert found["tools"]["against"] == ["PC-TOOLS-002"]
    assert found["tools"]["link"] == "./acme.html#PC-TOOLS-002"
    assert found["images"]["state"] == "cannot"
    assert found["images"]["passed"] == 3
    assert found["token_counting"] == {
        "state": "unproved",
        "declared": True,
        "passed": 0,
        "against": [],
        "link": "./acme.html",
    }
    assert "PC-TOOLS-002" in matrix["capabilities"]["tools"]


def test_refusal_of_another_capability_is_not_held_against_one(place):
    """A check of two capabilities that was refused says nothing against the one that is there."""
    write_report(place, "acme", PC_TOOLS_004="refused")
    assert provider(matrix_in(place)[1], "acme")["capabilities"]["tools"]["state"] == "can"


def test_head_says_what_a_level_rests_on(place):
    """Level, what the next one lacks, limits, seed and the host and day of a service are there."""
    write_report(place, "acme", limits=2)
    service = {"hosts": ["api.acme.example"], "days": ["2026-05-01"]}
    write_report(place, "acme", "replay", origin={"service": service})
    matrix_in(place)
    text = " ".join(Page(place / "matrix.html").texts("table"))
    for said in (
        "silver",
        "for gold: a replay of the real service",
        "2 limits of the protocol",
        "replay: api.acme.example, 2026-05-01",
        "Seed",
    ):
        assert said in text


def test_level_in_a_report_is_not_believed(place):
    """A level that the results do not prove is a doubt, whatever the report says."""
    change(write_report(place, "acme", PC_CHAT_001="fail"), level="gold", verdict="PASS")
    code, matrix = matrix_in(place)
    found = provider(matrix, "acme")
    assert code == 1
    assert (found["level"], found["word"]) == ("none", "altered")
    assert found["runs"]["mock"]["doubts"][0]["text"] == (
        "its level is gold, and its results prove none"
    )


def partial(file):
    """Leave out a check."""
    results = json.loads(file.read_bytes())["results"]
    change(file, results=results[1:])


DOUBTFUL = {
    "missing": lambda file: file.with_suffix(".run.json").unlink(),
    "unreadable": lambda file: file.write_text("{"),
    "partial": partial,
    "altered": lambda file: file.write_text(file.read_text().replace('"seed": 7', '"seed": 8')),
    "version": lambda file: change(file, kit="0.0.1"),
}


@pytest.mark.parametrize("fault", DOUBTFUL)
def test_doubtful_report_is_named_in_its_cells(place, fault, capsys):
    """Each cell of a report that is not a proof says why in one word, and the exit code is 1."""
    DOUBTFUL[fault](write_report(place, "acme"))
    write_report(place, "good")
    code, matrix = matrix_in(place)
    said = capsys.readouterr().out
    assert code == 1
    assert provider(matrix, "acme")["word"] == fault
    assert provider(matrix, "acme")["level"] == "none"
    assert {cell["state"] for cell in provider(matrix, "acme")["cells"].values()} == {
        "doubtful",
        "not run",
    }
    assert provider(matrix, "good")["word"] == "reported"
    assert re.search(rf"^CHAT +{fault} +\d+/\d+$", said, re.MULTILINE)


HOSTILE = {
    "not JSON": ("{", "is not a report: Expecting"),
    "not an object": ("[]", "is not a report"),
    "of a newer form": ('{"schema": "provider-conformance/2"}', "this kit reads provider-conf"),
    "of something else": ('{"name": "left-pad"}', "it lacks schema"),
    "nested": ("[" * 5000, "is not a report"),
    "empty": ("", "is not a report"),
    "in another encoding": ('{"\udcff": 1}', "is not UTF-8"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_file_that_is_not_a_report_is_one_sentence(place, kind, capsys):
    """Whatever a file holds, one sentence says why it is not a report."""
    text, said = HOSTILE[kind]
    write_report(place, "good")
    (place / "odd.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    (place / "odd.run.json").write_text("{}")
    code, matrix = matrix_in(place)
    (doubt,) = provider(matrix, "odd")["runs"]["mock"]["doubts"]
    assert code == 1
    assert said in doubt["text"]
    assert "\n" not in doubt["text"]
    assert len([line for line in capsys.readouterr().out.splitlines() if said in line]) == 1


ODD_FIELDS = {
    "results": [{"id": "PC-<b>-001"}],
    "seed": True,
    "limits": [{"trait": 1, "reason": [], "link": {}}],
    "wire": {"exchanges": "many"},
    "mode": ["mock"],
    "counts": {"pass": -1},
    "capabilities": {"tools": 1},
    "extra": 1,
}


@pytest.mark.parametrize("field", ODD_FIELDS)
def test_field_of_a_wrong_form_is_named(place, field, capsys):
    """A report with a field that no report has is not one, and the field is named."""
    change(write_report(place, "acme"), **{field: ODD_FIELDS[field]})
    code, _ = matrix_in(place)
    assert code == 1
    assert re.search(rf"acme: it is not a report: .*\b{field}", capsys.readouterr().out)


def test_html_in_names_is_text(place):
    """What a provider calls itself is text in the page, and cannot leave its line in a terminal."""
    name = '<img src=x onerror="alert(1)">\x1b[31m\u202e\ud800'
    file = write_report(place, "acme")
    change(file, provider=name, capabilities=["<script>"])
    code, _ = matrix_in(place)
    page = Page(place / "matrix.html")
    assert code == 0
    assert [tag for tag, _, _ in page.all if tag in ("img", "script")] == []
    assert any(text.startswith('<img src=x onerror="alert(1)">') for text in page.texts("th"))


def test_names_of_files_are_escaped_in_links(place):
    """A file's name is part of an address, and nothing else."""
    file = write_report(place, "acme")
    for ending in (".json", ".run.json", ".html"):
        file.with_suffix(ending).rename(place / f'a"#?x:{ending}')
    _, matrix = matrix_in(place)
    assert provider(matrix, "acme")["cells"]["AUTH"]["link"] == "./a%22%23%3Fx%3A.html#AUTH"


def test_two_reports_of_one_name_are_refused(place, capsys):
    """Two reports of one provider are a mistake in the call, which names both."""
    first, second = write_report(place / "a", "acme"), write_report(place / "b", "acme")
    assert main(["matrix", str(first), str(second)]) == 2
    assert f"{first} and {second} are both of the provider 'acme'" in capsys.readouterr().err


def test_sixty_providers_fit_a_terminal(place, capsys):
    """Columns that do not fit beside each other follow below, and no line is too long."""
    names = [f"provider-{number}" for number in range(60)]
    file = write_report(place, names[0])
    for name in names[1:]:
        for ending in (".json", ".run.json"):
            shutil.copy(file.with_suffix(ending), place / f"{name}{ending}")
        change(place / f"{name}.json", provider=name)
    code, matrix = matrix_in(place)
    said = capsys.readouterr().out
    assert code == 0
    assert len(matrix["providers"]) == 60
    tables = said.partition("\nOf each group")[0].splitlines()
    assert max(map(len, tables)) <= 80
    assert all(any(re.search(rf"\b{name}\b", line) for line in tables) for name in names)


@pytest.mark.parametrize("width", [20, 80, 200])
def test_six_providers_fit_a_terminal(place, width, capsys, monkeypatch):
    """At 80 columns the six stand beside each other; no table is wider than the terminal."""
    monkeypatch.setenv("COLUMNS", str(width))
    for name in ("hf", "ollama", "claude", "gemini", "codex", "openai"):
        write_report(place, name)
    matrix_in(place)
    tables = capsys.readouterr().out.partition("\nOf each group")[0].splitlines()
    assert max(map(len, tables)) <= max(width, 30)
    heads = [line for line in tables if line.startswith(" " * 8)]
    assert len(heads) == (2 if width >= 80 else 12)


def test_terminal_shows_no_colours_where_none_are_wanted(place, capsys):
    """Without a terminal there are only words and numbers."""
    write_report(place, "acme", PC_CHAT_001="fail", PC_CHAT_002="warn")
    matrix_in(place)
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert re.search(r"^CHAT +\d+/\d+ 1F1w$", said, re.MULTILINE)


class Terminal(io.StringIO):
    """Standard output that is a terminal."""

    def isatty(self):
        """Say so."""
        return True


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_terminal_shows_colours_where_they_are_wanted(place, variables, coloured, monkeypatch):
    """On a terminal a red cell is red, unless the user wants no colours."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    write_report(place, "acme", PC_CHAT_001="fail")
    with redirect_stdout(Terminal()) as shown:
        matrix_in(place)
    cell = re.search(r"^CHAT.*$", shown.getvalue(), re.MULTILINE)[0]
    assert bool(re.search(r"\x1b\[31m\d+/\d+ 1F\x1b\[0m$", cell)) == coloured
    assert ("\x1b" in shown.getvalue()) == coloured


@pytest.mark.parametrize("source", ["nowhere", "nowhere.txt", "empty"])
def test_source_that_is_none_is_wrong_usage(place, source, capsys):
    """A source that holds no report is named, with what to do, and nothing is written."""
    (place / "empty").mkdir(parents=True)
    assert main(["matrix", str(place / source), "--output", str(place)]) == 2
    said = capsys.readouterr().err
    assert source in said
    assert "run the checks first" in said
    assert list(place.glob("matrix.*")) == []


def test_report_that_is_missing_has_a_column(place):
    """A report file that is not there is a column that says so."""
    code, matrix = matrix_in(place, place / "gone.json", write_report(place, "acme"))
    assert code == 1
    assert provider(matrix, "gone")["word"] == "missing"


def test_replay_without_a_scripted_run_is_not_enough(place):
    """A column whose scripted run is missing says so in the cells of that run."""
    write_report(place, "acme", "replay")
    code, matrix = matrix_in(place)
    found = provider(matrix, "acme")
    assert code == 1
    assert found["cells"]["CHAT"]["state"] == "doubtful"
    assert found["cells"]["REPLAY"]["state"] == "passed"
    assert found["cells"]["REPLAY"]["link"] == "./acme.replay.html#REPLAY"


def test_place_that_cannot_be_written_is_told(place, capsys):
    """If the matrix cannot be written, it is shown all the same, and one sentence says why."""
    file = write_report(place, "acme")
    assert main(["matrix", str(place), "--output", str(file)]) == 2
    said = capsys.readouterr()
    assert re.search(r"^CHAT +\d+/\d+$", said.out, re.MULTILINE)
    assert said.err.count("\n") == 1
    assert "acme.json cannot be made a folder" in said.err


def test_names_of_several_lines_stay_in_one(place, capsys):
    """A provider cannot write lines of its own by its name."""
    change(write_report(place, "acme"), provider="acme\nmatrix: all is well")
    matrix_in(place)
    assert "\nmatrix: all is well" not in capsys.readouterr().out


def test_matrix_is_not_taken_for_a_report(place):
    """A folder that holds an older matrix gives the same matrix again."""
    write_report(place, "acme")
    assert matrix_in(place) == matrix_in(place)


def test_report_of_a_provider_called_matrix_is_kept(place, capsys):
    """The matrix does not replace the reports of a provider of its name."""
    file = write_report(place, "matrix")
    before = file.read_bytes()
    assert main(["matrix", str(place), "--output", str(place)]) == 2
    assert "write the matrix to another folder with --output" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert main(["matrix", str(place), "--output", str(place / "other")]) == 0


def test_sample_protocol_is_not_a_proof(place):
    """A provider that still speaks a scaffold's protocol is red, unless that is accepted."""
    file = write_report(place, "acme")
    change(file, level="sample")
    beside = file.with_suffix(".run.json")
    beside.write_text(
        json.dumps({**json.loads(beside.read_bytes()), "sample": {"PC-CHAT-001": ["chat_body"]}})
    )
    code, matrix = matrix_in(place)
    assert (code, provider(matrix, "acme")["word"]) == (1, "sample")
    code, matrix = matrix_in(place, place, "--allow-sample")
    assert (code, provider(matrix, "acme")["level"]) == (0, "sample")


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    """Return a checkout and the folder of its installed distribution, with whole reports."""
    folder = tmp_path_factory.mktemp("matrix")
    install(folder / "site", "acme")
    checkout(folder / "checkout", "acme")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder / "site"))
        patch.chdir(folder / "checkout")
        assert main(["run", "acme", "--seed", "1"]) == 0
    return folder


@pytest.fixture
def here(proved, tmp_path, monkeypatch):
    """Return a copy of all that, in whose checkout this process works."""
    shutil.copytree(proved, tmp_path, dirs_exist_ok=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.chdir(tmp_path / "checkout")
    return tmp_path


def test_reports_are_compared_with_the_code_that_is_here(here):
    """Reports of a provider that the checkout declares are verified."""
    assert main(["matrix"]) == 0
    found = provider(
        json.loads((here / "checkout/reports/conformance/matrix.json").read_bytes()), "acme"
    )
    assert (found["word"], found["verified"], found["level"]) == ("verified", True, "silver")


@pytest.mark.parametrize("sources", [[], ["acme"], ["reports/conformance"]])
def test_report_is_old_after_a_change(here, sources, capsys):
    """However the reports are named, code that is newer than its report makes it old."""
    with (here / "site" / "provider_acme" / "__init__.py").open("a") as file:
        file.write("# new\n")
    assert main(["matrix", *sources]) == 1
    said = capsys.readouterr().out
    assert re.search(r"^CHAT +old$", said, re.MULTILINE)
    assert "acme: the code has changed since the run" in said


def test_provider_that_never_ran_has_a_column(here, capsys):
    """Of a provider that the checkout declares, a missing report is not left out in silence."""
    shutil.rmtree("reports")
    assert main(["matrix"]) == 1
    assert "acme.json is missing; run the checks first" in capsys.readouterr().out


def test_report_of_another_provider_is_not_taken_for_one(here, capsys):
    """A report under the name of a declared provider that is about another one is altered."""
    folder = here / "checkout" / "reports" / "conformance"
    change(folder / "acme.json", provider="other")
    assert main(["matrix", "acme"]) == 1
    said = capsys.readouterr().out
    assert re.search(r"^CHAT +altered$", said, re.MULTILINE)
    assert "acme: reports/conformance/acme.json is about a mock run of other" in said


def test_provider_that_cannot_be_loaded_is_a_column(here, capsys):
    """A harness that fails does not keep the others from being shown."""
    write_report(here / "checkout" / "reports" / "conformance", "other")
    (here / "checkout" / "tests" / "harness.py").write_text("raise SystemExit(0)\n")
    assert main(["matrix", "reports/conformance"]) == 1
    said = capsys.readouterr().out
    assert re.search(r"^CHAT +broken +\d+/\d+$", said, re.MULTILINE)
    assert "harness.py cannot be loaded: SystemExit" in said


def test_reports_never_choose_what_is_run(here):
    """A report from elsewhere that names a harness is read, and nothing of it is run."""
    folder = here / "elsewhere"
    file = write_report(folder, "foreign")
    (folder / "harness.py").write_text("open('ran', 'w')\n")
    beside = file.with_suffix(".run.json")
    data = {**json.loads(beside.read_bytes()), "harness": "harness.py:HARNESS"}
    beside.write_text(json.dumps(data))
    assert main(["matrix", str(file)]) == 0
    assert not (here / "checkout" / "ran").exists()


def test_every_group_has_a_row(place):
    """Groups that did not run are shown as such, so that none seems to pass."""
    write_report(place, "acme")
    cells = provider(matrix_in(place)[1], "acme")["cells"]
    assert list(cells) == list(GROUPS)
    assert cells["LIVE"] == {"state": "not run", "counts": {}, "missing": 0, "link": None}
