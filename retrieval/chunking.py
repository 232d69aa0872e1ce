"""Blocks -> passages of about 210 tokens of the embedding model, along headings, sentences and table rows.

Knows nothing about files, vectors or the store. LangChain's splitters cut; here pieces are counted and
packed. All pieces are tokenised in one call: as a length function, the tokeniser would be called thousands
of times (5x slower). Sizes are tokens, because 1,000 characters put 26% of passages over the 256 tokens
that the model reads. What has no gap for very long (a sequence, a hex dump) counts as a token in four
characters at the least, since a WordPiece tokeniser gives one unknown token for all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from .passages import HEADING_JOIN, LONGEST_HEADING, Block, Draft, searchable_text

TARGET = 210  # tokens of a passage, heading included
OVERLAP = 40  # tokens of whole sentences that a passage repeats of the one before
TINY = 60  # a section with fewer tokens joins its neighbour
_REST = 24  # tokens at the end of a section that are no passage of their own: a page's footer, a last row
_LONGEST_HEADING = 48  # tokens of the heading path that is embedded with a passage
_SPECIAL = 4  # [CLS], [SEP], and a little for tokens that merge differently at a seam
_SENTENCES = [r"\n\s*\n", r"\n", r"[。！？；]+[”’」』）》]*", r"[.!?]+[\"')\]”’]*\s+"]
_SMALLER = [r"[，、：]", r"[,;:]\s+", r"\s+", ""]
# What BERT's tokeniser takes for one word, of more than the 100 characters that it reads: no gap, sign or ideograph.
_GAPS = (
    r"\s!-/:-@\[-`{-~\u2010-\u205f\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff0f"
    r"\U00020000-\U0002fa1f"
)
_UNBROKEN = re.compile(f"(?<![^{_GAPS}])[^{_GAPS}]{{101,}}")
_CHARACTERS_A_TOKEN = 4  # of those; of English words they are more, of hex digits fewer
CountMany = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True)
class _Piece:
    """A sentence, or one row of a table with the header row it belongs to."""

    text: str
    tokens: int
    page: int | None
    header: str | None = None
    header_tokens: int = 0


@dataclass
class _Section:
    path: tuple[str, ...]
    pieces: list[_Piece]

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for piece in self.pieces)


def split(blocks: Sequence[Block], count_many: CountMany, max_tokens: int) -> list[Draft]:
    """The passages of one document. None is longer than `max_tokens`, its heading path included."""
    count_many = _with_unbroken(count_many)
    of_block = [_pieces(block) for block in blocks]
    pieces = _counted([piece for some in of_block for piece in some], count_many)
    sections: list[_Section] = []
    taken = 0
    for block, some in zip(blocks, of_block, strict=True):
        path = tuple(block.heading.split(HEADING_JOIN)) if block.heading else ()
        if not sections or sections[-1].path != path:
            sections.append(_Section(path, []))
        sections[-1].pieces += pieces[taken : taken + len(some)]
        taken += len(some)
    drafts = [
        draft for section in _led(_merged(sections, count_many)) for draft in _passages(section, count_many, max_tokens)
    ]
    return _within(drafts, count_many, max_tokens)


def _with_unbroken(count_many: CountMany) -> CountMany:
    """As `count_many`, where what has no gap counts as its characters would have it, if not as more."""

    def counted(texts: Sequence[str]) -> list[int]:
        counts = count_many(texts)
        for at, text in enumerate(texts):
            if words := _UNBROKEN.findall(text):
                read = zip(words, count_many(words), strict=True)
                counts[at] += sum(max(0, -(-len(word) // _CHARACTERS_A_TOKEN) - tokens) for word, tokens in read)
        return counts

    return counted


def _pieces(block: Block) -> list[_Piece]:
    """Sentences, or rows where two lines or more have cells. Joined, they are the block's text."""
    found: list[_Piece] = []
    lines = block.text.split("\n")
    start = 0
    while start < len(lines):
        end = start
        while end < len(lines) and (" | " in lines[end] or (end - start >= 2 and _names_rows(lines, start, end))):
            end += 1
        if end - start >= 2:
            header = lines[start]
            found += [_Piece(row + "\n", 0, block.page, header) for row in lines[start:end]]
            start = end
            continue
        end = start + 1
        while end < len(lines) and not (" | " in lines[end] and " | " in "".join(lines[end + 1 : end + 2])):
            end += 1
        found += [_Piece(text, 0, block.page) for text in _sentences("\n".join(lines[start:end]) + "\n")]
        start = end
    if found:
        found[-1] = replace(found[-1], text=found[-1].text.rstrip("\n") + "\n\n")
    return found


