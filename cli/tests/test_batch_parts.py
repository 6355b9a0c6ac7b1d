"""The parts of ``batch`` that know nothing of a run: its words, values, spreads and plots."""

from decimal import Decimal

import click
import pytest
from ollama_cli.batch.group import GroupWithArgument
from ollama_cli.batch.plots import bar, plot
from ollama_cli.batch.spread import Band, Spread
from ollama_cli.batch.values import concurrency, dollars, errors
from ollama_cli.batch.wording import duration, money, rate


@click.group("ask", cls=GroupWithArgument, invoke_without_command=True)
@click.argument("input", required=False)
@click.option("--out")
@click.option("--yes", is_flag=True)
@click.pass_context
def _ask(ctx, input=None, **given):
    return ("itself", input, given) if ctx.invoked_subcommand is None else None


@_ask.command("status")
@click.argument("run")
@click.option("--yes", is_flag=True)
def _status(**given):
    return ("status", given)


def called(*words: str):
    """Return what a call of the group does."""
    return _ask.main(list(words), standalone_mode=False)


@pytest.mark.parametrize(
    ("words", "input", "out"),
    [
        ((), None, None),
        (("in.jsonl",), "in.jsonl", None),
        (("in.jsonl", "--out", "x"), "in.jsonl", "x"),
        (("--out", "x", "in.jsonl"), "in.jsonl", "x"),
        (("--out", "status", "in.jsonl"), "in.jsonl", "status"),
        (("./status",), "./status", None),
        (("--out", "x", "--", "status"), "status", "x"),
        (("--", "-x"), "-x", None),
    ],
    ids=str,
)
def test_a_word_that_is_no_verb_is_the_argument(words, input, out) -> None:
    """Options stand on both sides of it, and a file named like a verb can be meant."""
    assert called(*words) == ("itself", input, {"out": out, "yes": False})


@pytest.mark.parametrize(
    ("words", "yes"),
    [(("status", "R"), False), (("status", "R", "--yes"), True), (("--yes", "status", "R"), True)],
    ids=str,
)
def test_the_first_word_calls_a_verb(words, yes) -> None:
    """Options before it are passed on."""
    assert called(*words) == ("status", {"run": "R", "yes": yes})


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--out", "x", "status", "R"), "'ask status' does not take --out"),
        (("in.jsonl", "more"), "Got unexpected extra argument (more)"),
        (("in.jsonl", "status"), "Got unexpected extra argument (status)"),
        (("--nonsense", "status", "R"), "No such option '--nonsense'."),
        (("status",), "Missing parameter: run"),
    ],
    ids=str,
)
def test_what_neither_takes_is_refused(words, problem) -> None:
    """In one sentence that names it."""
    with pytest.raises(click.UsageError) as caught:
        called(*words)

    assert str(caught.value) == problem


def _name(value: object) -> str:
    """Return the same name in every process that collects the tests."""
    return str(getattr(value, "__name__", value))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (concurrency, "auto", "auto"),
        (concurrency, "64", 64),
        (dollars, "2.50", Decimal("2.50")),
        (dollars, "0.000001", Decimal("0.000001")),
        (errors, "0", 0),
        (errors, "12", 12),
        (errors, "5%", "5%"),
        (errors, "0.5%", "0.5%"),
    ],
    ids=_name,
)
def test_values_are_what_was_written(kind, text, value) -> None:
    """An amount keeps its digits, and a share its form."""
    assert kind(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((concurrency, text) for text in ("0", "-1", "", "many", "1.5", "999999999", "\u0661")),
        *((dollars, text) for text in ("0", "-1", "", "1e9", "nan", "inf", "$1", "1.", "9" * 40)),
        *((errors, text) for text in ("-1", "101%", "%", "5 %", "x", "1e1%", "9" * 40)),
    ],
    ids=_name,
)
def test_other_values_are_refused(kind, text) -> None:
    """Whatever Python would take for a number."""
    with pytest.raises(click.BadParameter):
        kind(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
        (10**9, "11,574 d 1 h"),
    ],
)
def test_durations_have_two_units(seconds, words) -> None:
    """The smaller one only if it says something."""
    assert duration(seconds) == words


def test_numbers_are_short() -> None:
    """Rates have few digits, and money as many as it needs."""
    assert [rate(value) for value in (0.25, 9.96, 95.4, 4180, 31_400)] == [
        "0.2",
        "10.0",
        "95",
        "4,180",
        "31 k",
    ]
    amounts = [None, Decimal(0), Decimal("1e-9"), Decimal("0.00126"), Decimal("1234.5")]
    assert [money(amount) for amount in amounts] == [
        "unknown",
        "$0.00",
        "under $0.0001",
        "$0.0013",
        "$1,234.50",
    ]


def spread_of(*values: float) -> Spread:
    """Return the spread of these values."""
    spread = Spread()
    for value in values:
        spread.add(value)
    return spread


def test_bands_cover_all_values_in_order() -> None:
    """From the first with a value to the last, with the empty ones between."""
    bands = list(spread_of(0.15, 0.2, 0.3, 1.5).bands())

    assert [(round(each.low, 9), round(each.high, 9), each.number) for each in bands] == [
        (0.1, 0.2, 2),
        (0.2, 0.5, 1),
        (0.5, 1.0, 0),
        (1.0, 2.0, 1),
    ]


def test_a_spread_takes_any_number() -> None:
    """What is not finite does not count, and what is out of range counts at the edge."""
    spread = spread_of(float("nan"), float("inf"), -1.0, 0.0, 1e30)

    assert spread.count == 3
    assert spread.most == 1e30
    assert sum(band.number for band in spread.bands()) == 3


@pytest.mark.parametrize("share", [0.5, 0.95, 1.0])
def test_quantiles_are_right_to_five_per_cent(share) -> None:
    """Whatever the unit."""
    values = [number / 1000 for number in range(1, 2001)]

    assert spread_of(*values).quantile(share) == pytest.approx(2 * share, rel=0.05)


def test_a_spread_without_values_has_no_band() -> None:
    """And its quantiles are 0."""
    assert list(Spread().bands()) == []
    assert Spread().quantile(0.5) == 0.0
    assert spread_of(0.0, 0.0).quantile(0.5) == 0.0
    assert next(spread_of(0.0).bands()) == Band(0.0, 1e-8, 1)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_plot_fits(width) -> None:
    """No line is wider than there is room, and the largest bar is the longest."""
    rows = [("up to 100 ms", 12), ("up to 200 ms", 1_234_567), ("up to 1 s", 0)]

    title, *lines = plot("Seconds", rows, width).splitlines()

    assert title == "Seconds"
    assert max(map(len, lines)) <= width
    assert [line.count("█") > 0 for line in lines] == [False, True, False]
    assert "▏" in lines[0]


def test_a_plot_of_nothing_is_nothing() -> None:
    """Without any count there is no plot."""
    assert plot("Seconds", [], 80) == plot("Seconds", [("x", 0)], 80) == ""


def test_bars_have_eighths_or_whole_characters() -> None:
    """Depending on what the terminal can write; more than nothing is always seen."""
    assert bar(0.5, 1) == "▌"
    assert bar(1e-9, 10) == "▏"
    assert bar(1e-9, 10, ("#", "")) == "#"
    assert bar(0.0, 10) == bar(0.0, 10, ("#", "")) == ""
    assert bar(1.0, 10) == "█" * 10
