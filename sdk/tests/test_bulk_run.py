"""Runs over files, from begin to end, with what is on disk between them."""

import asyncio
import json
from decimal import Decimal

import pytest
from provider_sdk import (
    ChatResponse,
    ProviderAuthError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderRouter,
    ToolCall,
    Usage,
    register_provider,
)
from provider_sdk.bulk import (
    BulkError,
    BulkInputError,
    BulkRun,
    Caps,
    Form,
    Limits,
    RunBusyError,
    RunChangedError,
    RunStoppedError,
)
from provider_sdk.bulk.engines.local import DeskHere
from provider_sdk.bulk.running.opened import Opened
from provider_sdk.bulk.running.worker import Worker
from provider_sdk.bulk.store import Journal, Lease, RunLock
from provider_sdk.testing import FakeProvider

from ._bulk_run import Scripted, answer, write_input

FEW = Limits(concurrency=16)


@pytest.fixture
def rows(tmp_path):
    """An input of five rows."""
    return write_input(tmp_path / "in.jsonl", [f"row {number}" for number in range(5)])


def _run(rows, provider=None, **changes):
    given = {"out": rows.with_name("out.jsonl"), "limits": FEW}
    if "make_provider" not in changes:
        given["provider"] = provider or Scripted()
    return BulkRun(rows, **{**given, **changes})


def _lines(rows):
    return [json.loads(line) for line in rows.with_name("out.jsonl").read_text().splitlines()]


async def _echo(prompt):
    # Later rows are answered before earlier ones.
    await asyncio.sleep(0.01 * (5 - int(prompt[-1])))
    return answer(prompt.upper())


class Hasty:
    """Runs one worker, whose rows in flight have hardly any time once it is cancelled."""

    lease_s = 0.25

    async def run(self, job, desk):
        """Work at all shards."""
        await Worker(job, "hasty", DeskHere(desk, "hasty"), grace=0.01).run()


async def test_every_row_is_answered_in_the_order_of_the_input(rows):
    """Although the answers come in another order."""
    report = await _run(rows, Scripted(_echo)).run()

    assert [line["text"] for line in _lines(rows)] == [f"ROW {number}" for number in range(5)]
    assert [line["index"] for line in _lines(rows)] == list(range(5))
    assert (report.rows, report.done, report.failed, report.left) == (5, 5, 0, 0)
    assert report.tokens == 75
    assert report.served_by == {"back": 5}


async def test_the_report_is_beside_the_answers(rows):
    """Whoever comes later finds the same figures."""
    report = await _run(rows).run()

    written = json.loads((rows.with_name("out.jsonl.run") / "report.json").read_text())
    assert written == report.to_dict()
    assert written["schema"] == "ollama-cli-batch/1"


async def test_a_row_that_fails_is_reported_and_the_others_are_answered(rows):
    """The output has a line for it too."""

    async def reply(prompt):
        if prompt == "row 2":
            raise ProviderRequestError("too rude", status=400, request_id="r-9")
        return answer()

    report = await _run(rows, Scripted(reply)).run()

    assert (report.done, report.failed) == (4, 1)
    assert report.errors == {"ProviderRequestError": 1}
    [example] = report.to_dict()["examples"]
    assert example["error"] == {
        "type": "ProviderRequestError",
        "message": "too rude",
        "status": 400,
        "request_id": "r-9",
    }
    assert _lines(rows)[2]["error"]["message"] == "too rude"


async def test_a_report_shows_the_first_failures_only(tmp_path):
    """Millions may have failed."""
    rows = write_input(tmp_path / "in.jsonl", [f"row {number}" for number in range(25)])
    report = await _run(rows, Scripted(ProviderRequestError("too rude", status=400))).run()

    assert report.failed == 25
    assert [result.index for result in report.examples] == list(range(20))


