"""How fast rows are sent, and how much they may cost.

A coordinator knows the limits of the whole run, and grants each worker a part for a few seconds.
The worker's limiter keeps to it. Both are told the time, so that a simulation can tell it too.
"""
