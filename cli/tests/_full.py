"""An answer with a value in each field that the command writes."""

from provider_sdk import ChatResponse, ToolCall, Usage

FULL = ChatResponse(
    text="Blue.",
    reasoning="Rayleigh.",
    tool_calls=[ToolCall.parse("call_1", "look_up", '{"what": "sky"}')],
    finish_reason="tool_calls",
    usage=Usage(3, 2, cached_tokens=1),
    model="org/served",
    served_by="novita",
    request_id="req_1",
    warnings=["temperature was dropped"],
)
