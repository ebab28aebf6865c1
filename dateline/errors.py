"""The family of errors.

Whoever catches one asks a single question: is it the input (dead letter, go on), the
surroundings (wait and try again, or end with status 3), the user's command (status 2), or us
(crash loudly)? The class answers it; nobody reads message strings.

Every error carries where it happened, what was found, what was expected and what to do.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Where(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The place an error speaks of; only what is known is set.

    ``line`` counts from 1; ``item`` counts from 0 within one record; ``offset`` is Kafka's.
    """

    feed: str | None = None
    location: str | None = None
    line: int | None = None
    item: int | None = None
    field: str | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None

    def __str__(self) -> str:
        parts: list[str] = []
        if self.location is not None:
            parts.append(self.location)
        elif self.feed is not None:
            parts.append(self.feed)
        if self.line is not None:
            parts.append(f"line {self.line}")
        if self.item is not None:
            parts.append(f"item {self.item}")
        if self.field is not None:
            parts.append(f"field {self.field}")
        if self.topic is not None:
            parts.append(f"{self.topic}[{self.partition}]@{self.offset}")
        return ", ".join(parts)


class DatelineError(Exception):
    """Base of all errors that Dateline raises on purpose.

    what: one clause, what is wrong. found, expected, remedy: shown when given.
    """

    #: exit status of the command line when this error ends a command
    exit_status = 1
    #: whether trying the same again later can succeed without anybody changing anything
    retriable = False

    def __init__(
        self,
        what: str,
        *,
        where: Where | None = None,
        found: str | None = None,
        expected: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where or Where()
        self.found = found
        self.expected = expected
        self.remedy = remedy

    def at(self, **place: Any) -> DatelineError:
        """Add to the place (known further out than where it was raised); returns itself."""
        known = {k: v for k, v in msgspec.structs.asdict(self.where).items() if v is not None}
        self.where = Where(**{**place, **known})
        return self

    def __str__(self) -> str:
        place = str(self.where)
        text = f"{place}: {self.what}" if place else self.what
        if self.found is not None:
            text += f"; found {self.found}"
        if self.expected is not None:
            text += f"; expected {self.expected}"
        if self.remedy is not None:
            # What was found may be an error's sentence, full stop and all.
            text = f"{text.removesuffix('.')}. {self.remedy[:1].upper()}{self.remedy[1:]}"
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders (the spaCy pool): keyword arguments must survive.
        told = (self.what, self.where, self.found, self.expected, self.remedy)
        return (_rebuild, (type(self), *told))


def _rebuild(
    kind: type[DatelineError],
    what: str,
    where: Where,
    found: str | None,
    expected: str | None,
    remedy: str | None,
) -> DatelineError:
    return kind(what, where=where, found=found, expected=expected, remedy=remedy)


class InputError(DatelineError):
    """The input is bad: dead letter, name it, go on with the rest."""


class TooManyBad(DatelineError):
    """Nearly all input is bad: the stage stops before it dead-letters the rest; another start
    alone does not help (see `dateline.breaker`)."""

    #: not 1, with which a crash ends too: a supervisor must tell the two apart
    exit_status = 4


class UsageError(DatelineError):
    """The command, a flag or a setting is wrong: nothing was done."""

    exit_status = 2


class Unavailable(DatelineError):
    """A server, a disk or a model is not there now: wait and retry, or end with status 3."""

    exit_status = 3
    retriable = True


class NewerSchema(DatelineError):
    """A record was written by a newer Dateline: stop the stage, never dead-letter it."""

    exit_status = 3


class Defect(DatelineError):
    """An invariant of ours does not hold: crash, lose nothing, let the supervisor restart."""
