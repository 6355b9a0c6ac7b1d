"""A limit names what a wire gives up, with a reason and a link, and nothing else."""

import json
import shutil
from dataclasses import asdict, fields, replace

import pytest
from provider_conformance import OpenAIWire, run
from provider_conformance.__main__ import main
from provider_conformance.reports import origin_of, write_reports
from provider_conformance.reports._limits import _GIVES_UP, Limit, LimitError, read_limits
from provider_conformance.reports._verify import problems
from provider_conformance.wires import Traits
from provider_conformance.wires._traits import ALL_EFFORTS, ALL_SCHEMA_FIELDS
from provider_conformance.zoo import HARNESS

from ._cohere import FOLDER

REASON = "No answer names its model."
LINK = "https://service.example/reference"
ENTRY = {"trait": "names_model", "reason": REASON, "link": LINK}
SILENT = Traits(names_model=False)


def given_up(traits):
    """Return the traits of which a limit may speak, as the wire says less than the contract can."""
    return [name for name, gives_up in _GIVES_UP.items() if gives_up(traits)]


@pytest.fixture
def limits(tmp_path):
    """Return a reader of a file with these entries."""

    def read(*entries, traits=SILENT):
        file = tmp_path / "limits.toml"
        lines = [["[[limit]]", *(f"{key} = {value}" for key, value in e.items())] for e in entries]
        file.write_text("\n".join(line for entry in lines for line in entry))
        return read_limits(file, traits)

    return read


def quoted(**changes):
    """Return an entry with these fields changed; those that are None are left out."""
    return {key: f'"{value}"' for key, value in {**ENTRY, **changes}.items() if value is not None}


def test_limit_says_what_and_where(limits):
    """As text, it is the trait, the reason and the link."""
    (limit,) = limits(quoted())
    assert limit == Limit(**ENTRY)
    assert str(limit) == f"names_model: {REASON} ({LINK})"


def test_without_a_file_there_are_none():
    """A harness need not have any."""
    assert read_limits(None, SILENT) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trait": "names_modl"}, "not one of the traits"),
        ({"trait": "nonsense"}, "not one of the traits"),
        ({"trait": "counts"}, "not given up by the wire"),
        ({"reason": "Impossible."}, "explains nothing"),
        ({"reason": "   "}, "needs a text"),
        ({"reason": None}, "lacks reason"),
        ({"trait": None}, "an entry without trait lacks trait"),
        ({"reason": "too long " * 99}, "at most 300 characters"),
        ({"link": "see the docs"}, "needs a link"),
        ({"link": "https://acme.example see there"}, "needs a link"),
        ({"expires": "2027-01-01"}, "unknown keys: expires"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_limit_that_explains_nothing_is_an_error(limits, changes, words):
    """The message names file and entry, and says what to do."""
    with pytest.raises(LimitError, match=rf"limits\.toml: .*{words}"):
        limits(quoted(**changes))


def test_limit_that_is_none_any_more_is_an_error(limits):
    """Once the wire can say it, the entry must go."""
    with pytest.raises(LimitError, match="remove it"):
        limits(quoted(), traits=Traits())


def test_same_limit_twice_is_an_error(limits):
    """One of the two reasons would be lost."""
    with pytest.raises(LimitError, match="more than once"):
        limits(quoted(), quoted(reason="It is another reason."))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("limit = 7", "below a line"),
        ("[limit]\ntrait = 1", "below a line"),
        ("[[limits]]\ntrait = 'counts'", "below a line"),
        ("[[limit", "not TOML"),
    ],
)
def test_file_of_another_form_is_an_error(tmp_path, text, words):
    """One sentence, and no traceback."""
    file = tmp_path / "limits.toml"
    file.write_text(text)
    with pytest.raises(LimitError, match=words):
        read_limits(file, SILENT)


def test_file_that_is_missing_is_an_error(tmp_path):
    """A harness that names a file has one."""
    with pytest.raises(LimitError, match="cannot be read"):
        read_limits(tmp_path / "none.toml", SILENT)


