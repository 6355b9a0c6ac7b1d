"""What the scripted services answer to the questions of the pages."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from provider_conformance.commands.serve import echo
from provider_conformance.wires import Answer, Reply, SeenChat, SeenRequest

_SCRIPT = 'Here it is:\n\n```sh\nfor name in *.txt; do mv -- "$name" "${name%.txt}.md"; done\n```\n'
_COLOURS = json.dumps({"colours": ["red", "green", "blue"]})

ANSWERS = (
    (r"Why is the sky blue\?", "Blue light is scattered the most."),
    (r"[Cc]ommit message", "Greet by name\n\nThe greeting takes the name of whom it greets."),
    (r"three colours", _COLOURS),
    (r"shell (loop|script|command)", _SCRIPT),
    (r"[Rr]eview", "The change is fine. `greet` has no test for an empty name."),
    (r"[Tt]ranslate", "Bonjour."),
    (r"[Ss]umm(ary|arise)", "It is about the sky."),
    (r"What is (on|in) this (picture|photo)", "A small red square."),
)
"""Patterns of questions, and their answers. Any other question is repeated."""


def answer(chat: SeenChat) -> Answer:
    """Return the answer to a chat, with usage that counts words."""
    repeated = echo(chat)
    asked = next((said.text for said in reversed(chat.messages) if said.role == "user"), "")
    for pattern, text in ANSWERS:
        if re.search(pattern, asked):
            pieces = re.findall(r"\s*\S+\s*?(?=\s|\Z)|\s+\Z", text)
            return replace(repeated, pieces=pieces, served_by="novita")
    return replace(repeated, served_by="novita")


def managed(request: SeenRequest) -> Reply:
    """Return what Ollama says of the models on its machine."""
    for path, lines in _MANAGED.items():
        if request.path == path:
            body = "".join(f"{json.dumps(line)}\n" for line in lines)
            return Reply(200, {"content-type": "application/json"}, (body.encode(),))
    return Reply(404, {"content-type": "text/plain"}, (b"there is nothing at this path",))


_MANAGED = {
    "/api/pull": [{"status": "pulling manifest"}, {"status": "success"}],
    "/api/delete": [{}],
    "/api/show": [
        {
            "details": {
                "family": "qwen3",
                "parameter_size": "8.2B",
                "quantization_level": "Q4_K_M",
            },
            "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40960},
            "capabilities": ["completion", "tools"],
        }
    ],
    "/api/ps": [
        {
            "models": [
                {
                    "name": "qwen3:latest",
                    "model": "qwen3:latest",
                    "size": 5_200_000_000,
                    "size_vram": 5_200_000_000,
                    "expires_at": "2026-11-29T20:09:18Z",
                    "context_length": 8192,
                }
            ]
        }
    ],
    "/api/version": [{"version": "0.14.0"}],
}