def _names_rows(lines: Sequence[str], start: int, at: int) -> bool:
    """Whether a line without cells stands within the table that starts there: short, over rows of as many cells."""
    below = lines[at + 1] if at + 1 < len(lines) else ""
    return 0 < len(lines[at].strip()) <= LONGEST_HEADING and below.count(" | ") == lines[start].count(" | ")


def _sentences(text: str) -> list[str]:
    """Cut after every sentence and line; with a chunk size of one the splitter never merges them again."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=_SENTENCES,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=1,
        chunk_overlap=0,
        strip_whitespace=False,
    )
    sentences: list[str] = []
    for part in splitter.split_text(text):
        if part.strip() or not sentences:
            sentences.append(part)
        else:
            sentences[-1] += part
    return sentences


def _counted(pieces: list[_Piece], count_many: CountMany) -> list[_Piece]:
    headers = list({piece.header for piece in pieces if piece.header})
    counts = count_many([piece.text for piece in pieces] + headers)
    of_header = dict(zip(headers, counts[len(pieces) :], strict=True))
    return [
        replace(piece, tokens=tokens, header_tokens=of_header.get(piece.header or "", 0))
        for piece, tokens in zip(pieces, counts, strict=False)
    ]


def _merged(sections: list[_Section], count_many: CountMany) -> list[_Section]:
    """Tiny sections join a neighbour under the same parent; their headings become lines of the text."""
    merged: list[_Section] = []
    for section in sections:
        before = merged[-1] if merged else None
        common = _shared(before.path, section.path) if before else None
        if (
            before is None
            or common is None
            or (len(common) < 2 and _pages_apart(before, section))
            or min(before.tokens, section.tokens) >= TINY
            or before.tokens + section.tokens > TARGET - 20
        ):
            merged.append(section)
            continue
        if len(before.path) > len(common):
            before.pieces[:0] = _heading_lines(before, before.path[len(common) :], count_many)
        before.pieces += _heading_lines(section, section.path[len(common) :], count_many) + section.pieces
        before.path = common
    return merged


def _led(sections: list[_Section]) -> list[_Section]:
    """The few words in front of the first heading stand with what is below it: a page's header says little alone, and
    of a letter they are its address and date."""
    if len(sections) < 2 or sections[0].path or sections[0].tokens >= TINY or _pages_apart(*sections[:2]):
        return sections
    first, second, *others = sections
    return [replace(second, pieces=first.pieces + second.pieces), *others]


def _pages_apart(before: _Section, section: _Section) -> bool:
    """Whether they stand on two pages: what shares no more than a title is cited by its own, a slide above all."""
    return bool(before.pieces and section.pieces) and before.pieces[-1].page != section.pieces[0].page


def _shared(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...] | None:
    """The path of both, where they are siblings or parent and child; else None."""
    common: list[str] = []
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        common.append(x)
    return tuple(common) if max(len(a), len(b)) - len(common) <= 1 else None


def _heading_lines(section: _Section, headings: Sequence[str], count_many: CountMany) -> list[_Piece]:
    text = HEADING_JOIN.join(headings)
    first = section.pieces[0] if section.pieces else _Piece("", 0, None)
    said = not text or first.text.strip() == text
    return [] if said else [_Piece(text + "\n", count_many([text])[0], first.page)]


def _passages(section: _Section, count_many: CountMany, max_tokens: int) -> list[Draft]:
    """Packs sentences and rows up to the target; a passage starts with the last sentences of the one before, the first
    with what its heading leaves out of the path."""
    heading = _short_heading(section.path, count_many)
    left_out = [part for part in section.path if part not in heading.split(HEADING_JOIN)]
    pieces = _heading_lines(section, left_out, count_many) + section.pieces
    taken = count_many([heading])[0] + _SPECIAL if heading else _SPECIAL
    most = max(max_tokens - taken, 16)
    target = min(TARGET, max_tokens - 8) - taken
    target = max(target, min(most, 32))
    left = sum(piece.tokens for piece in pieces)
    drafts: list[Draft] = []
    current: list[_Piece] = []
    repeated = 0  # pieces of `current` that are overlap
    fresh = 0  # tokens of those that are not
    for piece in (small for big in pieces for small in _small_enough(big, target, count_many)):
        size = _size(current)
        whole = not drafts and size == fresh and size + left <= min(most, target + OVERLAP)
        rest = left <= _REST and size + left <= most
        if fresh and size + piece.tokens > target and not whole and not rest:
            drafts.append(_draft(current, heading, current[repeated].page))
            current = _overlap(current, min(OVERLAP, target - piece.tokens))
            repeated, fresh = len(current), 0
        current.append(piece)
        fresh += piece.tokens
        left -= piece.tokens
    if fresh:
        drafts.append(_draft(current, heading, current[repeated].page))
    return [draft for draft in drafts if draft.text]


def _size(pieces: Sequence[_Piece]) -> int:
    starts_in_table = bool(pieces) and pieces[0].header is not None and not _is_header(pieces[0])
    return sum(piece.tokens for piece in pieces) + (pieces[0].header_tokens if starts_in_table else 0)


def _is_header(piece: _Piece) -> bool:
    return piece.text.rstrip("\n") == piece.header


def _overlap(pieces: list[_Piece], most: int) -> list[_Piece]:
    """The last whole sentences within `most` tokens; of a table nothing, as its header row is "
    "repeated instead."""
    kept: list[_Piece] = []
    for piece in reversed(pieces):
        if piece.header is not None or sum(k.tokens for k in kept) + piece.tokens > most:
            break
        kept.insert(0, piece)
    return kept if len(kept) < len(pieces) else []


