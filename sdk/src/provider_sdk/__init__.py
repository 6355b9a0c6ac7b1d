"""One contract for language model providers, and what a provider needs to follow it.

Call a provider through ``BaseProvider``'s four coroutines. Write one with
``OpenAICompatibleProvider`` (class attributes are enough), with ``HttpProvider`` and a ``Dialect``
for another protocol, or with ``PreparedProvider`` for anything that is not HTTP.
"""

from collections.abc import Mapping, Sequence  # noqa: F401 - annotations use it
from typing import TYPE_CHECKING, Any, ClassVar, Literal  # noqa: F401 - annotations use it

from provider_sdk._accounting.counter import UsageCounter
from provider_sdk._accounting.prices import Prices
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
    StreamDecoder,
    StreamEnd,
    StreamEvent,
    StreamFailure,
    StreamJunk,
    json_body,
)
from provider_sdk._errors import (
    AllProvidersFailedError,
    BudgetExceededError,
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
    RegistryError,
    StreamInterruptedError,
    StreamTimeoutError,
    UnknownProviderError,
    UnsupportedCapabilityError,
    default_hint,
    error_class_of,
)
from provider_sdk._event_sources import EventSource, ScriptedSource, events_of
from provider_sdk._http.choosing import TransportChoice, describe_transport, prefer_transport
from provider_sdk._http.provider import HttpProvider
from provider_sdk._http.transport import TransportName
from provider_sdk._messages import Message, Messages, Part, Role, ToolCall
from provider_sdk._observing import ObservedAttempt, Observer
from provider_sdk._options import OPTION_NAMES, ChatOptions, checked_options
from provider_sdk._prepared import PreparedProvider
from provider_sdk._public import imported_later, show_public_path
from provider_sdk._responses import (
    ChatChunk,
    ChatResponse,
    FinishReason,
    ProviderWarning,
    ToolCallDelta,
)
from provider_sdk._routing.credentials import ChooseCredential, CredentialRequest
from provider_sdk._routing.declared import ENTRY_POINT_GROUP
from provider_sdk._routing.registry import PROVIDER_CONFIG, PROVIDER_REGISTRY, register_provider
from provider_sdk._routing.route import Attempt, Outcome, Route
from provider_sdk._routing.router import ProviderRouter
from provider_sdk._settings import address_setting, checked_base_url, header_setting
from provider_sdk._spans import Span  # noqa: F401 - annotations use it
from provider_sdk._stream import ChatStream
from provider_sdk._timeouts import Deadline
from provider_sdk._usage import Usage
from provider_sdk._version import __version__
from provider_sdk.chat_completions import OpenAICompatibleProvider, OpenAIDialect, foreign_error

if TYPE_CHECKING:
    from provider_sdk._accounting.budgets import Budgets
    from provider_sdk._accounting.counting import TokenCount, count_tokens
    from provider_sdk._accounting.estimate import estimate_tokens
    from provider_sdk._accounting.price import Price
    from provider_sdk._accounting.rows import FigureSource, UsageRow
    from provider_sdk._health import Health
    from provider_sdk._managing import ManagesModels, ModelDetails, PullProgress, RunningModel
    from provider_sdk._models import ModelBackend, ModelInfo, ModelPage
    from provider_sdk._routing.catalogue import (
        CredentialState,
        ProviderDescription,
        describe_providers,
    )
    from provider_sdk._routing.health import check_health
    from provider_sdk._routing.outlook import Outlook
    from provider_sdk._unsent import UnsentRequest, unsent_requests

# For those who call providers.
__all__ = [
    "CAPABILITIES",
    "OPTION_NAMES",
    "PROVIDER_CONFIG",
    "PROVIDER_REGISTRY",
    "AllProvidersFailedError",
    "Attempt",
    "BaseProvider",
    "BudgetExceededError",
    "Budgets",
    "Capability",
    "ChatChunk",
    "ChatOptions",
    "ChatResponse",
    "ChatStream",
    "ChooseCredential",
    "ContextLengthError",
    "CredentialRequest",
    "CredentialRule",
    "CredentialState",
    "FigureSource",
    "FinishReason",
    "Health",
    "ManagesModels",
    "Message",
    "Messages",
    "ModelBackend",
    "ModelDetails",
    "ModelInfo",
    "ObservedAttempt",
    "Observer",
    "Outcome",
    "Outlook",
    "Part",
    "Price",
    "Prices",
    "ProviderAuthError",
    "ProviderDescription",
    "ProviderError",
    "ProviderModelNotFoundError",
    "ProviderOverloadedError",
    "ProviderPermissionError",
    "ProviderQuotaError",
    "ProviderRateLimitError",
    "ProviderRequestError",
    "ProviderResponseError",
    "ProviderRouter",
    "ProviderTimeoutError",
    "ProviderUnavailableError",
    "ProviderWarning",
    "PullProgress",
    "RegistryError",
    "Role",
    "Route",
    "RunningModel",
    "StreamInterruptedError",
    "StreamTimeoutError",
    "TokenCount",
    "ToolCall",
    "ToolCallDelta",
    "TransportChoice",
    "TransportName",
    "UnknownProviderError",
    "UnsentRequest",
    "UnsupportedCapabilityError",
    "Usage",
    "UsageCounter",
    "UsageRow",
    "__version__",
    "check_health",
    "checked_options",
    "count_tokens",
    "describe_providers",
    "describe_transport",
    "estimate_tokens",
    "prefer_transport",
    "register_provider",
    "unsent_requests",
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

_LATER = {
    "_accounting.budgets": ("Budgets",),
    "_accounting.counting": ("TokenCount", "count_tokens"),
    "_accounting.estimate": ("estimate_tokens",),
    "_accounting.price": ("Decimal", "Price"),  # annotations use the number
    "_accounting.rows": ("Decimal", "FigureSource", "UsageRow"),
    "_health": ("Health",),
    "_managing": ("ManagesModels", "ModelDetails", "PullProgress", "RunningModel"),
    "_models": ("ModelBackend", "ModelInfo", "ModelPage"),
    "_routing.catalogue": ("CredentialState", "ProviderDescription", "describe_providers"),
    "_routing.health": ("check_health",),
    "_routing.outlook": ("Outlook",),
    "_unsent": ("UnsentRequest", "unsent_requests"),
}

if not TYPE_CHECKING:  # pragma: no branch - with it, a type checker would accept every name
    __getattr__, __dir__ = imported_later(__name__, _LATER)

show_public_path(__name__, set(__all__).difference(*_LATER.values()))
