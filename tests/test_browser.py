"""The page in a real browser, served by the real command: upload, adapt, reload, ask, compare. No other host is asked.

The base model is tiny and knows nothing, so what it answers does not matter; that it is shown does.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from test_cli import HANDBOOK, QUESTIONS, make_base

from domain_tuner import jobs
from domain_tuner.runs import WORKING, Runs

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
if not Path(CHROMIUM).exists():
    pytest.skip("No Chromium on this machine; `apt-get install chromium` brings it.", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; it drives Chromium here.")

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
SECONDS = 300  # the machine may be busy with other things
ATTACK = (
    "The crane of the east quay is called Berta.\n\n<img src=https://evil.example/a.png onerror=alert(1)> "
    "![i](https://evil.example/b.png) <script>document.title = 'taken'</script> ${alert(2)} {{alert(3)}}"
)


# What is written with less contrast than WCAG 2 asks of small text (4.5 to 1), but for what is switched off.
FAINT = """() => {
  const numbers = colour => { const n = colour.match(/[\\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1] };
  const over = (top, below, alpha) => below.map((v, i) => top[i] * alpha + v * (1 - alpha));
  const light = colour => colour.slice(0, 3).map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const found = {};
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest('[disabled], script, style')) continue;
    const around = [];
    for (let outer = element; outer; outer = outer.parentElement) around.unshift(getComputedStyle(outer));
    let ground = [255, 255, 255], alpha = 1;
    for (const style of around) {
      const fill = numbers(style.backgroundColor);
      ground = over(fill, ground, fill[3]);
      alpha *= +style.opacity;
    }
    const ink = numbers(getComputedStyle(element).color);
    const both = [light(over(ink, ground, ink[3] * alpha)), light(ground)].sort((a, b) => b - a);
    const contrast = (both[0] + .05) / (both[1] + .05);
    if (contrast < 4.5) found[element.textContent.trim().slice(0, 40)] = contrast.toFixed(2);
  }
  return found;
}"""


class Server:
    """The command `serve` on a workspace; it can be stopped and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        arguments = ["--workspace", "work", "serve", "--port", str(self.port), "--base-model", "base"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *arguments],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + SECONDS
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < until, self.log()
            time.sleep(0.3)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(30)

    def log(self) -> str:
        errors = self.folder / "work" / "errors.log"
        return (self.folder / "server.log").read_text() + (errors.read_text() if errors.exists() else "")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("browser")
    make_base(folder / "base")
    (folder / "harbour.md").write_text(HANDBOOK, "utf-8")
    (folder / "attack <b>.txt").write_text(ATTACK, "utf-8")
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "questions.jsonl").write_text("".join(json.dumps(question) + "\n" for question in QUESTIONS), "utf-8")
    server = Server(folder)
    server.start()
    yield server
    server.stop()
    for run in Runs(folder / "work" / "runs").all():
        if run.state in WORKING:
            jobs.cancel(run, patience=5.0)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(server: Server, browser: Any) -> Iterator[Any]:
    """The page; the test fails if anything is asked of another host, a script fails or a dialog opens."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: set[Any] = set()
    wrong: list[str] = []
    page.set_default_timeout(SECONDS * 1000)
    page.on("request", lambda request: asked.add(urlsplit(request.url)[:2]))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    open_page(page, server)
    yield page
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{time.time():.0f}.png", full_page=True)
    context.close()
    assert {host for scheme, host in asked if scheme not in ("data", "blob")} == {f"127.0.0.1:{server.port}"}
    assert wrong == []
    assert not (server.folder / "work" / "errors.log").exists(), server.log()


def open_page(page: Any, server: Server) -> None:
    page.goto(server.address)
    page.wait_for_selector("#documents .dt-table, #documents .dt-empty")


def tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def card(page: Any, states: str, least_step: int = 0) -> tuple[str, int]:
    """Waits until the run's card shows one of the states and that step; gives both as they are then."""
    page.wait_for_function(
        "([states, least]) => { const card = document.querySelector('#run-card');"
        " return card && states.includes(card.dataset.state) && +card.dataset.step >= least }",
        arg=[states.split(), least_step],
    )
    shown = page.locator("#run-card")
    return shown.get_attribute("data-state"), int(shown.get_attribute("data-step"))


def unfold(page: Any, part: str, name: str) -> None:
    """A folded part is made when it is first opened, and sets its fields once more then."""
    page.locator(part).get_by_role("button", name=name).first.click()
    page.wait_for_timeout(1000)


