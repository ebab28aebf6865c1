"""Bringing saved objects into a Kibana, over its HTTP API.

``GET /api/status``, then ``POST /api/saved_objects/_import``; what is answered was read out of
Kibana's source (its routes ``import.ts`` and ``create_saved_objects.ts``): while one object is in
conflict or lacks what it refers to, Kibana keeps nothing of the file; where an object is refused
for another reason, it keeps the rest.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from dateline.closing import Closing
from dateline.errors import Unavailable, UsageError
from dateline.patience import PlainPool, SecuredPool
from dateline.settings import Settings
from kibana.saved import CORE_VERSION

T = TypeVar("T")

#: the major version that the objects are made and checked for
MADE_FOR = 9
#: seconds to connect, and for an answer: an import may wait for Elasticsearch
_TIMEOUT = (10, 120)
#: characters of an answer that are shown
_SHOWN = 200
_NOT_NOW = frozenset({408, 429, 502, 503, 504})
#: kinds of error that make Kibana keep nothing
_BLOCKING = frozenset({"conflict", "ambiguous_conflict", "missing_references"})


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An object that was not imported. reason: for people."""

    object: str
    title: str
    kind: str
    reason: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file. imported: ``type:id`` of what Kibana keeps now; version: Kibana's,
    None where it does not tell those who ask."""

    version: str | None
    imported: list[str]
    overwritten: list[str]
    refused: list[Refusal]


class _Overall(msgspec.Struct):
    level: str | None = None


class _State(msgspec.Struct):
    overall: _Overall = msgspec.field(default_factory=_Overall)


class _Version(msgspec.Struct):
    number: str | None = None


class _Status(msgspec.Struct):
    """Of ``/api/status``; those who are not logged in are told less."""

    status: _State = msgspec.field(default_factory=_State)
    version: _Version = msgspec.field(default_factory=_Version)


class _Reference(msgspec.Struct):
    type: str | None = None
    id: str | None = None


class _Fault(msgspec.Struct):
    type: str = "unknown"
    message: str | None = None
    error: str | None = None
    references: list[_Reference] = []


class _Meta(msgspec.Struct):
    title: str | None = None


class _Outcome(msgspec.Struct):
    """Of one object, kept or not."""

    type: str
    id: str
    meta: _Meta = msgspec.field(default_factory=_Meta)
    title: str | None = None
    overwrite: bool = False
    error: _Fault = msgspec.field(default_factory=_Fault)


class _Told(msgspec.Struct):
    """Of an import."""

    success: bool | None = None
    errors: list[_Outcome] | None = None
    success_results: list[_Outcome] | None = msgspec.field(name="successResults", default=None)


class _Complaint(msgspec.Struct):
    """Of an answer that is no success."""

    message: str | None = None
    error: str | None = None


class _Patient(HTTPAdapter):
    """Waits for an answer as a whole (`dateline.patience`)."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        """As requests does."""
        super().init_poolmanager(*given, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecuredPool}


class Kibana(Closing):
    """One space of a Kibana; a context manager. Raises UsageError where settings do not fit."""

    def __init__(self, settings: Settings, *, space: str | None = None) -> None:
        if not settings.kibana_url:
            raise UsageError(
                "no Kibana to import into",
                expected="its address",
                remedy="give --url, or set DATELINE_KIBANA_URL.",
            )
        if space and not re.fullmatch(r"[a-z0-9_-]+", space):
            raise UsageError(
                "bad value of --space", found=repr(space), expected="a space's id: a-z, 0-9, _, -"
            )
        self._base = settings.kibana_url.rstrip("/")
        self._space = f"/s/{space}" if space and space != "default" else ""
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Patient())
        # No proxy, no password out of ~/.netrc: what the settings say, and nothing else.
        self._session.trust_env = False
        self._session.headers["kbn-xsrf"] = "dateline"
        if settings.kibana_ca_certs:
            authority = Path(settings.kibana_ca_certs).expanduser()
            if not authority.is_file():
                raise UsageError("kibana_ca_certs cannot be used", found=f"{authority} (no file)")
            self._session.verify = str(authority)
        if settings.kibana_api_key:
            self._session.headers["Authorization"] = f"ApiKey {settings.kibana_api_key}"
        elif settings.kibana_username:
            # As bytes: requests would write text as Latin-1.
            self._session.auth = HTTPBasicAuth(
                settings.kibana_username.encode(), (settings.kibana_password or "").encode()
            )

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def version(self) -> str | None:
        """Kibana's version, if it tells and is ready. Raises Unavailable, UsageError."""
        answer = self._ask("GET", f"{self._base}/api/status")
        told = _read(answer, _Status)
        if told.status.overall.level in ("critical", "unavailable"):
            raise self._not_ready(f"status {told.status.overall.level}")
        return told.version.number

    def add(self, ndjson: str, *, overwrite: bool, name: str = "dateline.ndjson") -> Imported:
        """Import a file's objects. overwrite: over those of the same type and id.

        Raises UsageError (a file or a right that Kibana does not accept, a version that does not
        fit), Unavailable.
        """
        version = self.version()
        _fits(version)
        answer = self._ask(
            "POST",
            f"{self._base}{self._space}/api/saved_objects/_import",
            params={"overwrite": "true" if overwrite else "false"},
            files={"file": (name, ndjson.encode("utf-8"), "application/ndjson")},
        )
        told = _read(answer, _Told)
        refused = [_refusal(one) for one in told.errors or ()]
        if not refused and (told.success is not True or not told.success_results):
            raise UsageError(
                f"Kibana at {self._base} does not say that it imported anything",
                found=repr(_text(answer)[:_SHOWN]),
                expected=f"success, with {len(ndjson.splitlines())} objects listed",
                remedy="see that kibana_url is Kibana's, and its log.",
            )
        # With a conflict Kibana lists as successes what it would have kept.
        nothing = any(one.kind in _BLOCKING for one in refused)
        kept = [] if nothing else told.success_results or []
        return Imported(
            version=version,
            imported=[f"{one.type}:{one.id}" for one in kept],
            overwritten=[f"{one.type}:{one.id}" for one in kept if one.overwrite],
            refused=refused,
        )

    def _ask(self, method: str, url: str, **more: Any) -> requests.Response:
        try:
            answer = self._session.request(
                method, url, timeout=_TIMEOUT, allow_redirects=False, **more
            )
        except requests.exceptions.SSLError as error:
            raise Unavailable(
                f"Kibana at {self._base} has a certificate that is not trusted",
                found=_innermost(error),
                remedy="name the authority that signed it with kibana_ca_certs, and the host as "
                "the certificate does.",
            ) from error
        except (requests.RequestException, OSError) as error:
            raise Unavailable(
                f"Kibana at {self._base} does not answer",
                found=_innermost(error),
                remedy="start it, or correct the address (https:// where it speaks TLS).",
            ) from error
        self._see(answer)
        return answer

    def _see(self, answer: requests.Response) -> None:
        """Raise what a status means."""
        status = answer.status_code
        if status == 200:
            return
        told = f"{status} {_message(answer)}".strip()
        if status in _NOT_NOW:
            raise self._not_ready(told)
        if status == 401:
            raise Unavailable(
                f"Kibana at {self._base} does not let us in",
                found=told,
                remedy="correct kibana_api_key, or kibana_username and kibana_password; where "
                "both are set, the key counts.",
            )
        if status == 403:
            raise UsageError(
                "Kibana does not allow it",
                found=told,
                expected="the right Saved Objects Management (all) in that space",
            )
        if status == 404:
            raise UsageError(
                f"Kibana at {self._base} has no such API or space",
                found=told,
                expected=f"/api/saved_objects/_import, of Kibana {CORE_VERSION} and later",
                remedy="give the base path with the address (https://host/kibana), check --space.",
            )
        if status == 413:
            raise UsageError(
                "the file is too large for this Kibana",
                found=told,
                remedy="raise savedObjects.maxImportPayloadBytes.",
            )
        if 300 <= status < 400:
            target = answer.headers.get("Location", "").partition("?")[0]
            raise UsageError(
                f"what answers at {self._base} sends us on",
                found=f"{status} to {target}",
                expected="Kibana's API",
                remedy="give the address that it names, with the base path.",
            )
        if status >= 500:
            raise Unavailable(
                f"Kibana at {self._base} fails",
                found=told,
                remedy="see its log, and try again.",
            )
        raise UsageError("Kibana does not take it", found=told)

    def _not_ready(self, found: str) -> Unavailable:
        return Unavailable(
            f"Kibana at {self._base} is not ready",
            found=found,
            remedy="wait until it has started, and see its log.",
        )


