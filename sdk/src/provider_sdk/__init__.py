"""One contract for language model providers, and the machinery to keep it.

Call a provider through ``BaseProvider``'s four coroutines; write one with
``OpenAICompatibleProvider`` (class attributes are enough) or ``HttpProvider`` and a dialect.
"""

from provider_sdk._base import BaseProvider, CredentialRule
from provider_sdk._capabilities import CAPABILITIES, Capability
from provider_sdk._credentials import Credential
from provider_sdk._dialect import (
    ChatCall,
    Delta,
    Dialect,
    HttpReply,
    HttpRequest,
    ModelPage,
    StreamDecoder,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
    json_body,
)
from provider_sdk._errors import (
    ContextLengthError,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    StreamInterruptedError,
    StreamTimeoutError,
    UnsupportedCapabilityError,
    error_class_of,
)
from provider_sdk._http.provider import HttpProvider
from provider_sdk._messages import Message, Messages, Part, Role, ToolCall
from provider_sdk._options import OPTION_NAMES, ChatOptions, checked_options
from provider_sdk._registry import (
    PROVIDER_CONFIG,
    PROVIDER_REGISTRY,
    RegistryError,
    UnknownProviderError,
    register_provider,
)
from provider_sdk._responses import (
    ChatChunk,
    ChatResponse,
    FinishReason,
    Health,
    ModelBackend,
    ModelInfo,
    ProviderWarning,
    ToolCallDelta,
)
from provider_sdk._settings import address_setting, checked_base_url, header_setting
from provider_sdk._stream import ChatStream, EventSource, ScriptedSource, events_of
from provider_sdk._usage import Usage
from provider_sdk._version import __version__
from provider_sdk.chat_completions import OpenAICompatibleProvider, OpenAIDialect, foreign_error

__all__ = [
    "CAPABILITIES",
    "OPTION_NAMES",
    "PROVIDER_CONFIG",
    "PROVIDER_REGISTRY",
    "BaseProvider",
    "Capability",
    "ChatCall",
    "ChatChunk",
    "ChatOptions",
    "ChatResponse",
    "ChatStream",
    "ContextLengthError",
    "Credential",
    "CredentialRule",
    "Delta",
    "Dialect",
    "EventSource",
    "FinishReason",
    "Health",
    "HttpProvider",
    "HttpReply",
    "HttpRequest",
    "Message",
    "Messages",
    "ModelBackend",
    "ModelInfo",
    "ModelPage",
    "OpenAICompatibleProvider",
    "OpenAIDialect",
    "Part",
    "ProviderAuthError",
    "ProviderError",
    "ProviderModelNotFoundError",
    "ProviderOverloadedError",
    "ProviderPermissionError",
    "ProviderQuotaError",
    "ProviderRateLimitError",
    "ProviderRequestError",
    "ProviderResponseError",
    "ProviderTimeoutError",
    "ProviderUnavailableError",
    "ProviderWarning",
    "RegistryError",
    "Role",
    "ScriptedSource",
    "StreamDecoder",
    "StreamEnd",
    "StreamEvent",
    "StreamFailure",
    "StreamInterruptedError",
    "StreamJunk",
    "StreamTimeoutError",
    "ToolCall",
    "ToolCallDelta",
    "UnknownProviderError",
    "UnsupportedCapabilityError",
    "Usage",
    "__version__",
    "address_setting",
    "checked_base_url",
    "checked_options",
    "error_class_of",
    "events_of",
    "foreign_error",
    "header_setting",
    "json_body",
    "register_provider",
]
