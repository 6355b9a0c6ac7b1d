"""Decompresses a body, in pieces of bounded size."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import NoReturn

from provider_sdk._errors import ProviderResponseError

PIECE_BYTES = 64 * 1024
"""Largest piece that is returned at once, so that a reader with a limit can stop."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS
_UNDERSTOOD = frozenset({"gzip", "x-gzip", "deflate"})
# https://www.iana.org/assignments/http-parameters: content codings that change the bytes.
_OTHERS = frozenset(
    {"br", "zstd", "dcb", "dcz", "compress", "x-compress", "exi", "aes128gcm", "pack200-gzip"}
)


def inflated(chunks: AsyncIterator[bytes], content_encoding: str) -> AsyncIterator[bytes]:
    """Return the decompressed bytes of a body.

    A name that is not a content coding (a character set, for example) changes nothing, as
    ``identity`` does. Errors are raised by the first read.
    """
    names = [name.strip() for name in content_encoding.lower().split(",")]
    codings = [name for name in names if name in _UNDERSTOOD or name in _OTHERS]
    if not codings:
        return chunks
    if len(codings) > 1 or codings[0] in _OTHERS:
        return _Refused(content_encoding)
    return Inflated(chunks, codings[0])


class Inflated:
    """The bytes of a body that is compressed with gzip, in one or more members, or with deflate.

    Raises:
        ProviderResponseError: from a read, if the compression is broken.
    """

    def __init__(self, chunks: AsyncIterator[bytes], encoding: str) -> None:
        self._chunks = chunks
        self._is_deflate = encoding == "deflate"
        self._decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._has_begun = False
        self._held = b""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not (piece := self._next()):
            data = await anext(self._chunks, None)
            if data is None:
                self._end()
            else:
                self._held += data
        return piece

    def _end(self) -> NoReturn:
        if self._has_begun and not self._decompressor.eof:
            raise ProviderResponseError("the answer ended within its compression")
        raise StopAsyncIteration

    def _next(self) -> bytes:
        if len(self._held) < 2 and not self._has_begun:
            return b""  # the header of gzip and of zlib has at least two bytes
        try:
            return self._skip_empty_members()
        except zlib.error as error:
            problem = str(error)
        raise ProviderResponseError(f"the compression of the answer is broken ({problem})")

    def _skip_empty_members(self) -> bytes:
        piece = self._decompressed()
        while not piece and self._decompressor.eof and self._held:
            piece = self._decompressed()
        return piece

    def _decompressed(self) -> bytes:
        if self._decompressor.eof:
            # Another member may follow, or bytes that pad the last one.
            if not self._held.startswith(b"\x1f"):
                self._held = b""
                return b""
            self._decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            piece = self._decompressor.decompress(self._held, PIECE_BYTES)
        except zlib.error:
            if not self._is_deflate or self._has_begun:
                raise
            # Some servers send deflate without the zlib header that RFC 9110 requires.
            self._decompressor = zlib.decompressobj(_RAW)
            piece = self._decompressor.decompress(self._held, PIECE_BYTES)
        self._has_begun = self._has_begun or bool(self._held)
        self._held = self._decompressor.unconsumed_tail or self._decompressor.unused_data
        return piece


class _Refused:
    def __init__(self, encoding: str) -> None:
        self._encoding = encoding

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        raise ProviderResponseError(
            f"the answer is encoded as {self._encoding[:40]!r}, which was not asked for"
        )
