"""``python -m dateline.metrics``: docs/metrics.md, made from the catalogue."""

from __future__ import annotations

import sys

from dateline.metrics.document import text

sys.stdout.write(text())
