"""A group of commands that does something by itself with one free argument.

The first word decides: the name of a verb calls it, and any other word is the argument. So a file
that is called like a verb is written with its folder: ``./status``.
"""

from __future__ import annotations

import click

from ollama_cli.command_line import options

_VERB = f"{__name__}.verb"


class GroupWithArgument(click.Group):
    """A group whose own argument stands where the name of a verb could stand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options before a verb, or all options and the argument.

        Raises:
            click.UsageError: further words follow the argument.
        """
        if verb := self._verb(ctx, args):
            ctx.meta[_VERB] = verb
        else:
            ctx.allow_interspersed_args, ctx.allow_extra_args = True, False
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the parameters, without the argument if a verb is called."""
        found = super().get_params(ctx)
        if _VERB in ctx.meta:
            return [each for each in found if not isinstance(each, click.Argument)]
        return found

    def invoke(self, ctx: click.Context) -> object:
        """Run the command itself, or the verb with the options that stand before it.

        Raises:
            click.UsageError: the verb does not take one of them.
        """
        if verb := ctx.meta.get(_VERB):
            given = options.given_options(ctx)
            taken = {param.name for param in self.commands[verb].params}
            for param in self.params:
                if param.name in given.keys() - taken:
                    raise click.UsageError(f"'{self.name} {verb}' does not take {param.opts[-1]}")
            ctx.default_map = {verb: {**(ctx.default_map or {}), **given}}
        return super().invoke(ctx)

    def _verb(self, ctx: click.Context, args: list[str]) -> str | None:
        """Return the first word if it names a verb; what follows ``--`` never does."""
        own = [each for each in self.params if isinstance(each, click.Option)]
        words = click.Argument(["words"], nargs=-1)
        parser = click.Command(None, params=[words, *own])
        parser.allow_interspersed_args = False
        before = args[: args.index("--")] if "--" in args else list(args)
        found = parser.make_context(None, before, parent=ctx, resilient_parsing=True).params
        first = next(iter(found["words"] or ()), None)
        return first if first in self.commands else None
