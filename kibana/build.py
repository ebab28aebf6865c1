"""Makes ``kibana/dateline.ndjson``: all that Kibana is given.

python -m kibana.build
"""

from __future__ import annotations

import sys
from pathlib import Path

from kibana import dashboards, data_views, maps, searches
from kibana.saved import Object, as_text

TARGET = Path(__file__).with_name("dateline.ndjson")


def objects() -> list[Object]:
    """All, each after those it refers to."""
    return [
        *(data_views.data_view(alias) for alias in data_views.VIEWS),
        *searches.searches(),
        *maps.maps(),
        *dashboards.dashboards(),
    ]


def content() -> str:
    """The file: one object a line."""
    return "".join(as_text(one) + "\n" for one in objects())


def main() -> int:
    """Write the file."""
    TARGET.write_text(content(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
