"""Identity of a story across its versions, and the keys made of it."""

from __future__ import annotations

import hashlib
import re

from dateline.article import Article

# RFC 3986: a scheme, a colon, something after it.
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+\Z")


def is_absolute(uri: str) -> bool:
    """Whether an identifier is one by itself, without its provider."""
    return _ABSOLUTE.match(uri) is not None


def identity_of(article: Article) -> str:
    """The ``uri`` where it is an absolute URI, else (provider or feed, ``uri``)."""
    if is_absolute(article.uri):
        return article.uri
    return f"{article.provider or article.provenance.feed or ''}|{article.uri}"


def document_id(identity: str) -> str:
    """Elasticsearch's ``_id`` of a story: SHA-256 of its identity, in hexadecimal."""
    return hashlib.sha256(identity.encode()).hexdigest()


def raw_key(identity: str, sha256: str) -> bytes:
    """Key of a raw record: identity + NUL + hash, so that no two documents share one."""
    return f"{identity}\0{sha256}".encode()


def partition_of(identity: str, partitions: int) -> int:
    """Raw partition of a story: all its versions usually meet there, though nothing relies on it.

    Not Kafka's own partitioner, since that hashes the whole key and the key holds the hash.
    """
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "big") % partitions
