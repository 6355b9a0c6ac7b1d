"""A compressed body, in pieces of bounded size."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from provider_sdk._errors import ProviderResponseError

ENCODING = "gzip"
"""The encoding to ask for; one layer of it grows a thousandfold at most."""

PIECE_BYTES = 64 * 1024
"""Largest piece that is returned at once, so that the reader can stop in time."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Inflated:
    """The bytes of a body that is compressed with gzip or deflate.

    Raises:
        ProviderResponseError: it is compressed with something else, or broken.
    """

    def __init__(self, chunks: AsyncIterator[bytes], encoding: str) -> None:
        self._chunks = chunks
        self._encoding = encoding
        self._decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._held = b""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._encoding not in ("gzip", "x-gzip", "deflate"):
            raise ProviderResponseError(
                f"the answer is encoded as {self._encoding!r}, which was not asked for"
            )
        while not (piece := self._next()):
            self._held = await anext(self._chunks)
        return piece

    def _next(self) -> bytes:
        try:
            piece = self._decompressor.decompress(self._held, PIECE_BYTES)
        except zlib.error as error:
            problem = str(error)
        else:
            self._held = self._decompressor.unconsumed_tail
            return piece
        raise ProviderResponseError(f"the compression of the answer is broken ({problem})")
