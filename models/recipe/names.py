"""Place and person names, written by hand, that augmentation puts into training sentences.

They make the models know the world's capitals and countries in both languages, of which the
annotated sets hold only a part, and names built otherwise than first name plus surname.
"""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


COUNTRIES: dict[str, tuple[str, ...]] = {
    "de": words(
        """
        Afghanistan Ägypten Albanien Algerien Angola Argentinien Armenien Aserbaidschan
        Äthiopien Australien Bahrain Bangladesch Belarus Belgien Benin Bolivien Botswana
        Brasilien Bulgarien Burundi Chile China Dänemark Deutschland Ecuador Eritrea
        Estland Finnland Frankreich Gabun Georgien Ghana Griechenland Großbritannien
        Guatemala Guinea Haiti Honduras Indien Indonesien Irland Island Israel Italien
        Jamaika Japan Jordanien Kambodscha Kamerun Kanada Kasachstan Katar Kenia Kirgistan
        Kolumbien Kosovo Kroatien Kuba Kuwait Laos Lettland Libyen Litauen Luxemburg
        Madagaskar Malaysia Mali Malta Marokko Mauretanien Mexiko Moldau Mongolei
        Montenegro Mosambik Myanmar Namibia Nepal Neuseeland Nicaragua Niger Nigeria
        Nordkorea Nordmazedonien Norwegen Österreich Oman Pakistan Panama Paraguay Peru
        Polen Portugal Ruanda Rumänien Russland Sambia Saudi-Arabien Schweden Senegal
        Serbien Simbabwe Singapur Slowenien Somalia Spanien Südafrika Südkorea Syrien
        Taiwan Tansania Thailand Togo Tschad Tschechien Tunesien Turkmenistan Uganda
        Ungarn Uruguay Usbekistan Venezuela Vietnam Zypern
        """
    ),
    "en": words(
        """
        Afghanistan Egypt Albania Algeria Angola Argentina Armenia Azerbaijan Ethiopia
        Australia Bahrain Bangladesh Belarus Belgium Benin Bolivia Botswana Brazil
        Bulgaria Burundi Chile China Denmark Germany Ecuador Eritrea Estonia Finland
        France Gabon Georgia Ghana Greece Britain Guatemala Guinea Haiti Honduras India
        Indonesia Ireland Iceland Israel Italy Jamaica Japan Jordan Cambodia Cameroon
        Canada Kazakhstan Qatar Kenya Kyrgyzstan Colombia Kosovo Croatia Cuba Kuwait Laos
        Latvia Libya Lithuania Luxembourg Madagascar Malaysia Mali Malta Morocco
        Mauritania Mexico Moldova Mongolia Montenegro Mozambique Myanmar Namibia Nepal
        Nicaragua Niger Nigeria Norway Austria Oman Pakistan Panama Paraguay Peru Poland
        Portugal Rwanda Romania Russia Zambia Sweden Senegal Serbia Zimbabwe Singapore
        Slovenia Somalia Spain Syria Taiwan Tanzania Thailand Togo Chad Tunisia Turkey
        Turkmenistan Uganda Hungary Uruguay Uzbekistan Venezuela Vietnam Cyprus Ukraine
        Iran Iraq Lebanon Yemen Sudan Switzerland
        """
    ),
}

