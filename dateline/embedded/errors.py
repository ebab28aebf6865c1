"""What can go wrong with the embedded servers: always the surroundings, never the input."""

from __future__ import annotations

from dateline.errors import Unavailable


class EmbeddedError(Unavailable):
    """The embedded servers cannot be had."""

    def as_json(self) -> dict[str, str | None]:
        """The four fields, for another process to raise the same error."""
        return {
            "what": self.what,
            "found": self.found,
            "expected": self.expected,
            "remedy": self.remedy,
        }

    @classmethod
    def from_json(cls, fields: dict[str, str | None]) -> EmbeddedError:
        """The error that ``as_json`` described; of which kind it was is not told."""
        return cls(
            fields.get("what") or "the embedded servers did not start",
            found=fields.get("found"),
            expected=fields.get("expected"),
            remedy=fields.get("remedy"),
        )


class DataDirInUse(EmbeddedError):
    """Another live process runs its servers on the same data folder."""


class PortTaken(EmbeddedError):
    """A port that was asked for by number belongs to somebody else."""


class FetchError(EmbeddedError):
    """A jar is neither in the cache nor to be had from the repository."""


class JavaMissing(EmbeddedError):
    """No Java runtime of a sufficient version on this machine."""


class ServerDied(EmbeddedError):
    """A server ended by itself; ``found`` has the last lines of its log."""
