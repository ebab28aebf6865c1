"""Countries by the names that German, English and French wires use: ISO 3166-1 alpha-2 codes.

The gazetteer's data names countries in English only. Short forms and the usual variants are
here, and so is what German makes of them (``in den Niederlanden``). A name that means another
thing as often is not: ``Moldau`` is a river, ``Grenade`` a city. Below are the parts of countries
that wires put beside a city: ``PARIS, Texas``, ``LONDON, Ontario``.
"""

from __future__ import annotations

from functools import lru_cache

# CODE names, separated by "|", folded when read; a code may have several lines
COUNTRIES = """
AD Andorra|Andorre
AE Vereinigte Arabische Emirate|VAE|Emirate|United Arab Emirates|UAE|Émirats arabes unis
AE Vereinigten Arabischen Emirate|Vereinigten Arabischen Emiraten|Emiraten
AF Afghanistan
AG Antigua und Barbuda|Antigua and Barbuda|Antigua-et-Barbuda
AL Albanien|Albania|Albanie
AM Armenien|Armenia|Arménie
AO Angola
AR Argentinien|Argentina|Argentine
AT Österreich|Austria|Autriche
AU Australien|Australia|Australie
AW Aruba
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
BM Bermuda|Bermudas|Bermudes
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
CD Demokratischen Republik Kongo
CF Zentralafrikanische Republik|Central African Republic|Centrafrique|République centrafricaine
CF Zentralafrikanischen Republik
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
CW Curaçao
CY Zypern|Cyprus|Chypre
CZ Tschechien|Tschechische Republik|Czech Republic|Czechia|République tchèque|Tchéquie
CZ Tschechischen Republik
DE Deutschland|Bundesrepublik Deutschland|Bundesrepublik|Germany|Allemagne
DJ Dschibuti|Djibouti
DK Dänemark|Denmark|Danemark
DM Dominica|Dominique
DO Dominikanische Republik|Dominican Republic|République dominicaine
DO Dominikanischen Republik
DZ Algerien|Algeria|Algérie
EC Ecuador|Équateur
EE Estland|Estonia|Estonie
EG Ägypten|Egypt|Égypte
ER Eritrea|Érythrée
ES Spanien|Spain|Espagne
ET Äthiopien|Ethiopia|Éthiopie
FI Finnland|Finland|Finlande
FJ Fidschi|Fiji|Fidji
FM Mikronesien|Micronesia|Micronésie
FO Färöer|Faroe Islands|Îles Féroé
FR Frankreich|France
GA Gabun|Gabon
GB Großbritannien|Vereinigtes Königreich|United Kingdom|UK|Britain|Great Britain|Royaume-Uni
GB Grande-Bretagne|England|Angleterre|Schottland|Scotland|Écosse|Wales|Pays de Galles|Nordirland
GB Northern Ireland|Irlande du Nord
GB Vereinigten Königreich
GD Grenada
GE Georgien|Georgia|Géorgie
GF Französisch-Guayana|French Guiana|Guyane
GH Ghana
GL Grönland|Greenland|Groenland
GM Gambia|Gambie
GN Guinea|Guinée
GP Guadeloupe
GQ Äquatorialguinea|Equatorial Guinea|Guinée équatoriale
GR Griechenland|Greece|Grèce
GT Guatemala
GU Guam
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
KI Kiribati
KM Komoren|Comoros|Comores
KN St. Kitts und Nevis|Saint Kitts and Nevis|St. Kitts and Nevis|Saint-Kitts-et-Nevis
KP Nordkorea|North Korea|Corée du Nord
KR Südkorea|South Korea|Corée du Sud
KW Kuwait|Koweït
KY Kaimaninseln|Cayman Islands|Îles Caïmans
KZ Kasachstan|Kazakhstan
LA Laos
LB Libanon|Lebanon|Liban
LC St. Lucia|Saint Lucia|Sainte-Lucie
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
MD Republik Moldau|Moldawien|Moldova|Moldavie
ME Montenegro|Monténégro
MG Madagaskar|Madagascar
MH Marshallinseln|Marshall Islands|Îles Marshall
MK Nordmazedonien|Mazedonien|North Macedonia|Macedonia|Macédoine du Nord
ML Mali
MM Myanmar|Birma|Burma|Birmanie
MN Mongolei|Mongolia|Mongolie
MQ Martinique
MR Mauretanien|Mauritania|Mauritanie
MT Malta|Malte
MU Mauritius|Maurice
MV Malediven|Maldives
MW Malawi
MX Mexiko|Mexico|Mexique
MY Malaysia|Malaisie
MZ Mosambik|Mozambique
NA Namibia|Namibie
NC Neukaledonien|New Caledonia|Nouvelle-Calédonie
NE Niger
NG Nigeria|Nigéria
NI Nicaragua
NL Niederlande|Holland|Netherlands|The Netherlands|Pays-Bas
NL Niederlanden
NO Norwegen|Norway|Norvège
NP Nepal|Népal
NR Nauru
NZ Neuseeland|New Zealand|Nouvelle-Zélande
OM Oman
PA Panama
PE Peru|Pérou
PF Französisch-Polynesien|French Polynesia|Polynésie française
PG Papua-Neuguinea|Papua New Guinea|Papouasie-Nouvelle-Guinée
PH Philippinen|Philippines
PK Pakistan
PL Polen|Poland|Pologne
PR Puerto Rico|Porto Rico
PS Palästina|Palästinensische Gebiete|Palästinensergebiete|Palestine|Palestinian Territories
PS Gazastreifen|Gaza-Streifen|Gaza Strip|Bande de Gaza|Westjordanland|West Bank|Cisjordanie
PS Palästinensischen Gebieten|Palästinensergebieten
PT Portugal
PW Palau
PY Paraguay
QA Katar|Qatar
RE Réunion|La Réunion
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
TV Tuvalu
TW Taiwan|Taïwan
TZ Tansania|Tanzania|Tanzanie
UA Ukraine
UG Uganda|Ouganda
US USA|US|U.S.|Vereinigte Staaten|Vereinigten Staaten|Vereinigte Staaten von Amerika
US United States|United States of America|États-Unis|Etats-Unis
UY Uruguay
UZ Usbekistan|Uzbekistan|Ouzbékistan
VA Vatikan|Vatikanstadt|Vatican|Holy See|Heiliger Stuhl|Saint-Siège
VC St. Vincent und die Grenadinen|Saint Vincent and the Grenadines
VE Venezuela
VN Vietnam
VU Vanuatu
WS Samoa
XK Kosovo
YE Jemen|Yemen|Yémen
YT Mayotte
ZA Südafrika|South Africa|Afrique du Sud
ZM Sambia|Zambia|Zambie
ZW Simbabwe|Zimbabwe
"""