CITIES: dict[str, tuple[str, ...]] = {
    "de": words(
        """
        Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dresden
        Hannover Bremen Nürnberg Karlsruhe Mainz Wiesbaden Erfurt Magdeburg Potsdam
        Schwerin Kiel Bonn Wien Graz Salzburg Linz Innsbruck Zürich Bern Genf Basel
        Lausanne Paris Lyon Marseille Straßburg London Manchester Glasgow Edinburgh Dublin
        Brüssel Antwerpen Amsterdam Rotterdam Luxemburg Rom Mailand Turin Neapel Venedig
        Madrid Barcelona Lissabon Athen Thessaloniki Istanbul Ankara Warschau Krakau
        Danzig Prag Brünn Bratislava Budapest Bukarest Sofia Belgrad Zagreb Sarajevo
        Pristina Skopje Tirana Moskau Petersburg Kursk Belgorod Rostow Minsk Kiew Charkiw
        Odessa Cherson Mariupol Lwiw Dnipro Tiflis Eriwan Baku Teheran Isfahan Bagdad
        Mossul Damaskus Aleppo Beirut Jerusalem Gaza Amman Riad Dschidda Sanaa Aden Doha
        Dubai Kabul Islamabad Karatschi Neu-Delhi Mumbai Kalkutta Dhaka Colombo Bangkok
        Hanoi Manila Jakarta Peking Shanghai Hongkong Taipeh Seoul Pjöngjang Tokio Osaka
        Sydney Melbourne Canberra Kairo Alexandria Tripolis Tunis Algier Rabat Khartum
        Nairobi Kampala Kigali Kinshasa Lagos Abuja Dakar Accra Johannesburg Pretoria
        Kapstadt Harare Washington Chicago Boston Houston Detroit Toronto Ottawa Montreal
        Havanna Bogotá Caracas Lima Quito Santiago Brasília Montevideo Oslo Stockholm
        Kopenhagen Helsinki Reykjavik Tallinn Riga Vilnius Davos
        """
    ),
    "en": words(
        """
        Berlin Hamburg Munich Cologne Frankfurt Stuttgart Vienna Zurich Bern Geneva Basel
        Paris Lyon Marseille Strasbourg London Manchester Glasgow Edinburgh Belfast
        Cardiff Dublin Brussels Antwerp Amsterdam Rotterdam Luxembourg Rome Milan Turin
        Naples Venice Madrid Barcelona Lisbon Athens Istanbul Ankara Warsaw Krakow Gdansk
        Prague Bratislava Budapest Bucharest Sofia Belgrade Zagreb Sarajevo Pristina
        Skopje Tirana Moscow Kursk Belgorod Rostov Minsk Kyiv Kharkiv Odesa Kherson
        Mariupol Lviv Tbilisi Yerevan Baku Tehran Isfahan Baghdad Mosul Damascus Aleppo
        Beirut Jerusalem Gaza Amman Riyadh Jeddah Sanaa Aden Doha Dubai Kabul Islamabad
        Karachi Delhi Mumbai Kolkata Dhaka Colombo Bangkok Hanoi Manila Jakarta Beijing
        Shanghai Taipei Seoul Pyongyang Tokyo Osaka Sydney Melbourne Canberra Wellington
        Cairo Alexandria Tripoli Tunis Algiers Rabat Khartoum Nairobi Kampala Kigali
        Kinshasa Lagos Abuja Dakar Accra Johannesburg Pretoria Harare Washington Chicago
        Boston Houston Detroit Seattle Toronto Ottawa Montreal Havana Bogota Caracas Lima
        Quito Santiago Brasilia Montevideo Oslo Stockholm Copenhagen Helsinki Reykjavik
        Tallinn Riga Vilnius Davos
        """
    ),
}

#: Parts of names that are not first name plus surname of the training sets' mould. Given name
#: parts and family name parts; ``order`` says which comes first.
EAST_ASIAN_FAMILY = words(
    "Kim Lee Park Choi Jung Kang Yoon Han Moon Xi Li Wang Zhang Liu Chen Yang Zhao Wu Nguyen Tran"
)
EAST_ASIAN_GIVEN = words(
    """
        Jong-un Jae-in Geun-hye Yo-jong Suk-yeol Min-seok Ji-hoon Jinping Keqiang Qiang
        Wei Xiaoming Jun Ming Hao Phu Minh Jong Jae Hyun Sang Yong
        """
)
EAST_ASIAN_SECOND = words("Un Il Ho Chol Su Hae Nam Min Sik Ryong Guk Hui")

