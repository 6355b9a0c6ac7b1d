"""``serve``: serves the scripted service to any client, by itself or while a command runs."""

from __future__ import annotations

import argparse
import os
import random
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from provider_conformance._find import find_harness
from provider_conformance._harness import Harness, declared
from provider_conformance._service import OwnFault, Service
from provider_conformance.commands._arguments import count, fault, port
from provider_conformance.commands._say import complain, say
from provider_conformance.commands._traffic import traffic_arguments, traffic_of
from provider_conformance.drivers import SocketDriver
from provider_conformance.faults import FAULTS
from provider_conformance.traffic import TrafficService
from provider_conformance.wires._answer import Answer, SeenChat, Tokens

HELP = "serve the scripted service on loopback"
_CREDENTIAL = "conformance-token"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("target", help="provider name, harness file or module:NAME")
    parser.add_argument("--port", type=port, default=0, help="0 takes a free one")
    parser.add_argument(
        "--fault",
        type=fault,
        action="append",
        default=[],
        metavar="NAME[=SHARE%]",
        help=f"what chats get instead of an answer, all or a share: {', '.join(FAULTS)}",
    )
    parser.add_argument(
        "--times", type=count, default=0, help="how many chats get the fault; 0 is all"
    )
    traffic_arguments(parser)
    parser.add_argument(
        "command", nargs="*", metavar="-- CMD", help="run this within the service's environment"
    )


def main(options: argparse.Namespace) -> int:
    """Run the command and return its exit code; without a command, serve until interrupted.

    Raises:
        ValueError: the port is taken, there is no such command, or options contradict each other.
        OSError: the file of counts cannot be written.
    """
    harness, _ = find_harness(options.target)
    lasting = [name for name, share in options.fault if share is None]
    if len(lasting) > 1:
        raise ValueError("only one --fault can be for all chats; give the others a share, like =2%")
    service = _LoudService(
        harness.wire, _CREDENTIAL, random.Random(), answering=echo, traffic=traffic_of(options)
    )
    if default := declared(harness.provider, "default_model"):
        service.model_ids.insert(0, default)
    _simulate_fault(service, lasting[0] if lasting else None, options.times)
    with _writing_counts(service, options.counts), _serving_on(service, options.port) as driver:
        variables = harness.variables(driver.address, _CREDENTIAL)
        if options.command:
            return _run_command(options.command, variables)
        return _serve_until_interrupted(harness, driver.address, variables)


class _LoudService(TrafficService):
    def note_own_error(self, fault: OwnFault) -> None:
        """Tell whoever serves what is wrong with the wire, in one line."""
        complain(fault.text)


def echo(chat: SeenChat) -> Answer:
    """Return an answer that repeats the last user message, with usage that counts words."""
    asked = next((m.text for m in reversed(chat.messages) if m.role == "user"), "")
    words = f"The scripted service heard: {asked}".split(" ")
    read = sum(len(message.text.split()) for message in chat.messages)
    pieces = [words[0], *(f" {word}" for word in words[1:])]
    return Answer(pieces, usage=Tokens(read, len(words), read + len(words)))


@contextmanager
def _writing_counts(service: TrafficService, file: Path | None) -> Iterator[None]:
    if file is None:
        yield
        return
    service.traffic.counts.write(file)  # so that one that cannot be written is told at once
    yield
    service.traffic.counts.write(file)


@contextmanager
def _serving_on(service: Service, port: int) -> Iterator[SocketDriver]:
    with ExitStack() as stack:
        try:
            driver = stack.enter_context(SocketDriver(service, port))
        except OSError as error:
            raise ValueError(f"port {port} cannot be used: {error.strerror}") from None
        yield driver


def _simulate_fault(service: Service, fault: str | None, times: int) -> None:
    if fault is None:
        return
    scripted = FAULTS[fault](service)
    if times:
        service.reply_next(*[scripted] * times)
    else:
        service.reply_always(scripted, "chat")


def _run_command(command: Sequence[str], variables: dict[str, str]) -> int:
    if shutil.which(command[0]) is None:
        raise ValueError(f"there is no command {command[0]!r}")
    # Ctrl-C reaches the command too; the service must go on until the command has ended.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = subprocess.run(
            command, env={**os.environ, **variables}, check=False, preexec_fn=_restore_interrupt
        ).returncode
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


def _restore_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _serve_until_interrupted(harness: Harness, address: str, variables: dict[str, str]) -> int:
    say(f"{harness.name}: serving on {address}; Ctrl-C ends it")
    for name, value in variables.items():
        say(f"export {name}={shlex.quote(value)}")
    try:
        signal.pause()
    except KeyboardInterrupt:
        say()
    return 0
