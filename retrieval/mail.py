"""E-mail (.eml) -> blocks: who wrote to whom and when, the text, and what is attached.

Knows nothing about other formats: attachments go through the reader that it is handed. One that cannot be read is
named in a sentence with the reason, since a mail is worth reading without it.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .encodings import decode, decode_as, storable
from .errors import BrokenDocument, DocumentTooLarge, UnreadableDocument
from .markup import blocks_of_html
from .passages import HEADING_JOIN, Block
from .plain import HeadingPath, read_text
from .words import words

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_MOST_ATTACHMENTS = 200
_DEEPEST = 4  # mails within mails
_INVITATION = "text/calendar"
_NAMES = {"text/plain": "text.txt", "text/html": "text.html"}
Read = Callable[[str, bytes], Any]  # (name, bytes) -> something with blocks


class _Policy(email.policy.EmailPolicy):
    """Headers whose bytes are as they were typed are read in the encoding that they look like."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        with contextlib.suppress(BrokenDocument, UnicodeEncodeError):
            value = value if value.isascii() else decode(value.encode("ascii", "surrogateescape"))
        return super().header_fetch_parse(name, value)


def read_email(data: bytes, read: Read) -> list[Block]:
    """The blocks of one mail and its attachments, under its subject."""
    message = email.message_from_bytes(data, policy=_Policy())
    if not any(_header(message, name) for name in _HEADERS):
        raise BrokenDocument(
            "It has none of an e-mail's headers (From, To, Date, Subject). Save the mail again as .eml, or rename "
            "the file if it is plain text."
        )
    return list(_blocks(message, read, "", 1))


def _blocks(message: Any, read: Read, above: str, depth: int) -> Iterator[Block]:
    path = HeadingPath()
    for level, heading in enumerate((*above.split(HEADING_JOIN), _header(message, "Subject")), start=1):
        if heading:
            path.enter(level, heading)
    heading = str(path)
    lines = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    if lines:
        yield Block("\n".join(lines), None, heading)
    body = _body(message)
    if body is not None:
        yield from (replace(block, heading=_under(heading, block.heading)) for block in _said(body))
    for number, part in enumerate(_attachments(message, body)):
        if number == _MOST_ATTACHMENTS:
            yield Block(f"Of its attachments, the first {_MOST_ATTACHMENTS} were read.", None, heading)
            return
        yield from _attached(part, read, heading, depth)


def _body(message: Any) -> Any:
    """The part that is the mail's text: plain rather than HTML, but not a plain part that says to look at the other."""
    try:
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
    except (AttributeError, KeyError):  # parts that are not what their headers say
        plain, html = (message, None) if not message.is_multipart() else (None, None)
    return plain if html is None or (plain is not None and not _says_more(html, plain)) else html


def _says_more(html: Any, plain: Any) -> bool:
    """Whether the plain text has less than half of its words, and is not much longer."""
    there = {*words(_text(plain))}
    try:
        blocks = blocks_of_html(_text(html), "")
    except DocumentTooLarge:
        return not there
    said = {word for block in blocks for word in words(f"{block.heading} {block.text}")}
    return 2 * len(said - there) > max(len(said), len(there))


def _attachments(message: Any, body: Any) -> list[Any]:
    """All parts, however deep, but for the text itself, pictures within it, and signatures."""
    return [part for part in _leaves(message, body) if part is not body and not _is_wrapping(part)]


def _leaves(part: Any, body: Any) -> list[Any]:
    """The parts that have none themselves; of alternatives to the mail's text those that are no text."""
    inner = part.get_payload()
    if part.get_content_maintype() == "message" or not isinstance(inner, list):
        return [part]
    leaves = [leaf for each in inner for leaf in _leaves(each, body)]
    if part.get_content_subtype() != "alternative" or not any(leaf is body for leaf in leaves):
        return leaves
    return [leaf for leaf in leaves if leaf is body or leaf.get_filename() or not _is_text(leaf)]


def _is_text(part: Any) -> bool:
    return part.get_content_maintype() == "text" and part.get_content_type() != _INVITATION


def _is_wrapping(part: Any) -> bool:
    shown = part.get_content_maintype() == "image" and part.get("Content-ID") and not part.is_attachment()
    return bool(shown) or part.get_content_subtype() in ("pgp-signature", "pkcs7-signature", "x-pkcs7-signature")


def _attached(part: Any, read: Read, heading: str, depth: int) -> Iterator[Block]:
    kind, name = part.get_content_type(), " ".join((part.get_filename() or "").split())
    if kind == "message/rfc822" and part.is_multipart():
        inner = _inner(part)
        if depth < _DEEPEST:
            yield from _blocks(inner, read, _under(heading, name), depth + 1)
        else:
            yield Block(f"The attached mail was not read: it is the {_DEEPEST}th within another.", None, heading)
        return
    name = "invitation.txt" if kind == _INVITATION else name or _NAMES.get(kind, "")
    try:
        blocks = read(name, part.get_payload(decode=True) or b"").blocks
    except MemoryError:
        raise
    except Exception as error:  # whatever one attachment is, the mail is worth reading
        known = isinstance(error, UnreadableDocument)
        reason = str(error) if known else f"It is damaged: its reader failed on it ({type(error).__name__})."
        yield Block(f"The attachment {name or 'without a name'} ({kind}) was not read: {reason}", None, heading)
        return
    yield from (replace(block, heading=_under(_under(heading, name), block.heading)) for block in blocks)


def _inner(part: Any) -> Any:
    """The mail that is attached. Some programs write it in base64, which the parser takes for the mail's own text."""
    inner, encoding = part.get_payload(0), part.get("Content-Transfer-Encoding")
    if inner.keys() or not encoding:
        return inner
    inner["Content-Transfer-Encoding"] = encoding
    return email.message_from_bytes(inner.get_payload(decode=True), policy=part.policy)


def _said(body: Any) -> list[Block]:

    if body.get_content_type() != "text/html":
        return read_text(_text(body))
    try:
        return blocks_of_html(_text(body), "")
    except DocumentTooLarge as error:
        return [Block(f"The text of the mail was not read: {error}", None, "")]


def _text(part: Any) -> str:
    """A part's text in the character set it names, or else in the one that its bytes look like."""
    data = part.get_payload(decode=True) or b""
    try:
        return storable(decode_as(data, part.get_content_charset() or "utf-8").replace("\r\n", "\n"))
    except (LookupError, UnicodeDecodeError):
        with contextlib.suppress(BrokenDocument):
            return decode(data)
        return storable(data.decode("utf-8", errors="replace"))


def _header(message: Any, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, TypeError, IndexError, AttributeError, KeyError):  # the parser of a malformed header gives up
        return ""


def _under(above: str, below: str) -> str:
    return HEADING_JOIN.join(part for part in (above, below.replace("\n", " ")) if part)
