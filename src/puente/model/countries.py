"""Countries as OFAC, Mexican and United States agencies write them, to FollowTheMoney codes.

Codes are ISO 3166-1 alpha-2 in lower case; `xk` is Kosovo, and states that are no more have
FollowTheMoney's codes (`suhh` Soviet Union, `yucs` Yugoslavia, `csxx` Serbia and Montenegro,
`anhh` Netherlands Antilles, `ddde` East Germany, `cshh` Czechoslovakia).

Source: ISO 3166-1 and 3166-3; names from Unicode CLDR (English, Spanish) and as the OFAC lists
write them ("Korea, North", "Burma", "Palestinian").
"""

from __future__ import annotations

from functools import cache

from puente.errors import InvalidData
from puente.model.text import fold

NOT_A_COUNTRY = frozenset({"undetermined", "none identified", "unknown", "stateless", "n a"})
"""What publishers write in a country's column when they know none, folded."""


def country_code(text: str) -> str:
    """Return the code of the country that `text` names: `Mexico`, `México`, `MEX`, `mx` -> `mx`.

    Raises: InvalidData: no country is called so.
    """
    code = _names().get(fold(text))
    if code is None:
        raise InvalidData("no country is called so")
    return code


def country_name(code: str) -> str:
    """Return the English name of a country's code.

    Raises: InvalidData: no such code.
    """
    name = _english().get(code)
    if name is None:
        raise InvalidData(f"no country has the code {code!r}")
    return name


def country_in(text: str) -> str:
    """Return the code of the country that ends an address or place: `Sinaloa, Mexico` -> `mx`.

    The longest ending after a comma that is a country counts, since some names hold a comma
    themselves (`Pyongyang, Korea, North`). Returns "" where none does.
    """
    parts = [part.strip() for part in text.split(",")]
    for size in (2, 1):
        if len(parts) >= size:
            code = _names().get(fold(", ".join(parts[-size:])))
            if code and not (len(code) == 2 and len(parts[-1]) <= 3):
                return code
    return ""


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        code, alpha_3, forms = line[:4].strip(), line[5:8].strip(), line[9:].split("|")
        for form in (code, alpha_3, *forms):
            if form:
                names.setdefault(fold(form), code)
    return names


@cache
def _english() -> dict[str, str]:
    names: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        names.setdefault(line[:4].strip(), line[9:].split("|")[0])
    return names


