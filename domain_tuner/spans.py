"""Spans of a text that a question could ask for: dates, amounts, names, codes.

A span is whole: it begins and ends where words do (a hyphen is within one), a figure has its sign and all of its
digits, and a range is one span. Knows nothing about passages, questions or models.
"""

from __future__ import annotations

import random

import regex

from retrieval.words import CJK, STOP_WORDS

# No part of a figure or a word is one, so these are possessive: a long run is read once, whatever comes behind it.
_WORD = rf"[\w\p{{No}}--[{CJK}]]"
_LETTERS = rf"[\p{{L}}\p{{M}}--[{CJK}]]"
_FIGURE = (
    r"[-–−+±]?(?:\d{1,3}(?:[^\S\n]\d{3}){1,4}+(?!\d)|\d++)(?:[.,]\d++)*+(?: (?:[mb]illion|thousand)|[百千万亿億만억])?"
)
_TO = r"(?: ?[-–−~～至到] ?| (?:to|bis|a|à) )"


def _ranged(one: str, first: str) -> str:
    """One, or two with what is between them; of two the `first` may be shorter."""
    return rf"(?:{first}{_TO}|[Bb]etween {first} and )?{one}"


def _measured(unit: str, figure: str = _FIGURE) -> str:
    return _ranged(rf"{figure}[^\S\n]?{unit}", rf"{figure}(?: ?{unit})?")


_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|"
    r"Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:{_DAY}(?: of)? {_MONTH}(?:,? \d{{4}})?|{_MONTH} {_DAY}(?:{_TO}{_DAY})?(?:,? \d{{4}})?|{_MONTH} \d{{4}}|"
    r"\d{4}(?:-\d{1,2}-|/\d{1,2}/)\d{1,2}|\d{1,2}(?:\.\d{1,2}\.|-\d{1,2}-|/\d{1,2}/)\d{4}|\d{1,2}/\d{1,2}/\d{2}|"
    r"\d{4}年\d{1,2}月(?:\d{1,2}日)?)"
)
_PRICE = rf"[-–−]?(?:[A-Z]{{2,4}} ?|\p{{Sc}} ?){_FIGURE}(?! \d)"
_CURRENCY = r"(?:EUR|USD|GBP|CHF|euros?|dollars?|\p{Sc}|%|per ?cent)"
_UNIT = (
    r"(?:°C|°F|kg|g|mg|t|km|mm|cm|m|bar|V|W|kW|kWh|A|Hz|litres?|l|ml|hours?|h|minutes?|min|seconds?|s|"
    r"(?:(?:working|calendar|business) )?days?|weeks?|months?|years?|people|pages|metres?)(?:[²³]|/[a-z]+[²³]?)?"
)
_CAPITAL = r"(?:\p{Lu}['’])?\p{Lu}[\p{Ll}\p{M}]++(?:\p{Lu}[\p{Ll}\p{M}]++)?"
_NAME = rf"{_CAPITAL}(?:[-‐‑]{_CAPITAL})*"
_NAMES = rf"(?:(?:Dr|Mr|Mrs|Ms|Prof)\. )?{_NAME}(?:(?: (?:van|de|der|von|al|bin|\p{{Lu}}\.)){{0,2}} {_NAME}){{1,3}}"
_CODE = rf"(?:(?:[A-Z]{{1,5}}[-/]){{0,2}}[A-Z]{{1,5}}[-/ ]?\d+(?:[./-]*{_WORD})+|\d+[A-Z]{_WORD}*)(?! \d)"
_TIME = r"\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?"