def _draft(pieces: Sequence[_Piece], heading: str, page: int | None) -> Draft:
    first = pieces[0]
    head = f"{first.header}\n" if first.header is not None and not _is_header(first) else ""
    text = re.sub(r"\n{3,}", "\n\n", head + "".join(piece.text for piece in pieces)).strip()
    return Draft(text, page, heading)


def _small_enough(piece: _Piece, most: int, count_many: CountMany) -> list[_Piece]:
    """The piece, or parts of a sentence or row that alone is over the limit."""
    if piece.tokens + (piece.header_tokens if piece.header else 0) <= most:
        return [piece]
    header, header_tokens = (piece.header, piece.header_tokens) if piece.header_tokens <= most // 4 else (None, 0)
    if _is_header(piece):
        header, header_tokens = None, 0
    return [
        _Piece(part, count_many([part])[0], piece.page, header, header_tokens)
        for part in _cut(piece.text, most - header_tokens, count_many)
    ]


def _cut(text: str, most: int, count_many: CountMany) -> list[str]:
    """Parts of at most `most` tokens, cut at commas and spaces, and inside a word only if there is "
    "no other way."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        separators=_SMALLER,
        is_separator_regex=True,
        keep_separator="end",
        chunk_size=max(most, 1),
        chunk_overlap=0,
        strip_whitespace=False,
        length_function=lambda part: count_many([part])[0],
    )
    parts: list[str] = []
    for some in _coarse(text, most * _CHARACTERS_A_TOKEN):
        whole = _UNBROKEN.fullmatch(some) and count_many([some])[0] <= most
        parts += [some] if whole else splitter.split_text(some)
    return parts


def _coarse(text: str, width: int) -> Iterator[str]:
    """What has no gap in parts of so many characters, and the text around it, which is cut for what it says."""
    at = 0
    for word in _UNBROKEN.finditer(text):
        yield from _every(text[at : word.start()], 20_000)
        yield from _every(word.group(), width)
        at = word.end()
    yield from _every(text[at:], 20_000)  # data without spaces, not sentences


def _every(text: str, width: int) -> list[str]:
    return [text[i : i + width] for i in range(0, len(text), max(width, 1))]


def _short_heading(path: tuple[str, ...], count_many: CountMany) -> str:
    """The path without its middle, if it would take too much of the passage."""
    parts = list(path)
    while len(parts) > 1 and count_many([HEADING_JOIN.join(parts)])[0] > _LONGEST_HEADING:
        parts.pop(1 if len(parts) > 2 else 0)
    heading = HEADING_JOIN.join(parts)
    while heading and count_many([heading])[0] > _LONGEST_HEADING:
        heading = heading[: len(heading) * 2 // 3].rstrip()
    return heading


def _within(drafts: list[Draft], count_many: CountMany, max_tokens: int) -> list[Draft]:
    """The hard limit, checked on the very texts that will be embedded."""
    counts = count_many([searchable_text(draft.heading, draft.text) for draft in drafts])
    kept: list[Draft] = []
    for draft, count in zip(drafts, counts, strict=True):
        if count <= max_tokens - 2:
            kept.append(draft)
            continue
        room = max_tokens - 2 - count_many([draft.heading + "\n"])[0] - 2
        kept += [replace(draft, text=part.strip()) for part in _cut(draft.text, room, count_many) if part.strip()]
    return kept
