"""Bytes in any encoding -> text.

Knows nothing about formats. What is not UTF is guessed: Western by where its signs stand, Chinese by its most common
signs, all else by charset-normalizer.
"""

from __future__ import annotations

import codecs
import contextlib
import re

from .errors import BrokenDocument

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用"
    "這個們來為國說時會對於著過發後裡與請經條應務從還將開關"
)
_KOREAN = frozenset("이다는을의에가고하지도로은를기사한서리인")
_LATIN_IN_WORD = re.compile(r"(?<=[A-Za-z])[À-ÖØ-öø-ɏ]|[À-ÖØ-öø-ɏ](?=[A-Za-z])")
_SAMPLE = 200_000  # bytes that a guess of the encoding looks at


def decode(data: bytes) -> str:
    """Text of bytes in UTF-8, UTF-16, UTF-32, cp1252, GBK, Big5 or what charset-normalizer recognises."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _clean(data.decode(encoding, errors="replace"))
    nulls = data[:4096].count(0)
    if nulls > len(data[:4096]) // 8:
        big = data[:4096:2].count(0) > nulls // 2
        return _clean(data.decode("utf-16-be" if big else "utf-16-le", errors="replace"))
    try:
        return _clean(data.decode("utf-8"))
    except UnicodeDecodeError:
        mended = _mended(data)
        return _clean(_guessed(data) if mended is None else mended)


def _guessed(data: bytes) -> str:
    """Guessed from where it is not ASCII any more, if that is far into it."""
    telling = re.search(rb"[\x80-\xff]", data)
    start = telling.start() - 9 if telling and telling.start() > _SAMPLE // 2 else 0
    return data[:start].decode("ascii") + _guess(data[start:])


def _mended(data: bytes) -> str | None:
    """UTF-8 that was cut within a sign, or holds a few bytes of something else; text in other encodings has none."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(data)
    bad = text.count("\ufffd")
    # Two bytes of a Chinese sign often make a letter of UTF-8, in every row of a list the same one; three hardly do,
    # and a Latin letter in a word is one.
    good = sum(sign >= "\u0800" for sign in text) - bad + len(_LATIN_IN_WORD.findall(text))
    good += len({sign for sign in text if "\u0250" <= sign < "\u0800"})
    return text if good >= max(1, 2 * bad) else None


# Signs of cp1252 where they usually stand: letters alone or in pairs among plain ones, quotes and currencies at the
# edge of a word. Text in any other script has hardly one: its letters stand in rows, its pairs of bytes anywhere.
_LETTERS, _CAPITALS, _SMALL = "A-Za-zÀ-ÖØ-öø-ÿŠšŽžŒœŸ", "À-ÖØ-ÞŠŽŒŸ", "ß-öø-ÿšžœ"
_ACCENTED = _CAPITALS + _SMALL
_USUAL = re.compile(
    rf"(?<![{_ACCENTED}])(?:(?<![a-z])[{_CAPITALS}]|[{_SMALL}]|[{_ACCENTED}][{_SMALL}](?=[a-z])|(?<=[a-z])[{_SMALL}]{{2}})"
    rf"(?![{_ACCENTED}])"
    rf"|(?<![{_LETTERS}])(?:§§|[€£¥§©±µ“„‚‘«‹¿¡•×÷½¼¾])(?![^\x00-\x7f\xa0{_ACCENTED}])"
    rf"|(?<![^\x00-\x7f\xa0{_ACCENTED}])[€£¥®™²³¹ªº‰°“”’»›…½¼¾×](?![{_LETTERS}])"
    rf"|(?<=[\d\s(])°(?=[CFKNSEW]\b)|(?<=[{_LETTERS}])[’´·\xad](?=[{_LETTERS}])"
    rf"|(?<=[{_SMALL}a-z\d\s])[–—](?=[{_SMALL}a-z\d\s]|\Z)|^[–—] |(?<=\s)·(?=\s)|\xa0",
    re.M,
)
_NEAR = ("cp1252", "cp1250", "iso8859_2", "cp1254")  # one cannot be told from another by where the signs stand
_EASTERN = ("Czech", "Slovak", "Polish", "Hungarian", "Turkish")


