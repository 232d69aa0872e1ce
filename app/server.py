"""The page behind its guard, on one address. Knows nothing about what the page shows.

Only this machine may open it; any other address needs a token.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import shutil
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from app.failures import PageError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.responses import Response

    from domain_tuner.workspace import Workspace

_UPLOAD_AGE = 86400.0  # seconds; what is older was given up half-way: nobody waits so long for a turn


def make_app(workspace: Workspace, host: str = "127.0.0.1", token: str = "") -> FastAPI:
    """The whole web application; `host` is the address it will be served on."""
    uploads = prepare_uploads(workspace.folder)
    # Read by gradio when it is imported and at each upload; it must not report its use to anyone.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    import gradio
    from fastapi import FastAPI
    from fastapi.responses import JSONResponse, RedirectResponse
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from app.downloads import ADAPTERS, adapter_zip
    from app.evaluating import Evaluating
    from app.guard import LOOPBACK, Guard
    from app.page import build, looks
    from app.text import PATHS
    from retrieval.readers import MAX_FILE_BYTES

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, token=token, uploads=uploads, before_upload=lambda: sweep(uploads))
    # Other names lead here only where the person asked for that, and then the token keeps rebinding sites out.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK] if is_loopback(host) else ["*"])
    app.add_api_route("/health", lambda: JSONResponse({"ok": True}))
    app.add_api_route(PATHS["zh"].rstrip("/"), lambda: RedirectResponse(PATHS["zh"]))
    app.add_api_route(ADAPTERS, lambda run_id: adapter_zip(workspace, run_id, uploads))
    evaluating = Evaluating(workspace)
    for language, path in PATHS.items():
        app = gradio.mount_gradio_app(
            app,
            build(workspace, language, evaluating),
            path=path,
            server_name=host,
            allowed_paths=[str(uploads)],  # else a name that begins with a dot is refused below the current folder
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            app_kwargs={"exception_handlers": {KeyError: _unknown_call}},
            show_error=True,  # every callback turns its errors into sentences; see app/tabs
            max_file_size=MAX_FILE_BYTES,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            **looks(),
        )
    return app


def serve(workspace: Workspace, host: str, port: int, token: str) -> None:
    """Serves until Ctrl-C. Raises PageError where the address cannot be used."""
    import uvicorn

    if not is_loopback(host) and not token:
        raise PageError(
            f"The page would be open to everyone who reaches {host}. Give a token with --token or DOMAIN_TUNER_TOKEN, "
            "or leave --host away to keep the page to this machine."
        )
    check_address(host, port)
    app = make_app(workspace, host, token)
    threading.Thread(target=warm_up, args=(workspace,), daemon=True).start()
    print(f"The page is at {' or '.join(addresses(host, port, token))} (Ctrl-C closes it)", file=sys.stderr, flush=True)
    # Access lines would hold tokens. An open page keeps a connection for good, so closing does not wait for those.
    quiet: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False}
    config = uvicorn.Config(app, host=host, port=port, timeout_graceful_shutdown=1, **quiet)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn closes, and then hands it on
        uvicorn.Server(config).run()


async def _unknown_call(*_: object) -> Response:
    """What Gradio looks a call up by is not there: the page was opened before the server was last started, say."""
    from starlette.responses import PlainTextResponse

    return PlainTextResponse("The page has no such call. Open it anew.", 404)


def _is_news(record: logging.LogRecord) -> bool:
    """Leaves out that open pages were cut off when the server closed: that is what closing it means."""
    cut_off = record.exc_info is not None and record.exc_info[0] is asyncio.CancelledError
    return not cut_off and "graceful shutdown exceeded" not in str(record.msg)


def addresses(host: str, port: int, token: str = "") -> list[str]:
    """Where the page is found: on this machine and, if it is served to all, by this machine's name on others."""
    names = ["localhost", socket.gethostname()] if host in ("0.0.0.0", "::") else [f"[{host}]" if ":" in host else host]
    return [f"http://{name}:{port}/" + (f"?token={quote(token)}" if token else "") for name in names]


def is_loopback(host: str) -> bool:
    return host in ("127.0.0.1", "localhost", "::1")


def check_address(host: str, port: int) -> None:
    """Raises PageError where the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            how = f"Is the page open already? Otherwise give another port: --port {port + 1 if port < 65535 else 7860}"
            if getattr(error, "errno", None) != errno.EADDRINUSE:
                how = "Expected an address of this machine (--host) and a port that is free to all, from 1024 to 65535."
            raise PageError(f"The address {host}:{port} cannot be used ({error.args[-1]}). {how}") from error


def warm_up(workspace: Workspace) -> None:
    """Loads the models before the first question needs them."""
    from domain_tuner.errors import NoSuchRun, TuningError
    from retrieval.errors import CorpusError

    try:
        if workspace.corpus.documents():
            workspace.corpus.search("warm up", k=1)
        try:
            workspace.engine(workspace.runs.finished())
        except NoSuchRun:
            workspace.engine()
    except (CorpusError, TuningError) as error:
        print(f"No models are loaded yet: {error}", file=sys.stderr, flush=True)


def prepare_uploads(workspace: Path) -> Path:
    """The folder of uploads, without what an earlier server left."""
    folder = (workspace / "uploads").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    return folder


def sweep(uploads: Path) -> None:
    """Deletes uploads that nobody waits for any more."""
    oldest = time.time() - _UPLOAD_AGE
    for entry in uploads.iterdir():
        with contextlib.suppress(FileNotFoundError):  # read and deleted meanwhile
            if entry.stat().st_mtime < oldest:
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)
