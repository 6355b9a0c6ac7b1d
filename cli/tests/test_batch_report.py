"""What ``batch report`` shows: sums, plots that fit, and a page that others' words cannot use."""

from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.batch.bar import ASCII, bar_line
from ollama_cli.batch.names import directory_of, next_command
from ollama_cli.batch.report_html import report_html
from ollama_cli.batch.report_json import report_fields
from ollama_cli.batch.report_text import report_text
from ollama_cli.batch.sight import Sight
from ollama_cli.terminal.json_text import to_json
from ollama_cli.terminal.markdown.widths import width_of
from provider_sdk.bulk import BulkReport, Progress, Result, RowError, Share

from ._batch import Rows, questions
from ._schemas import checked

EVIL = "</title><script>alert(1)</script>\x1b[31m\u202e\ud800\"'&<img src=x onerror=y>"


def report(**changes) -> BulkReport:
    """Return a report of a thousand rows."""
    fields = {
        "rows": 1000,
        "done": 997,
        "failed": 2,
        "unknown": 1,
        "sent_twice": {"q-17": 2},
        "tokens": 61_000,
        "cost_usd": Decimal("0.0183"),
        "duration_s": 200.0,
        "served_by": {"novita": 900, "other": 97},
        **changes,
    }
    return BulkReport(**fields)


def result(index: int, **changes) -> Result:
    """Return a row that was answered."""
    fields = {"id": f"q-{index}", "input_hash": "", "state": "done", "attempts": 1, **changes}
    return Result(index=index, **fields)


def failure(id: str, type: str, message: str) -> Result:
    """Return a row that failed."""
    return result(4, id=id, state="failed", error=RowError(type, message, 400, "r"))


def sight(*results: Result, **changes) -> Sight:
    """Return what a report shows of these rows."""
    found = Sight(report(**changes), "out.jsonl.run", "answers/out.jsonl", "hf", "org/one")
    found.look_at(results)
    return found


ROWS = [
    *(result(n, seconds=0.2 + n / 1000, cost_usd=Decimal("0.00001") * n) for n in range(1, 200)),
    failure("q-4", "ContextLengthError", "this model reads at most 8192 tokens"),
]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_text_fits(width) -> None:
    """No line is as wide as the terminal, in which the last column stays free."""
    found = report_text(sight(*ROWS), width)

    assert max(map(len, found.splitlines())) < width
    for part in ("Seconds to an answer", "Cost of an answer", "Answered by", "Failed with"):
        assert f"\n{part}" in found
    assert "█" in found


def test_the_text_has_the_sums() -> None:
    """Each with its name."""
    lines = dict(
        line.split(maxsplit=1)
        for line in report_text(sight(*ROWS), 80).split("\n\n")[0].splitlines()
    )

    assert (lines["rows"], lines["done"], lines["failed"]) == ("1,000", "997", "2")
    assert lines["unknown"].startswith("1, sent before a kill")
    assert (lines["tokens"], lines["cost"], lines["time"]) == ("61,000", "$0.0183", "3 min 20 s")
    assert "1: q-17" in report_text(sight(*ROWS), 80)


def test_wide_names_fit() -> None:
    """A character may be two columns wide."""
    found = report_text(sight(served_by={"模型" * 40: 5, "b": 1}), 60)

    assert max(map(width_of, found.splitlines())) < 60
    assert "模型" in found


def test_a_report_without_answers_has_no_plot() -> None:
    """The sums alone."""
    found = report_text(sight(done=0, served_by={}), 80)

    assert "█" not in found
    assert "Seconds" not in found


def test_nothing_reaches_the_terminal() -> None:
    """Ids, names and messages of others are shown without what moves cursors or hides text."""
    found = report_text(
        sight(failure(EVIL, EVIL, EVIL), served_by={EVIL: 5}, sent_twice={EVIL: 2}), 80
    )

    assert "\x1b" not in found
    assert "\u202e" not in found
    assert "alert(1)" in found


def test_many_names_are_added_up() -> None:
    """After the dozen that answered most rows."""
    found = report_text(sight(served_by={f"back-{n}": 100 - n for n in range(20)}), 80)

    assert "back-11" in found
    assert "back-12" not in found
    assert "8 others" in found


