"""What is shown: hostile text stays text, curves stay small, every word of the page is there and used."""

from __future__ import annotations

import errno
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from markupsafe import escape

from app import figures, render, render_answers, render_runs, terminal
from app.curve import MOST_POINTS, curve, smoothed, thinned
from app.failures import sentence_of
from app.render_evaluation import evaluation
from app.style import CSS
from app.text import ENGLISH, LANGUAGES
from domain_tuner.errors import NoSuchRun
from domain_tuner.estimate import Forecast
from domain_tuner.forecasting import RunForecast
from domain_tuner.streaming import Finished, reports
from retrieval.errors import DiskFull
from retrieval.passages import Hit, Passage

pytestmark = pytest.mark.quick

APP = Path(__file__).resolve().parent.parent / "app"
HOSTILE = (
    "<img src=https://evil.example/x onerror=alert(1)><script>x</script> ![i](https://evil.example/i.png) "
    "\"' ${alert(1)}"
)
FORECAST = RunForecast(
    size=Forecast(trainable_parameters=1234, base_parameters=10**6, adapter_bytes=5000),
    processes=1,
    peak_bytes=2 * 10**9,
    peak_bytes_of_all=2 * 10**9,
    disk_bytes=10**7,
    parts={"training": 90.0, "questions": 30.0},
    steps=40,
    steps_made=9,
    rows=321,
    questions=80,
    questions_written=0,
    device="cpu",
)
OUR_TAGS = {
    *("div", "span", "strong", "section", "header", "p", "b", "i", "dl", "dt", "dd", "h1", "h2", "svg", "polyline"),
    *(
        "label",
        "input",
        "pre",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "ul",
        "li",
        "article",
        "blockquote",
        "mark",
    ),
}


