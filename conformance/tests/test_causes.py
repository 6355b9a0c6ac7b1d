"""A report groups failures by their cause, and says what to mend first."""

import time
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest
from provider_conformance import run
from provider_conformance.__main__ import main
from provider_conformance.reports import origin_of, table, write_reports
from provider_conformance.reports._causes import causes
from provider_conformance.reports._result import Report, Result
from provider_conformance.zoo import HARNESS, ReferenceProvider
from provider_sdk import OpenAIDialect

from ._broken import write_broken

SEED = 3


class WrongPath(ReferenceProvider):
    """Asks at a path that the service does not have."""

    def __init__(self, **config):
        if "base_url" in config:
            config["base_url"] = config["base_url"].replace("/v1", "/v2")
        super().__init__(**config)


class SendsNoCredential(ReferenceProvider):
    """Sends its requests without their header."""

    class _Dialect(OpenAIDialect):
        def auth_headers(self, credential):
            return {}

    dialect = _Dialect()


class RaisesInDialect(ReferenceProvider):
    """Looks for a field that is not in the answer."""

    class _Dialect(OpenAIDialect):
        def parse_chat(self, call, reply):
            return {}["choices"]

    dialect = _Dialect()


class ReturnsText(ReferenceProvider):
    """Returns the text in place of the response."""

    async def chat(self, *args, **options):
        """Return a str."""
        response = await super().chat(*args, **options)
        return getattr(response, "text", response)


class ShowsItsCredential(ReferenceProvider):
    """Shows its credential in its repr."""

    def __init__(self, **config):
        super().__init__(**config)
        self._shown = config.get("api_key")

    def __repr__(self):
        return f"ShowsItsCredential({self._shown})"


@cache
def run_of(provider):
    """Return the report of a run of a provider."""
    return run(replace(HARNESS, provider=provider), seed=SEED, driver="respx")


def found(provider):
    """Return the causes that the run of a provider finds, and its table."""
    report = run_of(provider)
    return causes(report.results), table(report)


@pytest.mark.parametrize(
    ("provider", "title"),
    [
        (WrongPath, "the service has nothing at the path of a request"),
        (RaisesInDialect, "ProviderResponseError: the answer cannot be read (KeyError: 'choices')"),
        (ReturnsText, "the result of chat(): expected a ChatResponse, got: a str: "),
        (SendsNoCredential, "the service does not know the credential of a request"),
        (
            ShowsItsCredential,
            "repr(provider): expected not to hold the credential",
        ),
    ],
)
def test_one_cause_in_many_failures_is_told_once(provider, title):
    """A single fault, however many checks it fails, is one short example that is named first."""
    (first, *others), text = found(provider)
    assert first.title.startswith(title)
    assert len(first.results) > 5 * sum(len(other.results) for other in others)
    assert len(text.splitlines()) <= 25 + 30 * (1 + len(others))


def test_other_checks_of_a_cause_are_named():
    """Below the example stand the next ids, and how to see the rest."""
    (cause, *_), text = found(WrongPath)
    assert cause.example.id == "PC-CHAT-001"
    left = len(cause.others) - 6
    assert f"\n  also      {', '.join(cause.others[:6])} ({left} more: --verbose)\n" in text


def test_every_failure_has_one_cause():
    """Grouping neither loses a failure nor tells it twice."""
    report = run_of(SendsNoCredential)
    grouped = [result.id for cause in causes(report.results) for result in cause.results]
    assert sorted(grouped) == sorted(result.id for result in report.results if result.message)


def test_verbose_table_has_every_message():
    """With ``verbose`` each failure is shown in full."""
    report = run(replace(HARNESS, provider=WrongPath), seed=SEED, only=["CHAT", "AUTH"])
    text = table(report, verbose=True)
    assert [result.id for result in report.results if result.message not in text] == []


def test_page_keeps_every_message_below_its_cause(tmp_path):
    """The HTML groups the failures too, and leaves none out."""
    report = run(replace(HARNESS, provider=SendsNoCredential), seed=SEED, only=["AUTH", "MODELS"])
    write_reports(report, origin_of(HARNESS, None), tmp_path)
    page = (tmp_path / "reference.html").read_text("utf-8")
    count = len(causes(report.results))
    assert f"Cause 1 of {count}, mend this first: the service does not know" in page
    for result in report.results:
        assert (f"--only {result.id} --seed" in page) == bool(result.message)


