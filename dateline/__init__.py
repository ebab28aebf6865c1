"""Dateline: from the news wire to the search box in seconds."""

__version__ = "0.1.0"
