"""Spans of a text that a question could ask for: amounts, dates, names, codes.

Knows nothing about passages, questions or models.
"""

from __future__ import annotations

import random
import re

import regex

from retrieval.words import CJK

# Spans that questions are about: what private documents are asked for. Order is preference.
_SPANS = [
    re.compile(r"(?:[A-Z]{2,4} ?|[€$£¥])\d[\d,.]*\d|\d[\d,.]* ?(?:EUR|USD|GBP|CHF|euros?|dollars?|%|percent)"),
    re.compile(
        r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)"
        r"(?: \d{4})?|\b\d{4}-\d{2}-\d{2}\b|\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    ),
    re.compile(
        r"[−-]?\d[\d,.]* ?(?:°C|°F|kg|g|mg|t|km|mm|cm|m|bar|V|W|kW|kWh|A|Hz|litres?|l|ml|hours?|h|minutes?|min|"
        r"seconds?|s|days?|weeks?|months?|years?|working days|calendar days|people|pages|metres?)\b"
    ),
    re.compile(
        r"\b(?:(?:Dr|Mr|Mrs|Ms|Prof)\. )?[A-Z][a-zà-ÿ]+(?: (?:van|de|der|von|al|bin|[A-Z]\.|[A-Z][a-zà-ÿ-]+)){1,3}"
    ),
    re.compile(r"\b[A-Z]{1,5}[-/ ]?\d+[\w./-]*\w|\b\d+[A-Z]\w*"),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+\w"),
    re.compile(r"\b\d{1,2}[:.]\d{2}(?!\d)(?: ?[ap]\.?m\.?)?"),
    re.compile(r"《[^》]{2,20}》|「[^」]{2,20}」|\d[\d,.]*\s?[元天日个年月小时分钟公斤米吨页次人]{1,2}"),
    re.compile(r"(?<=[|:] )[^|:\n.]{3,40}(?=\s*(?:\||\n|$))"),
]
_COUNTED = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|\d+)(?:[- ][a-z]++){1,2}+\b(?! de \d{4})"
)

# The same of other languages: dates, numbers with what they count, names. To a Korean word its particle is glued.
_LETTERS = rf"[\p{{L}}\p{{M}}--[{CJK}]]"
_DATE = rf"\d{{1,2}}\.? (?:de )?{_LETTERS}{{3,}} (?:de )?\d{{4}}|\d{{4}}[年년] ?\d{{1,2}}[月월](?: ?\d{{1,2}}[日일])?"
_DIGITS = r"(?:\d{1,3}(?:[^\S\n]\d{3})+|\d[\d.,]*)(?<=\d)(?:,\d+)?[百千万亿億만억]?"
_NUMBER = rf"(?<![第\p{{Latin}}\d.,:/-])(?:{_DIGITS}|[〇一二三四五六七八九十百千万两兩半]+)"
_UNITS = "工作日|小时|小時|時間|分[钟鐘間]|星期|[欧歐美日港]?元|[年月日天周週秒块円人名次回件枚台歳]"
_COUNTS = rf"{_LETTERS}{{2,}}|\p{{Sc}}|[\p{{Katakana}}ー]{{2,}}|[个個ヶヵかカケ]?(?:{_UNITS})[間间]?"
_COUNTS_IN_KOREAN = r"\p{Hangul}+?(?=(?:[은는을를이가의]|입니다|이며|이고)?(?!\p{Hangul}))"
_OF_ANY_SCRIPT = [
    regex.compile(rf"{_DATE}|{_NUMBER}[^\S\n]?(?:{_COUNTS}|{_COUNTS_IN_KOREAN})", regex.V1),
    regex.compile(rf"\p{{Lu}}{_LETTERS}+(?: \p{{Lu}}{_LETTERS}+){{1,2}}", regex.V1),
]
_BEYOND_ENGLISH = regex.compile(r"[\p{L}--[a-zA-Zªµº]]", regex.V1)


def answer_spans(text: str, most: int, rng: random.Random) -> list[str]:
    """Up to `most` spans of the text that a question could ask for, of different kinds where there are any."""
    patterns = [*_SPANS, *(_OF_ANY_SCRIPT if _BEYOND_ENGLISH.search(text) else ()), _COUNTED]
    kinds = [[match.group().strip() for match in pattern.finditer(text)] for pattern in patterns]
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
