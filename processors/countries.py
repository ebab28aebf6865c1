"""Countries and other large places by the names that German, English and French wires use.

The gazetteer's data names countries in English only, and nothing else that is no city. Here are
countries (ISO 3166-1 alpha-2 codes), their parts that wires put beside a city or name by
themselves (``PARIS, Texas``, ``Bayern``), adjectives and peoples, which tell of a country and are
no places, and what lies in no one country or is water (``Afrika``, ``Rhein``), which a town may
be called, too.

The first three names of a line are the canonical ones in German, English and French, an empty one
is the German; further names are only read. A later line with three empty names goes on with
further names. What has several meanings stands in several lines: ``Georgia``, ``Kongo``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from processors import folding

Language = Literal["de", "en", "fr"]
#: in the tables' order
LANGUAGES: tuple[Language, ...] = ("de", "en", "fr")

# CODE names
COUNTRIES = """
AD Andorra||Andorre
AE Vereinigte Arabische Emirate|United Arab Emirates|Émirats arabes unis|VAE|UAE|U.A.E.|Emirate
AE |||Emiraten
AE |||Vereinigten Arabischen Emirate|Vereinigten Arabischen Emiraten|Emirates|Émirats
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
BA Bosnien-Herzegowina|Bosnia and Herzegovina|Bosnie-Herzégovine|Bosnien und Herzegowina|Bosnien
BA |||Bosnia|Bosnie
BB Barbados||Barbade
BD Bangladesch|Bangladesh|Bangladesh
BE Belgien|Belgium|Belgique
BF Burkina Faso
BG Bulgarien|Bulgaria|Bulgarie
BH Bahrain||Bahreïn
BI Burundi
BJ Benin||Bénin
BM Bermuda||Bermudes|Bermudas
BN Brunei
BO Bolivien|Bolivia|Bolivie
BR Brasilien|Brazil|Brésil
BS Bahamas
BT Bhutan||Bhoutan
BW Botsuana|Botswana|Botswana
BY Belarus||Biélorussie|Weißrussland|Bélarus
BZ Belize
CA Kanada|Canada|Canada
CD DR Kongo|DR Congo|RD Congo|Demokratische Republik Kongo|Kongo-Kinshasa|Congo-Kinshasa|RDC
CD |||Democratic Republic of Congo|Democratic Republic of the Congo|Demokratischen Republik Kongo
CD |||République démocratique du Congo|Kongo|Congo
CF Zentralafrikanische Republik|Central African Republic|République centrafricaine|Centrafrique
CF |||Zentralafrikanischen Republik
CG Republik Kongo|Republic of the Congo|Congo-Brazzaville|République du Congo|Kongo-Brazzaville
CG |||Congo
CH Schweiz|Switzerland|Suisse
CI Elfenbeinküste|Ivory Coast|Côte d'Ivoire
CL Chile||Chili
CM Kamerun|Cameroon|Cameroun
CN China||Chine|Volksrepublik China
CO Kolumbien|Colombia|Colombie
CR Costa Rica
CU Kuba|Cuba|Cuba
CV Kap Verde|Cape Verde|Cap-Vert|Cabo Verde
CW Curaçao
CY Zypern|Cyprus|Chypre
CZ Tschechien|Czech Republic|République tchèque|Tschechische Republik|Tschechischen Republik
CZ |||Czechia|Tchéquie
DE Deutschland|Germany|Allemagne|Bundesrepublik|Bundesrepublik Deutschland
DJ Dschibuti|Djibouti|Djibouti
DK Dänemark|Denmark|Danemark
DM Dominica||La Dominique
DO Dominikanische Republik|Dominican Republic|République dominicaine|Dominikanischen Republik
DZ Algerien|Algeria|Algérie
EC Ecuador||Équateur
EE Estland|Estonia|Estonie
EG Ägypten|Egypt|Égypte
ER Eritrea||Érythrée
ES Spanien|Spain|Espagne
ET Äthiopien|Ethiopia|Éthiopie
FI Finnland|Finland|Finlande
FJ Fidschi|Fiji|Fidji
FM Mikronesien|Micronesia|Micronésie
FK Falklandinseln|Falkland Islands|Îles Malouines|Falklands|Malouines|Falkland-Inseln
FO Färöer|Faroe Islands|Îles Féroé
FR Frankreich|France|France
GA Gabun|Gabon|Gabon
GB Großbritannien|United Kingdom|Royaume-Uni|Vereinigtes Königreich
GB |||Vereinigten Königreich|Vereinigte Königreich|UK|U.K.|Britain|Great Britain|Grande-Bretagne
GD Grenada||La Grenade
GE Georgien|Georgia|Géorgie
GF Französisch-Guayana|French Guiana|Guyane|Guyane française
GG Guernsey||Guernesey
GH Ghana
GI Gibraltar
GL Grönland|Greenland|Groenland
GM Gambia||Gambie
GN Guinea||Guinée
GP Guadeloupe
GQ Äquatorialguinea|Equatorial Guinea|Guinée équatoriale
GR Griechenland|Greece|Grèce
GT Guatemala
GU Guam
GW Guinea-Bissau||Guinée-Bissau
GY Guyana
HN Honduras
HR Kroatien|Croatia|Croatie
HT Haiti||Haïti
HU Ungarn|Hungary|Hongrie
ID Indonesien|Indonesia|Indonésie
IE Irland|Ireland|Irlande
IL Israel||Israël
IM Isle of Man||Île de Man|Insel Man
IN Indien|India|Inde
IQ Irak|Iraq
IR Iran
IS Island|Iceland|Islande
IT Italien|Italy|Italie
JE Jersey
JM Jamaika|Jamaica|Jamaïque
JO Jordanien|Jordan|Jordanie
JP Japan||Japon
KE Kenia|Kenya|Kenya
KG Kirgistan|Kyrgyzstan|Kirghizistan|Kirgisistan|Kirgisien|Kirghizstan
KH Kambodscha|Cambodia|Cambodge
KI Kiribati
KM Komoren|Comoros|Comores
KN St. Kitts und Nevis|St. Kitts and Nevis|Saint-Kitts-et-Nevis|Saint Kitts and Nevis
KP Nordkorea|North Korea|Corée du Nord|DPRK
KR Südkorea|South Korea|Corée du Sud
KW Kuwait||Koweït
KY Kaimaninseln|Cayman Islands|Îles Caïmans
KZ Kasachstan|Kazakhstan|Kazakhstan
LA Laos
LB Libanon|Lebanon|Liban
LC St. Lucia||Sainte-Lucie|Saint Lucia
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho
LT Litauen|Lithuania|Lituanie
LU Luxemburg|Luxembourg|Luxembourg
LV Lettland|Latvia|Lettonie
LY Libyen|Libya|Libye
MA Marokko|Morocco|Maroc
MC Monaco
MD Moldau|Moldova|Moldavie|Republik Moldau|Moldawien
ME Montenegro||Monténégro
MG Madagaskar|Madagascar|Madagascar
MH Marshallinseln|Marshall Islands|Îles Marshall
MK Nordmazedonien|North Macedonia|Macédoine du Nord|Mazedonien
ML Mali
MM Myanmar||Birmanie|Birma|Burma
MN Mongolei|Mongolia|Mongolie
MQ Martinique
MR Mauretanien|Mauritania|Mauritanie
MT Malta||Malte
MU Mauritius||Île Maurice
MV Malediven|Maldives|Maldives
MW Malawi
MX Mexiko|Mexico|Mexique
MY Malaysia||Malaisie
MZ Mosambik|Mozambique|Mozambique
NA Namibia||Namibie
NC Neukaledonien|New Caledonia|Nouvelle-Calédonie
NE Niger
NG Nigeria|||Nigéria
NI Nicaragua
NL Niederlande|Netherlands|Pays-Bas|Niederlanden|Holland|The Netherlands
NO Norwegen|Norway|Norvège
NP Nepal||Népal
NR Nauru
NZ Neuseeland|New Zealand|Nouvelle-Zélande
OM Oman
PA Panama
PE Peru||Pérou
PF Französisch-Polynesien|French Polynesia|Polynésie française
PG Papua-Neuguinea|Papua New Guinea|Papouasie-Nouvelle-Guinée
PH Philippinen|Philippines|Philippines
PK Pakistan
PL Polen|Poland|Pologne
PR Puerto Rico||Porto Rico
PS Palästinensische Gebiete|Palestinian Territories|Territoires palestiniens|Palästina|Palestine
PS |||Palästinensergebiete|Palästinensischen Gebieten|Palästinensergebieten
PT Portugal
PW Palau||Palaos
PY Paraguay
QA Katar|Qatar|Qatar
RE Réunion||La Réunion
RO Rumänien|Romania|Roumanie
RS Serbien|Serbia|Serbie
RU Russland|Russia|Russie|Russische Föderation|Russian Federation
RW Ruanda|Rwanda|Rwanda
SA Saudi-Arabien|Saudi Arabia|Arabie saoudite
SB Salomonen|Solomon Islands|Îles Salomon
SC Seychellen|Seychelles|Seychelles
SD Sudan||Soudan
SE Schweden|Sweden|Suède
SG Singapur|Singapore|Singapour
SI Slowenien|Slovenia|Slovénie
SK Slowakei|Slovakia|Slovaquie
SL Sierra Leone
SM San Marino||Saint-Marin
SN Senegal||Sénégal
SO Somalia||Somalie
SR Suriname|||Surinam
SS Südsudan|South Sudan|Soudan du Sud
ST São Tomé und Príncipe|Sao Tome and Principe|Sao Tomé-et-Principe
SV El Salvador||Salvador
SY Syrien|Syria|Syrie
SZ Eswatini|||Swasiland|Swaziland
TD Tschad|Chad|Tchad
TG Togo
TH Thailand||Thaïlande
TJ Tadschikistan|Tajikistan|Tadjikistan
TL Osttimor|East Timor|Timor oriental|Timor-Leste
TM Turkmenistan||Turkménistan
TN Tunesien|Tunisia|Tunisie
TO Tonga
TR Türkei|Turkey|Turquie|Türkiye
TT Trinidad und Tobago|Trinidad and Tobago|Trinité-et-Tobago|Trinidad
TV Tuvalu
TW Taiwan||Taïwan
TZ Tansania|Tanzania|Tanzanie
UA Ukraine
UG Uganda||Ouganda
US USA|United States|États-Unis|US|U.S.|U.S.A.|Vereinigte Staaten|Vereinigten Staaten
US |||Vereinigte Staaten von Amerika|Vereinigten Staaten von Amerika|United States of America|EEUU
UY Uruguay
UZ Usbekistan|Uzbekistan|Ouzbékistan
VA Vatikan|Vatican|Vatican|Heiliger Stuhl|Holy See|Saint-Siège
VC St. Vincent und die Grenadinen|Saint Vincent and the Grenadines|Saint-Vincent-et-les-Grenadines
VE Venezuela
VN Vietnam||Viêt Nam
VU Vanuatu
WS Samoa
XK Kosovo
YE Jemen|Yemen|Yémen
YT Mayotte
ZA Südafrika|South Africa|Afrique du Sud
ZM Sambia|Zambia|Zambie
ZW Simbabwe|Zimbabwe|Zimbabwe
"""


# COUNTRY ADMIN-CODE names: GeoNames' first-order divisions ("-": none of them, or several), with
# the abbreviations of the AP and CP style books. A US code is the postal one, which some feeds use
# by itself.
REGIONS = """
AF - Helmand
AT 01 Burgenland
AT 02 Kärnten|Carinthia|Carinthie
AT 03 Niederösterreich|Lower Austria|Basse-Autriche
AT 04 Oberösterreich|Upper Austria|Haute-Autriche
AT 06 Steiermark|Styria|Styrie
AT 07 Tirol|Tyrol|Tyrol
AT 08 Vorarlberg
AU 01 Australian Capital Territory|||ACT
AU 02 New South Wales||Nouvelle-Galles du Sud|NSW|N.S.W.|Neusüdwales
AU 03 Northern Territory||Territoire du Nord
AU 04 Queensland
AU 05 Südaustralien|South Australia|Australie-Méridionale
AU 06 Tasmanien|Tasmania|Tasmanie
AU 07 Victoria
AU 08 Westaustralien|Western Australia|Australie-Occidentale
BA - Republika Srpska
BE VLG Flandern|Flanders|Flandre
BE WAL Wallonie|Wallonia|Wallonie|Wallonien
BR 05 Bahia
BR - Amazonas
CA 01 Alberta|||Alta.
CA 02 British Columbia||Colombie-Britannique|B.C.
CA 03 Manitoba|||Man.
CA 04 New Brunswick||Nouveau-Brunswick|N.B.
CA 05 Neufundland|Newfoundland and Labrador|Terre-Neuve-et-Labrador|Newfoundland|N.L.|Terre-Neuve
CA 07 Nova Scotia||Nouvelle-Écosse|N.S.
CA 08 Ontario|||Ont.
CA 09 Prince Edward Island||Île-du-Prince-Édouard|P.E.I.
CA 10 Québec|Quebec|Québec|Que.
CA 11 Saskatchewan|||Sask.
CA 12 Yukon
CA 13 Northwest Territories||Territoires du Nord-Ouest|N.W.T.
CA 14 Nunavut
CD 11 Nord-Kivu|North Kivu|Nord-Kivu
CD - Süd-Kivu|South Kivu|Sud-Kivu
CH - Graubünden||Grisons
CH TI Tessin|Ticino|Tessin
CH VD Waadt|Vaud|Vaud
CH VS Wallis|Valais|Valais
CH AG Aargau||Argovie
CN 12 Hubei
CN 13 Xinjiang|||Sinkiang
CN 14 Tibet
CN 20 Innere Mongolei|Inner Mongolia|Mongolie intérieure|Inneren Mongolei
CN 29 Yunnan
CN 30 Guangdong
CN 32 Sichuan|||Szechuan
CN - Fujian
CN - Hunan
CN - Zhejiang
CN - Jiangsu
CN - Shandong
CY - Nordzypern|Northern Cyprus|Chypre du Nord
DE 01 Baden-Württemberg||Bade-Wurtemberg
DE 02 Bayern|Bavaria|Bavière
DE 05 Hessen|Hesse|Hesse
DE 06 Niedersachsen|Lower Saxony|Basse-Saxe
DE 07 Nordrhein-Westfalen|North Rhine-Westphalia|Rhénanie-du-Nord-Westphalie|NRW
DE 08 Rheinland-Pfalz|Rhineland-Palatinate|Rhénanie-Palatinat
DE 09 Saarland||Sarre
DE 10 Schleswig-Holstein
DE 11 Brandenburg||Brandebourg
DE 12 Mecklenburg-Vorpommern||Mecklembourg-Poméranie-Occidentale
DE 13 Sachsen|Saxony|Saxe
DE 14 Sachsen-Anhalt|Saxony-Anhalt|Saxe-Anhalt
DE 15 Thüringen|Thuringia|Thuringe
DE - Ostfriesland|East Frisia|Frise orientale
DE - Nordfriesland|North Frisia|Frise du Nord
DE - Franken|Franconia|Franconie
DE - Westfalen|Westphalia|Westphalie
DE - Ruhrgebiet|Ruhr|Ruhr
DE - Rügen
DE - Sylt
EG - Sinai||Sinaï
ES 07 Balearen|Balearic Islands|Baléares
ES 51 Andalusien|Andalusia|Andalousie
ES 53 Kanaren|Canary Islands|Canaries|Kanarische Inseln|Kanarischen Inseln
ES 56 Katalonien|Catalonia|Catalogne
ES 58 Galicien|Galicia|Galice
ES 59 Baskenland|Basque Country|Pays basque
ES - Mallorca||Majorque
ES - Ibiza
ES - Teneriffa|Tenerife|Ténérife
ES - Gran Canaria||Grande Canarie
ES - La Palma
ET 53 Tigray|||Tigré
FR 11 Île-de-France
FR 28 Normandie|Normandy|Normandie
FR 44 Grand Est
FR 53 Bretagne|Brittany|Bretagne
FR 84 Auvergne-Rhône-Alpes
FR 93 Provence-Alpes-Côte d'Azur
FR - Provence
FR 94 Korsika|Corsica|Corse
FR - Elsass|Alsace|Alsace
FR - Lothringen|Lorraine|Lorraine
FR - Burgund|Burgundy|Bourgogne
FR - Savoyen|Savoy|Savoie
GB ENG England||Angleterre
GB NIR Nordirland|Northern Ireland|Irlande du Nord
GB SCT Schottland|Scotland|Écosse
GB WLS Wales||Pays de Galles
GE - Abchasien|Abkhazia|Abkhazie
GE - Südossetien|South Ossetia|Ossétie du Sud
GR - Kreta|Crete|Crète
GR - Lesbos
GR - Rhodos|Rhodes|Rhodes
GR - Korfu|Corfu|Corfou
ID 01 Aceh
ID - Sumatra
ID - Java
ID - Sulawesi|||Celebes
ID - Bali
IN 12 Kaschmir|Kashmir|Cachemire|Jammu and Kashmir
PK - Kaschmir|Kashmir|Cachemire
IN 16 Maharashtra
IN 23 Punjab||Pendjab
PK 04 Punjab||Pendjab
IN 13 Kerala
IN 09 Gujarat
IN 34 Bihar
IN 36 Uttar Pradesh
IN - Assam
IN - Goa
IN - Manipur
IN 28 West Bengal||Bengale-Occidental|Westbengalen
IN 25 Tamil Nadu
IQ - Kurdistan|||Irakisch-Kurdistan
IR - Kurdistan
TR - Kurdistan
IT 04 Kampanien|Campania|Campanie
IT 08 Ligurien|Liguria|Ligurie
IT 09 Lombardei|Lombardy|Lombardie
IT 12 Piemont|Piedmont|Piémont
IT 13 Apulien|Apulia|Pouilles
IT 14 Sardinien|Sardinia|Sardaigne
IT 15 Sizilien|Sicily|Sicile
IT 16 Toskana|Tuscany|Toscane
IT 17 Südtirol|South Tyrol|Tyrol du Sud
IT 18 Umbrien|Umbria|Ombrie
IT 20 Venetien|Veneto|Vénétie
IT 03 Kalabrien|Calabria|Calabre
IT - Lampedusa
JP - Okinawa
JP - Hokkaido
KZ - Mangystau
MD - Transnistrien|Transnistria|Transnistrie
MX - Chiapas
MX - Sinaloa
MX - Yucatán
MM 01 Rakhine
NL - Friesland
NG 27 Borno
NO - Spitzbergen|Svalbard|Svalbard
PK 02 Belutschistan|Balochistan|Baloutchistan|Baluchistan
PK 03 Khyber Pakhtunkhwa||Khyber-Pakhtunkhwa
PK 05 Sindh
PL 83 Schlesien|Silesia|Silésie
PS GZ Gazastreifen|Gaza Strip|bande de Gaza|Gaza
PS WE Westjordanland|West Bank|Cisjordanie
PT - Madeira||Madère
PT - Azoren|Azores|Açores
RO - Siebenbürgen|Transylvania|Transylvanie
RS - Vojvodina||Voïvodine
RU 12 Tschetschenien|Chechnya|Tchétchénie
RU 17 Dagestan||Daguestan
RU 73 Tatarstan
RU - Inguschetien|Ingushetia|Ingouchie
RU - Nordossetien|North Ossetia|Ossétie du Nord
RU - Sibirien|Siberia|Sibérie
RU - Kamtschatka|Kamchatka|Kamtchatka
RU - Jakutien|Yakutia|Iakoutie
RU - Baschkortostan|Bashkortostan|Bachkirie
SD - Darfur||Darfour
SO - Somaliland
SO - Puntland
TZ - Sansibar|Zanzibar|Zanzibar
UA - Krim|Crimea|Crimée
UA - Donbass|Donbas|Donbass
UA - Galizien|Galicia|Galicie
US AK Alaska
US AL Alabama|||Ala.
US AR Arkansas|||Ark.
US AZ Arizona|||Ariz.
US CA Kalifornien|California|Californie|Calif.
US CO Colorado|||Colo.
US CT Connecticut|||Conn.
US DC District of Columbia|||D.C.
US DE Delaware|||Del.
US FL Florida||Floride|Fla.
US GA Georgia|Georgia (US)|Géorgie (États-Unis)|Géorgie|Ga.
US HI Hawaii||Hawaï|Hawaiʻi
US IA Iowa
US ID Idaho
US IL Illinois|||Ill.
US IN Indiana|||Ind.
US KS Kansas|||Kan.
US KY Kentucky|||Ky.
US LA Louisiana||Louisiane|La.
US MA Massachusetts|||Mass.
US MD Maryland|||Md.
US ME Maine
US MI Michigan|||Mich.
US MN Minnesota|||Minn.
US MO Missouri|||Mo.
US MS Mississippi|||Miss.
US MT Montana|||Mont.
US NC North Carolina||Caroline du Nord|N.C.
US ND North Dakota||Dakota du Nord|N.D.
US NE Nebraska|||Neb.
US NH New Hampshire|||N.H.
US NJ New Jersey|||N.J.|Jersey
US NM New Mexico||Nouveau-Mexique|N.M.
US NV Nevada|||Nev.
US NY New York (Bundesstaat)|New York (state)|New York (État)|New York|N.Y.
US OH Ohio
US OK Oklahoma|||Okla.
US OR Oregon|||Ore.
US PA Pennsylvania||Pennsylvanie|Pa.|Pennsylvanien
US RI Rhode Island|||R.I.
US SC South Carolina||Caroline du Sud|S.C.
US SD South Dakota||Dakota du Sud|S.D.
US TN Tennessee|||Tenn.
US TX Texas|||Tex.
US UT Utah
US VA Virginia||Virginie|Va.
US VT Vermont|||Vt.
US WA Washington (Bundesstaat)|Washington (state)|Washington (État)|Washington|Wash.
US WI Wisconsin|||Wis.
US WV West Virginia||Virginie-Occidentale|W.Va.
US WY Wyoming|||Wyo.
US - Long Island
US - Manhattan
US - Brooklyn
US - Queens
US - Bronx
"""

# Names: continents, parts of the world, seas, rivers, mountains. None of them has a place on the
# map that one pair of coordinates could be. One that is a country or a town as well is settled by
# what the article speaks of.
ELSEWHERE = """
Afrika|Africa|Afrique
Amerika|America|Amérique
Asien|Asia|Asie
Europa|Europe|Europe
Antarktis|Antarctica|Antarctique
Arktis|Arctic|Arctique
Nordamerika|North America|Amérique du Nord
Südamerika|South America|Amérique du Sud
Mittelamerika|Central America|Amérique centrale|Zentralamerika
Lateinamerika|Latin America|Amérique latine
Osteuropa|Eastern Europe|Europe de l'Est
Westeuropa|Western Europe|Europe de l'Ouest
Südeuropa|Southern Europe|Europe du Sud
Nordeuropa|Northern Europe|Europe du Nord
Mitteleuropa|Central Europe|Europe centrale
Südosteuropa|Southeastern Europe|Europe du Sud-Est
Nordafrika|North Africa|Afrique du Nord
Westafrika|West Africa|Afrique de l'Ouest
Ostafrika|East Africa|Afrique de l'Est
Zentralasien|Central Asia|Asie centrale
Südostasien|Southeast Asia|Asie du Sud-Est
Ostasien|East Asia|Asie de l'Est
Nahost|Middle East|Proche-Orient|Naher Osten|Nahen Osten|Nahe Osten|Mittlerer Osten|Moyen-Orient
Karibik|Caribbean|Caraïbes
Westindien|West Indies|Antilles|Westindische Inseln
Südgeorgien|South Georgia|Géorgie du Sud
Skandinavien|Scandinavia|Scandinavie
Baltikum|Baltics|pays baltes
Balkan|Balkans|Balkans
Benelux
Kaukasus|Caucasus|Caucase
Sahel||Sahel|Sahelzone
Korea||Corée
Ostsee|Baltic Sea|mer Baltique|Baltic
Nordsee|North Sea|mer du Nord
Mittelmeer|Mediterranean|Méditerranée|Mediterranean Sea|mer Méditerranée
Schwarzes Meer|Black Sea|mer Noire|Schwarzen Meer|Schwarze Meer
Rotes Meer|Red Sea|mer Rouge|Roten Meer|Rote Meer
Asowsches Meer|Sea of Azov|mer d'Azov|Asowschen Meer
Kaspisches Meer|Caspian Sea|mer Caspienne|Kaspischen Meer
Totes Meer|Dead Sea|mer Morte|Toten Meer
Südchinesisches Meer|South China Sea|mer de Chine méridionale|Südchinesischen Meer
Persischer Golf|Persian Gulf|golfe Persique|Persischen Golf
Golf von Mexiko|Gulf of Mexico|golfe du Mexique
Ärmelkanal|English Channel|Manche
Atlantik|Atlantic|Atlantique|Atlantic Ocean|océan Atlantique
Pazifik|Pacific|Pacifique|Pacific Ocean|océan Pacifique
Indischer Ozean|Indian Ocean|océan Indien|Indischen Ozean
Bosporus||Bosphore
Straße von Hormus|Strait of Hormuz|détroit d'Ormuz
Suezkanal|Suez Canal|canal de Suez
Bodensee|Lake Constance|lac de Constance
Genfer See|Lake Geneva|lac Léman
Alpen|Alps|Alpes
Pyrenäen|Pyrenees|Pyrénées
Anden|Andes|Andes
Karpaten|Carpathians|Carpates
Himalaya
Ural||Oural
Vogesen|Vosges|Vosges
Schwarzwald|Black Forest|Forêt-Noire
Harz
Mont Blanc|||Montblanc
Mount Everest||Everest
Sahara
Rhein|Rhine|Rhin
Donau|Danube|Danube
Elbe
Oder
Neiße|Neisse|Neisse
Main
Mosel|Moselle|Moselle
Neckar
Weser
Isar
Spree
Havel
Ahr
Ruhr
Saale
Inn
Lech
Aare
Rhône|Rhone|Rhône
Seine
Loire
Garonne
Marne
Somme
Themse|Thames|Tamise
Tiber||Tibre
Po
Ebro||Èbre
Moldau|Vltava|Vltava
Weichsel|Vistula|Vistule
Save|Sava|Save
Wolga|Volga|Volga
Don
Dnjepr|Dnieper|Dniepr
Dnister|Dniester|Dniestr
Lena
Ob
Amur||Amour
Nil|Nile|Nil
Niger
Kongo|Congo|Congo
Sambesi|Zambezi|Zambèze
Euphrat|Euphrates|Euphrate
Tigris||Tigre
Jordan||Jourdain
Indus
Ganges||Gange
Mekong||Mékong
Jangtse|Yangtze|Yangtsé
Amazonas|Amazon|Amazone
Orinoco|||Orinoko
Mississippi
Missouri
Ohio
Colorado
Delaware
Potomac
Rio Grande
Sankt-Lorenz-Strom|St. Lawrence|Saint-Laurent
"""

# ADMIN names: of France what only stands beside a city (``Vienne (Isère)``), where a name that is a
# river's or a town's by itself can be no other. Departments under the region that they are in.
DEPARTMENTS = """
11 Essonne|Hauts-de-Seine|Seine-et-Marne|Seine-Saint-Denis|Val-d'Oise|Val-de-Marne|Yvelines
24 Centre-Val de Loire|Cher|Eure-et-Loir|Indre|Indre-et-Loire|Loir-et-Cher|Loiret
27 Bourgogne-Franche-Comté|Franche-Comté|Côte-d'Or|Doubs|Haute-Saône|Jura|Nièvre|Saône-et-Loire
27 Territoire de Belfort|Yonne
28 Calvados|Eure|Manche|Orne|Seine-Maritime
32 Hauts-de-France|Picardie|Aisne|Nord|Oise|Pas-de-Calais|Somme
44 Ardennes|Aube|Bas-Rhin|Haut-Rhin|Haute-Marne|Marne|Meurthe-et-Moselle|Meuse|Moselle|Vosges
52 Pays de la Loire|Vendée|Loire-Atlantique|Maine-et-Loire|Mayenne|Sarthe
53 Côtes-d'Armor|Finistère|Ille-et-Vilaine|Morbihan
75 Nouvelle-Aquitaine|Aquitaine|Charente|Charente-Maritime|Corrèze|Creuse|Deux-Sèvres|Dordogne
75 Gironde|Haute-Vienne|Landes|Lot-et-Garonne|Pyrénées-Atlantiques|Vienne
76 Occitanie|Ariège|Aude|Aveyron|Gard|Gers|Haute-Garonne|Hautes-Pyrénées|Hérault|Lot|Lozère
76 Pyrénées-Orientales|Tarn|Tarn-et-Garonne
84 Ain|Allier|Ardèche|Cantal|Drôme|Haute-Loire|Haute-Savoie|Isère|Loire|Puy-de-Dôme|Rhône|Savoie
93 Alpes-de-Haute-Provence|Alpes-Maritimes|Bouches-du-Rhône|Hautes-Alpes|Var|Vaucluse
94 Corse-du-Sud|Haute-Corse
"""

# CODE adjectives and peoples, in German, English and French without their endings: what speaks of
# a country, and is no place where a recogniser takes it for one. Words that mean another thing as
# often are left out: English ``georgian``, ``polish``.
ADJECTIVES = """
AE emiratisch emirati
AF afghanisch afghane afghan
AL albanisch albaner albanian albanais
AM armenisch armenier armenian arménien
AO angolanisch angolan angolais
AR argentinisch argentinier argentinian argentine argentin
AT österreichisch österreicher austrian autrichien
AU australisch australier australian australien
AZ aserbaidschanisch aserbaidschaner azerbaijani azéri azerbaïdjanais
BA bosnisch bosnier bosnian bosniaque bosnien
BD bangladeschisch bangladeshi bangladais
BE belgisch belgier belgian belge
BF burkinisch burkinabe burkinabé
BG bulgarisch bulgare bulgarian
BO bolivianisch bolivian bolivien
BR brasilianisch brasilianer brazilian brésilien
BY belarussisch belarusisch weißrussisch belarusian belarussian biélorusse
CA kanadisch kanadier canadian canadien
CD kongolesisch kongolese congolese congolais
CH schweizerisch schweizer swiss suisse helvétique
CL chilenisch chilene chilean chilien
CM kamerunisch kameruner cameroonian camerounais
CN chinesisch chinese chinois
CO kolumbianisch kolumbianer colombian colombien
CU kubanisch kubaner cuban cubain
CY zypriotisch zyprisch zypriot cypriot chypriote
CZ tschechisch tscheche czech tchèque
DE deutsch deutscher german allemand
DK dänisch däne danish dane danois
DZ algerisch algerier algerian algérien
EC ecuadorianisch ecuadorian équatorien
EE estnisch estonian estonien
EG ägyptisch ägypter egyptian égyptien
ER eritreisch eritreer eritrean érythréen
ES spanisch spanier spanish spaniard espagnol
ET äthiopisch äthiopier ethiopian éthiopien
FI finnisch finne finnish finlandais
FR französisch franzose französin french frenchman français
GB britisch brite british briton britannique englisch schottisch walisisch scottish welsh
GE georgisch georgier géorgien
GH ghanaisch ghanaer ghanaian ghanéen
GR griechisch grieche greek grec grecque
GT guatemaltekisch guatemalan guatémaltèque
HN honduranisch honduran hondurien
HR kroatisch kroate croatian croat croate
HT haitianisch haitianer haitian haïtien
HU ungarisch hungarian hongrois
ID indonesisch indonesier indonesian indonésien
IE irisch irish irlandais
IL israelisch israeli israélien
IN indisch inder indian indien
IQ irakisch iraker iraqi irakien
IR iranisch iraner iranian iranien
IS isländisch isländer icelandic islandais
IT italienisch italiener italian italien
JM jamaikanisch jamaican jamaïcain
JO jordanisch jordanier jordanian jordanien
JP japanisch japaner japanese japonais
KE kenianisch kenianer kenyan kényan
KG kirgisisch kirgise kyrgyz kirghize
KH kambodschanisch cambodian cambodgien
KP nordkoreanisch nordkoreaner northkorean nordcoréen
KR südkoreanisch südkoreaner southkorean sudcoréen
KW kuwaitisch kuwaiti koweïtien
KZ kasachisch kasache kazakh
LA laotisch laotian laotien
LB libanesisch libanese lebanese libanais
LK srilankisch srilankan srilankais
LR liberianisch liberian libérien
LT litauisch litauer lithuanian lituanien
LU luxemburgisch luxemburger luxembourgish luxembourgeois
LV lettisch lette latvian letton
LY libysch libyer libyan libyen
MA marokkanisch marokkaner moroccan marocain
MD moldauisch moldawisch moldovan moldave
ME montenegrinisch montenegrin monténégrin
MK mazedonisch nordmazedonisch macedonian macédonien
ML malisch malier malian malien
MM birmanisch burmesisch burmese birman
MN mongolisch mongolian mongol
MT maltesisch maltese maltais
MX mexikanisch mexikaner mexican mexicain
MY malaysisch malaysian malaisien
MZ mosambikanisch mozambican mozambicain
NE nigrisch nigrer nigerien nigérien
NG nigerianisch nigerianer nigerian nigérian
NI nicaraguanisch nicaraguan nicaraguayen
NL niederländisch niederländer holländisch dutch néerlandais hollandais
NO norwegisch norweger norwegian norvégien
NP nepalesisch nepalese népalais
NZ neuseeländisch neuseeländer newzealander néozélandais
OM omanisch omani omanais
PA panamaisch panamanian panaméen
PE peruanisch peruaner peruvian péruvien
PH philippinisch filipino philippine philippin
PK pakistanisch pakistaner pakistani pakistanais
PL polnisch polonais
PS palästinensisch palästinenser palestinian palestinien
PT portugiesisch portugiese portuguese portugais
PY paraguayisch paraguayan paraguayen
QA katarisch qatari qatarien
RO rumänisch rumäne romanian roumain
RS serbisch serbe serbian serb
RU russisch russe russian
RW ruandisch ruander rwandan rwandais
SA saudisch saudi saoudien
SD sudanesisch sudanese soudanais
SE schwedisch schwede swedish swede suédois
SI slowenisch slowene slovenian slovene slovène
SK slowakisch slowake slovakian slovak slovaque
SN senegalesisch senegalese sénégalais
SO somalisch somalier somali somalien
SS südsudanesisch southsudanese sudsoudanais
SV salvadorianisch salvadoran salvadorien
SY syrisch syrer syrian syrien
TD tschadisch chadian tchadien
TG togoisch togolese togolais
TH thailändisch thailänder thai thaïlandais
TJ tadschikisch tadschike tajik tadjik
TM turkmenisch turkmen turkmène
TN tunesisch tunesier tunisian tunisien
TR türkisch türke turkish turk turc turque
TW taiwanisch taiwaner taiwanese taïwanais
TZ tansanisch tanzanian tanzanien
UA ukrainisch ukrainer ukrainian ukrainien
UG ugandisch ugandan ougandais
US amerikanisch usamerikanisch amerikaner american américain étatsunien
UY uruguayisch uruguayan uruguayen
UZ usbekisch usbeke uzbek ouzbek
VE venezolanisch venezolaner venezuelan vénézuélien
VN vietnamesisch vietnamese vietnamien
XK kosovarisch kosovare kosovar
YE jemenitisch yemeni yéménite
ZA südafrikanisch südafrikaner southafrican sudafricain
ZM sambisch zambian zambien
ZW simbabwisch zimbabwean zimbabwéen
"""
#: what German, English and French put behind an adjective or a people's name
_ENDINGS = ("innen", "nes", "en", "er", "em", "es", "ne", "in", "se", "e", "n", "s")
#: adjectives of no one country
_OF_NONE = frozenset(
    """
    europäisch european européen afrikanisch african africain asiatisch asian asiatique arabisch
    arab arabe latino nordisch nordic muslim
    """.split()
)


class Large(NamedTuple):
    """A country, a part of one, or what is neither and has no code.

    admin: GeoNames' code of a first-order division, None of a whole country, ``-`` of a part that
    has none. names: canonical, in the order of `LANGUAGES`.
    """

    code: str | None
    admin: str | None
    names: tuple[str, str, str]

    def canonical(self, language: Language) -> str:
        """Its name in a language."""
        return self.names[LANGUAGES.index(language)]


def columns(names: str) -> tuple[tuple[str, str, str], list[str]]:
    """A line's names: the canonical ones, and all that are read."""
    given = names.split("|")
    german, english, french = [*given, "", ""][:3]
    canonical = (german, english or german, french or german)
    return canonical, [name for name in dict.fromkeys([*canonical, *given]) if name]