_TABLE = """
ad   AND Andorra
ae   ARE United Arab Emirates|Emiratos Árabes Unidos|UAE
af   AFG Afghanistan|Afganistán
ag   ATG Antigua & Barbuda|Antigua y Barbuda|Antigua and Barbuda
ai   AIA Anguilla|Anguila
al   ALB Albania
am   ARM Armenia
ao   AGO Angola
aq   ATA Antarctica|Antártida
ar   ARG Argentina
as   ASM American Samoa|Samoa Americana
at   AUT Austria
au   AUS Australia
aw   ABW Aruba
ax   ALA Åland Islands|Islas Aland
az   AZE Azerbaijan|Azerbaiyán
ba   BIH Bosnia & Herzegovina|Bosnia y Herzegovina|Bosnia and Herzegovina
bb   BRB Barbados
bd   BGD Bangladesh|Bangladés
be   BEL Belgium|Bélgica
bf   BFA Burkina Faso
bg   BGR Bulgaria
bh   BHR Bahrain|Baréin
bi   BDI Burundi
bj   BEN Benin
bl   BLM St. Barthélemy|San Bartolomé|Saint Barthélemy
bm   BMU Bermuda|Bermudas
bn   BRN Brunei
bo   BOL Bolivia|Bolivia, Plurinational State of
bq   BES Caribbean Netherlands|Caribe neerlandés
br   BRA Brazil|Brasil
bs   BHS Bahamas|Bahamas, The|The Bahamas
bt   BTN Bhutan|Bután
bv   BVT Bouvet Island|Isla Bouvet
bw   BWA Botswana|Botsuana
by   BLR Belarus|Bielorrusia
bz   BLZ Belize|Belice
ca   CAN Canada|Canadiense|Canadian
cc   CCK Cocos (Keeling) Islands|Islas Cocos
cd   COD Congo - Kinshasa|República Democrática del Congo|Congo, Democratic Republic of the
cd   COD Democratic Republic of the Congo|DRC
cf   CAF Central African Republic|República Centroafricana
cg   COG Congo - Brazzaville|Congo|República del Congo|Congo, Republic of the
cg   COG Republic of the Congo
ch   CHE Switzerland|Suiza
ci   CIV Côte d’Ivoire|Ivory Coast|Costa de Marfil
ck   COK Cook Islands|Islas Cook
cl   CHL Chile
cm   CMR Cameroon|Camerún
cn   CHN China|People's Republic of China|República Popular China|Chinese|China Popular
co   COL Colombia|Colombiana|Colombiano|Colombian
cr   CRI Costa Rica
cu   CUB Cuba|Cubana|Cubano
cv   CPV Cape Verde|Cabo Verde
cw   CUW Curaçao|Curazao
cx   CXR Christmas Island|Isla de Navidad
cy   CYP Cyprus|Chipre
cz   CZE Czechia|Chequia|Czech Republic|República Checa
de   DEU Germany|Alemania
dj   DJI Djibouti|Yibuti
dk   DNK Denmark|Dinamarca
dm   DMA Dominica
do   DOM Dominican Republic|República Dominicana|Dominicana
dz   DZA Algeria|Argelia
ec   ECU Ecuador|Ecuatoriana|Ecuatoriano
ee   EST Estonia
eg   EGY Egypt|Egipto
eh   ESH Western Sahara|Sáhara Occidental
er   ERI Eritrea
es   ESP Spain|España|Española|Español
et   ETH Ethiopia|Etiopía
fi   FIN Finland|Finlandia
fj   FJI Fiji|Fiyi
fk   FLK Falkland Islands|Islas Malvinas
fm   FSM Micronesia|Micronesia, Federated States of
fo   FRO Faroe Islands|Islas Feroe
fr   FRA France|Francia
ga   GAB Gabon
gb   GBR United Kingdom|Reino Unido|U.K.|UK|Great Britain|England|Scotland|Northern Ireland|Wales
gb   GBR United Kingdom of Great Britain and Northern Ireland|Inglaterra|Gran Bretaña
gd   GRD Grenada|Granada
ge   GEO Georgia
gf   GUF French Guiana|Guayana Francesa
gg   GGY Guernsey|Guernesey
gh   GHA Ghana
gi   GIB Gibraltar
gl   GRL Greenland|Groenlandia
gm   GMB Gambia|The Gambia|Gambia, The
gn   GIN Guinea
gp   GLP Guadeloupe|Guadalupe
gq   GNQ Equatorial Guinea|Guinea Ecuatorial
gr   GRC Greece|Grecia
gs   SGS South Georgia & South Sandwich Islands|Islas Georgia del Sur y Sandwich del Sur
gt   GTM Guatemala|Guatemalteca|Guatemalteco|Guatemalan
gu   GUM Guam
gw   GNB Guinea-Bissau|Guinea-Bisáu
gy   GUY Guyana
hk   HKG Hong Kong SAR China|RAE de Hong Kong (China)|Hong Kong
hm   HMD Heard & McDonald Islands|Islas Heard y McDonald
hn   HND Honduras|Hondureña|Hondureño
hr   HRV Croatia|Croacia
ht   HTI Haiti
hu   HUN Hungary|Hungría
id   IDN Indonesia
ie   IRL Ireland|Irlanda
il   ISR Israel
im   IMN Isle of Man|Isla de Man|Man, Isle of
in   IND India
io   IOT British Indian Ocean Territory|Territorio Británico del Océano Índico
iq   IRQ Iraq|Irak
ir   IRN Iran|Iran, Islamic Republic of|Islamic Republic of Iran
is   ISL Iceland|Islandia
it   ITA Italy|Italia
je   JEY Jersey
jm   JAM Jamaica
jo   JOR Jordan|Jordania
jp   JPN Japan|Japón
ke   KEN Kenya|Kenia
kg   KGZ Kyrgyzstan|Kirguistán|Kyrgyz Republic
kh   KHM Cambodia|Camboya
ki   KIR Kiribati
km   COM Comoros|Comoras
kn   KNA St. Kitts & Nevis|San Cristóbal y Nieves|Saint Kitts and Nevis|St. Kitts and Nevis
kp   PRK North Korea|Corea del Norte|Korea, North|Democratic People's Republic of Korea|DPRK
kp   PRK República Popular Democrática de Corea
kr   KOR South Korea|Corea del Sur|Korea, South|Republic of Korea|República de Corea
kw   KWT Kuwait
ky   CYM Cayman Islands|Islas Caimán
kz   KAZ Kazakhstan|Kazajistán
la   LAO Laos|Lao People's Democratic Republic
lb   LBN Lebanon|Líbano
lc   LCA St. Lucia|Santa Lucía|Saint Lucia
li   LIE Liechtenstein
lk   LKA Sri Lanka
lr   LBR Liberia
ls   LSO Lesotho|Lesoto
lt   LTU Lithuania|Lituania
lu   LUX Luxembourg|Luxemburgo
lv   LVA Latvia|Letonia
ly   LBY Libya|Libia
ma   MAR Morocco|Marruecos
mc   MCO Monaco
md   MDA Moldova|Moldavia|Moldova, Republic of
me   MNE Montenegro
mf   MAF St. Martin|San Martín|Saint Martin
mg   MDG Madagascar
mh   MHL Marshall Islands|Islas Marshall
mk   MKD North Macedonia|Macedonia del Norte|North Macedonia, The Republic of|Macedonia
mk   MKD Macedonia, The Former Yugoslav Republic of
ml   MLI Mali
mm   MMR Myanmar (Burma)|Myanmar (Birmania)|Burma|Myanmar|Birmania
mn   MNG Mongolia
mo   MAC Macao SAR China|RAE de Macao (China)|Macau|Macao
mp   MNP Northern Mariana Islands|Islas Marianas del Norte
mq   MTQ Martinique|Martinica
mr   MRT Mauritania
ms   MSR Montserrat
mt   MLT Malta
mu   MUS Mauritius|Mauricio
mv   MDV Maldives|Maldivas
mw   MWI Malawi|Malaui
mx   MEX Mexico|Estados Unidos Mexicanos|Mexicana|Mexicano|Mexican|United Mexican States
my   MYS Malaysia|Malasia
mz   MOZ Mozambique
na   NAM Namibia
nc   NCL New Caledonia|Nueva Caledonia
ne   NER Niger
nf   NFK Norfolk Island|Isla Norfolk
ng   NGA Nigeria
ni   NIC Nicaragua
nl   NLD Netherlands|Países Bajos|The Netherlands|Holland|Holanda
no   NOR Norway|Noruega
np   NPL Nepal
nr   NRU Nauru
nu   NIU Niue
nz   NZL New Zealand|Nueva Zelanda
om   OMN Oman
pa   PAN Panama
pe   PER Peru
pf   PYF French Polynesia|Polinesia Francesa
pg   PNG Papua New Guinea|Papúa Nueva Guinea
ph   PHL Philippines|Filipinas
pk   PAK Pakistan
pl   POL Poland|Polonia
pm   SPM St. Pierre & Miquelon|San Pedro y Miquelón|Saint Pierre and Miquelon
pn   PCN Pitcairn Islands|Islas Pitcairn
pr   PRI Puerto Rico
ps   PSE Palestinian Territories|Territorios Palestinos|Palestinian|Palestinian Authority
ps   PSE Palestine|West Bank|Gaza|Gaza Strip|State of Palestine|Palestina
pt   PRT Portugal
pw   PLW Palau|Palaos
py   PRY Paraguay
qa   QAT Qatar|Catar
re   REU Réunion
ro   ROU Romania|Rumanía
rs   SRB Serbia
ru   RUS Russia|Rusia|Russian Federation|Federación de Rusia|Federación Rusa
rw   RWA Rwanda|Ruanda
sa   SAU Saudi Arabia|Arabia Saudí|Arabia Saudita
sb   SLB Solomon Islands|Islas Salomón
sc   SYC Seychelles
sd   SDN Sudan
se   SWE Sweden|Suecia
sg   SGP Singapore|Singapur
sh   SHN St. Helena|Santa Elena|Saint Helena
si   SVN Slovenia|Eslovenia
sj   SJM Svalbard & Jan Mayen|Svalbard y Jan Mayen
sk   SVK Slovakia|Eslovaquia|Slovak Republic
sl   SLE Sierra Leone|Sierra Leona
sm   SMR San Marino
sn   SEN Senegal
so   SOM Somalia
sr   SUR Suriname|Surinam
ss   SSD South Sudan|Sudán del Sur
st   STP São Tomé & Príncipe|Santo Tomé y Príncipe|Sao Tome and Principe
sv   SLV El Salvador|Salvadoreña|Salvadoreño
sx   SXM Sint Maarten
sy   SYR Syria|Siria|Syrian Arab Republic
sz   SWZ Eswatini|Esuatini|Swaziland|Suazilandia
tc   TCA Turks & Caicos Islands|Islas Turcas y Caicos
td   TCD Chad
tf   ATF French Southern Territories|Territorios Australes Franceses
tg   TGO Togo
th   THA Thailand|Tailandia
tj   TJK Tajikistan|Tayikistán
tk   TKL Tokelau
tl   TLS Timor-Leste|Timor Oriental|East Timor
tm   TKM Turkmenistan
tn   TUN Tunisia|Túnez
to   TON Tonga
tr   TUR Türkiye|Turquía|Turkey
tt   TTO Trinidad & Tobago|Trinidad y Tobago|Trinidad and Tobago
tv   TUV Tuvalu
tw   TWN Taiwan|Taiwan, Province of China
tz   TZA Tanzania|Tanzania, United Republic of
ua   UKR Ukraine|Ucrania
ug   UGA Uganda
um   UMI U.S. Outlying Islands|Islas menores alejadas de EE. UU.
us   USA United States|Estados Unidos|United States of America|USA|U.S.|U.S.A.|EUA|EE.UU.|E.U.A.
us   USA Estados Unidos de América|Estados Unidos de Norteamérica|Estadounidense|American
uy   URY Uruguay
uz   UZB Uzbekistan
va   VAT Vatican City|Ciudad del Vaticano|Holy See|Santa Sede
vc   VCT St. Vincent & Grenadines|San Vicente y las Granadinas|Saint Vincent and the Grenadines
vc   VCT St. Vincent and the Grenadines
ve   VEN Venezuela|Venezuela, Bolivarian Republic of|República Bolivariana de Venezuela
vg   VGB British Virgin Islands|Islas Vírgenes Británicas|Virgin Islands, British
vi   VIR U.S. Virgin Islands|Islas Vírgenes de EE. UU.|Virgin Islands, U.S.
vn   VNM Vietnam|Viet Nam
vu   VUT Vanuatu
wf   WLF Wallis & Futuna|Wallis y Futuna
ws   WSM Samoa
xk   XKX Kosovo
ye   YEM Yemen
yt   MYT Mayotte
za   ZAF South Africa|Sudáfrica
zm   ZMB Zambia
zw   ZWE Zimbabwe|Zimbabue
suhh SUN Soviet Union|USSR|U.S.S.R.|Union of Soviet Socialist Republics|Unión Soviética|URSS
yucs YUG Yugoslavia|Federal Republic of Yugoslavia|Former Yugoslavia
csxx SCG Serbia and Montenegro|Serbia y Montenegro
anhh ANT Netherlands Antilles|Antillas Neerlandesas|Antillas Holandesas
ddde DDR East Germany|German Democratic Republic|Alemania Oriental
cshh CSK Czechoslovakia|Checoslovaquia
"""