def _guess(data: bytes) -> str:
    """Western first where it reads as Western, for few signs say too little to weigh encodings by; then Chinese.

    A short Chinese file is otherwise taken for Korean or Greek.
    """
    if _reads_as_western(data):
        return _western(data)
    chinese = max((_as_chinese(data, encoding) for encoding in ("gb18030", "big5hkscs")), key=lambda read: read[0])
    if chinese[0] >= 0.08:
        return chinese[1]
    if (listed := _as_plain_chinese(data)) is not None:
        return listed
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        raise BrokenDocument("The encoding of the text is not recognised. Save it again as UTF-8.")
    return data.decode(best.encoding, errors="replace")


def _reads_as_western(data: bytes) -> bool:
    try:
        text = data[:_SAMPLE].decode("cp1252")
    except UnicodeDecodeError:
        return False
    if re.search(r"[\x00-\x08\x0e-\x1a]", text):  # halves of UTF-16
        return False
    usual = [sign for found in _USUAL.findall(text) for sign in found if not sign.isascii()]
    foreign = [sign for sign in text if not sign.isascii()]
    # A sign that a Chinese list has in every row must not speak for those of its header.
    return len(usual) >= 0.9 * len(foreign) and len({*usual}) >= 0.9 * len({*foreign})


# As cp1252 shows Czech and Hungarian: letters that no western language has together, and some that it would have too.
_MISREAD = (({*"øìè"}, {*"åæñãõàêç"}), ({*"õöá"}, {*"åæñãäàêç"}))


def _western(data: bytes) -> str:
    """The text in cp1252, or in the encoding of an eastern language that enough of its letters speak for."""
    from charset_normalizer import from_bytes

    text = data.decode("cp1252", errors="replace")
    signs = {*text.lower()}
    if any(theirs <= signs and not others & signs for theirs, others in _MISREAD):
        return data.decode("cp1250", errors="replace")
    matches = from_bytes(data[:_SAMPLE], cp_isolation=list(_NEAR))
    best = matches.best()
    at_home = max((match.coherence for match in matches if match.encoding == "cp1252"), default=0.0)
    if best is None or best.language not in _EASTERN or best.coherence <= max(at_home, 0.3):
        return text
    eastern = data.decode(best.encoding, errors="replace")
    changed = [sign for sign, other in zip(text, eastern, strict=True) if sign != other]
    return eastern if len(changed) >= 5 and all(sign.lower() != sign.upper() for sign in changed) else text


def _as_chinese(data: bytes, encoding: str) -> tuple[float, str]:
    """(share of the most common signs among all that are not ASCII, text); nothing where the bytes do not fit."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return 0.0, ""
    foreign = [c for c in text[:_SAMPLE] if not c.isascii()]
    return sum(c in _CHINESE for c in foreign) / max(len(foreign), 1), text


def _as_plain_chinese(data: bytes) -> str | None:
    """Short lists and tables have none of the common words, but only the 3,755 signs of GB 2312's first level.

    Korean has the same bytes; it is told by its own most common signs, and Japanese by its kana.
    """
    try:
        text = data[:_SAMPLE].decode("gb2312")
        signs = [c.encode("gb2312") for c in text if not c.isascii()]
    except UnicodeError:
        return None
    korean = [c for c in data[:_SAMPLE].decode("cp949", errors="ignore") if not c.isascii()]
    if sum(c in _KOREAN for c in korean) >= 0.08 * len(korean) or not all(0xA1 <= sign[0] <= 0xD7 for sign in signs):
        return None
    if sum(0xA4 <= sign[0] <= 0xA5 for sign in signs) > 0.1 * len(signs):  # kana, which stand in the same place in both
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode("euc_jp")
    return data.decode("gb18030", errors="replace")


# Labels that mean more than they say, as browsers read them (https://encoding.spec.whatwg.org/#names-and-labels)
_MEANT = {"iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
          "euc_kr": "cp949", "big5": "big5hkscs"}  # fmt: skip


def decode_as(data: bytes, label: str) -> str:
    """Text of bytes whose document names its encoding. Raises LookupError and UnicodeDecodeError."""
    named = codecs.lookup(label).name
    if named == "ascii" and not data.isascii():
        return decode(data)  # the label says nothing
    return data.decode(_MEANT.get(named, label))


def _clean(text: str) -> str:
    return storable(text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", ""))


def storable(text: str) -> str:
    """The text without what no database takes (the sign NUL, and halves of signs) and without soft hyphens."""
    return whole(text.replace("\0", "").replace("\u00ad", ""))


def whole(text: str) -> str:
    """The text with '?' for halves of signs, which no encoding has."""
    return text.encode("utf-8", "replace").decode("utf-8")
