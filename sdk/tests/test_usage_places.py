"""Where services put usage, and what they call it."""

import json

import pytest
from provider_sdk import Usage

from ._answers import added_up, parsed
from ._service import chunk, completion

COUNTS = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
EXPECTED = Usage(10, 5, 15)


def both(usage):
    """The usage of a whole answer and of a stream."""
    return [parsed({**completion(), "usage": usage}).usage, added_up({"usage": usage}).usage]


def test_usage_may_stand_in_a_choice():
    """Moonshot puts it into the last one, without or beside an empty one of its own."""
    for top in ({}, {"usage": None}, {"usage": {}}):
        body = {**completion(), **top}
        if not top:
            del body["usage"]
        body["choices"][0]["usage"] = COUNTS
        last = {**chunk(finish="stop"), **top}
        last["choices"][0]["usage"] = COUNTS

        assert parsed(body).usage == added_up(chunk("Blue."), last).usage == EXPECTED


def test_usage_may_stand_in_a_message():
    """Of a whole answer."""
    body = completion(usage=COUNTS)
    del body["usage"]

    assert parsed(body).usage == EXPECTED


def test_usage_may_stand_in_a_delta():
    """Some gateways put everything there."""
    last = chunk(finish="stop", usage=COUNTS)

    assert added_up(chunk("Blue."), last).usage == EXPECTED
    last["choices"][0]["usage"] = {}
    assert added_up(chunk("Blue."), last).usage == EXPECTED


def test_the_usage_of_the_answer_counts_before_that_of_a_choice():
    """Where both are sent, they are not added up."""
    body = {**completion(), "usage": COUNTS}
    body["choices"][0]["usage"] = {"prompt_tokens": 1}
    last = {**chunk(finish="stop"), "usage": COUNTS}
    last["choices"][0]["usage"] = {"prompt_tokens": 1}

    assert parsed(body).usage == added_up(last).usage == EXPECTED


def test_groq_puts_it_into_its_extension():
    """It counts where nothing else does."""
    extension = {"x_groq": {"id": "req_1", "usage": {**COUNTS, "queue_time": 0.1}}}
    body = {**completion(), **extension}
    del body["usage"]

    assert parsed(body).usage == EXPECTED
    assert added_up(chunk("Blue."), {**chunk(finish="stop"), **extension}).usage == EXPECTED
    assert added_up({**chunk(), **extension, "usage": {"prompt_tokens": 1}}).usage == Usage(1)


@pytest.mark.parametrize(
    ("usage", "cached"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 4}}, 4),
        ({"prompt_tokens_details": {"cached_tokens": 0}, "cached_tokens": 4}, 0),
        ({"prompt_tokens_details": None, "cached_tokens": 4}, 4),
        ({"prompt_tokens_details": {}, "cached_tokens": 4}, 4),
        ({"prompt_tokens_details": {"cached_tokens": None}, "prompt_cache_hit_tokens": 4}, 4),
        ({"prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 6}, 4),
        ({"num_cached_tokens": 4}, 4),
        ({"cache_read_input_tokens": 4}, 4),
        ({"input_tokens_details": {"cached_tokens": 4}}, 4),
        ({"prompt_tokens_details": "4"}, None),
    ],
)
def test_cached_tokens_have_many_names(usage, cached):
    """OpenAI's place counts first."""
    assert both({**COUNTS, **usage}) == [Usage(10, 5, 15, cached)] * 2


@pytest.mark.parametrize(
    ("usage", "written"),
    [
        ({"prompt_tokens_details": {"cache_write_tokens": 4}}, 4),
        ({"prompt_tokens_details": {"cache_creation_tokens": 4}}, 4),
        ({"input_tokens_details": {"cache_write_tokens": 0}, "cache_creation_input_tokens": 4}, 0),
        ({"cache_creation_input_tokens": 4}, 4),
        ({"prompt_tokens_details": {"cache_write_tokens": "4"}}, None),
    ],
)
def test_tokens_written_to_a_cache_have_several_names(usage, written):
    """OpenRouter's and OpenAI's place counts first, then that of gateways to Anthropic."""
    assert both({**COUNTS, **usage}) == [Usage(10, 5, 15, cache_write_tokens=written)] * 2


@pytest.mark.parametrize(
    "usage",
    [
        {"completion_tokens_details": {"reasoning_tokens": 3}},
        {"completion_tokens_details": None, "reasoning_tokens": 3},
        {"output_tokens_details": {"reasoning_tokens": 3}},
    ],
)
def test_reasoning_tokens_may_stand_beside(usage):
    """They are part of what was written."""
    assert both({**COUNTS, **usage}) == [Usage(10, 5, 15, None, 3)] * 2


def test_reasoning_that_is_counted_apart_is_added():
    """What xAI sends leaves it out of what was written; only the total shows it."""
    usage = {**COUNTS, "total_tokens": 18, "completion_tokens_details": {"reasoning_tokens": 3}}

    assert both(usage) == [Usage(10, 8, 18, None, 3)] * 2


def test_counts_may_have_the_names_of_responses():
    """``input_tokens`` and ``output_tokens`` mean the same."""
    assert both({"input_tokens": 10, "output_tokens": 5}) == [EXPECTED] * 2


@pytest.mark.parametrize("bad", [10**400, -1, True, "10", 1e300, None, {}, 2**60])
def test_what_is_no_count_is_not_there(bad):
    """Nothing overflows, and the others stay."""
    assert both({"prompt_tokens": bad, "completion_tokens": 5}) == [Usage(None, 5)] * 2


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 5000])
def test_a_number_that_is_none_costs_nothing_else(bad):
    """The answer stays, also where JSON has no such number."""
    body = json.dumps({**completion(), "usage": {"prompt_tokens": 7, "completion_tokens": 5}})
    response = parsed(body.replace("7", bad, 1).encode())

    assert (response.text, response.usage) == ("Blue.", Usage(None, 5))
    assert bad not in json.dumps(response.to_dict())
