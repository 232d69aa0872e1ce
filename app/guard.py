"""What every request must pass before the page sees it: host, origin, token, paths, upload sizes; and safe headers.

Each rule answers an attack that was shown against a bare Gradio server. Knows nothing about the page behind it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "domain_tuner"  # and some digits of what it holds: cookies are told apart by name, not by port
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
UPLOAD_BYTES = 2 * 2**30  # one request; a single file is limited by the page's max_file_size
CALL_BYTES = 32 * 2**20  # one call of the page: texts that were typed, names of files that were uploaded
CALL_FILES, PATH_LENGTH = 100_000, 4096  # what CALL_BYTES has room for about; Linux has no longer paths

_FILE = re.compile(r"/file[=/]\s*(.*)", re.DOTALL)

# Gradio writes its configuration into an inline script and compiles its templates, so scripts cannot be kept to files;
# what the policy stops is every way out: no other host is asked for anything, and nobody frames the page.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Of files that visitors uploaded: kept by the browser and never opened, else a script in one would be the page's own.
FILE_HEADERS = {"Content-Disposition": "attachment", "Content-Security-Policy": "default-src 'none'; sandbox"}


class Guard:
    """ASGI middleware. `token` empty means that the address alone keeps others out (loopback); `uploads` is the only
    folder that files may be named in."""

    def __init__(
        self,
        app: ASGIApp,
        token: str = "",
        uploads: Path | None = None,
        before_upload: Callable[[], None] | None = None,
    ) -> None:
        self.app = app
        self.token = token
        self.uploads = uploads.resolve() if uploads else None
        self.before_upload = before_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        answer = self._answer(scope)
        if answer is not None and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message, FILE_HEADERS if serves_file(scope["path"]) else {})
            await send(message)

        if answer is None and scope["type"] == "http" and scope["method"] == "POST" and not _is_upload(scope):
            answer, receive = await self._check_call(receive)
        await (answer or self.app)(scope, receive, send_with_headers)

    async def _check_call(self, receive: Receive) -> tuple[Response | None, Receive]:
        """The response that ends the call here, and its body to be received again: Gradio would read, and a callback
        delete, whatever file the call names, and fetch what it names by an address."""
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > CALL_BYTES:
                return PlainTextResponse(f"At most {CALL_BYTES // 2**20} MB can be sent at once.", 413), receive
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                break
        again = [{"type": "http.request", "body": bytes(body)}]

        async def received() -> Message:
            return again.pop() if again else await receive()

        try:
            sent = json.loads(body)
        except (ValueError, RecursionError):  # then it names no files, and Gradio reads none
            return None, received
        named = named_files(sent)
        if len(named) <= CALL_FILES and all(map(self._was_uploaded, named)):
            return None, received
        return PlainTextResponse("A file that was not uploaded here cannot be taken. Choose it again.", 403), received

    def _was_uploaded(self, path: str) -> bool:
        """Whether it is uploads/FOLDER/FILE, from the root, as Gradio says it: else an address could pass for one."""
        if len(path) > PATH_LENGTH or not os.path.isabs(path):
            return False
        try:
            return self.uploads is not None and Path(path).resolve().parent.parent == self.uploads
        except (OSError, ValueError, RuntimeError):  # no path at all, or links in a circle
            return False

    def _answer(self, scope: Scope) -> Response | None:
        """The response that ends the request here; None lets it through."""
        headers = Headers(scope=scope)
        if foreign(scope.get("method", "GET"), headers):
            return PlainTextResponse("This request came from another site.", 403)
        if fetches_elsewhere(scope["path"]):
            return PlainTextResponse("This server fetches nothing from other hosts.", 403)
        if self.token and not self._knows_token(headers):
            return self._ask_for_token(scope)
        if _is_upload(scope) and scope.get("method") == "POST":
            return self._check_upload(headers)
        return None

    def _knows_token(self, headers: Headers) -> bool:
        kept = cookie_parser(headers.get("cookie", "")).get(cookie_name(self.token), "")
        return hmac.compare_digest(kept.encode(), cookie_of(self.token).encode())

    def _ask_for_token(self, scope: Scope) -> Response:
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        given = dict(query).get("token", "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return PlainTextResponse("This page needs its token: open the address that ends in ?token=...", 401)
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        # The path is quoted anew: one that begins with // would otherwise lead to another host.
        response = RedirectResponse("/" + scope["path"].lstrip("/\\") + (f"?{rest}" if rest else ""), 303)
        response.set_cookie(cookie_name(self.token), cookie_of(self.token), httponly=True, samesite="lax", path="/")
        return response

    def _check_upload(self, headers: Headers) -> Response | None:
        length = headers.get("content-length", "")
        if not length.isdigit():
            return PlainTextResponse("An upload must say its length.", 411)
        if int(length) > UPLOAD_BYTES:
            return PlainTextResponse(f"At most {UPLOAD_BYTES // 2**30} GB can be uploaded at once.", 413)
        if self.before_upload:
            self.before_upload()
        return None


def named_files(sent: Any) -> list[str]:
    """The paths of all files that a call names, as Gradio writes them: {"path": ..., "meta": ...}."""
    found: list[str] = []
    inside = [sent]
    while inside:
        value = inside.pop()
        if isinstance(value, dict):
            inside += value.values()
            found += [str(value["path"])] if "path" in value and "meta" in value else []
        elif isinstance(value, list):
            inside += value
    return found


def _is_upload(scope: Scope) -> bool:
    return bool(scope["path"].rstrip("/").endswith("/gradio_api/upload"))


def foreign(method: str, headers: Headers) -> bool:
    """Whether another site's page sent this: its Origin is not ours, or the browser says so.

    A link from elsewhere that is opened as a page is not foreign. Programs that are no browsers send neither header.
    """
    origin = headers.get("origin")
    if origin is not None and _place(origin) != headers.get("host", "").lower():
        return True
    opened = method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") and not opened


def _place(origin: str) -> str | None:
    """Host and port of an Origin; None where it is no address at all."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def fetches_elsewhere(path: str) -> bool:
    """Whether Gradio would fetch a URL for the visitor: /file=https://..., /file/https://..., /file=//..., /proxy=."""
    asked = _FILE.search(_plain(path))
    return "/proxy=" in _plain(path) or (
        asked is not None and (asked[1].startswith(("http", "//")) or "://" in asked[1])
    )


def serves_file(path: str) -> bool:
    """Whether Gradio answers with a file that it was given: /file=... or /file/..."""
    return _FILE.search(_plain(path)) is not None


def _plain(path: str) -> str:
    return unquote(path).replace("\\", "/").lower()


def cookie_name(token: str) -> str:
    """Another one for each token, so that two pages of one machine do not take each other's."""
    return f"{COOKIE}_{hashlib.sha256(cookie_of(token).encode()).hexdigest()[:8]}"


def cookie_of(token: str) -> str:
    """What the browser keeps: it proves the token without holding it."""
    return hmac.new(token.encode(), b"domain-tuner page", hashlib.sha256).hexdigest()


def _add_headers(message: MutableMapping[str, Any], more: Mapping[str, str]) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in {**HEADERS, **more}.items():
        headers[name] = value
