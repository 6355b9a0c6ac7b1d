"""The subcommands: a module each, imported when it is used, with a ``command`` in it."""