GIVEN: dict[str, tuple[str, ...]] = {
    "de": words(
        """
        Wladimir Sergej Dmitri Alexej Wolodymyr Andrij Oleksandr Viktor Igor Nikolai
        Michail Mohammed Ahmed Hassan Ali Mahmud Abdullah Reza Recep Mustafa Mehmet
        Emmanuel François Marine Giorgia Matteo Pedro Luiz Nicolás Javier Benjamin Naftali
        Narendra Shinzo Fumio Cyril Paul Angela Olaf Friedrich Annalena Robert Christian
        Ursula Joe Donald Barack Boris Keir Justin Andrzej Jaroslaw Mateusz Aleksandar
        Klaus Karin Sebastian Alexander Ignazio
        """
    ),
    "en": words(
        """
        Vladimir Sergei Dmitry Alexei Volodymyr Andriy Oleksandr Viktor Igor Nikolai
        Mikhail Mohammed Ahmed Hassan Ali Mahmoud Abdullah Reza Recep Mustafa Mehmet
        Emmanuel Francois Marine Giorgia Matteo Pedro Luiz Nicolas Javier Benjamin Naftali
        Narendra Shinzo Fumio Cyril Paul Angela Olaf Friedrich Annalena Robert Christian
        Ursula Joe Donald Barack Boris Keir Justin Andrzej Jaroslaw Mateusz Aleksandar
        Elizabeth Theresa Nancy Mitch Kamala Antony
        """
    ),
}

FAMILY: dict[str, tuple[str, ...]] = {
    "de": words(
        """
        Putin Medwedew Lawrow Schoigu Peskow Nawalny Selenskyj Klitschko Poroschenko
        Kuleba Jermak Lukaschenko Tichanowskaja Ruhani Chamenei Assad Erdogan Macron
        Hollande Sarkozy Meloni Salvini Sánchez Lula Maduro Milei Netanjahu Abbas Modi Abe
        Kishida Ramaphosa Kagame Merkel Scholz Merz Baerbock Habeck Lindner Steinmeier
        Biden Trump Obama Clinton Johnson Starmer Trudeau Orbán Duda Kaczynski Tusk Vucic
        Iohannis Kurz Nehammer Cassis Guterres Stoltenberg Rutte Lagarde Draghi Müller
        Schmidt Schneider Fischer Weber Meyer Wagner Becker
        """
    ),
    "en": words(
        """
        Putin Medvedev Lavrov Shoigu Peskov Navalny Zelenskiy Zelensky Klitschko
        Poroshenko Kuleba Lukashenko Tsikhanouskaya Rouhani Khamenei Assad Erdogan Macron
        Hollande Sarkozy Meloni Salvini Sanchez Lula Maduro Milei Netanyahu Abbas Modi Abe
        Kishida Ramaphosa Kagame Merkel Scholz Merz Baerbock Habeck Biden Trump Obama
        Clinton Johnson Starmer Sunak Trudeau Orban Duda Tusk Vucic Iohannis Guterres
        Stoltenberg Rutte Lagarde Draghi Powell Yellen Blinken McConnell Pelosi Harris
        Pence Warren Smith Jones Brown Taylor Walker Evans
        """
    ),
}

#: What stands in the brackets of a dateline.
AGENCIES = (
    "Reuters",
    "dpa",
    "AFP",
    "AP",
    "KCNA",
    "TASS",
    "Interfax",
    "APA",
    "Xinhua",
    "ANSA",
    "ddp",
)

#: English words for people and things of a country, which the sets label in four ways.
DEMONYMS = frozenset(
    words(
        """
        Afghan African Albanian Algerian American Angolan Arab Argentine Argentinian Armenian Asian
        Australian Austrian Azerbaijani Bangladeshi Belarusian Belgian Bolivian Bosnian Brazilian
        British Bulgarian Cambodian Canadian Catalan Chechen Chilean Chinese Colombian Croatian
        Cuban Cypriot Czech Danish Dutch Ecuadorian Egyptian English Estonian Ethiopian European
        Filipino Finnish French Georgian German Ghanaian Greek Haitian Hungarian Icelandic Indian
        Indonesian Iranian Iraqi Irish Israeli Italian Japanese Jordanian Kazakh Kenyan Korean
        Kurdish Kuwaiti Latvian Lebanese Liberian Libyan Lithuanian Malaysian Maltese Mexican
        Moldovan Mongolian Moroccan Nepalese Nigerian Norwegian Pakistani Palestinian Panamanian
        Peruvian Polish Portuguese Qatari Romanian Russian Rwandan Saudi Scottish Senegalese
        Serbian Singaporean Slovak Slovenian Somali Spanish Sudanese Swedish Swiss Syrian Taiwanese
        Thai Tibetan Tunisian Turkish Ugandan Ukrainian Uruguayan Uzbek Venezuelan Vietnamese Welsh
        Yemeni Zambian Zimbabwean
        """
    )
)