def fill_in(page: Any, server: Server, max_steps: int) -> None:
    """The form of a run."""
    tab(page, "Adapt")
    page.get_by_text("Questions to learn from (optional)").click()
    page.set_input_files("#questions-file input[type=file]", server.folder / "questions.jsonl")
    page.wait_for_selector("#questions-file .file-name, #questions-file .filename, #questions-file table")
    page.get_by_text("Options of the method").click()
    page.get_by_text("Training", exact=True).click()
    wanted = {"lora-rank": "2", "training-epochs": "1000", "training-questions": "0"}
    wanted["training-max_steps"] = str(max_steps)
    page.wait_for_selector("#lora-rank input")
    page.wait_for_selector("#training-max_steps input")
    page.wait_for_timeout(1000)  # a folded part is made when it is first opened, and sets its fields once more then
    for name, value in wanted.items():
        page.fill(f"#{name} input", value)
        page.locator(f"#{name} input").blur()
    assert {name: page.locator(f"#{name} input").input_value() for name in wanted} == wanted


def begin(page: Any, server: Server, max_steps: int) -> None:
    """Starts one run, with a double click."""
    fill_in(page, server, max_steps)
    page.dblclick("#start-run")


def test_at_first_each_tab_says_what_is_missing(page: Any) -> None:
    assert page.locator("#documents").get_by_text("No documents yet").is_visible()
    assert page.locator("#take-samples").is_visible()
    tab(page, "Adapt")
    page.get_by_text("There is nothing to learn from yet").wait_for()
    assert not page.locator("#start-run").is_visible()
    tab(page, "Ask")
    page.get_by_text("Both: not available, there are no documents").wait_for()
    tab(page, "Compare")
    page.get_by_text("Comparing needs a finished run").wait_for()


def test_the_page_is_there_in_chinese_too(page: Any, server: Server) -> None:
    page.get_by_role("link", name="中文").click()
    page.locator("#documents").get_by_text("还没有文档").wait_for()
    page.wait_for_function("document.documentElement.lang === 'zh'")
    tab(page, "对比")
    page.get_by_text("对比需要一次完成的运行").wait_for()
    page.reload()
    page.get_by_text("对比需要一次完成的运行").wait_for()
    page.get_by_role("link", name="English").click()
    page.get_by_text("Comparing needs a finished run").wait_for()
    page.wait_for_function("document.documentElement.lang === 'en'")
    page.goto(f"{server.address}/zh")
    page.locator("#documents").get_by_text("还没有文档").wait_for()


def test_documents_go_in_and_bad_ones_say_why(page: Any, server: Server) -> None:
    files = [server.folder / name for name in ("harbour.md", "empty.pdf", "attack <b>.txt")]
    page.set_input_files("#upload input[type=file]", files)
    page.get_by_text("Files taken in: 2 of 3").wait_for()
    said = page.locator("#ingested").inner_text()
    assert "empty.pdf" in said and "empty (0 bytes)" in said
    rows = page.locator("#documents tbody tr")
    rows.nth(2).wait_for()  # the list is drawn after what was said of the upload
    assert rows.count() == 3, "two documents and, on top, the one that failed"
    assert page.locator("#documents").get_by_text("harbour.md").is_visible()
    left = [path for path in (server.folder / "work" / "uploads").rglob("*") if path.suffix in (".md", ".pdf", ".txt")]
    assert left == [], "what was read is deleted"


def test_a_search_shows_passages_with_its_words_marked(page: Any) -> None:
    unfold(page, "#search", "Search")
    page.fill("#search-query textarea, #search-query input", "crane called Berta")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-found mark")
    first = page.locator("#search-found .dt-source").first
    assert "attack <b>.txt" in first.inner_text() and "<img src=https://evil.example/a.png" in first.inner_text()
    assert first.locator("mark").all_inner_texts() == ["crane", "called Berta"]
    assert page.locator("#search-found img, #search-found script").count() == 0


