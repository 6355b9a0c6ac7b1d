"""Finish the bake in the working directory."""

import sys

sys.path.insert(0, {{ template | quoted }})

from provider_scaffold._finish import finish

finish(
    "{{ cookiecutter.protocol }}",
    member={{ is_member(cookiecutter._output_dir) }},
    wheels={{ wheels | quoted }},
)
