"""The subcommands: one module per command, which defines ``command``; imported when used."""