async def test_the_same_call_goes_on_where_the_last_one_ended(rows):
    """Rows that were answered are not sent again."""

    async def reply(prompt):
        if prompt == "row 3":
            raise ProviderAuthError("wrong key", status=401)
        return answer()

    first = Scripted(reply)
    with pytest.raises(ProviderAuthError, match="wrong key"):
        await _run(rows, first, limits=Limits(concurrency=1)).run()
    second = Scripted()
    report = await _run(rows, second).run()

    assert [prompt for prompt, _, _ in first.calls] == ["row 0", "row 1", "row 2", "row 3"]
    assert [prompt for prompt, _, _ in second.calls] == ["row 3", "row 4"]
    assert (report.done, report.sent_twice) == (5, {})
    assert [line["attempts"] for line in _lines(rows)] == [1, 1, 1, 2, 1]


async def test_a_run_that_stops_leaves_a_report_and_no_output(rows):
    """The output appears once every row has ended."""
    with pytest.raises(ProviderAuthError):
        await _run(rows, Scripted(ProviderAuthError("wrong key", status=401))).run()

    written = json.loads((rows.with_name("out.jsonl.run") / "report.json").read_text())
    assert "wrong key" in written["stopped"]
    assert written["left"] == 5
    assert not rows.with_name("out.jsonl").exists()


async def test_an_engine_that_ends_too_early_leaves_no_output(rows):
    """Whatever an engine does, an output has all rows."""

    class Lazy:
        lease_s = 1.0

        async def run(self, job, desk):
            """Do nothing."""

    with pytest.raises(BulkError, match="rows are left"):
        await _run(rows, engine=Lazy()).run()

    assert not rows.with_name("out.jsonl").exists()


async def test_a_finished_run_sends_nothing(rows):
    """It writes the answers again, which somebody may have deleted."""
    await _run(rows).run()
    rows.with_name("out.jsonl").unlink()
    again = Scripted()
    report = await _run(rows, again).run()

    assert again.calls == []
    assert report.done == 5
    assert len(_lines(rows)) == 5


async def test_a_cancelled_run_keeps_what_is_answered_soon(rows):
    """No further row is sent, and the next call asks the others."""
    sent = asyncio.Event()
    may_end = asyncio.Event()

    async def reply(prompt):
        sent.set()
        await may_end.wait()
        return answer()

    first = Scripted(reply)
    running = asyncio.create_task(_run(rows, first, limits=Limits(concurrency=2)).run())
    await sent.wait()
    running.cancel()
    await asyncio.sleep(0)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    second = Scripted()
    report = await _run(rows, second).run()

    assert len(first.calls) + len(second.calls) == 5
    assert report.sent_twice == {}


async def test_a_second_cancellation_leaves_what_is_in_flight_in_doubt(rows):
    """It is sent again by the next call, and named in the report."""
    sent = asyncio.Event()

    async def reply(prompt):
        sent.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(_run(rows, Scripted(reply), limits=Limits(concurrency=1)).run())
    await sent.wait()
    running.cancel()
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    report = await _run(rows).run()

    assert report.sent_twice == {"0": 2}
    assert json.loads(json.dumps(report.to_dict()))["sent_twice"] == ["0"]
    assert report.to_dict()["sent_twice_attempts"] == {"0": 2}
    assert _lines(rows)[0]["attempts"] == 2


async def _leave_in_doubt(rows, index):
    """Leave a run as a kill would: a row was sent, and nobody knows what became of it."""
    opened = Opened.read(rows.with_name("out.jsonl.run"))
    lease = Lease.take(opened.directory.path, 0)
    async with Journal.open(opened.directory.journal_path(0), fence=lease.fence) as journal:
        await journal.intend(index, 1)
    lease.release()


async def _begin(rows):
    with pytest.raises(ProviderAuthError):
        await _run(rows, Scripted(ProviderAuthError("wrong key"))).run()


async def test_rows_in_doubt_can_be_left_without_an_answer(rows):
    """They are paid for at most once."""
    await _begin(rows)
    await _leave_in_doubt(rows, 3)
    provider = Scripted()
    report = await _run(rows, provider, on_unknown="skip").run()

    assert "row 3" not in [prompt for prompt, _, _ in provider.calls]
    assert (report.done, report.unknown, report.left) == (4, 1, 0)
    assert _lines(rows)[3]["text"] is None
    assert _lines(rows)[3]["error"]["type"] == "UnknownOutcome"