# COUNTRY ADMIN-CODE names: GeoNames' first-order divisions, with the abbreviations of the AP and
# CP style books. A US code is the postal one, which some feeds use by itself.
REGIONS = """
AU 01 Australian Capital Territory|ACT
AU 02 New South Wales|NSW|Neusüdwales|Nouvelle-Galles du Sud
AU 03 Northern Territory
AU 04 Queensland
AU 05 South Australia|Südaustralien
AU 06 Tasmania|Tasmanien|Tasmanie
AU 07 Victoria
AU 08 Western Australia|Westaustralien
CA 01 Alberta|Alta.
CA 02 British Columbia|B.C.|Colombie-Britannique
CA 03 Manitoba|Man.
CA 04 New Brunswick|N.B.|Nouveau-Brunswick
CA 05 Newfoundland|Newfoundland and Labrador|N.L.|Neufundland|Terre-Neuve
CA 07 Nova Scotia|N.S.|Nouvelle-Écosse
CA 08 Ontario|Ont.
CA 09 Prince Edward Island|P.E.I.
CA 10 Quebec|Québec|Que.
CA 11 Saskatchewan|Sask.
CA 12 Yukon
CA 13 Northwest Territories|N.W.T.
CA 14 Nunavut
DE 01 Baden-Württemberg
DE 02 Bayern|Bavaria|Bavière
DE 05 Hessen|Hesse
DE 06 Niedersachsen|Lower Saxony|Basse-Saxe
DE 07 Nordrhein-Westfalen|North Rhine-Westphalia|Rhénanie-du-Nord-Westphalie
DE 08 Rheinland-Pfalz|Rhineland-Palatinate|Rhénanie-Palatinat
DE 09 Saarland|Sarre
DE 10 Schleswig-Holstein
DE 11 Brandenburg|Brandebourg
DE 12 Mecklenburg-Vorpommern
DE 13 Sachsen|Saxony|Saxe
DE 14 Sachsen-Anhalt|Saxony-Anhalt|Saxe-Anhalt
DE 15 Thüringen|Thuringia|Thuringe
US AK Alaska
US AL Alabama|Ala.
US AR Arkansas|Ark.
US AZ Arizona|Ariz.
US CA California|Calif.|Kalifornien|Californie
US CO Colorado|Colo.
US CT Connecticut|Conn.
US DC District of Columbia|D.C.
US DE Delaware|Del.
US FL Florida|Fla.|Floride
US GA Georgia|Ga.|Géorgie
US HI Hawaii
US IA Iowa
US ID Idaho
US IL Illinois|Ill.
US IN Indiana|Ind.
US KS Kansas|Kan.
US KY Kentucky|Ky.
US LA Louisiana|La.|Louisiane
US MA Massachusetts|Mass.
US MD Maryland|Md.
US ME Maine
US MI Michigan|Mich.
US MN Minnesota|Minn.
US MO Missouri|Mo.
US MS Mississippi|Miss.
US MT Montana|Mont.
US NC North Carolina|N.C.|Caroline du Nord
US ND North Dakota|N.D.|Dakota du Nord
US NE Nebraska|Neb.
US NH New Hampshire|N.H.
US NJ New Jersey|N.J.
US NM New Mexico|N.M.|Nouveau-Mexique
US NV Nevada|Nev.
US NY New York|N.Y.
US OH Ohio
US OK Oklahoma|Okla.
US OR Oregon|Ore.
US PA Pennsylvania|Pa.|Pennsylvanien|Pennsylvanie
US RI Rhode Island|R.I.
US SC South Carolina|S.C.|Caroline du Sud
US SD South Dakota|S.D.|Dakota du Sud
US TN Tennessee|Tenn.
US TX Texas|Tex.
US UT Utah
US VA Virginia|Va.|Virginie
US VT Vermont|Vt.
US WA Washington|Wash.
US WI Wisconsin|Wis.
US WV West Virginia|W.Va.|Virginie-Occidentale
US WY Wyoming|Wyo.
"""


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    known: dict[str, str] = {}
    for line in COUNTRIES.strip().splitlines():
        code, _, names = line.partition(" ")
        known |= dict.fromkeys(map(_folded, names.split("|")), code)
    return known


@lru_cache(maxsize=1)
def _regions() -> dict[str, tuple[str, str]]:
    known: dict[str, tuple[str, str]] = {}
    for line in REGIONS.strip().splitlines():
        country, admin, names = line.split(" ", 2)
        known |= dict.fromkeys(map(_folded, names.split("|")), (country, admin))
        if country == "US":
            known[admin] = (country, admin)
    return known


def _folded(name: str) -> str:
    # as the gazetteer folds: spaces and hyphens to one space
    return name.replace("-", " ").strip(" .'’").casefold()


def by_name(folded: str) -> str | None:
    """The code of a folded name (case, spaces and hyphens as the gazetteer folds them)."""
    return _countries().get(folded)


def regions(name: str, folded: str) -> list[tuple[str, str | None]]:
    """(country, admin code) of all that a name beside a city may mean: ``Georgia`` is two. Of a
    whole country the admin code is None. A postal code counts in capitals only."""
    meant: list[tuple[str, str | None]] = []
    if code := by_name(folded):
        meant.append((code, None))
    if region := _regions().get(folded) or _regions().get(name):
        meant.append(region)
    return meant
