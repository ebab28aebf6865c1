"""A word is found in its inflections, umlauts and accents either way, in the article's language.

Through the template as it is, on the real server, typed without a field name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec
import pytest

from dateline.article import Article, Provenance
from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.settings import Settings
from dateline.versions import content_hash
from sinks import generations, template
from sinks.search import search
from sinks.writer import Incoming, write

pytestmark = pytest.mark.servers

#: language, what the article says, what is typed
INFLECTIONS: list[tuple[str | None, str, str]] = [
    ("de", "Die Streitkräfte schickten Truppen und Soldaten.", "Truppe"),
    ("de", "Die Streitkräfte schickten Truppen und Soldaten.", "Streitkraft"),
    ("de", "Die Streitkräfte schickten Truppen und Soldaten.", "Soldat"),
    ("de", "Neue Sanktionen gegen die Firmen", "Sanktion"),
    ("de", "Die Anschläge des IS", "IS"),
    ("de", "Gewinne für Die Linke", '"Die Linke"'),
    ("de-AT", "Die Wahlen in den Ländern", "Wahl Land"),
    ("en", "Ministers were meeting in the cities", "minister meet city"),
    ("en", "The IS attacks", "IS attack"),
    ("fr", "Les présidents ont annoncé des élections nationales", "président élection national"),
    ("es", "Los presidentes anunciaron nuevas elecciones", "presidente elección nueva"),
    ("it", "I ministri hanno annunciato nuove elezioni", "ministro elezione"),
    ("nl", "De ministers bezoeken de steden", "minister bezoek"),
    ("sv", "Regeringarna träffade männen", "regering"),
    ("ru", "Президенты обсудили новые санкции", "президент санкция"),
    ("da", "Ministrene mødte regeringerne", "regering"),
    ("nb", "Ministrene møtte regjeringene", "regjering"),
    ("fi", "Kirjoissa ja taloissa", "kirja talo"),
    ("pt", "Os presidentes anunciaram novas eleições", "presidente eleição"),
    ("pt-BR", "Os presidentes anunciaram novas eleições", "presidente eleição"),
    ("cs", "Ministři jednali s prezidenty", "prezident"),
    ("hu", "A miniszterek találkoztak az elnökökkel", "miniszter"),
    ("tr", "Okullar ve şehirlerde", "okul şehir"),
    ("ro", "Președintele a anunțat guvernele", "președinte guvern"),
    ("el", "Οι υπουργοί των κυβερνήσεων", "υπουργός κυβέρνηση"),
    ("ar", "اجتمع الوزراء في المدينة", "مدينة"),
    ("fa", "رئیس جمهور ایران گفت", "ایران"),
    ("hi", "सरकारों ने कहा", "सरकार"),
    ("zh", "中国国家主席习近平访问俄罗斯", "习近平"),
    ("ja", "首相は東京で会見した", "東京"),
    ("ko", "대통령은 서울에서 회견했다", "서울"),
    ("th", "รัฐบาลไทยประกาศมาตรการใหม่", "ประกาศ"),
    ("th", "รัฐบาลไทยประกาศมาตรการใหม่", "รัฐบาล"),
    ("pl", "Rząd ogłosił wybory", "rząd"),
    (None, "Genève accueille la conférence", "geneve"),
]
#: umlauts and accents: written one way, typed the other
ACCENTS: list[tuple[str | None, str, str]] = [
    ("de", "Feuer in Waghäusel", "Waghaeusel"),
    ("de", "Feuer in Waghaeusel", "Waghäusel"),
    ("de", "Feuer in Waghäusel", "Waghausel"),
    ("de", "Die Straßen sind gesperrt", "Strasse"),
    ("de", "Die Strassen sind gesperrt", "Straße"),
    ("fr", "Le président a parlé", "president"),
    ("fr", "Le president a parle", "président parlé"),
    ("fr", "L'été sera chaud à Genève", "ete geneve"),
    ("fr", "L’élection du maire", "election"),
    ("es", "El avión llegó a Málaga", "avion malaga"),
    ("es", "Los aviones en Malaga", "avión Málaga"),
    ("it", "La città è più sicura", "citta piu"),
    ("pt", "A eleição em São Paulo", "eleicao sao paulo"),
    ("pt-BR", "As eleições em São Paulo", "eleicao"),
    ("sv", "Branden i Malmö", "malmo"),
    ("sv", "Bränderna i Malmö", "brander"),
    ("cs", "Prezident v Plzni řekl", "rekl"),
    ("tr", "İstanbul'da şehir", "istanbul sehir"),
    ("en", "The café in Zürich", "cafe zurich"),
    ("en", "The cafe in Zurich", "café Zürich"),
    ("pl", "Łódź i Kraków", "lodz krakow"),
]


@pytest.fixture(scope="module")
def indexed(stack: EmbeddedStack) -> Iterator[Settings]:
    """Every sample as an article of its own."""
    settings = msgspec.structs.replace(
        Settings(), elasticsearch_url=stack.elasticsearch_url, index_prefix="languages-"
    )
    now = dt.datetime.now(dt.UTC)
    with elasticsearch_client(settings) as client:
        generation = generations.ensure(client, settings)
        batch = []
        for number, (language, text, _query) in enumerate(INFLECTIONS + ACCENTS):
            article = Article(
                uri=f"urn:sample:{number}", title=text, body_text=text, language=language
            )
            provenance = Provenance(received=now, content=content_hash(article))
            article = msgspec.structs.replace(article, provenance=provenance)
            batch.append(Incoming(article=article, enriched=0))
        results = write(client, generation.index, batch, lambda _provider: "versioncreated")
        assert {result.outcome for result in results} == {"indexed"}
        client.indices.refresh(index=generation.index)
        yield settings
        client.indices.delete(index=generation.index)


@pytest.mark.parametrize(
    ("number", "language", "text", "query"),
    [(number, *sample) for number, sample in enumerate(INFLECTIONS + ACCENTS)],
)
def test_a_word_is_found(
    indexed: Settings, number: int, language: str | None, text: str, query: str
) -> None:
    with elasticsearch_client(indexed) as client:
        found = search(client, indexed, query, size=100)
    hits = {hit.uri: hit for hit in found.hits}
    assert f"urn:sample:{number}" in hits
    assert hits[f"urn:sample:{number}"].highlights, "found, but nothing to show for it"


def test_each_language_of_the_template_has_an_analyzer_that_the_server_knows(
    indexed: Settings,
) -> None:
    with elasticsearch_client(indexed) as client:
        index = generations.index_of(indexed, 1)
        for language in [*template.ANALYZERS, template.UNDETERMINED]:
            answer = client.indices.analyze(
                index=index, field=f"text.{language}", text="The who IS 2026"
            )
            tokens = [token["token"] for token in answer["tokens"]]
            # No stop words: each of the four is kept, whatever becomes of its ending.
            assert len(tokens) == 4, (language, tokens)
