"""The Hugging Face router and its Hub, played on a loopback socket."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

PATIENCE_S = 20.0
"""How long anything in these tests may take before it counts as hung."""


class Exchange(BaseHTTPRequestHandler):
    """One request, and the words in which it is answered."""

    server: "Router"
    timeout = PATIENCE_S

    def do_GET(self) -> None:
        """Play the script of the path."""
        self.body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or "{}")
        self.server.exchanges.append(self)
        self.server.scripts[self.path](self)

    def do_POST(self) -> None:
        """Do the same."""
        self.do_GET()

    def do_DELETE(self) -> None:
        """Do the same."""
        self.do_GET()

    def reply(self, status: int, body: Any, kind: str = "application/json") -> None:
        """Answer at once and whole."""
        self._begin(status, kind)
        self.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body).encode())

    def begin_stream(self) -> None:
        """Begin to answer with events."""
        self._begin(200, "text/event-stream")

    def send_text(self, text: str) -> None:
        """Send an event with a piece of the answer."""
        self._send({"model": "org/served", "choices": [{"index": 0, "delta": {"content": text}}]})

    def send_reasoning(self, text: str) -> None:
        """Send an event with a piece of the reasoning."""
        self._send({"choices": [{"index": 0, "delta": {"reasoning_content": text}}]})

    def end_stream(self) -> None:
        """Send the events with which an answer ends."""
        self._send({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self._send({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})
        self.wfile.write(b"data: [DONE]\n\n")

    def wait_until_closed(self) -> None:
        """Wait for the client to close the connection, and note it."""
        if self.connection.recv(1) == b"":
            self.server.closed.set()

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""

    def _begin(self, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("x-inference-provider", "novita")
        self.send_header("retry-after", "0")
        self.end_headers()

    def _send(self, chunk: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")


Script = Callable[[Exchange], None]


def answer_blue(exchange: Exchange) -> None:
    """Answer as a service in good health does."""
    if exchange.body["stream"]:
        exchange.begin_stream()
        exchange.send_text("Bl")
        exchange.send_text("ue.")
        exchange.end_stream()
    else:
        message = {"role": "assistant", "content": "Blue."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 3, "completion_tokens": 2}
        exchange.reply(200, {"model": "org/served", "choices": [choice], "usage": usage})


class Router(ThreadingHTTPServer):
    """A service; ``chat`` and the other scripts may be replaced."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.exchanges: list[Exchange] = []
        self.closed = Event()
        self.scripts: dict[str, Script] = {
            "/v1/chat/completions": answer_blue,
            "/v1/models": lambda exchange: exchange.reply(200, {"data": [{"id": "org/one"}]}),
            "/api/whoami-v2": lambda exchange: exchange.reply(200, {"name": "someone"}),
        }
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def chat(self, script: Script) -> Script:
        """Answer chat calls with this script."""
        self.scripts["/v1/chat/completions"] = script
        return script

    def __enter__(self) -> "Router":
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
