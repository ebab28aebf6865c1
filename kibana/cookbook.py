"""Twelve queries for editors, in both of Kibana's syntaxes: the same question, the same articles.

docs/kibana.md shows them, `dateline kibana check` runs each of them in both syntaxes.
"""

from __future__ import annotations

import msgspec

from kibana.data_views import ARTICLES, LEDGER


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """One question. view: the data view that it is put to."""

    name: str
    question: str
    frage: str
    lucene: str
    kql: str
    view: str = ARTICLES


RECIPES = (
    Recipe(
        name="both-words",
        question="Both words, anywhere, in any inflection",
        frage="Beide Wörter, irgendwo, in jeder Beugung",
        lucene="Truppe Grenze",
        kql="Truppe and Grenze",
    ),
    Recipe(
        name="either-word",
        question="One word or the other",
        frage="Das eine Wort oder das andere",
        lucene="Hochwasser OR Dürre",
        kql="Hochwasser or Dürre",
    ),
    Recipe(
        name="phrase",
        question="These words in this order, small ones too",
        frage="Diese Wörter in dieser Folge, auch kleine",
        lucene='"Die Linke"',
        kql='"Die Linke"',
    ),
    Recipe(
        name="person-by-part",
        question="A person, by a part of the name",
        frage="Eine Person, nach einem Teil des Namens",
        lucene="person.name:Steiner",
        kql="person.name: Steiner",
    ),
    Recipe(
        name="person-exact",
        question="One person, however articles write the name",
        frage="Eine Person, wie auch immer Meldungen sie schreiben",
        lucene='person.canonical.keyword:"Mara Steiner"',
        kql='person.canonical.keyword: "Mara Steiner"',
    ),
    Recipe(
        name="urgent-from-agency",
        question="What one agency sends with urgency 1 to 3",
        frage="Was eine Agentur mit Priorität 1 bis 3 sendet",
        lucene="provider:nordpress urgency:[1 TO 3]",
        kql="provider: nordpress and urgency <= 3",
    ),
    Recipe(
        name="dateline-without",
        question="From one city, but not from one agency",
        frage="Aus einer Stadt, aber nicht von einer Agentur",
        lucene="dateline.city:Genf NOT provider:meridian",
        kql="dateline.city: Genf and not provider: meridian",
    ),
    Recipe(
        name="beginning",
        question="Words that begin so, in the title",
        frage="Wörter, die so beginnen, im Titel",
        lucene="title:Stahl*",
        kql="title: Stahl*",
    ),
    Recipe(
        name="last-day",
        question="About a place, of the last 24 hours",
        frage="Über einen Ort, aus den letzten 24 Stunden",
        lucene="place.name:Oslo @timestamp:[now-24h TO now]",
        kql="place.name: Oslo and @timestamp >= now-24h and @timestamp <= now",
    ),
    Recipe(
        name="had-embargo",
        question="What had an embargo",
        frage="Was eine Sperrfrist hatte",
        lucene="_exists_:embargoed",
        kql="embargoed: *",
    ),
    Recipe(
        name="subject-and-language",
        question="A subject by its code, in German of any country",
        frage="Ein Thema nach seinem Code, auf Deutsch aus jedem Land",
        lucene='subject.qcode:"medtop:15000000" language:de*',
        kql='subject.qcode: "medtop:15000000" and language: de*',
    ),
    Recipe(
        name="corrections",
        question="Every version that corrected or took back (in the ledger)",
        frage="Jede Fassung, die berichtigte oder zurückzog (im Eingangsbuch)",
        lucene="update_kind:(correction OR kill) OR pubstatus:canceled",
        kql="update_kind: (correction or kill) or pubstatus: canceled",
        view=LEDGER,
    ),
)