async def test_without_rows_in_doubt_none_is_left_without_an_answer(rows):
    """Skipping is for the rows in doubt alone."""
    report = await _run(rows, on_unknown="skip").run()

    assert (report.done, report.unknown) == (5, 0)


async def test_failed_rows_are_asked_again_on_request(rows):
    """What was answered stays."""

    async def reply(prompt):
        if prompt in ("row 1", "row 4"):
            raise ProviderRequestError("too rude", status=400)
        return answer("first")

    await _run(rows, Scripted(reply)).run()
    run = _run(rows, Scripted(answer("second")))
    forgotten = await run.retry()
    report = await run.run()

    assert forgotten == 2
    assert (report.done, report.failed) == (5, 0)
    texts = [line["text"] for line in _lines(rows)]
    assert texts == ["first", "second", "first", "first", "second"]


async def test_only_the_states_that_are_named_are_asked_again(rows):
    """An unknown outcome may have been paid for."""
    await _begin(rows)
    await _leave_in_doubt(rows, 3)
    await _run(rows, on_unknown="skip").run()

    assert await _run(rows).retry(states=["failed"]) == 0
    assert await _run(rows).retry(states=["unknown"]) == 1


async def test_rows_of_a_live_worker_are_not_forgotten(rows):
    """It could not write any more, and would pay for nothing."""
    await _run(rows).run()
    with RunLock.take(rows.with_name("out.jsonl.run")), pytest.raises(RunBusyError):
        await _run(rows).retry()


async def test_a_shard_that_another_worker_has_is_not_touched(rows):
    """Such as one that outlives the process that started it."""
    await _run(rows).run()
    lease = Lease.take(rows.with_name("out.jsonl.run"), 0)
    with pytest.raises(BulkInputError, match="shard 0"):
        await _run(rows).retry()
    lease.release()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "other"}, "model"),
        ({"options": {"temperature": 1}}, "temperature"),
        ({"form": Form(system="Be brief.")}, "system"),
        ({"limit": 3}, "limit"),
        ({"provider_name": "other"}, "provider"),
    ],
)
async def test_another_question_is_refused_and_named(rows, changes, words):
    """Answers to different questions never mix in one output."""
    await _begin(rows)
    provider = Scripted()
    with pytest.raises(RunChangedError, match=words):
        await _run(rows, provider, **changes).run()

    assert provider.calls == []


async def test_a_changed_input_is_refused(rows):
    """Rows are known by number, which would now mean others."""
    await _begin(rows)
    write_input(rows, ["row 0", "row 1", "row X", "row 3", "row 4"])
    with pytest.raises(RunChangedError, match="input has changed"):
        await _run(rows).run()


async def test_an_input_that_changes_on_the_way_stops_the_run(rows):
    """What was sent may be another text; it is noticed within seconds, and no answers appear."""

    async def reply(prompt):
        if prompt == "row 1":
            write_input(rows, ["row 0", "row 1", "row X", "row 3", "row 4"])
            await asyncio.sleep(1.5)
        return answer()

    provider = Scripted(reply)
    with pytest.raises(RunChangedError, match="has changed while its rows were asked"):
        await _run(rows, provider, limits=Limits(concurrency=1)).run()

    assert [prompt for prompt, *_ in provider.calls] == ["row 0", "row 1"]
    assert not rows.with_name("out.jsonl").exists()


async def test_an_input_that_changes_under_the_last_row_gives_no_answers(rows):
    """Rows are read ahead, so that nobody knows which of them was the other text."""

    async def reply(prompt):
        if prompt == "row 4":
            write_input(rows, ["row 0", "row 1", "row 2", "row 3", "row X"])
        return answer()

    with pytest.raises(RunChangedError, match="has changed while its rows were asked"):
        await _run(rows, Scripted(reply), limits=Limits(concurrency=1)).run()

    assert not rows.with_name("out.jsonl").exists()


