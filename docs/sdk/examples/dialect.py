"""A dialect, tried with plain values."""

# --8<-- [start:all]
from provider_sdk import ChatCall, Delta, HttpReply, Message, OpenAIDialect

dialect = OpenAIDialect()
call = ChatCall("acme-large", (Message("user", "Why is the sky blue?"),), {})

request = dialect.chat_request(call)
print(request.method, request.path)

choice = b'{"message": {"content": "Scattering."}, "finish_reason": "stop"}'
reply = HttpReply(200, {}, b'{"choices": [' + choice + b"]}")
response = dialect.parse_chat(call, reply)
print(response.text, response.finish_reason)

error = dialect.parse_error(
    HttpReply(429, {}, b'{"error": {"message": "Slow down"}}')
)
print(f"{type(error).__name__}: {error.message}")

decoder = dialect.stream_decoder(call)
events = decoder.feed(
    b'data: {"choices": [{"delta": {"content": "Scat"}}]}\n\ndata: {"cho'
)
events += decoder.feed(
    b'ices": [{"delta": {"content": "tering."}}]}\n\ndata: [DONE]\n\n'
)
events += decoder.flush()
print([event.text if isinstance(event, Delta) else None for event in events])
# --8<-- [end:all]
