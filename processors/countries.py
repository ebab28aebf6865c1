"""Countries by the names that German, English and French wires use: ISO 3166-1 alpha-2 codes.

The gazetteer's data names countries in English only. Short forms and the usual variants are
here; a name that means two things (``Georgia``, a country and a state) is the country.
"""

from __future__ import annotations

from functools import lru_cache

# CODE names, separated by "|", folded when read; a code may have several lines
_NAMES = """
AD Andorra|Andorre
AE Vereinigte Arabische Emirate|VAE|Emirate|United Arab Emirates|UAE|Émirats arabes unis
AF Afghanistan
AG Antigua und Barbuda|Antigua and Barbuda|Antigua-et-Barbuda
AL Albanien|Albania|Albanie
AM Armenien|Armenia|Arménie
AO Angola
AR Argentinien|Argentina|Argentine
AT Österreich|Austria|Autriche
AU Australien|Australia|Australie
AZ Aserbaidschan|Azerbaijan|Azerbaïdjan
BA Bosnien-Herzegowina|Bosnien und Herzegowina|Bosnien|Bosnia|Bosnia and Herzegovina|Bosnie
BA Bosnie-Herzégovine
BB Barbados|Barbade
BD Bangladesch|Bangladesh
BE Belgien|Belgium|Belgique
BF Burkina Faso
BG Bulgarien|Bulgaria|Bulgarie
BH Bahrain|Bahreïn
BI Burundi
BJ Benin|Bénin
BN Brunei
BO Bolivien|Bolivia|Bolivie
BR Brasilien|Brazil|Brésil
BS Bahamas
BT Bhutan|Bhoutan
BW Botsuana|Botswana
BY Belarus|Weißrussland|Biélorussie|Bélarus
BZ Belize
CA Kanada|Canada
CD Demokratische Republik Kongo|DR Kongo|Kongo-Kinshasa|Democratic Republic of Congo
CD Democratic Republic of the Congo|DR Congo|République démocratique du Congo|RDC
CF Zentralafrikanische Republik|Central African Republic|Centrafrique|République centrafricaine
CG Republik Kongo|Republic of the Congo|Congo-Brazzaville|République du Congo
CH Schweiz|Switzerland|Suisse
CI Elfenbeinküste|Ivory Coast|Côte d'Ivoire
CL Chile|Chili
CM Kamerun|Cameroon|Cameroun
CN China|Volksrepublik China|Chine
CO Kolumbien|Colombia|Colombie
CR Costa Rica
CU Kuba|Cuba
CV Kap Verde|Cabo Verde|Cape Verde|Cap-Vert
CY Zypern|Cyprus|Chypre
CZ Tschechien|Tschechische Republik|Czech Republic|Czechia|République tchèque|Tchéquie
DE Deutschland|Bundesrepublik Deutschland|Bundesrepublik|Germany|Allemagne
DJ Dschibuti|Djibouti
DK Dänemark|Denmark|Danemark
DM Dominica|Dominique
DO Dominikanische Republik|Dominican Republic|République dominicaine
DZ Algerien|Algeria|Algérie
EC Ecuador|Équateur
EE Estland|Estonia|Estonie
EG Ägypten|Egypt|Égypte
ER Eritrea|Érythrée
ES Spanien|Spain|Espagne
ET Äthiopien|Ethiopia|Éthiopie
FI Finnland|Finland|Finlande
FJ Fidschi|Fiji|Fidji
FR Frankreich|France
GA Gabun|Gabon
GB Großbritannien|Vereinigtes Königreich|United Kingdom|UK|Britain|Great Britain|Royaume-Uni
GB Grande-Bretagne|England|Angleterre|Schottland|Scotland|Écosse|Wales|Pays de Galles|Nordirland
GB Northern Ireland|Irlande du Nord
GE Georgien|Georgia|Géorgie
GH Ghana
GL Grönland|Greenland|Groenland
GM Gambia|Gambie
GN Guinea|Guinée
GQ Äquatorialguinea|Equatorial Guinea|Guinée équatoriale
GR Griechenland|Greece|Grèce
GT Guatemala
GW Guinea-Bissau|Guinée-Bissau
GY Guyana
HN Honduras
HR Kroatien|Croatia|Croatie
HT Haiti|Haïti
HU Ungarn|Hungary|Hongrie
ID Indonesien|Indonesia|Indonésie
IE Irland|Ireland|Irlande
IL Israel|Israël
IN Indien|India|Inde
IQ Irak|Iraq
IR Iran
IS Island|Iceland|Islande
IT Italien|Italy|Italie
JM Jamaika|Jamaica|Jamaïque
JO Jordanien|Jordan|Jordanie
JP Japan|Japon
KE Kenia|Kenya
KG Kirgistan|Kirgisien|Kyrgyzstan|Kirghizistan
KH Kambodscha|Cambodia|Cambodge
KM Komoren|Comoros|Comores
KP Nordkorea|North Korea|Corée du Nord
KR Südkorea|South Korea|Corée du Sud
KW Kuwait|Koweït
KZ Kasachstan|Kazakhstan
LA Laos
LB Libanon|Lebanon|Liban
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho
LT Litauen|Lithuania|Lituanie
LU Luxemburg|Luxembourg
LV Lettland|Latvia|Lettonie
LY Libyen|Libya|Libye
MA Marokko|Morocco|Maroc
MC Monaco
MD Moldau|Republik Moldau|Moldawien|Moldova|Moldavie
ME Montenegro|Monténégro
MG Madagaskar|Madagascar
MK Nordmazedonien|Mazedonien|North Macedonia|Macedonia|Macédoine du Nord
ML Mali
MM Myanmar|Birma|Burma|Birmanie
MN Mongolei|Mongolia|Mongolie
MR Mauretanien|Mauritania|Mauritanie
MT Malta|Malte
MU Mauritius|Maurice
MV Malediven|Maldives
MW Malawi
MX Mexiko|Mexico|Mexique
MY Malaysia|Malaisie
MZ Mosambik|Mozambique
NA Namibia|Namibie
NE Niger
NG Nigeria|Nigéria
NI Nicaragua
NL Niederlande|Holland|Netherlands|The Netherlands|Pays-Bas
NO Norwegen|Norway|Norvège
NP Nepal|Népal
NZ Neuseeland|New Zealand|Nouvelle-Zélande
OM Oman
PA Panama
PE Peru|Pérou
PG Papua-Neuguinea|Papua New Guinea|Papouasie-Nouvelle-Guinée
PH Philippinen|Philippines
PK Pakistan
PL Polen|Poland|Pologne
PS Palästina|Palästinensische Gebiete|Palästinensergebiete|Palestine|Palestinian Territories
PS Gazastreifen|Gaza-Streifen|Gaza Strip|Bande de Gaza|Westjordanland|West Bank|Cisjordanie
PT Portugal
PY Paraguay
QA Katar|Qatar
RO Rumänien|Romania|Roumanie
RS Serbien|Serbia|Serbie
RU Russland|Russische Föderation|Russia|Russian Federation|Russie
RW Ruanda|Rwanda
SA Saudi-Arabien|Saudi Arabia|Arabie saoudite
SB Salomonen|Solomon Islands|Îles Salomon
SC Seychellen|Seychelles
SD Sudan|Soudan
SE Schweden|Sweden|Suède
SG Singapur|Singapore|Singapour
SI Slowenien|Slovenia|Slovénie
SK Slowakei|Slovakia|Slovaquie
SL Sierra Leone
SM San Marino|Saint-Marin
SN Senegal|Sénégal
SO Somalia|Somalie
SR Suriname|Surinam
SS Südsudan|South Sudan|Soudan du Sud
ST São Tomé und Príncipe|Sao Tome and Principe|Sao Tomé-et-Principe
SV El Salvador|Salvador
SY Syrien|Syria|Syrie
SZ Eswatini|Swasiland|Swaziland
TD Tschad|Chad|Tchad
TG Togo
TH Thailand|Thaïlande
TJ Tadschikistan|Tajikistan|Tadjikistan
TL Osttimor|Timor-Leste|East Timor|Timor oriental
TM Turkmenistan|Turkménistan
TN Tunesien|Tunisia|Tunisie
TO Tonga
TR Türkei|Turkey|Türkiye|Turquie
TT Trinidad und Tobago|Trinidad and Tobago|Trinité-et-Tobago
TW Taiwan|Taïwan
TZ Tansania|Tanzania|Tanzanie
UA Ukraine
UG Uganda|Ouganda
US USA|US|U.S.|Vereinigte Staaten|Vereinigten Staaten|Vereinigte Staaten von Amerika
US United States|United States of America|États-Unis|Etats-Unis
UY Uruguay
UZ Usbekistan|Uzbekistan|Ouzbékistan
VA Vatikan|Vatikanstadt|Vatican|Holy See|Heiliger Stuhl|Saint-Siège
VE Venezuela
VN Vietnam
VU Vanuatu
WS Samoa
XK Kosovo
YE Jemen|Yemen|Yémen
ZA Südafrika|South Africa|Afrique du Sud
ZM Sambia|Zambia|Zambie
ZW Simbabwe|Zimbabwe
"""


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    known: dict[str, str] = {}
    for line in _NAMES.strip().splitlines():
        code, _, names = line.partition(" ")
        for name in names.split("|"):
            # the gazetteer folds spaces and hyphens to one space
            known[name.replace("-", " ").strip(" .'’").casefold()] = code
    return known


#: all codes in the table
CODES = frozenset(line[:2] for line in _NAMES.strip().splitlines())


def by_name(folded: str) -> str | None:
    """The code of a folded name (case, spaces and hyphens as the gazetteer folds them)."""
    return _table().get(folded)
