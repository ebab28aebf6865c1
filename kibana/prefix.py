"""The shipped objects under an index prefix."""

from __future__ import annotations

import json

from kibana.data_views import VIEWS
from kibana.saved import as_text


def prefixed(ndjson: str, prefix: str) -> str:
    """Data views for our aliases stand for those under the prefix; all else is left as it is.

    What cannot be read is left, too: the check names it.
    """
    if not prefix:
        return ndjson
    lines: list[str] = []
    for line in ndjson.split("\n"):
        try:
            one = json.loads(line)
            if one["type"] == "index-pattern" and one["attributes"]["title"] in VIEWS:
                one["attributes"]["title"] = prefix + one["attributes"]["title"]
                line = as_text(one)
        except (ValueError, LookupError, TypeError, RecursionError):
            pass
        lines.append(line)
    return "\n".join(lines)
