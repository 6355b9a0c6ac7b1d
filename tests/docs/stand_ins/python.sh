#!/bin/sh
# Stands for Python. An environment that it makes has what this one has, and its pip installs nothing.
if [ "$1 $2" = "-m venv" ]; then
    mkdir -p "$3" && ln -sfn "${0%/*}" "$3/bin"
else
    exec "$SNIPPETS_PYTHON" "$@"
fi
