"""Nations: by what words a language or a country is asked for, however a catalogue writes it.

"Korean" → the language Korean, `ko`, `kor`; the country South Korea, Korea, `KR`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Nation:
    """A nation, its names in small letters."""

    adjectives: tuple[str, ...]
    languages: tuple[str, ...]
    """As catalogues write its language: in words, and by its codes in ISO 639."""
    countries: tuple[str, ...]
    """As catalogues write its country: in words, and by its codes in ISO 3166."""


_ROWS: Final = """
american ; ; united states, united states of america, usa, us, america
arabic, arab ; arabic, ar, ara ;
argentinian, argentine ; ; argentina, ar, arg
australian ; ; australia, au, aus
austrian ; ; austria, at, aut
belgian ; ; belgium, be, bel
brazilian ; ; brazil, br, bra
british ; ; united kingdom, great britain, uk, gb, gbr, britain
bulgarian ; bulgarian, bg, bul ; bulgaria, bg, bgr
canadian ; ; canada, ca, can
cantonese ; cantonese, cn, yue ;
chinese ; chinese, zh, zho, chi, cn, mandarin ; china, cn, chn
croatian ; croatian, hr, hrv ; croatia, hr, hrv
czech ; czech, cs, ces, cze ; czech republic, czechia, cz, cze
danish ; danish, da, dan ; denmark, dk, dnk
dutch ; dutch, nl, nld, dut ; netherlands, the netherlands, holland, nl, nld
english ; english, en, eng ; england
estonian ; estonian, et, est ; estonia, ee, est
finnish ; finnish, fi, fin, suomi ; finland, fi, fin
french ; french, fr, fra, fre, francais ; france, fr, fra
german ; german, de, deu, ger, deutsch ; germany, de, deu, west germany
greek ; greek, el, ell, gre ; greece, gr, grc
hebrew ; hebrew, he, heb ;
hindi ; hindi, hi, hin ;
hungarian ; hungarian, hu, hun, magyar ; hungary, hu, hun
icelandic ; icelandic, is, isl, ice ; iceland, is, isl
indian ; ; india, in, ind
indonesian ; indonesian, id, ind ; indonesia, id, idn
iranian ; ; iran, ir, irn
irish ; irish, ga, gle ; ireland, ie, irl
israeli ; ; israel, il, isr
italian ; italian, it, ita, italiano ; italy, it, ita
japanese ; japanese, ja, jpn ; japan, jp, jpn
korean, south korean ; korean, ko, kor ; south korea, korea, republic of korea, kr, kor
latin ; latin, la, lat ;
mandarin ; mandarin, zh, cmn ;
mexican ; ; mexico, mx, mex
nigerian ; ; nigeria, ng, nga
norwegian ; norwegian, no, nor, nb, nn ; norway, no, nor
persian, farsi ; persian, fa, fas, per, farsi ;
polish ; polish, pl, pol ; poland, pl, pol
portuguese ; portuguese, pt, por ; portugal, pt, prt
romanian ; romanian, ro, ron, rum ; romania, ro, rou
russian ; russian, ru, rus ; russia, ru, rus, soviet union
scottish ; ; scotland
serbian ; serbian, sr, srp ; serbia, rs, srb
spanish ; spanish, es, spa, castilian ; spain, es, esp
swedish ; swedish, sv, swe ; sweden, se, swe
swiss ; ; switzerland, ch, che
taiwanese ; ; taiwan, tw, twn
tamil ; tamil, ta, tam ;
thai ; thai, th, tha ; thailand, th, tha
turkish ; turkish, tr, tur ; turkey, tr, tur
ukrainian ; ukrainian, uk, ukr ; ukraine, ua, ukr
urdu ; urdu, ur, urd ;
vietnamese ; vietnamese, vi, vie ; vietnam, vn, vnm
welsh ; welsh, cy, cym, wel ; wales
"""
LONGEST_CODE: Final = 3
"""Letters of a code; one is no word of a message: "hi", "no" and "us" are languages and a land."""
_SAID_CODES: Final = frozenset({"usa", "uk"})


def _read() -> Iterator[Nation]:
    for row in _ROWS.strip().splitlines():
        parts = (part.split(",") for part in row.split(";"))
        yield Nation(*(tuple(each.strip() for each in part if each.strip()) for part in parts))


NATIONS: Final = tuple(_read())


def spoken(facet: Literal["language", "country"], value: str) -> frozenset[str]:
    """Return by what words a value of a facet is asked for, beside its own; small letters.

    >>> sorted(spoken("language", "ko")), spoken("country", "narnia")
    (['korean', 'south korean'], frozenset())
    """
    said: set[str] = set()
    for nation in NATIONS:
        names = nation.languages if facet == "language" else nation.countries
        if value in names:
            said.update(nation.adjectives)
            said.update(name for name in names if is_said(name))
    return frozenset(said)


def is_said(name: str) -> bool:
    """Say whether a name is one that people say, and no code."""
    return len(name) > LONGEST_CODE or name in _SAID_CODES


WORDS: Final = frozenset(
    each
    for nation in NATIONS
    for each in (*nation.adjectives, *nation.languages, *nation.countries)
    if is_said(each)
)
"""All words for a nation."""
ADJECTIVES: Final = frozenset(each for nation in NATIONS for each in nation.adjectives)
LANDS: Final = frozenset(each for nation in NATIONS for each in nation.countries if is_said(each))
