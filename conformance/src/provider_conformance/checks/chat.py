"""CHAT: what is asked reaches the service, and what it answers reaches the caller."""

from __future__ import annotations

from provider_conformance._check import check
from provider_conformance._lab import Lab


@check("PC-CHAT-001")
async def text_is_the_services(lab: Lab) -> None:
    """The answer's text is the service's, to the letter.

    Rule: ChatResponse.text is the text that the service sent, nothing stripped, added or replaced.
    Why: White space and unusual characters matter in code, tables and names.
    How: Has the service answer random text with characters outside ASCII.
    Fix: Return the text as it came; do not strip, re-encode or format it.
    """
    answer = lab.answer()
    lab.service.will(answer)
    response = await lab.chat(lab.provider())
    lab.equal("response.text", answer.text, response.text)