def by_name(folded: str) -> tuple[Large, ...]:
    """All that a folded name may mean, countries first."""
    return _table().get(folded, ())


def regions(name: str, folded: str) -> list[tuple[str, str | None]]:
    """(country, admin code) of all that a name beside a city may mean: ``Georgia`` is two. Of a
    whole country the admin code is None. A postal code counts in capitals only."""
    known = by_name(folded) or _postal().get(name, ())
    found = [(large.code, large.admin) for large in known if large.code and large.admin != "-"]
    department = _departments().get(folded)
    return [*found, ("FR", department)] if department else found


@lru_cache(maxsize=20_000)
def adjective_of(word: str) -> str | None:
    """The code of the country that a word is the adjective or the people of: ``russischen``,
    ``Franzosen``; an empty one for ``European``; None for other words."""
    known = _adjectives()
    plain = folding.plain(word.casefold()).replace("-", "").replace(" ", "")
    if plain in known:
        return known[plain]
    for ending in _ENDINGS:
        if plain.endswith(ending) and plain[: -len(ending)] in known:
            return known[plain[: -len(ending)]]
    return None


def spoken_of(words: Iterable[str]) -> set[str]:
    """Codes of the countries whose adjectives or peoples are among the words."""
    return {code for code in map(adjective_of, words) if code}


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[Large, ...]]:
    known: dict[str, list[Large]] = {}

    def add(code: str | None, admin: str | None, names: str, last: Large | None) -> Large:
        canonical, read = columns(names)
        large = last if not canonical[0] and last else Large(code, admin, canonical)
        for name in read:
            meanings = known.setdefault(folding.folded(name), [])
            if large not in meanings:
                meanings.append(large)
        return large

    large: Large | None = None
    for line in COUNTRIES.strip().splitlines():
        code, _, names = line.partition(" ")
        large = add(code, None, names, large)
    for line in REGIONS.strip().splitlines():
        code, admin, names = line.split(" ", 2)
        add(code, admin, names, None)
    for line in ELSEWHERE.strip().splitlines():
        add(None, None, line, None)
    for name, meanings in list(known.items()):
        for large in meanings:
            bare = known.setdefault(folding.plain(name), [])
            if large not in bare:
                bare.append(large)
    return {name: tuple(meanings) for name, meanings in known.items()}


@lru_cache(maxsize=1)
def _postal() -> dict[str, tuple[Large, ...]]:
    states = {large for meanings in _table().values() for large in meanings if large.code == "US"}
    return {large.admin: (large,) for large in states if large.admin and large.admin != "-"}


@lru_cache(maxsize=1)
def _departments() -> dict[str, str]:
    lines = (line.split(" ", 1) for line in DEPARTMENTS.strip().splitlines())
    exact = {folding.folded(one): admin for admin, names in lines for one in names.split("|")}
    return {folding.plain(name): admin for name, admin in exact.items()} | exact


@lru_cache(maxsize=1)
def _adjectives() -> dict[str, str]:
    known = dict.fromkeys(map(folding.plain, _OF_NONE), "")
    for line in ADJECTIVES.strip().splitlines():
        code, *words = line.split(" ")
        known |= {folding.plain(word): code for word in words}
    return known