def _fits(version: str | None) -> None:
    """Older Kibanas refuse the objects one by one, with less to go by. Raises UsageError."""
    found = re.match(r"(\d+)\.(\d+)", version or "")
    if found is None:
        return
    running = (int(found.group(1)), int(found.group(2)))
    oldest = tuple(int(part) for part in CORE_VERSION.split(".")[:2])
    if running < oldest:
        raise UsageError(
            "this Kibana is older than the objects",
            found=f"Kibana {version}",
            expected=f"{CORE_VERSION} or later, best {MADE_FOR}",
            remedy="upgrade Kibana: objects are migrated forward, never back.",
        )


def newer_major(version: str | None) -> bool:
    """Whether nobody has looked at how such a Kibana migrates the objects."""
    found = re.match(r"(\d+)\.", version or "")
    return found is not None and int(found.group(1)) > MADE_FOR


def _refusal(one: _Outcome) -> Refusal:
    error = one.error
    match error.type:
        case "conflict":
            reason = "is there already; --overwrite replaces it"
        case "ambiguous_conflict":
            reason = "several objects there come from it; import it by hand in Kibana"
        case "missing_references":
            lacking = (f"{reference.type}:{reference.id}" for reference in error.references)
            reason = f"refers to what is not there: {', '.join(lacking)}"
        case "unsupported_type":
            reason = "is of a type that this Kibana does not import"
        case _:
            reason = error.message or error.error or error.type
    return Refusal(
        object=f"{one.type}:{one.id}",
        title=one.meta.title or one.title or "",
        kind=error.type,
        reason=reason,
    )


def _read(answer: requests.Response, shape: type[T]) -> T:
    """An answer in the shape that Kibana gives it. Raises UsageError where it has another."""
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            "what answers is no Kibana",
            found=f"{answer.headers.get('Content-Type')}: {error}"[:_SHOWN],
            expected="an answer of its API, in JSON",
            remedy="give Kibana's own address, with the base path.",
        ) from error


def _message(answer: requests.Response) -> str:
    try:
        told = msgspec.json.decode(answer.content, type=_Complaint)
        return (told.message or told.error or "")[:500]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return " ".join(_text(answer).split())[:_SHOWN]


def _innermost(error: BaseException) -> str:
    """urllib3 wraps what happened several times over."""
    while error.__cause__ is not None or isinstance(getattr(error, "reason", None), Exception):
        error = error.__cause__ or error.reason  # type: ignore[attr-defined]
    found = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    reason = getattr(found, "reason", None)
    return str(reason if isinstance(reason, Exception) else found)[:300]


def _text(answer: requests.Response) -> str:
    """How it begins; `requests` would guess at its encoding by all of it."""
    return answer.content[:2000].decode("utf-8", "replace")
