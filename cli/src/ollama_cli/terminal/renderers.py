"""The renderer for what was asked for."""

from __future__ import annotations

import click

from ollama_cli.terminal.output import write
from ollama_cli.terminal.renderer import Renderer


def make_renderer(
    output_format: str,
    *,
    raw: bool = False,
    verbose: bool = False,
    reasoning: bool | None = None,
    extract_code: bool = False,
    usage: bool = False,
    plain: bool = False,
    out: str | None = None,
) -> Renderer:
    """Return the renderer for the format ``text``, ``json`` or ``stream-json``.

    Args:
        output_format: the format.
        raw: whether terminal escapes of the model are kept.
        verbose: whether details are shown on standard error.
        reasoning: whether reasoning is shown there; ``None`` if only ``verbose`` shows it.
        extract_code: whether only the first code block of the answer is written.
        usage: whether a line about tokens and cost follows, on standard error.
        plain: whether text has no styles, and comes in whole lines.
        out: the file to write to; ``None`` or ``-`` for standard output.

    Raises:
        click.UsageError: the options exclude each other, or the file cannot be written.
    """
    if extract_code and output_format != "text":
        raise click.UsageError(
            f"--extract-code writes text, so it cannot be used with --format {output_format}"
        )
    file = None
    if out not in (None, "-"):
        from ollama_cli.terminal.out_file import FileRenderer, OutFile

        file = OutFile(out)
    destination = write if file is None else file.write
    renderer: Renderer
    if output_format == "json":
        from ollama_cli.terminal.json_renderers import JsonRenderer

        renderer = JsonRenderer(raw=raw, write=destination)
    elif output_format == "stream-json":
        from ollama_cli.terminal.json_renderers import EventRenderer

        renderer = EventRenderer(raw=raw, write=destination)
    else:
        from ollama_cli.terminal.pages import make_page
        from ollama_cli.terminal.text_renderer import TextRenderer

        renderer = TextRenderer(
            make_page(raw=raw, extract_code=extract_code, to_file=file is not None, plain=plain),
            write=destination,
            raw=raw,
            verbose=verbose,
            reasoning=verbose if reasoning is None else reasoning,
            usage=usage,
            plain=plain,
        )
    return renderer if file is None else FileRenderer(renderer, file, output_format)
