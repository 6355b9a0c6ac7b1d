"""The dialect: requests, answers, streams and errors of OpenAI's Responses API.

Source: https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from provider_sdk import OpenAIDialect


class ResponsesDialect(OpenAIDialect):
    """The Responses API; subclass it for a service that differs in a detail.

    Credential, errors and model list are those of chat completions.
    """