def failure(id, expected, actual, *, status="fail", wire="(no request was sent)"):
    """Return the result of a check that failed."""
    message = (
        f"{id} MUST A rule.\n  rule      it holds\n  expected  {expected}\n"
        f"  actual    {actual}\n  wire      {wire}\n  fix       mend it"
    )
    return Result(id, status, "MUST", "A rule.", message, "respx")


def grouped(*results):
    """Return the ids of each cause, in order."""
    return [[result.id for result in cause.results] for cause in causes(results)]


def test_cause_of_a_plain_exchange_comes_first():
    """What breaks the plain exchange is mended before what breaks more checks."""
    many = [failure(f"PC-TOOLS-00{n}", "tool calls: 1", "2") for n in range(1, 5)]
    plain = failure("PC-CHAT-001", "response.text: a", "b")
    assert grouped(*many, plain)[0] == ["PC-CHAT-001"]


def test_cause_of_most_checks_comes_next():
    """Among other causes the one that fails most checks is mended first."""
    one = failure("PC-AUTH-001", "the header: a", "b")
    many = [failure(f"PC-TOOLS-00{n}", "tool calls: 1", "2") for n in range(1, 5)]
    assert grouped(one, *many)[0][0] == "PC-TOOLS-001"


def test_cause_of_a_failure_comes_before_one_of_a_warning():
    """Of causes that concern as many checks, the one that makes red is mended first."""
    warning = failure("PC-AUTH-001", "the header: a", "b", status="warn")
    assert grouped(warning, failure("PC-TOOLS-001", "tool calls: 1", "2"))[0] == ["PC-TOOLS-001"]


def test_representation_of_an_error_is_the_same_cause():
    """An error is one cause, whether a check shows its text or its representation."""
    texts = ["CutError: it is cut. Ask again.", "CutError('it is cut')"]
    results = [failure(f"PC-END-00{n}", "it: to end", texts[n % 2]) for n in range(4)]
    assert len(grouped(*results)) == 1


def test_what_could_not_be_tested_comes_last():
    """Checks that did not run for the same reason are one group, after what stopped them."""
    hang = failure("PC-AUTH-001", "the check: to come to its end", "it hangs")
    rest = [
        failure(f"PC-CHAT-00{n}", "the check: to be testable", "gave up", status="not-testable")
        for n in range(1, 9)
    ]
    assert grouped(*rest, hang) == [["PC-AUTH-001"], [result.id for result in rest]]


def test_random_values_do_not_part_a_cause():
    """The same exception with another random value is the same cause."""
    results = [
        failure(f"PC-CHAT-00{n}", f"call {n}: to succeed", f"KeyError: 'word{n}' in read (d.py:7)")
        for n in range(1, 4)
    ]
    assert grouped(*results) == [["PC-CHAT-001", "PC-CHAT-002", "PC-CHAT-003"]]


def test_random_words_of_the_service_do_not_part_a_cause():
    """Errors of one class and place that each quote another message of the service are one."""
    words = ["Ywukfoef jkedqvvu", "mftlwqir zzgwvkam", "eqgwxgzt gyhpfjsb"]
    results = [
        failure(f"PC-ERROR-00{n}", "it: to raise", f"ProviderError: {word}. Wait. in chat (p.py:2)")
        for n, word in enumerate(words)
    ]
    assert len(grouped(*results)) == 1


def test_hint_does_not_part_a_cause():
    """What an error says to do after its first sentence may differ."""
    hints = ["Ask again.", "Ask again; what had arrived is kept.", ""]
    results = [
        failure(f"PC-END-00{n}", f"stream {n}: to end", f"raised CutError: it is cut. {hint}")
        for n, hint in enumerate(hints)
    ]
    assert len(grouped(*results)) == 1


def test_ids_in_a_value_do_not_part_a_cause():
    """Ids, addresses and numbers in what was compared do not make other causes."""
    results = [
        failure(f"PC-CHAT-00{n}", f"call req_{n}fa{n} of 0x7f{n}: a", f"b{n}") for n in range(3)
    ]
    assert len(grouped(*results)) == 1


