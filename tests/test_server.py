"""The guard before the page: what was shown against a bare Gradio server is refused here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.failures import PageError
from app.guard import CALL_FILES, FILE_HEADERS, HEADERS, cookie_name, fetches_elsewhere
from app.server import addresses, check_address, is_loopback, make_app, prepare_uploads, sweep
from domain_tuner.runs import RunConfig
from domain_tuner.workspace import Workspace

BASE = "http://127.0.0.1:7860"
TOKEN = "a token & more"
FILE = {"files": ("note.txt", b"The lamp is green.", "text/plain")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[TestClient]:
    workspace = Workspace(folder)
    with TestClient(make_app(workspace), base_url=BASE) as client:
        yield client
    workspace.close()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[TestClient]:
    workspace = Workspace(tmp_path)
    with TestClient(make_app(workspace, "0.0.0.0", TOKEN), base_url="http://192.168.1.5:7860") as client:
        yield client
    workspace.close()


def uploads(folder: Path) -> list[str]:
    return [path.name for path in (folder / "uploads").rglob("*.txt")]


def test_a_cookie_of_any_bytes_is_no_token(locked: TestClient) -> None:
    assert locked.get("/", headers={b"Cookie": f"{cookie_name(TOKEN)}=\xe9".encode("latin-1")}).status_code == 401


def test_the_page_is_served_to_this_machine(page: TestClient) -> None:
    assert page.get("/").status_code == 200
    assert page.get("/health").json() == {"ok": True}
    assert page.get("/", headers={"Host": "localhost:7860"}).status_code == 200


@pytest.mark.parametrize("host", ["evil.com", "evil.com:7860", "127.0.0.1.evil.com", "localhost.evil.com", ""])
def test_another_name_is_not_served(page: TestClient, host: str) -> None:
    assert page.get("/", headers={"Host": host}).status_code == 400
    assert page.get("/config", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.com"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://127.0.0.1:7860.evil.com"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/queue/join", "/gradio_api/run/predict"])
def test_other_sites_cannot_post(page: TestClient, folder: Path, headers: dict[str, str], path: str) -> None:
    assert page.post(path, files=FILE, headers=headers).status_code == 403
    assert uploads(folder) == []


def test_our_own_page_can_upload(page: TestClient, folder: Path) -> None:
    own = {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}
    assert page.post("/gradio_api/upload", files=FILE, headers=own).status_code == 200
    assert uploads(folder) == ["note.txt"]


def test_other_sites_cannot_read_but_a_link_to_the_page_opens_it(page: TestClient) -> None:
    assert page.get("/config", headers={"Origin": "http://localhost:3000"}).status_code == 403
    assert page.get("/config", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    assert page.get("/", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}).status_code == 200


def test_a_run_that_is_not_there_or_not_done_cannot_be_downloaded(page: TestClient, folder: Path) -> None:
    waiting = Workspace(folder).runs.create(RunConfig(None, "", "lora", {}))
    for name, says in (("nope", "no run 'nope'"), (waiting.id, "queued")):
        answer = page.get(f"/adapters/{name}.zip")
        assert answer.status_code == 404 and says in answer.text
    assert not any((folder / "uploads").glob("tmp*"))
    assert page.get("/adapters/..%2F..%2Fx.zip").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=https://evil.com/x.png",
        "/gradio_api/file=HTTP://evil.com/x.png",
        "/gradio_api/file=//evil.com/x.png",
        "/gradio_api/file=%2F%2Fevil.com/x.png",
        "/gradio_api/file=%252F%252Fevil.com/x.png",
        "/gradio_api/file=ftp://evil.com/x",
        "/gradio_api/file=\\\\evil.com\\x",
        "/file=https://evil.com/x.png",
        "/gradio_api/file/https://evil.com/x.png",
        "/gradio_api/file/https%3A%2F%2Fevil.com/x.png",
        "/gradio_api/file/x/https://evil.com/x.png",
        "/gradio_api/proxy=https://evil.com/",
        "/gradio_api/PROXY=https://evil.com/",
    ],
)
def test_the_server_fetches_nothing_for_anyone(page: TestClient, path: str) -> None:
    assert page.get(path).status_code == 403


def test_files_of_the_machine_are_not_served(page: TestClient, folder: Path) -> None:
    (folder / "secret.txt").write_text("secret")
    for target in ("/etc/passwd", folder / "secret.txt", folder / "corpus" / "corpus.sqlite", "pyproject.toml"):
        assert page.get(f"/gradio_api/file={target}").status_code in (403, 404)
    assert not fetches_elsewhere("/gradio_api/file=/tmp/uploads/http-manual.pdf")


def test_a_call_names_only_files_that_were_uploaded(page: TestClient, folder: Path) -> None:
    (folder / "secret.txt").write_text("secret")
    (uploaded,) = page.post("/gradio_api/upload", files=FILE).json()
    upload = next(
        d["id"] for d in page.get("/config").json()["dependencies"] if ["upload"] in [t[1:] for t in d["targets"]]
    )

    def call(*data: Any) -> int:
        sent = {"fn_index": upload, "session_hash": "s", "data": [*data]}
        return page.post("/gradio_api/queue/join", json=sent).status_code

    def named(path: object) -> dict[str, Any]:
        return {"path": str(path), "meta": {"_type": "gradio.FileData"}}

    inside, up = folder / "uploads", "/.." * 40
    for path in ("/etc/passwd", folder / "secret.txt", inside / "gone.txt", inside, f"{uploaded}/../../../secret.txt",
                 "http://evil.example/x.txt", f"http://evil.example{up}{uploaded}", "\0", "x" * 9000, ""):  # fmt: skip
        assert call([named(path)]) == 403, path
        assert call([{"deep": [named(uploaded), named(path)]}]) == 403, path
    assert page.post("/gradio_api/run/upload", json={"data": [[named("/etc/passwd")]]}).status_code == 403
    assert page.post("/gradio_api/queue/join", content=b"[" * 40_000_000).status_code == 413
    assert call([named(uploaded)] * (CALL_FILES + 1)) == 403
    assert call([named(uploaded)] * 1001) == 200, "the browser sends them by the thousand, and names all at once"
    assert call([named(uploaded)]) == 200
    assert (folder / "secret.txt").read_text() == "secret"


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/proxy=https://evil.com", "/nothing-here"])
def test_every_response_has_the_safe_headers(page: TestClient, path: str) -> None:
    headers = page.get(path).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "http" not in headers["Content-Security-Policy"], "no other host is allowed anything"


@pytest.mark.parametrize("name", ["page.html", "drawing.svg", "note.txt"])
def test_an_uploaded_file_is_handed_back_and_never_opened(page: TestClient, name: str) -> None:
    script = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    (uploaded,) = page.post("/gradio_api/upload", files={"files": (name, script)}).json()
    for path in (f"/gradio_api/file={uploaded}", f"/zh/gradio_api/file={uploaded}", f"/gradio_api/file%3D{uploaded}"):
        answer = page.get(path)
        assert answer.status_code == 200 and answer.content == script
        assert {key: answer.headers[key] for key in FILE_HEADERS} == FILE_HEADERS


def test_the_page_asks_no_other_host_for_anything(page: TestClient) -> None:
    html = page.get("/").text
    assert re.findall(r'<(?:link|script|img|iframe)[^>]*(?:href|src)="(?:https?:)?//[^"]*"', html) == []
    assert "fonts.googleapis" not in page.get("/theme.css").text
    config = page.get("/config").json()
    assert config["analytics_enabled"] is False and config["footer_links"] == []


def test_no_callback_is_an_open_interface(page: TestClient) -> None:
    dependencies = page.get("/config").json()["dependencies"]
    assert dependencies and {dependency["api_visibility"] for dependency in dependencies} == {"private"}
    assert page.get("/docs").status_code == 404


def test_a_call_that_the_page_does_not_have_is_not_found(page: TestClient) -> None:
    for path in ("/gradio_api/queue/join", "/zh/gradio_api/queue/join"):
        answer = page.post(path, json={"data": [], "fn_index": 99999, "session_hash": "abc"})
        assert answer.status_code == 404 and "Open it anew" in answer.text


def test_an_upload_must_say_its_length_and_fit(page: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x"

    assert page.post("/gradio_api/upload", content=chunks()).status_code == 411
    assert page.post("/gradio_api/upload", content=b"x", headers={"Content-Length": str(2**40)}).status_code == 413


def test_an_upload_that_was_given_up_is_swept_away(tmp_path: Path) -> None:
    import os

    folder = prepare_uploads(tmp_path)
    for name in ("old", "new"):
        (folder / name).mkdir()
        (folder / name / "file.pdf").write_bytes(b"x")
    os.utime(folder / "old", (0, 0))
    sweep(folder)
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_other_machines_need_the_token(locked: TestClient) -> None:
    for path in ("/", "/config", "/health", "/?token=", "/?token=wrong"):
        assert locked.get(path, follow_redirects=False).status_code == 401
    assert locked.post("/gradio_api/upload", files=FILE).status_code == 401
    locked.cookies.set(cookie_name(TOKEN), "0" * 64)
    assert locked.get("/").status_code == 401


def test_the_token_is_kept_as_a_cookie_that_does_not_hold_it(locked: TestClient) -> None:
    first = locked.get("/", params={"token": TOKEN, "tab": "ask"}, follow_redirects=False)
    assert first.status_code == 303 and first.headers["location"] == "/?tab=ask"
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=lax" in cookie.lower() and "token" not in cookie
    assert locked.get("/config").status_code == 200
    assert locked.get("/config", headers={"Origin": "https://evil.com"}).status_code == 403


def test_the_token_redirect_stays_on_this_host(locked: TestClient) -> None:
    response = locked.get("http://192.168.1.5:7860//evil.com/", params={"token": TOKEN}, follow_redirects=False)
    assert response.headers["location"] == "/evil.com/"


def test_only_loopback_needs_no_token() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "::", "192.168.1.5")] == [
        *(True, True, True),
        *(False, False, False),
    ]


def test_others_find_the_page_by_this_machines_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "quay")
    both = ["http://localhost:7860/?token=a%20b", "http://quay:7860/?token=a%20b"]
    assert addresses("0.0.0.0", 7860, "a b") == addresses("::", 7860, "a b") == both
    assert addresses("::1", 7860) == ["http://[::1]:7860/"]


def test_an_address_that_is_not_this_machines_is_not_called_open_already() -> None:
    with pytest.raises(PageError, match=r"203\.0\.113\.9:7860 cannot be used .* an address of this machine") as caught:
        check_address("203.0.113.9", 7860)
    assert "open already" not in str(caught.value)
