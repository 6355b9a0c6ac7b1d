"""Reading bytes and JSON of a service."""

# --8<-- [start:all]
from provider_sdk.decoding import (
    SSEDecoder,
    ThinkSplitter,
    decode_json,
    mapping_or_empty,
    text_or_none,
    token_count,
)

decoder = SSEDecoder()
decoder.feed(b'data: {"text"')  # pieces of any size
events = decoder.feed(b': "Hi"}\n\n')
print(events)

event = mapping_or_empty(decode_json(events[0].data))
usage = mapping_or_empty(event.get("usage"))  # there is none
print(
    text_or_none(event.get("text")), token_count(usage.get("read")), len(usage)
)

splitter = ThinkSplitter()
print(splitter.feed("<think>a colour</th"))
print(splitter.feed("ink>Blue."))
# --8<-- [end:all]
