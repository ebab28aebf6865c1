"""Pages of HTML that commands write: one file each that needs nothing else."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dateline.errors import Unavailable


def write_page(
    path: Path, template: str, filters: Mapping[str, Callable[..., Any]], **values: Any
) -> None:
    """template: a file of Jinja beside this module; what it is given is escaped. Raises
    Unavailable."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters.update(filters)
    text = importlib.resources.files("dateline.cli").joinpath(template).read_text("utf-8")
    page = environment.from_string(text).render(values)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written", found=error.strerror or str(error)
        ) from error
