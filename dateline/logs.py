"""What the stages log: one event a line, as JSON for programs or as text for people.

An article is followed through all stages by ``uri`` (its identity) and ``raw`` (where its document
lies in the raw topic); each step is one event (``published``, ``enriched``, ``indexed``, ...) at
level ``debug``, what is refused at ``warning``. What libraries log has the same shape. Secrets of
the settings are hidden, wherever they stand in a line.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from dateline.connections import basic_auth
from dateline.records import Position
from dateline.settings import SECRETS, Settings

Escape = Callable[[str], str]

#: whose loggers are ours
PACKAGES = ("dateline", "producers", "processors", "sinks")
#: A shorter secret would hide parts of words; it protects nothing either.
_SHORTEST = 4
_HIDDEN = "(hidden)"
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@\"']+@")
#: of a step, as text shows them
_FIELDS = ("uri", "raw", "topic", "partition", "offset", "generation", "reason")
#: of a value of others in one field
_VALUE = 1000


class Note(str):
    """A line for people of what somebody should see, and the same facts as fields for programs."""

    fields: dict[str, Any]

    def __new__(cls, line: str, /, **fields: Any) -> Note:
        """None of a field: it is not known."""
        made = super().__new__(cls, line)
        made.fields = {name: _short(value) for name, value in fields.items() if value is not None}
        return made


def step(log: logging.Logger, event: str, **fields: Any) -> None:
    """One step of an article, at level debug. fields: at least ``uri`` or ``raw``."""
    if log.isEnabledFor(logging.DEBUG):
        known = {name: _short(value) for name, value in fields.items() if value is not None}
        log.debug(event, extra={"event": event, **known})


def at(position: Position) -> dict[str, Any]:
    """The fields of a place in Kafka."""
    return {
        "topic": position.topic,
        "partition": position.partition,
        "offset": position.offset,
    }


def _short(value: Any) -> Any:
    if isinstance(value, Position):
        return str(value)
    return value[:_VALUE] if isinstance(value, str) else value


class Redaction:
    """Hides secrets in whatever text they stand."""

    def __init__(self, secrets: Iterable[str | None]) -> None:
        told = {one for one in secrets if one is not None and len(one) >= _SHORTEST}
        # As they stand within JSON, too.
        told |= {
            json.dumps(one, ensure_ascii=escaped)[1:-1] for one in told for escaped in (False, True)
        }
        longest_first = sorted(told, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if told else None

    @classmethod
    def of(cls, settings: Settings) -> Redaction:
        """Of all secrets of the settings, and as they are sent."""
        sent = [
            basic_auth(user, password)
            for user, password in (
                (settings.elasticsearch_username, settings.elasticsearch_password),
                (settings.kibana_username, settings.kibana_password),
            )
            if password
        ]
        return cls([*(getattr(settings, name) for name in SECRETS), *sent])

    def hide(self, text: str) -> str:
        """The text without them, and without credentials in addresses."""
        if "://" in text:
            text = _CREDENTIALS.sub(f"{_HIDDEN}@", text)
        return text if self._pattern is None else self._pattern.sub(_HIDDEN, text)


class _Readable(logging.Formatter):
    """For people: the message; after a step its fields."""

    def __init__(self, redaction: Redaction, escape: Escape) -> None:
        super().__init__("%(message)s")
        self._redaction = redaction
        self._escape = escape

    def formatMessage(self, record: logging.LogRecord) -> str:
        told = self._escape(record.message)
        if record.levelno <= logging.DEBUG and hasattr(record, "event"):
            known = ((name, getattr(record, name, None)) for name in _FIELDS)
            told += "".join(
                f"  {name}={self._escape(str(value))}" for name, value in known if value
            )
        return told

    def format(self, record: logging.LogRecord) -> str:
        return self._redaction.hide(super().format(record))


def _json_formatter(redaction: Redaction, stage: str) -> logging.Formatter:
    from pythonjsonlogger.msgspec import MsgspecFormatter

    class Json(MsgspecFormatter):
        def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
            log_data["level"] = str(log_data["level"]).lower()
            return log_data

        def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
            try:
                told: str = super().jsonify_log_record(log_data)
            except (TypeError, ValueError):
                # Half a character, or a number beyond 64 bits: of others' making.
                told = json.dumps(log_data, default=str)
            return redaction.hide(told)

    return Json(
        ["message", "levelname", "name"],
        rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
        static_fields={"stage": stage},
        timestamp="time",
    )


class _Handler(logging.StreamHandler[Any]):
    """To standard error, whatever that is at the moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        """Where it writes."""
        return sys.stderr

    @stream.setter
    def stream(self, _other: Any) -> None:
        raise AttributeError("it is always standard error")

    def handleError(self, record: logging.LogRecord) -> None:
        """Nobody may read it (a full disk, a pipe whose reader has gone): the work goes on."""


def as_json(settings: Settings, *, service: bool) -> bool:
    """Whether lines are JSON. service: it runs until it is stopped, and nobody sits before it."""
    if settings.log_format == "auto":
        return service and not sys.stderr.isatty()
    return settings.log_format == "json"


def set_up(
    settings: Settings, stage: str, *, service: bool, escape: Escape = str
) -> logging.Handler:
    """Log to standard error from ``log_level`` on; of the libraries only what matters.

    escape: makes text of others harmless for a terminal. Returns who writes the lines.
    """
    redaction = Redaction.of(settings)
    handler = _Handler()
    if as_json(settings, service=service):
        handler.setFormatter(_json_formatter(redaction, stage))
    else:
        handler.setFormatter(_Readable(redaction, escape))
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    for package in PACKAGES:
        logging.getLogger(package).setLevel(settings.log_level.upper())
    logging.captureWarnings(True)
    return handler


def say(handler: logging.Handler, line: str, *, fatal: bool = False) -> None:
    """A line that is no logger's, as an event like the others: progress at level ``info``, a
    `Note` with its fields at ``warning``; fatal: an error that ends the command, at ``error``."""
    level = logging.WARNING if isinstance(line, Note) else logging.INFO
    record = logging.LogRecord(
        "dateline", logging.ERROR if fatal else level, "", 0, line, None, None
    )
    record.__dict__.update(getattr(line, "fields", {}))
    handler.handle(record)