def test_nothing_is_left_out_to_save_one():
    """The note that one id was left out would be longer than the id."""
    results = [failure(f"PC-CHAT-00{n}", "x: 1", "2") for n in range(8)]
    text = table(Report("reference", "mock", SEED, results))
    assert ", PC-CHAT-007\n" in text
    assert "more: --verbose" not in text


def test_other_missing_keys_are_other_causes():
    """Two texts that recur hold nothing random, so they are two causes."""
    texts = ["KeyError: 'usage' in read (d.py:7)", "KeyError: 'choices' in read (d.py:3)"]
    results = [failure(f"PC-CHAT-00{n}", "it: to go on", texts[n % 2]) for n in range(1, 5)]
    assert grouped(*results) == [["PC-CHAT-001", "PC-CHAT-003"], ["PC-CHAT-002", "PC-CHAT-004"]]


def test_text_of_a_cause_that_comes_elsewhere_is_its_echo():
    """A failure whose actual holds the words of a wide-spread error has the same cause."""
    error = "ProviderResponseError: the answer cannot be read in chat (p.py:1)"
    results = [failure(f"PC-CHAT-00{n}", "the check: no exception", error) for n in (1, 2)]
    echo = failure("PC-HEALTH-001", "probe().ok: True", "False (the answer cannot be read)")
    assert len(grouped(*results, echo)) == 1


def test_accepted_failures_stand_alone():
    """Failures that deviations accept have reasons of their own, and come last."""
    accepted = [failure(f"PC-END-00{n}", "x: 1", "2", status="deviates") for n in (1, 2)]
    red = failure("PC-CHAT-002", "x: 1", "2")
    assert grouped(*accepted, red) == [["PC-CHAT-002"], ["PC-END-001"], ["PC-END-002"]]


@pytest.mark.parametrize(
    "text",
    ["'" * 500_000, "\\" * 500_000, "raised " + "a" * 500_000, "(" * 500_000, "\n" * 500_000],
)
def test_huge_text_is_grouped_at_once(text):
    """Grouping takes linear time, whatever a message quotes."""
    results = [failure(f"PC-CHAT-00{n}", f"{text}: 1", text, wire=text) for n in range(1, 9)]
    start = time.perf_counter()
    causes(results)
    assert time.perf_counter() - start < 5


def test_table_of_many_causes_names_the_first():
    """Many causes are named up to ten, with the number of those left."""
    results = [failure(f"PC-CHAT-0{n}", f"{'x' * (n - 9)}: 1", "2") for n in range(10, 30)]
    text = table(Report("reference", "mock", SEED, results))
    assert "\n  10. " in text
    assert "\n  11. " not in text
    assert "\n  … and 10 more" in text


def test_first_stops_at_the_first_failure(tmp_path, capsys):
    """``run --first`` shows the first failure, runs nothing after it, and writes no reports."""
    file = write_broken(tmp_path, "raise ValueError('no')")
    reports = tmp_path / "reports"
    assert main(["run", str(file), "--first", "--reports", str(reports)]) == 1
    said = capsys.readouterr().out
    assert "— 1 fail —" in said
    assert said.count("run again") == 1
    assert not reports.exists()


def test_first_does_not_stop_at_an_accepted_failure(tmp_path, capsys):
    """What a deviation accepts is not a failure that ``--first`` stops at."""
    expires = date.today() + timedelta(days=30)
    (tmp_path / "deviations.toml").write_text(
        '[[deviation]]\nid = "PC-CHAT-001"\nreason = "The gateway trims each text."\n'
        'link = "https://example.org/1"\nbecause = "no unexpected exception"\n'
        f"expires = {expires}\n"
    )
    file = write_broken(tmp_path, "raise ValueError('no')")
    with file.open("a") as text:
        text.write(
            "from pathlib import Path\n"
            "HARNESS = replace(HARNESS, deviations=Path(__file__).with_name('deviations.toml'))\n"
        )
    main(["run", str(file), "--first", "--only", "CHAT-001", "CHAT-002", "--seed", "3"])
    assert "1 deviates, 1 fail" in capsys.readouterr().out