# The same of other languages: dates, and numbers with what they count. To a Korean word its particle is glued.
_DATE_OF_ANY_SCRIPT = (
    rf"\d{{1,2}}\.? (?:de )?{_LETTERS}{{3,}} (?:de )?\d{{4}}|\d{{4}}[年년] ?\d{{1,2}}[月월](?: ?\d{{1,2}}[日일])?"
)
_NUMERAL = "[〇一二三四五六七八九十百千万两兩半]"
_UNITS = "工作日|小时|小時|時間|分[钟鐘間]|星期|公斤|千克|[欧歐美日港]?元|[年月日天周週秒块円人名次回件枚台歳米吨页]"
_COUNTS = rf"{_LETTERS}{{2,}}|\p{{Sc}}|[\p{{Katakana}}ー]{{2,}}|[个個ヶヵかカケ]?(?:{_UNITS})[間间]?"
_COUNTS_IN_KOREAN = r"\p{Hangul}+?(?=(?:[은는을를이가의]|입니다|이며|이고)?(?!\p{Hangul}))"
_COUNTED_OF_ANY_SCRIPT = _measured(f"(?:{_COUNTS}|{_COUNTS_IN_KOREAN})", f"(?:{_FIGURE}|(?<!{_NUMERAL}){_NUMERAL}++)")

_ENGLISH_NUMBERS = "one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty"
_NO_COUNTED = "|".join(sorted(word for word in STOP_WORDS if word.isascii()))
_COUNTED = rf"(?:{_ranged(_FIGURE, _FIGURE)}|{_ENGLISH_NUMBERS})(?:[- ](?!(?:{_NO_COUNTED}|per)\b)[a-z]++){{1,2}}+"

_BEFORE = rf"(?<!{_WORD})(?<!{_WORD}['’])(?<!\d[,:])(?<![<>≤≥≈~] ?)(?<![.+±§#/@\p{{Sc}}第‐‑–−-])"
_AFTER = rf"(?!{_WORD}|[/‐‑–−-]{_WORD}|['’](?!s\b){_WORD}|(?<=\d)[.,:]\d)"


def _whole(pattern: str) -> regex.Pattern[str]:
    return regex.compile(f"{_BEFORE}(?:{pattern}){_AFTER}", regex.V1)


# What private documents are asked for. Order is preference: where two overlap, the first is taken.
_SPANS = [
    _whole(_ranged(_DATE, f"(?:{_DATE}|{_DAY})")),
    _whole(f"{_PRICE}{_TO}{_FIGURE}|{_ranged(_PRICE, _PRICE)}|{_measured(_CURRENCY)}"),
    _whole(_measured(_UNIT)),
    _whole(_NAMES),
    _whole(_CODE),
    _whole(r"[A-Za-z0-9._+-]++@[\w-]+\.[\w.]+\w"),
    _whole(_ranged(_TIME, _TIME)),
    _whole("《[^》]{2,20}》|「[^」]{2,20}」"),
]
_OF_ANY_SCRIPT = [_whole(f"{_DATE_OF_ANY_SCRIPT}|{_COUNTED_OF_ANY_SCRIPT}")]
_FURTHER = [
    _whole(r"(?<=[|:] )(?=[^\W_]|[-–−+±\p{Sc}]\d)[^|:\n.]{3,40}(?=\s*(?:\||\n|$))"),
    _whole(_COUNTED),
]
_BEYOND_ENGLISH = regex.compile(r"[\p{L}--[a-zA-Zªµº]]", regex.V1)


def answer_spans(text: str, most: int, rng: random.Random) -> list[str]:
    """Up to `most` spans of the text that a question could ask for, of different kinds where there are any."""
    kinds = _kinds(text)
    for kind in kinds:
        rng.shuffle(kind)
    chosen: list[str] = []
    while any(kinds) and len(chosen) < most:
        for kind in kinds:
            span = kind.pop() if kind else ""
            new = all(span not in other and other not in span for other in chosen)
            if 1 < len(span) <= 60 and new and len(chosen) < most:
                chosen.append(span)
    return chosen


def _kinds(text: str) -> list[list[str]]:
    """The spans of each pattern that overlap none of an earlier one."""
    taken: set[int] = set()
    kinds = []
    for pattern in [*_SPANS, *(_OF_ANY_SCRIPT if _BEYOND_ENGLISH.search(text) else ()), *_FURTHER]:
        found = [match for match in pattern.finditer(text) if taken.isdisjoint(range(*match.span()))]
        taken.update(*(range(*match.span()) for match in found))
        kinds.append([match.group().strip() for match in found])
    return kinds