def test_a_passage_is_edited_split_switched_off_and_put_back(page: Any) -> None:
    def press(name: str, until: str) -> None:
        page.click(f"#passage-{name}")
        page.locator("#passage-about").get_by_text(until).wait_for()

    def type_in(typed: str) -> None:
        text.fill(typed)
        text.blur()
        page.wait_for_timeout(300)  # a person's hand takes longer from the keys to a button

    text = page.locator("#passage-text textarea")
    unfold(page, "#passages", "Passages")
    page.wait_for_function("document.querySelector('#passage-text textarea')?.value.includes('pump house')")
    before = text.input_value()
    type_in("The crane of the east quay is called Olga.\n---\nIt lifts 12 tonnes.")
    press("split", "edited")
    assert text.input_value() == "The crane of the east quay is called Olga."
    type_in("The crane of the east quay is called Vera.")
    page.click("#chosen-passage input")
    page.get_by_role("option").nth(1).click()
    page.locator("#passage-about").get_by_text("The text was changed and is not saved").wait_for()
    page.focus("#chosen-passage input")
    text.focus()
    page.click("#passage-switch")
    page.locator(".toast-body").get_by_text("The text was changed and is not saved").wait_for()
    tab(page, "Ask")
    tab(page, "Documents")
    page.wait_for_timeout(500)
    assert text.input_value() == "The crane of the east quay is called Vera.", "what is typed stays"
    type_in("The crane of the east quay is called Olga.")
    press("switch", "It is not found, cited or learned from.")
    page.reload()
    unfold(page, "#passages", "Passages")
    page.locator("#passage-about").get_by_text("edited · off").wait_for()
    page.click("#passage-revert")
    page.wait_for_function("document.querySelector('#passage-text textarea').value.includes('pump house')")
    assert text.input_value() == before


def test_what_is_typed_stays_when_a_new_version_of_its_document_comes(page: Any, server: Server) -> None:
    def choose(name: str) -> None:
        page.click("#chosen-document input")
        page.get_by_role("option", name=name).click()

    text, chosen = page.locator("#passage-text textarea"), page.locator("#chosen-document input")
    unfold(page, "#passages", "Passages")
    page.wait_for_function("document.querySelector('#passage-text textarea')?.value")
    choose("harbour.md")
    page.wait_for_function("document.querySelector('#passage-text textarea').value.includes('pump house')")
    text.fill("The spare keys hang in room 14.")
    text.blur()
    (server.folder / "harbour.md").write_text(HANDBOOK.replace("Ada Lund", "Ada Berg"), "utf-8")
    page.set_input_files("#upload input[type=file]", [server.folder / "harbour.md"])
    page.locator("#passage-about").get_by_text("copy it, and choose the passage anew").wait_for()
    assert text.input_value() == "The spare keys hang in room 14." and chosen.input_value() == "harbour.md"


def test_what_a_run_takes_is_said_before_it_starts(page: Any, server: Server) -> None:
    fill_in(page, server, max_steps=40)
    page.click("#forecast")
    page.wait_for_selector("#forecast-said .dt-working")
    said = page.locator("#forecast-card")
    said.wait_for()
    assert "of 40 steps that were tried" in said.inner_text() and "Memory at most" in said.inner_text()
    assert page.locator("#runs tbody tr").count() == 0, "no run is left"


def test_a_run_is_seen_after_a_reload_and_a_restart_and_can_be_cancelled(page: Any, server: Server) -> None:
    page.click("#to-adapt")
    page.wait_for_function("document.activeElement.id === 'tab-adapt-button'")
    begin(page, server, max_steps=100_000)
    _, step = card(page, "training", least_step=2)
    page.wait_for_selector("#loss-curve polyline.smooth")
    page.reload()  # the address says which tab is open
    _, later = card(page, "training", least_step=step + 1)
    assert page.locator("#run-card").get_by_text("Time left").is_visible()
    page.goto("about:blank")  # a page left open reloads by itself once the server is back, and would cut open_page off
    server.stop()
    server.start()
    open_page(page, server)
    tab(page, "Adapt")
    card(page, "training", least_step=later + 1)
    page.click("#cancel-run")
    card(page, "cancelled")
    page.wait_for_selector("#resume-run")
    page.wait_for_timeout(1500)
    assert page.locator("#runs tbody tr").count() == 1


def test_a_question_is_answered_with_its_passages(page: Any, server: Server) -> None:
    begin(page, server, max_steps=2)
    assert card(page, "done") == ("done", 2)
    assert page.locator("#runs tbody tr").count() == 2
    page.click("#to-compare")
    page.wait_for_selector("#compare-all")
    tab(page, "Adapt")
    page.click("#to-ask")
    page.get_by_label("Both (with passages and the adapter)").wait_for()
    page.fill("#question textarea, #question input", "What is the crane of the east quay called?")
    page.click("#send")
    page.wait_for_selector("#chat .dt-cost")
    page.click("#chat .dt-sources > label")
    page.click("#chat .dt-source label >> nth=0")
    passage = page.locator("#chat .dt-source blockquote").first
    assert "called Berta" in passage.inner_text() and "<img src=https://evil.example/a.png" in passage.inner_text()
    assert page.locator("#chat img, #chat a, #chat script").count() == 0
    assert page.title() == "domain-tuner"
    assert page.locator("#question").bounding_box()["y"] < 900, "the box stays in sight"
    number = page.locator("#chat .dt-source .dt-number").first
    assert number.inner_text() == "1" and "score" in page.locator("#chat .dt-source").first.inner_text()
    for question in ("Where do the spare keys hang?", "What is the code of the blue gate?"):
        page.fill("#question textarea, #question input", question)
        page.keyboard.press("Enter")
        page.wait_for_function(
            "q => [...document.querySelectorAll('#chat .dt-asked')].pop().innerText === q", arg=question
        )
    page.wait_for_function("document.querySelectorAll('#chat .dt-cost').length === 3")
    assert passage.is_visible(), "what is open stays open"
    assert "Both · 20" in page.locator("#chat .dt-answered").last.inner_text(), "the run is named"


