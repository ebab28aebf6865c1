"""Reuters Connect: Reuters' items as its GraphQL API answers, one, or those that a search found.

An answer holds what its query asked for, under the names of NewsML-G2 in mixed case, so it is read
as ninjs under those names (`dateline.formats.ninjs`); what Reuters calls otherwise is renamed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from dateline.errors import InputError
from dateline.formats import Item
from dateline.formats.drafting import each
from dateline.formats.jsondoc import Fields, decode, described, opening
from dateline.formats.ninjs import read_item
from dateline.records import RawDocument

_KEY = re.compile(rb'"(?:headLine|bodyXhtml|versionedGuid)"\s*:')
_NAMES = {
    "bodyXhtml": "body_xhtml",
    "bodyXhtmlRich": "body_richxhtml",
    "caption": "description_text",
    "creditLine": "creditline",
    "editorialNote": "ednote",
    "keyword": "keywords",
    "slug": "slugline",
}
# The number behind a family's name is a version's, and the family is what an item belongs to.
_VERSIONED = re.compile(r"(?P<family>:newsml_[^:]+):(?P<version>\d{1,18})\Z")


class ReutersConnect:
    """See the module."""

    name = "reuters-connect"
    version = 2
    rank = 320

    def recognises(self, head: bytes) -> bool:
        """By names that nobody else writes so."""
        plain = opening(head)
        return plain is not None and _KEY.search(plain) is not None

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each item by itself; a bad one does not stop the rest. Raises InputError."""
        items = _items(decode(document.value))
        return each(items, lambda item: read_item(_as_ninjs(item), document.received))


def _items(data: Any) -> Iterator[Any]:
    """Of ``data.item``, of ``data.search.items``, or an item alone."""
    for name in ("data", "search", "item"):
        if isinstance(data, dict) and isinstance(data.get(name), dict):
            data = data[name]
    found = data.get("items") if isinstance(data, dict) else data
    if isinstance(found, list):
        if not found:
            raise InputError("an answer without items", found="[]", expected="items")
        yield from found
    else:
        yield data


def _as_ninjs(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise InputError("not a Reuters item", found=described(item), expected="an object")
    renamed = {_NAMES.get(name) or name: value for name, value in item.items()}
    uri = item.get("uri") or item.get("versionedGuid")
    if isinstance(uri, str) and (found := _VERSIONED.search(uri)):
        uri = uri[: found.end("family")]
        renamed.setdefault("version", int(found["version"]))
    usn = item.get("usn")
    return {
        **renamed,
        "uri": uri,
        "altids": {"usn": usn} if isinstance(usn, str) else None,
        "subject": [
            _concept(subject) for subject in Fields(item, forgiving=True).objects("subject")
        ],
    }


def _concept(subject: Fields) -> dict[str, Any]:
    """``N2:ENV`` is a code within a scheme."""
    qcode = subject.data.get("code")
    if not isinstance(qcode, str) or ":" not in qcode:
        return subject.data
    scheme, _, code = qcode.partition(":")
    return {**subject.data, "qcode": qcode, "scheme": scheme, "code": code}
