"""``ollama-cli completion``: what a shell has to be told to complete command lines."""

from __future__ import annotations

import click

from ollama_cli.completion.scripts import SHELLS, script
from ollama_cli.terminal.output import write


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SHELLS)), metavar="bash|zsh|fish")
def command(shell: str) -> None:
    r"""Print what makes a shell complete commands, options, providers, models and sessions.

    \b
      bash: eval "$(ollama-cli completion bash)"          in ~/.bashrc
      zsh:  eval "$(ollama-cli completion zsh)"           in ~/.zshrc, after compinit
      fish: ollama-cli completion fish > ~/.config/fish/completions/ollama-cli.fish

    Models are those that 'ollama-cli models' listed last. Nothing is sent while you type.
    """
    write(script(shell))