class Page(HTMLParser):
    """Reads a page: its elements with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        """Keep an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        """Keep a text."""
        self.texts.append(data)


EVIL_PAGE = report_html(
    sight(*ROWS[:5], failure(EVIL, EVIL, EVIL), served_by={EVIL: 5, "b": 1}, sent_twice={EVIL: 2})
)


def test_the_page_shows_what_others_wrote_and_does_nothing() -> None:
    """It has only elements and attributes of its own, and what is hostile is text."""
    page = Page(EVIL_PAGE)

    assert {tag for tag, _ in page.elements} == {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "table", "thead",
        "tbody", "tr", "th", "td", "span",
    }  # fmt: skip
    assert {name for _, attributes in page.elements for name in attributes} == {
        "lang", "charset", "name", "content", "http-equiv", "scope", "class", "style",
        "aria-hidden",
    }  # fmt: skip
    assert any("<script>alert(1)</script>" in text for text in page.texts)
    assert "\x1b" not in EVIL_PAGE
    assert EVIL_PAGE.encode("utf-8")


def test_the_page_loads_nothing() -> None:
    """It names no other place, and says itself that it may not."""
    assert "http:" not in EVIL_PAGE
    assert "https:" not in EVIL_PAGE
    assert "url(" not in EVIL_PAGE
    page = Page(EVIL_PAGE)
    policy = next(
        attributes["content"] for tag, attributes in page.elements if "http-equiv" in attributes
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_the_page_can_be_read_by_all() -> None:
    """It has a language and a title, tables with heads, and bars that are drawn besides numbers."""
    page = Page(EVIL_PAGE)
    elements = [tag for tag, _ in page.elements]

    assert page.elements[0] == ("html", {"lang": "en"})
    assert elements.count("h1") == 1
    heads = [attributes for tag, attributes in page.elements if tag == "th"]
    assert {attributes.get("scope") for attributes in heads} == {"row", "col"}
    bars = [a for tag, a in page.elements if tag == "td" and a.get("class") == "bar"]
    assert {attributes.get("aria-hidden") for attributes in bars} == {"true"}
    assert "prefers-color-scheme: dark" in EVIL_PAGE


_TEXT = st.text(max_size=30)


@given(
    names=st.dictionaries(_TEXT, st.integers(1, 10**12), max_size=4),
    twice=st.dictionaries(_TEXT, st.integers(2, 9), max_size=3),
    failed=st.lists(st.tuples(_TEXT, _TEXT, _TEXT), max_size=3),
    width=st.integers(30, 200),
    seconds=st.floats(0, 1e12),
    cost=st.none() | st.decimals(0, 10**9, places=9),
)
def test_any_report_can_be_shown(names, twice, failed, width, seconds, cost) -> None:
    """However odd what services and inputs say is."""
    shares = [
        Share(
            provider="hf", model=name, source="reported", rows=rows, prompt_tokens=1,
            completion_tokens=1, cost_usd=cost,
        )
        for name, rows in names.items()
    ]  # fmt: skip
    failures = [failure(*words) for words in failed]
    found = sight(
        result(0, seconds=seconds, cost_usd=cost),
        *failures,
        served_by=names,
        sent_twice=twice,
        cost_usd=cost,
        examples=failures,
        errors=names,
        shares=shares,
    )

    assert "\x1b" not in report_text(found, width)
    assert {tag for tag, _ in Page(report_html(found)).elements} >= {"html", "table"}
    checked("batch-report", to_json(report_fields(found.report)))


@given(
    width=st.integers(1, 200),
    rows=st.integers(0, 10**12),
    parts=st.tuples(*[st.integers(0, 10**6)] * 3),
    rates=st.tuples(*[st.floats(0, 1e9)] * 3),
    cost=st.none() | st.decimals(0, 10**9, places=9),
)
def test_any_bar_fits(width, rows, parts, rates, cost) -> None:
    """However wide the terminal is, and however far the run."""
    done, failed, unknown = parts
    progress = Progress(
        rows=rows + sum(parts),
        done=done,
        failed=failed,
        unknown=unknown,
        rows_per_s=rates[0],
        tokens_per_s=rates[1],
        pause=rates[2],
        cost_usd=cost,
        concurrency=64,
    )

    found = bar_line(progress, width, ASCII)

    assert len(found) <= width
    assert found.isascii()


@pytest.mark.parametrize(
    ("run", "out", "input", "folder"),
    [
        (None, "out.jsonl", "in.jsonl", "out.jsonl.run"),
        (None, "a/out.parquet", "in.jsonl", "a/out.parquet.run"),
        (None, "-", "a/in.jsonl", "a/in.jsonl.run"),
        ("kept", "out.jsonl", "in.jsonl", "kept"),
    ],
)
def test_a_run_has_a_folder(run, out, input, folder) -> None:
    """Beside the output, else beside the input, unless it is named."""
    assert directory_of(run, out, input) == Path(folder)


def test_the_next_command_can_be_pasted() -> None:
    """Whatever the folder is called."""
    assert next_command("resume", Path("my 'run'; rm -rf x")) == (
        """ollama-cli batch resume 'my '"'"'run'"'"'; rm -rf x'"""
    )
    assert next_command("retry", Path("-x.run")) == "ollama-cli batch retry ./-x.run"


def test_report_writes_a_page(invoke, fake, tmp_path, monkeypatch) -> None:
    """Where it is told to, besides what it shows."""
    monkeypatch.chdir(tmp_path)
    fake(Rows({"Question 2?"}))
    questions(5, tmp_path)
    invoke("batch", "in.jsonl", "--out", "out.jsonl", "--provider", "fake")

    result = invoke("batch", "report", "out.jsonl.run", "--html", "report.html")

    assert result.exit_code == 0
    assert "Failed with\nProviderRequestError" in result.stdout
    assert "it cannot be answered" in result.stdout
    assert result.stderr == "Report: report.html\n"
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    assert "Bulk run: 4 of 5 rows answered" in page.texts


@pytest.mark.parametrize(
    ("out", "more", "problem"),
    [
        ("in.jsonl", (), "in.jsonl"),
        (".", (), "folder"),
        ("out.jsonl.run/manifest.json", (), "folder of the run"),
        ("nowhere/x", (), "nowhere"),
        ("x.xlsx", (), ".xlsx"),
        ("-", ("--out-form", "csv"), "csv"),
        ("-", ("--format", "json"), "leave out --format"),
    ],
    ids=str,
)
def test_an_export_replaces_nothing_else(
    invoke, fake, tmp_path, monkeypatch, out, more, problem
) -> None:
    """Neither the input nor a folder; and what cannot be written is refused with 2."""
    monkeypatch.chdir(tmp_path)
    fake(Rows())
    before = questions(3, tmp_path).read_bytes()
    invoke("batch", "in.jsonl", "--out", "out.jsonl", "--provider", "fake")

    result = invoke("batch", "export", "out.jsonl.run", "--out", out, *more)

    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert (tmp_path / "in.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("out", "more", "begin"),
    [
        ("x.csv", (), "id,"),
        ("x.jsonl", ("--out-form", "openai"), '{"id":"'),
        ("x.jsonl", (), '{"id":"q0","index":0,'),
    ],
    ids=str,
)
def test_an_export_has_the_form_of_its_name_or_option(
    invoke, fake, tmp_path, monkeypatch, out, more, begin
) -> None:
    """Whatever the form of the output was."""
    monkeypatch.chdir(tmp_path)
    fake(Rows())
    questions(3, tmp_path)
    invoke("batch", "in.jsonl", "--out", "out.jsonl", "--provider", "fake")

    result = invoke("batch", "export", "out.jsonl.run", "--out", out, *more)

    assert (result.exit_code, result.stderr) == (0, f"Answers: {out} (3 rows of 3)\n")
    assert (tmp_path / out).read_text("utf-8").startswith(begin)


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        (".", "it is a folder; name a file in it"),
        ("out.jsonl.run/manifest.json", "is in the folder of the run"),
        ("in.jsonl", "is the input"),
    ],
)
def test_a_page_that_would_replace_something_else_is_refused(
    invoke, fake, tmp_path, monkeypatch, html, problem
) -> None:
    """With exit code 2, and nothing is shown."""
    monkeypatch.chdir(tmp_path)
    fake(Rows())
    questions(1, tmp_path)
    invoke("batch", "in.jsonl", "--out", "out.jsonl", "--provider", "fake")

    result = invoke("batch", "report", "out.jsonl.run", "--html", html)

    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