@pytest.mark.parametrize("change", ["touch", "unlink"])
async def test_an_input_that_holds_the_same_or_is_gone_has_not_changed(rows, change):
    """What a program that only touches it, or that moves it away, does to a run under way."""

    async def reply(prompt):
        if prompt == "row 4":
            content = rows.read_bytes()
            rows.unlink()
            if change == "touch":
                rows.write_bytes(content)
        return answer()

    report = await _run(rows, Scripted(reply), limits=Limits(concurrency=1)).run()

    assert report.done == 5


async def test_another_format_is_refused(rows):
    """The same bytes read otherwise are other rows."""
    await _begin(rows)
    with pytest.raises(BulkInputError):
        await _run(rows, form=Form(format="csv")).run()


async def test_what_the_manifest_only_keeps_may_change(rows):
    """Limits and such are the matter of each start."""
    await _begin(rows)
    report = await _run(rows, asked={"rpm": 5}).run()

    assert report.done == 5


async def test_a_second_process_is_refused(rows):
    """It would send the same rows."""
    await _begin(rows)
    with RunLock.take(rows.with_name("out.jsonl.run")), pytest.raises(RunBusyError):
        await _run(rows).run()


async def test_a_bad_input_leaves_no_directory_behind(tmp_path):
    """Nothing has begun."""
    bad = tmp_path / "in.jsonl"
    bad.write_text('{"prompt": "a"}\nnonsense\n')
    with pytest.raises(BulkInputError, match="line 2"):
        await _run(bad).run()

    assert sorted(tmp_path.iterdir()) == [bad]


@pytest.mark.parametrize("argument", ["input", "out", "directory"])
async def test_a_name_that_no_file_can_have_is_refused(rows, argument):
    """In one sentence, whatever it names."""
    given = {"input": rows, "out": rows.with_name("out.jsonl"), "provider": Scripted()}
    run = BulkRun(**{**given, argument: rows.with_name("x" * 300)})
    with pytest.raises(BulkInputError, match="File name too long"):
        await run.run()


def test_a_directory_that_no_file_can_be_is_refused(rows):
    """Of it nothing can be told."""
    with pytest.raises(BulkInputError, match="cannot be looked at: File name too long"):
        _run(rows, directory=rows.with_name("x" * 300)).status()


async def test_an_output_that_cannot_be_written_is_refused_before_anything_is_sent(rows):
    """An answer without a place would be lost money."""
    provider = Scripted()
    with pytest.raises(BulkInputError, match="folder"):
        await _run(rows, provider, out=rows.parent).run()

    assert provider.calls == []


async def test_only_the_first_rows_are_asked_on_request(rows):
    """To try a prompt before it is paid for thousands of times."""
    report = await _run(rows, limit=2).run()

    assert (report.rows, report.done) == (2, 2)
    assert len(_lines(rows)) == 2


async def test_a_cap_on_tokens_stops_the_run(rows):
    """What is in flight is awaited, and the same call goes on with a higher cap."""
    one = {"limits": Limits(concurrency=1)}
    provider = Scripted()
    with pytest.raises(RunStoppedError, match="30 of 30 tokens") as stopped:
        await _run(rows, provider, caps=Caps(tokens=30), **one).run()

    assert stopped.value.stop.kind == "tokens"
    assert len(provider.calls) == 2
    with pytest.raises(RunStoppedError):
        await _run(rows, provider, caps=Caps(tokens=30), **one).run()
    assert len(provider.calls) == 2
    assert (await _run(rows, provider, caps=Caps(tokens=1000), **one).run()).done == 5


async def test_a_cap_that_the_last_row_reaches_does_not_stop_the_run(rows):
    """There is nothing left to stop."""
    report = await _run(rows, caps=Caps(tokens=75), limits=Limits(concurrency=1)).run()

    assert report.done == 5


async def test_a_cap_on_cost_needs_a_price(rows):
    """Unknown prices could not be counted."""
    with pytest.raises(BulkInputError, match="price"):
        await _run(rows, caps=Caps(cost_usd=Decimal(1))).run()


