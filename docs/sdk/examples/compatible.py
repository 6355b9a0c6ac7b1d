"""A dialect that differs from chat completions in a detail."""

# --8<-- [start:dialect]
from collections.abc import Mapping

from provider_sdk import (
    HttpReply,
    OpenAIDialect,
    ProviderError,
    ProviderOverloadedError,
)
from provider_sdk.chat_completions import ServiceError


class AcmeDialect(OpenAIDialect):
    def served_by(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("acme-node")

    def hint(self, error: ProviderError, found: ServiceError) -> str | None:
        if isinstance(error, ProviderOverloadedError):
            return "Acme restarts each night at two."
        return super().hint(error, found)


dialect = AcmeDialect()
print(dialect.served_by({"acme-node": "gw-17"}))

error = dialect.parse_error(HttpReply(503, {}, b'{"detail": "try again"}'))
print(f"{type(error).__name__}: {error}")
# --8<-- [end:dialect]