#: Organisations of the news by the word before them, since German inflects them; "" is for those
#: without an article. A tilde stands for the space inside a name.
ORGANISATIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "": words(
            """
            Reuters dpa AFP KCNA Tass Interfax Xinhua Bloomberg CNN BBC ARD ZDF NDR Spiegel
            Volkswagen BMW Daimler Mercedes-Benz Audi Porsche Siemens SAP BASF Bayer Allianz
            Commerzbank Lufthansa Eon RWE ThyssenKrupp Continental Bosch Adidas Airbus Boeing
            Apple Google Amazon Microsoft Facebook Meta Tesla Twitter Netflix Intel Nvidia Samsung
            Toyota Huawei Nestlé Novartis Roche UBS Credit~Suisse Gazprom Rosneft
            Deutsche~Bank Deutsche~Telekom Goldman~Sachs General~Motors Ryanair
            Rheinmetall Nord~Stream
            Amnesty~International Human~Rights~Watch Greenpeace Borussia~Dortmund
            Bayern~München Schalke~04 Real~Madrid FC~Barcelona Juventus~Turin
            """
        ),
        "die": words(
            """
            EU UN Uno Nato EZB WHO Opec OECD CDU CSU SPD FDP AfD Grünen Linke Linkspartei Hamas
            Hisbollah Fatah Taliban Europäische~Union Europäische~Kommission
            Europäische~Zentralbank Vereinten~Nationen Weltbank Bundesbank Fed Bundeswehr
            Deutsche~Bahn Lufthansa Commerzbank Bundesagentur~für~Arbeit
            """
        ),
        "der": words(
            """
            EU UN Uno Nato EZB WHO Opec OECD CDU CSU SPD FDP AfD Grünen Linken Hamas Hisbollah
            Taliban IWF Bundestag Bundesrat Kreml Europäischen~Union Europäischen~Kommission
            Europäischen~Zentralbank Vereinten~Nationen Weltbank Bundesbank Bundeswehr
            Deutschen~Bank Deutschen~Bahn Deutschen~Telekom FC~Bayern
            Internationale~Währungsfonds Europäische~Gerichtshof Deutsche~Bundestag
            """
        ),
    },
    "en": {
        "": words(
            """
            Reuters AFP KCNA TASS Interfax Xinhua Bloomberg CNN BBC NATO OPEC UNICEF Volkswagen BMW
            Siemens Airbus Boeing Apple Google Amazon Microsoft Facebook Meta Tesla Twitter Netflix
            Intel Nvidia Samsung Toyota Huawei Nestle Novartis UBS Gazprom Rosneft Shell BP
            Exxon~Mobil Goldman~Sachs Morgan~Stanley Deutsche~Bank
            General~Motors Ford Pfizer AstraZeneca Walmart Uber Hamas Hezbollah Greenpeace
            Amnesty~International Human~Rights~Watch Manchester~United
            Real~Madrid Bayern~Munich Congress Labour Fox~News
            """
        ),
        "the": words(
            """
            EU UN United~Nations European~Union European~Commission
            European~Parliament European~Central~Bank ECB IMF Fed Federal~Reserve
            World~Bank World~Health~Organization WHO FBI CIA Pentagon White~House
            State~Department Treasury Senate Supreme~Court Taliban Kremlin
            Bank~of~England Wall~Street~Journal New~York~Times
            Security~Council Foreign~Ministry Defence~Ministry Interior~Ministry
            """
        ),
    },
}