def test_traits_that_can_be_limits_are_traits():
    """Each name is that of a trait, and a wire that can say all gives up none."""
    wordy = Traits(
        finish_words={"content_filter": "filtered"},
        refusals=True,
        image_details=True,
        image_addresses=True,
        request_id_in_body=True,
        strict_tools=True,
        efforts=ALL_EFFORTS,
        schema_fields=ALL_SCHEMA_FIELDS,
    )
    assert given_up(wordy) == []
    mute = Traits(
        tool_choices=frozenset(),
        counts=frozenset(),
        image_types=False,
        forbidden=frozenset({"top_p"}),
        names_model=False,
        returns_reasoning=False,
        steers_reasoning=False,
        stream_error_kinds=False,
        system_anywhere=False,
        empty_turns=False,
        joined_turns=True,
    )
    assert set(given_up(mute)) <= {field.name for field in fields(Traits)}
    assert len(given_up(mute)) == 19


# Where limits are shown.


class BlurredWire(OpenAIWire):
    """A wire whose requests cannot say how closely to look at an image."""

    def __init__(self):
        super().__init__()
        self.traits = replace(self.traits, image_details=False)


BLURRED = {**ENTRY, "trait": "image_details", "reason": "Images have no detail to ask for."}


@pytest.fixture
def blurred(tmp_path):
    """Return a harness with one limit."""
    file = tmp_path / "limits.toml"
    file.write_text("\n".join(["[[limit]]", *(f'{k} = "{v}"' for k, v in BLURRED.items())]))
    return replace(HARNESS, wire=BlurredWire(), limits=file)


def test_limit_stands_beside_the_level(blurred):
    """It lowers no level, and is told wherever the level is."""
    report = run(blurred, seed=3, only=["PC-CHAT-001"], driver="respx")
    assert report.failed == []
    assert "1 limit of the protocol" in str(report.standing)
    assert report.to_dict()["limits"] == [BLURRED]


def test_pages_tell_what_and_where(blurred, tmp_path):
    """The HTML report has reason and link of each limit."""
    report = run(blurred, seed=3, only=["PC-CHAT-001"], driver="respx")
    write_reports(report, origin_of(blurred, None), tmp_path / "reports")
    page = (tmp_path / "reports" / f"{report.provider}.html").read_text()
    assert BLURRED["reason"] in page
    assert LINK in page


def test_limit_that_changed_since_is_no_proof(blurred, tmp_path):
    """A report tells the limits of its run, and those must be the present ones."""
    report = run(blurred, seed=3, only=["PC-CHAT-001"], driver="respx")
    folder = tmp_path / "reports"
    write_reports(report, origin_of(blurred, None), folder)
    before = problems(blurred, None, folder)
    without = problems(replace(blurred, limits=None), None, folder)
    blurred.limits.write_text("[[limit]]\ntrait = 'image_details'")
    broken = problems(blurred, None, folder)
    told = "the limits have changed since the run; run the checks again"
    assert (told in before, told in without) == (False, True)
    assert any("lacks reason, link" in problem for problem in broken)


def test_command_tells_of_limits(tmp_path, capsys):
    """One line each, before the verdict."""
    harness = str(FOLDER / "harness.py")
    main(["run", harness, "--only", "CHAT-001", "--reports", str(tmp_path)])
    said = capsys.readouterr().out
    assert "limit    names_model: No answer names the model that wrote it. (https://" in said
    assert "12 limits of the protocol" in said


def test_broken_file_is_wrong_usage(tmp_path, capsys):
    """The command ends with one sentence and 2, before any check runs."""
    folder = shutil.copytree(FOLDER, tmp_path / "cohere")
    (folder / "limits.toml").write_text('[[limit]]\ntrait = "names_model"')
    assert main(["run", str(folder / "harness.py"), "--reports", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "limits.toml: names_model lacks reason, link" in said.err
    assert (said.out, "Traceback" in said.err) == ("", False)


def test_limit_is_plain_json(limits):
    """Control characters are shown as escapes, as everywhere in reports."""
    (limit,) = limits(quoted(reason="It is a\\u001b bell."))
    assert "\x1b" not in json.dumps(asdict(limit), ensure_ascii=False)
