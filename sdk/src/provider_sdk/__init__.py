"""One contract for language model providers, and what a provider needs to follow it.

Call a provider through ``BaseProvider``'s four coroutines. Write one with
``OpenAICompatibleProvider`` (class attributes are enough), with ``HttpProvider`` and a ``Dialect``
for another protocol, or with ``PreparedProvider`` for anything that is not HTTP.
"""

from collections.abc import Mapping, Sequence  # noqa: F401 - annotations use it
from typing import Any, ClassVar, Literal  # noqa: F401 - annotations use it

from provider_sdk._base import BaseProvider, CredentialRule
from provider_sdk._capabilities import CAPABILITIES, Capability
from provider_sdk._credentials import Credential
from provider_sdk._dialect import (
    ChatCall,
    Delta,
    Dialect,
    HttpExchange,
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
    default_hint,
    error_class_of,
)
from provider_sdk._event_sources import EventSource, ScriptedSource, events_of
from provider_sdk._http.provider import HttpProvider
from provider_sdk._managing import ManagesModels, ModelDetails, PullProgress, RunningModel
from provider_sdk._messages import Message, Messages, Part, Role, ToolCall
from provider_sdk._options import OPTION_NAMES, ChatOptions, checked_options
from provider_sdk._prepared import PreparedProvider
from provider_sdk._public import show_public_path
from provider_sdk._registry import (
    ENTRY_POINT_GROUP,
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
from provider_sdk._stream import ChatStream
from provider_sdk._timeouts import Deadline
from provider_sdk._usage import Usage
from provider_sdk._version import __version__
from provider_sdk.chat_completions import OpenAICompatibleProvider, OpenAIDialect, foreign_error

# For those who call providers.
__all__ = [
    "CAPABILITIES",
    "OPTION_NAMES",
    "PROVIDER_CONFIG",
    "PROVIDER_REGISTRY",
    "BaseProvider",
    "Capability",
    "ChatChunk",
    "ChatOptions",
    "ChatResponse",
    "ChatStream",
    "ContextLengthError",
    "CredentialRule",
    "FinishReason",
    "Health",
    "ManagesModels",
    "Message",
    "Messages",
    "ModelBackend",
    "ModelDetails",
    "ModelInfo",
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
    "PullProgress",
    "RegistryError",
    "Role",
    "RunningModel",
    "StreamInterruptedError",
    "StreamTimeoutError",
    "ToolCall",
    "ToolCallDelta",
    "UnknownProviderError",
    "UnsupportedCapabilityError",
    "Usage",
    "__version__",
    "checked_options",
    "register_provider",
]
# For those who write providers.
__all__ += [
    "ENTRY_POINT_GROUP",
    "ChatCall",
    "Credential",
    "Deadline",
    "Delta",
    "Dialect",
    "EventSource",
    "HttpExchange",
    "HttpProvider",
    "HttpReply",
    "HttpRequest",
    "ModelPage",
    "OpenAICompatibleProvider",
    "OpenAIDialect",
    "PreparedProvider",
    "ScriptedSource",
    "StreamDecoder",
    "StreamEnd",
    "StreamEvent",
    "StreamFailure",
    "StreamJunk",
    "address_setting",
    "checked_base_url",
    "default_hint",
    "error_class_of",
    "events_of",
    "foreign_error",
    "header_setting",
    "json_body",
]

show_public_path(__name__)
