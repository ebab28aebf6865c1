"""Metrics and health of the stages, over HTTP.

- `catalogue` names each metric once, with what it means and what to do; docs/metrics.md is made
  of it (``python -m dateline.metrics``).
- `meter` counts, in a registry of its own, or not at all where no port is set.
- `health` knows whether a stage lives and works.
- `endpoint` serves both: ``/metrics``, ``/live``, ``/ready``.
- `waiting` knows how far a stage is behind, in records and in time.
- `stage` is the three together, as a stage's command starts and ends them.

What of a stage is counted where is the business of the stage: see ``observer.py`` in each.
"""

from typing import Final

#: what `/ready` answers where nothing hinders the stage
READY: Final = "ready"