async def test_a_cap_on_cost_needs_the_price_of_each_model_that_rows_name(tmp_path):
    """Before anything is sent, and also if the cap is given to a run that has begun."""
    rows = tmp_path / "in.jsonl"
    rows.write_text('{"prompt": "a"}\n{"prompt": "b", "model": "dear"}\n')
    provider, priced = Scripted(ProviderAuthError("no key")), {"m": {"input": 1, "output": 1}}
    capped = {"prices": priced, "caps": Caps(cost_usd=Decimal(1))}
    with pytest.raises(BulkInputError, match="price of the model 'dear' is not known"):
        await _run(rows, provider, **capped).run()
    assert provider.calls == []

    with pytest.raises(ProviderAuthError):
        await _run(rows, provider).run()
    with pytest.raises(BulkInputError, match="dear"):
        await _run(rows, provider, **capped).run()
    provider = Scripted()
    priced["dear"] = priced["m"]
    assert (await _run(rows, provider, **capped).run()).done == 2


async def test_a_cap_on_cost_needs_models_that_can_be_counted(tmp_path):
    """Of very many, not each is looked at."""
    rows = tmp_path / "in.jsonl"
    rows.write_text("".join(f'{{"prompt": "a", "model": "m{n}"}}\n' for n in range(101)))
    prices = {f"m{n}": {"input": 1, "output": 1} for n in range(101)} | {
        "m": {"input": 1, "output": 1}
    }
    with pytest.raises(BulkInputError, match="100 models"):
        await _run(rows, prices=prices, caps=Caps(cost_usd=Decimal(1))).run()


async def test_a_cap_on_cost_is_kept(rows):
    """Prices come from the settings here."""
    prices = {"m": {"input": 100, "output": 100}, "m-1": {"input": 100, "output": 100}}
    with pytest.raises(RunStoppedError) as stopped:
        await _run(
            rows, prices=prices, caps=Caps(cost_usd=Decimal("0.002")), limits=Limits(concurrency=1)
        ).run()

    assert stopped.value.stop.kind == "cost"


async def test_too_many_failed_rows_stop_the_run(rows):
    """A wrong prompt is not paid for a million times."""

    async def reply(prompt):
        await asyncio.sleep(0.4)
        raise ProviderRequestError("too rude", status=400)

    provider = Scripted(reply)
    with pytest.raises(RunStoppedError, match="failed") as stopped:
        await _run(rows, provider, caps=Caps(errors=1), limits=Limits(concurrency=1)).run()

    assert stopped.value.stop.kind == "errors"
    assert 2 <= len(provider.calls) < 5


async def test_progress_is_told_and_ends_with_everything_done(rows):
    """Rows, tokens and rates are those of the run."""
    told = []
    await _run(rows).run(told.append)

    assert (told[-1].rows, told[-1].done, told[-1].left) == (5, 5, 0)
    assert told[-1].tokens == 75
    assert told[-1].in_flight == 0


async def test_a_fault_of_who_is_told_does_not_end_the_run(rows):
    """It is a warning: answers are paid for."""

    def told(progress):
        raise KeyError("bar")

    with pytest.warns(RuntimeWarning, match="KeyError"):
        report = await _run(rows).run(told)

    assert report.done == 5


async def test_another_process_can_ask_a_run_to_end(rows):
    """It stops as if it were cancelled: what is in flight has a few seconds."""
    run = _run(rows, limits=Limits(concurrency=1))

    async def reply(prompt):
        if prompt == "row 1":
            run.cancel()
            await asyncio.sleep(1)
        return answer()

    run = _run(rows, Scripted(reply), limits=Limits(concurrency=1))
    with pytest.raises(RunStoppedError) as stopped:
        await run.run()

    assert stopped.value.stop.kind == "cancelled"
    assert run.report().done == 2
    assert (await _run(rows).run()).done == 5


async def test_a_row_without_an_answer_holds_up_no_end(rows):
    """It stays in doubt, and the next call sends it again."""
    run = _run(rows, limits=Limits(concurrency=1))

    async def reply(prompt):
        run.cancel()
        await asyncio.Event().wait()

    run = _run(rows, Scripted(reply), limits=Limits(concurrency=1), engine=Hasty())
    with pytest.raises(RunStoppedError):
        await run.run()

    assert (await _run(rows).run()).sent_twice == {"0": 2}


