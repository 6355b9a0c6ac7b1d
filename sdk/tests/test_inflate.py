"""Compressed bodies, and those that grow without end."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import (
    ProviderError,
    ProviderRateLimitError,
    ProviderResponseError,
    ProviderTimeoutError,
)
from provider_sdk._http import session
from provider_sdk._http.gzip import PIECE_BYTES, Inflated, inflated

from ._cuts import partitions
from ._service import USER, Body, Reply, Service, chunk, completion, sse

BOMB = gzip.compress(b" " * 20_000_000)
FORMS = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress}


async def pieces_of(data, encoding):
    """Return the pieces that come out of a body."""
    return [piece async for piece in Inflated(aiter(Body(data)), encoding)]


@given(st.data(), st.binary(max_size=300), st.sampled_from(sorted(FORMS)))
async def test_what_was_compressed_comes_out(choose, content, encoding):
    """Wherever the compressed bytes are cut."""
    cut = choose.draw(partitions(FORMS[encoding](content)))

    assert b"".join(await pieces_of(cut, encoding)) == content


async def test_a_small_body_that_is_large_comes_in_pieces():
    """Twenty million bytes from a single read of twenty thousand are never in memory at once."""
    pieces = await pieces_of([BOMB], "gzip")

    assert max(map(len, pieces)) <= PIECE_BYTES
    assert sum(map(len, pieces)) == 20_000_000


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "zstd", "GZIP,br"])
@pytest.mark.parametrize("stream", [False, True])
async def test_another_compression_is_refused(encoding, stream):
    """It was not asked for, and layers of it would grow beyond all bounds."""
    headers = {"content-encoding": encoding, "content-type": "text/event-stream"}
    service = Service(lambda _: Reply(Body([BOMB]), headers=headers))

    with pytest.raises(ProviderResponseError, match="which was not asked for"):
        await service.provider().chat(USER, stream=stream)
    assert service.requests[0].headers["accept-encoding"] == "gzip"


async def test_another_compression_is_refused_where_it_is_read():
    """Before, nothing is raised."""
    pieces = inflated(aiter(Body([BOMB])), "br")

    with pytest.raises(ProviderResponseError, match="which was not asked for"):
        assert [piece async for piece in pieces]


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream", "text/plain"])
async def test_an_answer_that_grows_without_end(monkeypatch, status, stream, kind):
    """No more of it is read than of any other; an error keeps the class of its status."""
    monkeypatch.setattr(session, "MAX_BODY_BYTES", 1_000_000)
    monkeypatch.setattr(session, "MAX_ERROR_BYTES", 1_000_000)
    taken = []
    monkeypatch.setattr(Inflated, "_next", _counting(Inflated._next, taken))
    headers = {"content-encoding": "gzip", "content-type": kind}
    service = Service(lambda _: Reply(Body([BOMB]), status, headers))

    with pytest.raises(ProviderError) as caught:
        await service.provider(max_retries=0).chat(USER, stream=stream)

    assert isinstance(caught.value, ProviderRateLimitError) == (status == 429)
    events = status == 200 and stream and kind == "text/event-stream"
    assert sum(taken) <= (9_000_000 if events else 1_000_000 + 2 * PIECE_BYTES)


def _counting(read, taken):
    def counted(inflated):
        piece = read(inflated)
        taken.append(len(piece))
        return piece

    return counted


@pytest.mark.parametrize("stream", [False, True])
async def test_a_compressed_answer_is_an_answer(stream):
    """A service, or what stands before it, may compress."""
    body = sse(chunk("Blue.", finish="stop")) if stream else completion("Blue.")
    body = gzip.compress(Reply(body).response().content)
    pieces = [body[:10], body[10:]]
    service = Service(Reply(Body(pieces), headers={"content-encoding": "GZip"}))

    answer = await service.provider().chat(USER, stream=stream)

    assert (await answer.collect() if stream else answer).text == "Blue."


@given(st.data(), st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.binary(max_size=9))
async def test_a_body_of_several_members_is_read_whole(choose, contents, padding):
    """As parallel compressors write it; zeros after the last member are not part of it."""
    data = b"".join(map(gzip.compress, contents)) + bytes(len(padding))
    cut = choose.draw(partitions(data))

    assert b"".join(await pieces_of(cut, "gzip")) == b"".join(contents)


@given(st.data(), st.binary(min_size=1, max_size=300))
async def test_deflate_without_its_header_is_read(choose, content):
    """Some servers leave it out."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    cut = choose.draw(partitions(packer.compress(content) + packer.flush()))

    assert b"".join(await pieces_of(cut, "deflate")) == content


async def test_deflate_that_breaks_later_is_an_error():
    """What began well is not read in another way."""
    data = zlib.compress(b" ".join(b"%d" % number for number in range(2000)))
    with pytest.raises(ProviderResponseError, match="compression of the answer is broken"):
        await pieces_of([data[:100], b"\xff" * 200], "deflate")


@pytest.mark.parametrize("cut", [3, 15, 40])
async def test_a_compressed_body_that_is_cut_is_an_error(cut):
    """What is missing may be the end of the answer."""
    data = gzip.compress(b" ".join(b"%d" % number for number in range(200)))
    with pytest.raises(ProviderResponseError, match="ended within its compression"):
        await pieces_of([data[:cut]], "gzip")


@pytest.mark.parametrize("name", ["utf-8", "application/json", "identity", "none", "", ", ,"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_content_encoding_that_names_no_coding_changes_nothing(name, stream):
    """The bytes are what they are."""
    body = Body([Reply(completion()).response().content])
    reply = Reply(body, headers={"content-encoding": name})
    answer = await Service(lambda _: reply).provider().chat(USER, stream=stream)

    assert (await answer.collect() if stream else answer).text == "Blue."


async def test_everyone_gets_a_turn_while_a_bomb_is_read():
    """The deadline of the call ends it, however fast the bytes come."""
    comments = gzip.compress(b": keep-alive\n\n" * 20_000_000)
    headers = {"content-encoding": "gzip", "content-type": "text/event-stream"}
    service = Service(lambda _: Reply(Body([comments]), headers=headers))

    with pytest.raises(ProviderTimeoutError):
        await service.provider().chat(USER, stream=True, timeout=0.05)


@pytest.mark.parametrize("status", [200, 500])
async def test_a_model_list_that_is_too_large_is_refused(monkeypatch, status):
    """Its objects would fill the memory."""
    monkeypatch.setattr(session, "MAX_DATA_BYTES", 1000)
    monkeypatch.setattr(session, "MAX_ERROR_BYTES", 1000)
    body = {"data": [{"id": f"model-{number}"} for number in range(1000)]}
    with pytest.raises(ProviderError):
        await Service(Reply(body, status)).provider(max_retries=0).list_models()


async def test_many_empty_members_are_skipped():
    """However many there are before the content."""
    data = gzip.compress(b"") * 3000 + gzip.compress(b"Blue.")
    assert b"".join(await pieces_of([data], "gzip")) == b"Blue."
