"""The faults of the theme that this project cannot mend, each with a reason and a link."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.docs_browser._visits import Fault


@dataclass(frozen=True)
class Exception_:
    """A fault of another project.

    Attributes:
        rule: the rule of axe.
        element: a pattern of the whole selector of the element.
        reason: why it is there, and why it cannot be mended here.
        link: where it is followed up.
    """

    rule: str
    element: str
    reason: str
    link: str

    def covers(self, fault: Fault) -> bool:
        """Tell whether a fault is this one."""
        return fault.rule == self.rule and bool(re.fullmatch(self.element, fault.element))


EXCEPTED: tuple[Exception_, ...] = ()