async def test_status_follows_a_run(rows):
    """New, running, stopped, finished."""
    run = _run(rows)
    words = [run.status().state]

    async def reply(prompt):
        status = run.status()
        words.append(status.state)
        assert status.pid
        assert status.progress.rows == 5
        raise ProviderAuthError("wrong key")

    with pytest.raises(ProviderAuthError):
        await _run(rows, Scripted(reply), limits=Limits(concurrency=1)).run()
    words.append(run.status().state)
    await run.run()
    status = run.status()

    assert words == ["new", "running", "stopped"]
    assert (status.state, status.pid, status.progress.done) == ("finished", None, 5)


async def test_results_and_report_can_be_read_afterwards(rows):
    """Also from a directory alone, as other commands do."""
    await _run(rows).run()
    run = _run(rows)

    assert [result.index for result in run.results()] == list(range(5))
    assert run.report().done == 5
    assert run.export(rows.with_name("again.jsonl")) == 5


def test_what_has_not_begun_cannot_be_read(rows):
    """One sentence says so."""
    run = _run(rows)
    for read in (run.results, run.report, run.cancel):
        with pytest.raises(BulkInputError, match=r"out\.jsonl\.run"):
            read()


async def test_a_run_goes_on_by_its_directory_alone(rows):
    """The manifest knows what was asked."""
    with pytest.raises(ProviderAuthError):
        await _run(rows, Scripted(ProviderAuthError("no")), model="big", options={"seed": 3}).run()
    provider = Scripted()
    run = BulkRun.open(rows.with_name("out.jsonl.run"), provider=provider, out=rows.with_name("o"))
    report = await run.run()

    assert report.done == 5
    assert provider.calls[0][1:] == ("big", {"seed": 3})
    assert len(rows.with_name("o").read_text().splitlines()) == 5


async def test_the_richest_answer_arrives_whole(rows):
    """Reasoning, calls, characters that services cut in half, and megabytes."""
    text = "\ud83d \x00 \u2028 <b> 漢字 " + "x" * 3_000_000
    call = ToolCall("c-1", "look", {"at": [1, {"deep": None}]}, '{"at": [1, {"deep": null}]}')
    rich = ChatResponse(
        text=text,
        reasoning="because \udc80",
        tool_calls=[call],
        finish_reason="tool_calls",
        model="m\ud800",
        served_by="b\ud800",
        usage=Usage(2**40, 3, cached_tokens=7, reasoning_tokens=1, cache_write_tokens=2),
    )
    run = _run(rows, Scripted(rich), limit=1)
    await run.run()
    [result] = run.results()

    assert (result.text, result.reasoning, list(result.tool_calls)) == (
        text,
        "because \udc80",
        [call],
    )
    assert result.usage.prompt_tokens == 2**40
    assert (result.finish_reason, result.model) == ("tool_calls", "m\ud800")
    [line] = _lines(rows)
    assert line["tool_calls"][0]["arguments"] == {"at": [1, {"deep": None}]}
    assert line["text"].endswith("x" * 100)


async def test_a_directory_of_answers_alone_is_possible(rows):
    """Whoever streams the results needs no file."""
    report = await _run(rows, out=None, directory=rows.with_name("run")).run()

    assert report.done == 5
    assert not rows.with_name("out.jsonl").exists()
    assert _run(rows, out=None).directory == rows.with_name("in.jsonl.run")


async def test_a_plan_says_what_would_be_sent(rows):
    """Nothing is sent, and nothing is written."""
    provider = Scripted()
    prices = {"m": {"input": 1, "output": 1}}
    run = _run(rows, provider, prices=prices)
    plan = await run.plan()

    assert (plan.rows, plan.left, plan.is_resumed) == (5, 5, False)
    assert plan.first.messages[0]["content"] == "row 0"
    assert plan.tokens > 5 * 256
    assert plan.cost_usd == Decimal(plan.tokens).scaleb(-6)
    assert provider.calls == []
    assert not run.directory.exists()