def test_the_adapter_can_be_taken_home(page: Any, tmp_path: Path) -> None:
    tab(page, "Adapt")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the adapter").click()
    download.value.save_as(tmp_path / "adapter.zip")
    with zipfile.ZipFile(tmp_path / "adapter.zip") as packed:
        names = {Path(name).name for name in packed.namelist()}
    assert {"README.md", "adapter_config.json", "adapter_model.safetensors"} <= names


def test_four_answers_stand_side_by_side_and_stack_on_a_phone(page: Any) -> None:
    tab(page, "Compare")
    page.fill("#compare-question textarea, #compare-question input", "What is the code of the blue gate?")
    page.click("#compare-all")
    page.wait_for_function("document.querySelectorAll('#cards .dt-cost').length === 4")
    boxes = [page.locator(f"#card-{arm}").bounding_box() for arm in ("base", "rag", "peft", "combined")]
    assert len({box["y"] for box in boxes}) == 1 and len({box["x"] for box in boxes}) == 4
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(300)
    boxes = [page.locator(f"#card-{arm}").bounding_box() for arm in ("base", "rag", "peft", "combined")]
    assert len({box["x"] for box in boxes}) == 1 and len({box["y"] for box in boxes}) == 4
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out at the side"


def test_the_run_is_evaluated_and_the_table_stays(page: Any, server: Server) -> None:
    tab(page, "Compare")
    page.get_by_text("This run has not been evaluated yet").wait_for()
    page.set_input_files("#held-out-file input[type=file]", server.folder / "questions.jsonl")
    page.wait_for_selector("#held-out-file .file-name, #held-out-file .filename, #held-out-file table")
    page.click("#evaluate")
    page.wait_for_selector("#evaluating .dt-working")
    page.reload()  # it goes on, and is seen by a page that opens meanwhile
    tab(page, "Compare")
    page.wait_for_selector("#evaluation .dt-verdict")
    assert page.locator("#evaluation .dt-whisker").count() >= 8
    page.click("#per-question > summary")
    assert page.locator("#per-question tbody tr").count() == len(QUESTIONS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_by_day_and_by_night(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.reload()
    page.wait_for_selector("#documents .dt-table")
    for name in ("Documents", "Adapt", "Ask", "Compare"):
        tab(page, name)
        page.wait_for_timeout(1500)  # buttons and tabs fade
        if name == "Compare":
            page.click("#per-question > summary")
            page.click("#meanings > summary")
        assert page.evaluate(FAINT) == {}, f"{name} in {scheme}"


def test_a_question_that_is_too_long_is_refused_in_words(page: Any) -> None:
    tab(page, "Ask")
    page.get_by_label("Both (with passages and the adapter)").wait_for()
    page.fill("#question textarea, #question input", "why? " * 2000)
    page.click("#send")
    page.locator("#chat .dt-notice.error").wait_for()
    assert "characters" in page.locator("#chat .dt-notice.error").inner_text()


def test_a_removed_run_is_gone(page: Any) -> None:
    tab(page, "Adapt")
    page.click("#run-shown input")
    page.get_by_role("option").last.click()
    card(page, "cancelled")
    page.click("#remove-run")
    page.click("#remove-run-yes")
    card(page, "done")
    assert page.locator("#runs tbody tr").count() == 1


def test_a_removed_document_is_gone_and_its_run_says_so(page: Any) -> None:
    before = page.locator("#documents tbody tr").count()
    page.click("#remove-document")
    page.click("#remove-no")
    page.wait_for_selector("#remove-yes", state="hidden")
    assert page.locator("#documents tbody tr").count() == before
    page.click("#remove-document")
    page.click("#remove-yes")
    page.wait_for_function("n => document.querySelectorAll('#documents tbody tr').length === n - 1", arg=before)
    assert page.locator("#chosen-document input").input_value() == "", "a second click takes out nothing"
    tab(page, "Ask")
    page.get_by_text("This run learned from documents that have changed or gone since").wait_for()
