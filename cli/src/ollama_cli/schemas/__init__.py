"""Published schemas of what commands write with ``--format json`` and ``stream-json``."""