async def test_a_plan_counts_on_the_dearest_model_that_rows_name(tmp_path):
    """And on no price if that of one model is not known."""
    rows = tmp_path / "in.jsonl"
    rows.write_text('{"prompt": "a"}\n{"prompt": "b", "model": "dear"}\n')
    prices = {"m": {"input": 1, "output": 1}}
    assert (await _run(rows, prices=prices).plan()).cost_usd is None

    prices["dear"] = {"input": 3, "output": 3}
    plan = await _run(rows, prices=prices).plan()
    assert plan.cost_usd == 3 * Decimal(plan.tokens).scaleb(-6)


async def test_a_plan_knows_what_is_done(rows):
    """The estimate is that of the rows that are left, by the answers so far."""
    await _begin(rows)
    await _leave_in_doubt(rows, 3)
    stop = {"caps": Caps(tokens=30), "limits": Limits(concurrency=1)}
    with pytest.raises(RunStoppedError):
        await _run(rows, **stop).run()
    plan = await _run(rows).plan()

    assert (plan.rows, plan.done, plan.left, plan.is_resumed) == (5, 2, 3, True)
    assert plan.doubtful == 1
    assert plan.tokens < 3 * 256


async def test_a_plan_counts_on_no_longer_answers_than_are_allowed(rows):
    """``max_tokens`` bounds the guess."""
    short = await _run(rows, options={"max_tokens": 1}).plan()
    long = await _run(rows).plan()

    assert long.tokens - short.tokens == 5 * 255


async def test_a_plan_of_another_question_is_refused(rows):
    """As the run would be."""
    await _begin(rows)
    with pytest.raises(RunChangedError):
        await _run(rows, model="other").plan()


async def test_an_input_that_changes_after_the_plan_is_read_again(rows):
    """What is sent is what is there."""
    run = _run(rows)
    await run.plan()
    write_input(rows, ["row 0", "row 1"])

    assert (await run.run()).rows == 2


async def test_a_provider_that_is_given_stays_open_and_one_that_is_made_is_closed(rows):
    """Who made it closes it."""
    given, made = Scripted(), []

    def make():
        made.append(Scripted())
        return made[-1]

    await _run(rows, given).run()
    await _run(rows, out=rows.with_name("2.jsonl"), make_provider=make).run()

    assert given.closed == 0
    assert [provider.closed for provider in made] == [1, 1]


@pytest.mark.parametrize(
    "given", [{"provider": None}, {"provider": Scripted(), "make_provider": Scripted}]
)
def test_there_is_one_way_to_a_provider(rows, given):
    """Neither none nor two."""
    with pytest.raises(BulkInputError, match="make_provider"):
        BulkRun(rows, **given)


def test_a_wrong_option_is_refused_at_once(rows):
    """Before any row could fail for it."""
    with pytest.raises(TypeError, match="temperature"):
        _run(rows, options={"temprature": 1})


@pytest.mark.usefixtures("own_registrations")
async def test_a_router_answers_rows_and_each_says_who_served_it(rows):
    """One attempt is a walk along its chain."""
    register_provider(
        "first", lambda **_: FakeProvider(ProviderRateLimitError("slow"), repeat=True)
    )
    register_provider("second", lambda **_: FakeProvider("yes", repeat=True))
    async with ProviderRouter({"fallback_chain": ["first", "second"]}) as router:
        report = await _run(rows, router.as_provider()).run()

    assert report.done == 5
    assert {line["provider"] for line in _lines(rows)} == {"second"}


@pytest.mark.usefixtures("own_registrations")
async def test_a_named_provider_never_answers_through_another(rows):
    """Its rows are tried again, and fail as its own."""
    register_provider(
        "first", lambda **_: FakeProvider(ProviderRateLimitError("slow"), repeat=True)
    )
    register_provider("second", lambda **_: FakeProvider("yes", repeat=True))
    async with ProviderRouter({"fallback_chain": ["first", "second"]}) as router:
        provider = router.get_provider("first")
        report = await _run(rows, provider, max_attempts=1).run()

    assert (report.done, report.failed) == (0, 5)