class Tags(HTMLParser):
    """All tags and attribute names of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, str | None] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(attrs)


def hostile_answer() -> dict[str, Any]:
    citation = {"number": 1, "document": HOSTILE, "page": 3, "heading": HOSTILE, "passage": 7, "text": HOSTILE}
    return {
        "arm": "rag",
        "answer": HOSTILE,
        "refused": True,
        "citations": [{**citation, "score": 0.5, "supports": True}],
        "seconds": 1.0,
        "prompt_tokens": 10,
        "output_tokens": 3,
    }


def hostile_run() -> dict[str, Any]:
    return {
        "run": HOSTILE,
        "state": "failed",
        "reason": HOSTILE,
        "method": HOSTILE,
        "options": {HOSTILE: HOSTILE},
        "chosen": {HOSTILE: HOSTILE},
        "base_model": HOSTILE,
        "created": 0.0,
        "documents": 1,
        "step": 1,
        "total": 2,
        "loss": 1.0,
        "seconds": 1.0,
        "trainable_parameters": 5,
        "adapter_bytes": 5,
    }


def hostile_hit(*spans: tuple[int, int]) -> Hit:
    return Hit(Passage(7, "d", HOSTILE, 3, HOSTILE, HOSTILE, 0), 0.5, spans)


def hostile_evaluation() -> dict[str, Any]:
    score = {"value": 0.5, "low": 0.25, "high": 0.75}
    nothing = {"value": None, "low": None, "high": None}
    arm = {"n": 2, "exact_match": score, "f1": score, "refusal_precision": nothing, "refusal_recall": nothing}
    said = {"answer": HOSTILE, "refused": False, "f1": 0.5}
    return {
        "run": "r",
        "verdict": HOSTILE,
        "seen": 1,
        "stamp": {"date": "2026-11-27", "file": HOSTILE, "questions": 2},
        "arms": {name: {**arm, "citation_hit": nothing, "seconds_per_question": 0.5} for name in render.ARMS},
        "pairs": [{"a": "rag", "b": "base", "metric": "f1", "difference": 0.1, "low": 0.0, "high": 0.2, "p": 0.0004}],
        "questions": [
            {"question": HOSTILE, "answers": [HOSTILE], "document": HOSTILE, "arms": dict.fromkeys(render.ARMS, said)},
            {"question": "?", "answers": [], "document": None, "arms": dict.fromkeys(render.ARMS, said)},
        ],
    }


def hostile_pages() -> dict[str, str]:
    document = SimpleNamespace(name=HOSTILE, suffix=HOSTILE, pages=1, passages=2, size=3)
    result = SimpleNamespace(name=HOSTILE, status="failed", reason=HOSTILE)
    progress = SimpleNamespace(phase=HOSTILE, step=1, total=2, loss=1.0, seconds_left=3.0)
    metrics = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}]
    turns: list[dict[str, Any]] = [
        {"question": HOSTILE, "arm": "rag", "answer": hostile_answer()},
        {"question": HOSTILE, "arm": "base", "text": HOSTILE},
        {"question": HOSTILE, "arm": "base", "error": HOSTILE},
    ]
    return {
        "documents": render.documents([document], [result], ENGLISH),
        "ingested": render.ingested([result], ENGLISH),
        "working": render.working(HOSTILE, 0.5),
        "run": render_runs.run_card(hostile_run(), progress, metrics, ENGLISH),
        "runs": render_runs.runs([hostile_run()], ENGLISH),
        "unavailable": render_answers.unavailable({"rag": HOSTILE}, ENGLISH),
        "forecast": render_runs.forecast(HOSTILE, FORECAST, ENGLISH),
        "hits": render_answers.hits([hostile_hit((0, 5), (9, 12))], ENGLISH),
        "chat": render_answers.chat(turns, ENGLISH),
        "cards": render_answers.cards({"rag": turns[0], "base": turns[1], "peft": turns[2]}, ENGLISH),
        "evaluation": evaluation(hostile_evaluation(), ENGLISH),
        "log": render_runs.log(HOSTILE),
        "about": render.about(HOSTILE, HOSTILE, ENGLISH),
    }


@pytest.mark.parametrize(("name", "html"), hostile_pages().items())
def test_text_of_documents_and_models_never_becomes_html(name: str, html: str) -> None:
    found = Tags(html)
    assert found.tags <= OUR_TAGS
    assert not {key for key in found.attributes if key.startswith("on") or key in ("src", "href")}
    assert "&lt;img src=https://evil.example/x onerror=alert(1)&gt;" in html, "the text itself is shown"


def test_the_words_that_were_found_are_marked() -> None:
    shown = render_answers.hits([hostile_hit((0, 4), (5, 8))], ENGLISH)
    assert "<blockquote><mark>&lt;img</mark> <mark>src</mark>=https" in shown
    assert f"<blockquote>{escape(HOSTILE)}</blockquote>" in render_answers.hits([hostile_hit()], ENGLISH)


def test_a_forecast_says_what_a_run_takes() -> None:
    shown = render_runs.forecast("lora", FORECAST, ENGLISH)
    for said in ("2 min 0 s", "2.0 GB", "10.0 MB", "1,234", "5.0 KB", "321", "For lora", "from 9 of 40 steps"):
        assert said in shown


def test_only_a_run_that_is_done_can_be_downloaded() -> None:
    progress = SimpleNamespace(phase="", step=2, total=2, loss=1.0, seconds_left=None)
    for state in ("done", "failed", "training"):
        card = render_runs.run_card(
            {**hostile_run(), "run": "r1", "state": state, "reason": None}, progress, [], ENGLISH
        )
        assert ('href="/adapters/r1.zip"' in card) is (state == "done")


def test_what_is_counted_while_a_run_prepares_are_no_steps() -> None:
    progress = SimpleNamespace(phase="writing questions", step=96, total=433, loss=None, seconds_left=None)
    shown = {**hostile_run(), "reason": None, "loss": None}
    preparing = render_runs.run_card({**shown, "state": "preparing"}, progress, [], ENGLISH)
    assert "<dt>Progress</dt><dd>96 of 433</dd>" in preparing and ENGLISH["curve_soon"] in preparing
    training = render_runs.run_card({**shown, "state": "training"}, progress, [], ENGLISH)
    assert "<dt>Step</dt><dd>96 of 433</dd>" in training
    for state in ("failed", "cancelled", "interrupted"):
        assert ENGLISH["curve_soon"] not in render_runs.run_card({**shown, "state": state}, progress, [], ENGLISH)


def test_a_progress_bar_says_of_what_and_how_far() -> None:
    bar = Tags(render.working("Reading a.pdf", 0.5)).attributes
    assert (bar["role"], bar["aria-label"], bar["aria-valuenow"]) == ("progressbar", "Reading a.pdf", "50")


def test_answers_are_read_out_as_they_come() -> None:
    turn = {"question": "?", "arm": "base", "text": "so"}
    assert Tags(render_answers.chat([turn], ENGLISH)).attributes["role"] == "log"
    assert 'class="dt-cards" aria-live="polite"' in render_answers.cards({}, ENGLISH)


def test_a_refusal_is_not_said_twice() -> None:
    answer = {**hostile_answer(), "citations": []}
    for said, times in (("Not in the documents.", 1), ("Not in the documents, I think.", 2)):
        assert (
            render_answers.answer({"answer": {**answer, "answer": said}}, ENGLISH).lower().count("not in the doc")
            == times
        )


def test_the_end_of_a_log_is_shown() -> None:
    assert render_runs.log("") == "" and "&lt;b&gt;" in render_runs.log("<b>")
    assert "last" in render_runs.log("first" + "x" * 10**6 + "last") and "first" not in render_runs.log(
        "first" + "x" * 10**6
    )


def test_empty_states_say_what_is_missing() -> None:
    assert ENGLISH["no_documents_hint"] in render.documents([], [], ENGLISH)
    assert ENGLISH["no_runs_hint"] in render_runs.runs([], ENGLISH)
    assert ENGLISH["chat_empty_hint"] in render_answers.chat([], ENGLISH)
    assert ENGLISH["curve_soon"] in curve([{"step": 1, "loss": 2.0}], ENGLISH)


def test_the_type_of_a_document_stays_on_one_line() -> None:
    document = SimpleNamespace(name="a.html", suffix=".html", pages=1, passages=2, size=3)
    assert '<td class="s">HTML</td>' in render.documents([document], [], ENGLISH)
    assert re.search(r"\.dt-table \.s \{ white-space: nowrap; \}", CSS)


def test_four_cards_even_before_there_is_an_answer() -> None:
    html = render_answers.cards({}, ENGLISH)
    assert [html.count(f'id="card-{arm}"') for arm in render.ARMS] == [1, 1, 1, 1]
    assert html.count("aria-busy") == 4


def test_citations_keep_their_numbers_and_places() -> None:
    html = render_answers.answer({"answer": hostile_answer()}, ENGLISH)
    assert '<span class="dt-number">1</span>' in html
    assert "page 3" in html and "score 0.50" in html and ENGLISH["refused"] in html


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    metrics = [{"step": step, "loss": 1000.0 / step} for step in range(1, 5001)]
    html = curve(metrics, ENGLISH)
    lines = re.findall(r'points="([^"]*)"', html)
    assert [len(line.split()) for line in lines] == [MOST_POINTS, MOST_POINTS]
    assert lines[0].startswith("0.00,0.00 ") and lines[0].endswith("100.00,100.00")
    assert ">5000<" in html and ENGLISH["step"] in html and ENGLISH["loss"] in html


def test_smoothing_begins_at_the_first_loss_and_keeps_a_constant() -> None:
    assert smoothed([(1, 4.0), (2, 4.0), (3, 4.0)]) == [(1, 4.0), (2, pytest.approx(4.0)), (3, pytest.approx(4.0))]
    assert thinned([(1, 1.0), (2, 2.0)]) == [(1, 1.0), (2, 2.0)]


def test_the_evaluation_on_the_page_has_intervals_pairs_and_every_question() -> None:
    html = evaluation(hostile_evaluation(), ENGLISH)
    assert html.count('class="dt-range">25–75<') == 8
    assert ENGLISH["exact_match"] in html and ENGLISH["citation_hit"] not in html, "an unmeasured metric has no column"
    assert "+10.0 [+0.0, +20.0]" in html and "&lt; 0.001" in html
    assert html.count('class="dt-said') == 8


def test_a_verdict_begins_with_its_advice_and_arms_have_both_their_names() -> None:
    result = {**hostile_evaluation(), "verdict": "Retrieve, do not tune: F1 56.2 against base 5.2: so it is."}
    html = evaluation(result, ENGLISH)
    assert "<strong>Retrieve, do not tune</strong>F1 56.2 against base 5.2: so it is." in html
    assert '<b>Passages</b> <span class="dt-faint">rag</span>' in html


def test_an_evaluation_says_what_it_is_of_and_an_older_one_does_not() -> None:
    result = hostile_evaluation()
    assert "Over 2 questions of &lt;img" in evaluation(result, ENGLISH)
    own = {**result, "stamp": {**result["stamp"], "file": None}}
    assert "Over 2 questions that the run set aside, on 2026-11-27." in evaluation(own, ENGLISH)
    del result["stamp"]
    assert "on 2026" not in evaluation(result, ENGLISH) and "dt-verdict" in evaluation(result, ENGLISH)


def test_right_and_wrong_are_told_by_a_sign_and_each_number_is_explained() -> None:
    html = evaluation(hostile_evaluation(), ENGLISH)
    assert html.count("≈ &lt;img") == 4 and html.count("✗ &lt;img") == 4, "half right; not refused, and to be refused"
    assert "✓ right, ≈ partly right, ✗ wrong" in html
    shown = ("interval", "exact_match", "f1", "p_value")
    assert all(ENGLISH[f"{name}_what"].split(",")[0] in html for name in shown)
    assert ENGLISH["citation_hit_what"] not in html, "it was not measured"


def test_rules_for_the_dark_have_one_selector() -> None:
    rules = re.findall(r"([^{}]*\.dark[^{}]*)\{", CSS)
    assert len(rules) > 5 and not [rule for rule in rules if "," in re.sub(r":is\([^)]*\)", "", rule)]


def test_a_turn_names_the_run_of_its_adapter() -> None:
    turn = {"question": "?", "arm": "peft", "adapter": "20261126-232027-f716", "text": "so"}
    assert "Adapter · 20261126-232027-f716" in render_answers.chat([turn], ENGLISH)
    assert ">Passages<" in render_answers.chat([{**turn, "arm": "rag", "adapter": None}], ENGLISH)


def test_the_evaluation_on_the_terminal() -> None:
    text = terminal.evaluation(hostile_evaluation())
    assert "of 1 question that the documents answer" in text and "and 1 that they do not" in text
    assert "combined  50.0 [25.0, 75.0]  50.0 [25.0, 75.0]  -" in text
    assert re.search(r"rag - base +F1 +10\.0 \[0\.0, 20\.0\] +< 0\.001", text)


def test_terminal_text_cannot_steer_the_terminal() -> None:
    assert terminal.safe("a\x1b[2Jb\x07\u202ec\nd\te") == "a[2Jbc\nd\te"
    assert terminal.table(["x"], [["\x1b[31mred\nnext"]]).splitlines()[1] == "[31mred next"
    assert terminal.shortened("one two  three", 8) == "one two…"
    assert terminal.shortened("备用钥匙在十二号房间", 8) == "备用钥…", "a Chinese sign is two columns wide"


def test_tables_line_up_with_wide_characters() -> None:
    lines = terminal.table(["name", "n"], [["手册.pdf", 1], ["ab", None]]).splitlines()
    assert lines == ["name      n", "手册.pdf  1", "ab        -"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (0.94, "0.9 s"), (42, "42 s"), (185, "3 min 5 s"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float | None, text: str) -> None:
    assert figures.duration(seconds) == text


def test_counts_sizes_and_percents() -> None:
    assert [figures.counted(n, "passage") for n in (0, 1, 2, 1000)] == [
        "0 passages",
        "1 passage",
        "2 passages",
        "1,000 passages",
    ]
    assert [figures.size(n) for n in (None, 12, 1234, 5_600_000, 7e12)] == [
        "-",
        "12 B",
        "1.2 KB",
        "5.6 MB",
        "7000.0 GB",
    ]
    assert figures.interval({"value": None}) == "-"


def test_known_errors_are_their_sentence_and_bugs_are_logged(tmp_path: Path) -> None:
    assert sentence_of(NoSuchRun("There is no run 'x'."), tmp_path) == "There is no run 'x'."
    assert sentence_of(DiskFull("The disk is full."), tmp_path) == "The disk is full."
    assert "full" in sentence_of(OSError(errno.ENOSPC, "No space left on device"), tmp_path)
    copying = shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")])
    assert "is full" in sentence_of(copying, tmp_path)
    assert "permissions" in sentence_of(PermissionError(errno.EACCES, "denied", "/x"), tmp_path)
    assert not (tmp_path / "errors.log").exists()
    try:
        raise KeyError("what nobody thought of")
    except KeyError as error:
        said = sentence_of(error, tmp_path)
    assert "bug" in said and "KeyError" in said and "nobody" not in said
    log = (tmp_path / "errors.log").read_text("utf-8")
    assert "Traceback" in log and "what nobody thought of" in log


def test_a_bug_that_cannot_be_logged_is_shown_in_full(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = sentence_of(KeyError("lost"), tmp_path / "file")
    assert "lost" in said and "could not be logged" in said


def test_reports_come_in_order_and_the_result_last() -> None:
    def count(report: Any) -> str:
        for n in range(50):
            report(n)
        return "done"

    *told, last = reports(count)
    assert [n for some in told for (n,) in some] == list(range(50))  # type: ignore[union-attr]
    assert last == Finished("done")


def test_what_the_call_raises_is_raised_after_its_reports() -> None:
    def fail(report: Any) -> None:
        report("before")
        raise ValueError("after")

    told = reports(fail)
    assert next(told) == [("before",)]
    with pytest.raises(ValueError, match="after"):
        next(told)


def test_all_languages_have_the_same_words_and_fields() -> None:
    fields = {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in ENGLISH.items()}
    for words in LANGUAGES.values():
        assert {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in words.items()} == fields
        assert all(words.values())


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    code = "\n".join(
        path.read_text("utf-8") for path in APP.rglob("*.py") if path.name not in ("text.py", "chinese.py")
    )
    named = set(re.findall(r'words\[\s*"(\w+)"\s*\]', code))
    assert named <= set(ENGLISH)
    quoted = set(re.findall(r'"(\w+)"', code))
    prefixes = tuple(re.findall(r'[\["\']f?"?(\w+_)(?:\{|\')', code))
    unused = [
        key
        for key in ENGLISH
        if key not in quoted and not key.startswith(prefixes) and not key.endswith(("_hint", "_what"))
    ]
    assert not unused
