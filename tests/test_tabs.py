"""The page's tabs without a browser: what their callbacks answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
import pytest

from app import evaluating, forms
from app.evaluating import Evaluating, Stopped
from app.tabs import Page, cleaned
from app.tabs.adapt import AdaptTab
from app.tabs.ask import AskTab
from app.tabs.compare import CompareTab
from app.tabs.documents import DocumentsTab
from app.text import ENGLISH
from domain_tuner.errors import BadQuestions, WrongOption
from domain_tuner.locks import Lock
from domain_tuner.methods import METHODS, parse_options
from domain_tuner.runs import DONE, PREPARING, RunConfig
from domain_tuner.workspace import Workspace

pytestmark = pytest.mark.quick

Tab = TypeVar("Tab")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path)
    yield made
    made.close()


def made_of(kind: type[Tab], workspace: Workspace) -> tuple[gr.Blocks, Tab]:
    """A page with this one tab."""
    with gr.Blocks() as blocks:
        page = Page(workspace, ENGLISH, gr.State(None), Evaluating(workspace))
        with gr.Tabs():
            return blocks, kind(page)  # type: ignore[call-arg]


def done_run(workspace: Workspace) -> str:
    run = workspace.runs.create(RunConfig(None, "", "lora", {}))
    run.record(DONE)
    return run.id


def lamps(folder: Path) -> Path:
    """A document."""
    file = folder / "lamps.txt"
    file.write_text("The lamp costs 4 crowns.")
    return file


def emptied(tab: AdaptTab) -> dict[Any, Any]:
    return dict.fromkeys((*tab.options["lora"].values(), *tab.training.values()))


def shown_of(update: Any) -> Any:
    """The value that a callback gives a widget; None where it leaves it."""
    return update.value if isinstance(update, gr.components.Component) else update


def test_the_arm_that_a_visitor_chose_stays_and_else_the_richest_is_taken(workspace: Workspace) -> None:
    blocks, tab = made_of(AskTab, workspace)

    def offered(preferred: str | None) -> tuple[list[str], str]:
        radio = tab.refresh(preferred, None)[tab.arm]
        return [value for _, value in radio.choices], radio.value

    assert offered(None) == (["base"], "base")
    workspace.runs.create(RunConfig(None, "", "lora", {})).record(DONE)
    assert offered(None) == (["base", "peft"], "peft"), "nobody chose base, it was the only one"
    assert offered("base")[1] == "base" and offered("peft")[1] == "peft"
    assert offered("combined")[1] == "peft", "without documents it cannot answer"
    noting = [fn for fn in blocks.fns.values() if (tab.arm._id, "input") in fn.targets]
    assert [fn.outputs for fn in noting] == [[tab.preferred]] and noting[0].fn("base") == "base"  # type: ignore[misc]


def test_questions_wait_in_the_chat_and_are_answered_in_their_order(workspace: Workspace) -> None:
    blocks, tab = made_of(AskTab, workspace)
    turns: list[dict[str, Any]] = []
    for question in ("First?", "Second?"):
        assert tab.take(question, "peft", None, turns)[tab.question] == "", "the box is free at once"
    list(tab.answer(turns, None, None))
    assert [("error" in turn, turn["question"]) for turn in turns] == [(True, "First?"), (False, "Second?")]
    list(tab.answer(turns, None, None))
    assert all("tune" in turn["error"] for turn in turns) and list(tab.answer(turns, None, None)) == []
    answering = [fn for fn in blocks.fns.values() if fn.fn and fn.fn.__name__ == "answer"]
    assert [fn.trigger_mode for fn in answering] == ["multiple"] * 2, "one that comes while another goes on is not lost"
    tab.take("  ", "peft", None, turns)
    assert len(turns) == 2, "no question is no turn"


def test_uploads_keep_their_names_and_leave_nothing(workspace: Workspace) -> None:
    _, tab = made_of(DocumentsTab, workspace)
    sent = []
    uploads = workspace.folder / "uploads"
    for number, name in enumerate(("Price list!.txt", "Price list.txt", "{Price} list.txt", "Price list.txt")):
        path = uploads / str(number) / "Price list.txt"
        path.parent.mkdir(parents=True)
        path.write_text(f"The lamp costs {number} crowns.")
        sent.append({"path": str(path), "orig_name": name})
    gone = {"path": str(uploads / "9" / "gone.txt"), "orig_name": "gone.txt"}
    *_, said = tab.upload([*sent, gone], [])
    names = sorted(document.name for document in workspace.corpus.documents())
    assert names == ["Price list (2).txt", "Price list!.txt", "Price list.txt", "{Price} list.txt"]
    assert [result.name for result in said[tab.failed]] == ["gone.txt"]
    assert not any(uploads.iterdir())


def test_a_run_that_cannot_start_is_not_left_waiting(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("domain_tuner.jobs.start", full)
    monkeypatch.setattr(workspace, "config_of", lambda *_: RunConfig(None, "", "lora", {}))
    with pytest.raises(OSError, match="No space"):
        workspace.tune()
    assert workspace.runs.all() == []


def test_the_run_on_display_is_the_one_that_is_asked_stopped_and_resumed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tab = made_of(AdaptTab, workspace)
    part = tab.runs
    old = done_run(workspace)
    seen = part.look("current")[part.seen]
    assert part.hand_over(seen)[part.page.run] is None, "it is the newest, and a newer one would be as welcome"
    new = done_run(workspace)
    assert part.hand_over(seen)[part.page.run] == old
    touched: list[str] = []
    for name in ("cancel", "resume"):
        monkeypatch.setattr(f"domain_tuner.jobs.{name}", lambda run: touched.append(run.id))
    monkeypatch.setattr(gr, "Info", lambda *_, **__: None)
    part.stop("current", seen)
    part.go_on("current", seen)
    assert touched == [old, old] and new not in touched


def test_the_current_run_is_the_one_at_work(workspace: Workspace) -> None:
    _, tab = made_of(AdaptTab, workspace)
    part = tab.runs
    older = workspace.runs.create(RunConfig(None, "", "lora", {}))
    older.record(PREPARING, started=time.time())
    newer = workspace.runs.create(RunConfig(None, "", "lora", {}))
    with Lock(older.lock_file) as lock:
        assert lock.take()
        shown = part.look("current")
        assert shown[part.seen]["run"] == older.id and shown[part.cancel].visible
        assert part.begun(newer)[part.run].value == newer.id, "what was just started is shown, though it waits"
        assert part.begun(older)[part.run].value == "current"
    older.record(DONE)
    assert part.look("current")[part.seen]["run"] == newer.id


def test_a_run_is_removed_when_the_visitor_is_sure(workspace: Workspace) -> None:
    _, tab = made_of(AdaptTab, workspace)
    part, run = tab.runs, workspace.runs.get(done_run(workspace))
    run.log_file.write_text("what <it> wrote")
    seen = part.look("current")
    assert "what &lt;it&gt; wrote" in seen[part.log] and seen[part.log_part].visible and seen[part.remove].visible
    asked = part.doom(seen[part.seen])
    assert run.id in asked[part.sure.warning] and asked[part.sure.doomed] == run.id and workspace.runs.all()
    for _ in range(2):  # the second comes too late
        gone = part.take_out(run.id, "current")
        assert not workspace.runs.all() and gone[part.sure.doomed] is None and not gone[part.remove].visible


def test_a_double_click_starts_one_run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _, tab = made_of(AdaptTab, workspace)
    begun: list[Any] = []

    def tune(**asked: Any) -> Any:
        begun.append(asked)
        return workspace.runs.get(done_run(workspace))

    monkeypatch.setattr(workspace, "tune", tune)
    read: dict[Any, Any] = {tab.method: "lora", tab.questions: None, tab.base: "", tab.begun: 0.0}
    read |= emptied(tab)
    off, on = tab.begin(read)
    assert not off[tab.start].interactive and on[tab.start].interactive
    assert list(tab.begin({**read, tab.begun: on[tab.begun]})) == [] and len(begun) == 1
    assert len(list(tab.begin({**read, tab.begun: on[tab.begun] - 1}))) == 2 and len(begun) == 2
    monkeypatch.setattr(workspace, "tune", lambda **_: 1 / 0)
    failing = tab.begin(read)
    next(failing)
    assert next(failing)[tab.start].interactive
    with pytest.raises(ZeroDivisionError):
        next(failing)


def test_a_fraction_is_no_whole_number(workspace: Workspace) -> None:
    _, tab = made_of(AdaptTab, workspace)
    rank = tab.options["lora"]["rank"]
    typed = forms.values({"rank": rank}, {rank: rank.preprocess(1.5)})
    with pytest.raises(WrongOption, match=r"rank=1\.5 does not fit"):
        parse_options(METHODS["lora"], typed)
    assert [tab.options["lora"][name].label for name in ("rank", "rslora", "dora")] == ["Rank", "rsLoRA", "DoRA"]


def test_a_questions_file_is_called_as_the_visitor_called_it_and_not_kept(workspace: Workspace, tmp_path: Path) -> None:
    _, tab = made_of(AdaptTab, workspace)
    file = workspace.folder.resolve() / "uploads" / "0" / "mine.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("no JSON")
    workspace.corpus.ingest([lamps(tmp_path)])
    with pytest.raises(BadQuestions) as caught:
        workspace.tune(**tab._asked({tab.method: "lora", tab.questions: str(file), tab.base: "", **emptied(tab)}))
    said = tab.page.sentence(caught.value)
    assert "mine.jsonl, line 1" in said and "uploads" not in said and str(workspace.folder) not in said
    assert not (workspace.folder / "questions").exists()


def test_what_is_missing_first_is_said_first(workspace: Workspace, tmp_path: Path) -> None:
    _, adapt = made_of(AdaptTab, workspace)
    _, compare = made_of(CompareTab, workspace)
    assert adapt.refresh("current")[adapt.runs.card] == ""
    assert ENGLISH["compare_no_documents_hint"] in compare.refresh(None, {})[compare.missing].value
    workspace.corpus.ingest([lamps(tmp_path)])
    assert ENGLISH["no_runs_hint"] in adapt.refresh("current")[adapt.runs.card]
    assert ENGLISH["compare_no_run_hint"] in compare.refresh(None, {})[compare.missing].value


def test_a_run_that_is_gone_meanwhile_is_offered_no_more(workspace: Workspace) -> None:
    _, ask = made_of(AskTab, workspace)
    _, compare = made_of(CompareTab, workspace)
    kept, gone = done_run(workspace), done_run(workspace)
    turns: list[dict[str, Any]] = []
    asked: dict[str, Any] = {}
    ask.take("Who?", "peft", gone, turns)
    compare.take("Who?", gone, asked)
    workspace.runs.remove(gone)
    anew, answered = ask.answer(turns, None, gone)
    assert anew[ask.run].value == kept and f"done: {kept}." in answered[ask.chat]
    (told,) = compare.compare(asked)
    assert told[compare.run].value == kept and f"done: {kept}." in told[compare.cards]


def test_a_newer_run_is_asked_and_compared_unless_the_visitor_chose_one(workspace: Workspace) -> None:
    _, ask = made_of(AskTab, workspace)
    _, compare = made_of(CompareTab, workspace)
    old = done_run(workspace)
    for tab, refresh in ((ask, ask.refresh), (compare, lambda _, chosen: compare.refresh(chosen, {}))):
        assert refresh(None, None)[tab.run].value == old
    assert ask.choose(None, old)[ask.page.run] == old and compare.choose(old, {})[compare.page.run] == old
    new = done_run(workspace)
    assert ask.refresh(None, None)[ask.run].value == new and compare.refresh(None, {})[compare.run].value == new
    assert ask.refresh(None, old)[ask.run].value == old and compare.refresh(old, {})[compare.run].value == old


def test_answers_go_when_another_run_is_shown_and_the_latest_question_wins(workspace: Workspace) -> None:
    _, tab = made_of(CompareTab, workspace)
    old, new = done_run(workspace), done_run(workspace)
    asked: dict[str, Any] = {}
    drawn = tab.take("First <one>?", new, asked)[tab.cards]
    assert drawn.count("aria-busy") == 4 and "First &lt;one&gt;?" in drawn and new in drawn
    assert "cards" not in str(shown_of(tab.refresh(new, asked)[tab.cards])) and asked, "the same run"
    first = tab.compare(asked)
    tab.take("Second?", new, asked)
    list(first)
    assert list(tab.compare(asked)) == [], "the first to come to its turn answers the latest question"
    assert ENGLISH["compare_empty"] in tab.refresh(old, asked)[tab.cards] and not asked


def test_the_next_version_of_a_document_is_chosen_and_what_was_typed_stays(
    workspace: Workspace, tmp_path: Path
) -> None:
    _, tab = made_of(DocumentsTab, workspace)
    file = tmp_path / "in" / "lamps.txt"
    file.parent.mkdir()
    (tmp_path / "in" / "a.txt").write_text("The first in the list.")

    def version(text: str) -> str:
        file.write_text(text)
        workspace.corpus.ingest([tmp_path / "in" / "a.txt", file])
        return workspace.corpus.find("lamps.txt").id

    old = version("The lamp costs 4 crowns.")
    listed = tab.refresh([], old, {})[tab.listed]
    part = tab.passages
    before = part.list_of(old)
    new = version("The lamp costs 5 crowns.")
    assert tab.refresh([], old, listed)[tab.chosen].value == new != old
    chosen, loaded = before[part.chosen].value, before[part.loaded]
    kept = part.of_another(new, chosen, "What I typed", loaded)
    assert part.text not in kept and kept[part.chosen].value is None
    assert "copy it" in kept[part.about] and len(kept[part.chosen].choices) == 1
    assert part.of_another(new, chosen, before[part.text], loaded)[part.text] == "The lamp costs 5 crowns."
    loaded = part.list_of(new)[part.loaded]
    assert part.of_another(new, None, "What I typed", loaded) == gr.skip(), "a page that opens asks twice at once"
    other = workspace.corpus.find("a.txt").id
    assert part.of_another(other, None, loaded["text"], loaded)[part.text] == "The first in the list."
    back = part.of_another(other, None, "typed", loaded)
    assert back[part.document] == new and part.text not in back and ENGLISH["passage_unsaved"][:40] in back[part.about]


def test_another_passage_waits_until_what_is_typed_is_saved_or_put_back(workspace: Workspace, tmp_path: Path) -> None:
    _, tab = made_of(DocumentsTab, workspace)
    (tmp_path / "in.md").write_text("# Lamps\n\nThe lamp costs 4 crowns.\n\n# Keys\n\nThe keys hang in room 12.\n")
    workspace.corpus.ingest([tmp_path / "in.md"])
    (document,) = workspace.corpus.documents()
    whole = workspace.corpus.passages()[0]
    first, second = workspace.corpus.split_passage(whole.id, whole.text.index("The keys"))
    part = tab.passages
    before = part.list_of(document.id)
    text, loaded = before[part.text], before[part.loaded]
    assert "The lamp costs" in before[part.chosen].choices[0][0] and "The keys" in before[part.chosen].choices[1][0]
    assert part.choose(document.id, first.id, "typed", loaded) == gr.skip(), "the list was left without a choice"
    assert part.choose(document.id, second.id, text, loaded)[part.chosen].value == second.id
    kept = part.choose(document.id, second.id, "typed", loaded)
    assert kept[part.chosen] == first.id and part.text not in kept
    put_back = part._changing(part._revert)
    assert put_back(document.id, first.id, "typed")[part.text] == text and len(workspace.corpus.passages()) == 2
    assert put_back(document.id, first.id, text)[part.text] == whole.text, "and then what was saved"
    gone = part.choose(document.id, first.id, "typed", loaded)
    assert gone[part.text] == whole.text, "chosen anew"


def test_removing_asks_first_and_may_come_too_late(workspace: Workspace, tmp_path: Path) -> None:
    _, tab = made_of(DocumentsTab, workspace)
    (tmp_path / "<lamps>.txt").write_text("The lamp costs 4 crowns.")
    workspace.corpus.ingest([tmp_path / "<lamps>.txt"])
    (document,) = workspace.corpus.documents()
    listed = tab.refresh([], None, {})[tab.listed]
    sure = tab.sure
    assert "by hand" not in tab.ask(document.id)[sure.warning]
    workspace.corpus.edit_passage(workspace.corpus.passages()[0].id, "The lamp costs 5 crowns.")
    asked = tab.ask(document.id)
    assert asked[sure.doomed] == document.id and "by hand, which go with it: 1." in asked[sure.warning]
    assert workspace.corpus.documents() == [document]
    assert sure.leave()[sure.doomed] is None
    assert "was removed." in tab.take_out(document.id, [], listed)[tab.said] and not workspace.corpus.documents()
    again = tab.take_out(document.id, [], listed)
    assert "&lt;lamps&gt;.txt was removed already." in again[tab.said] and again[tab.chosen].value is None
    assert tab.ask(document.id)[sure.doomed] is None


def test_what_failed_is_listed_until_it_is_sent_again(workspace: Workspace) -> None:
    _, tab = made_of(DocumentsTab, workspace)
    failed: list[Any] = []

    def send(**files: str) -> list[str]:
        folder = workspace.folder / "uploads" / "sent"
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / f"{name}.txt").write_text(text)
        list(tab.upload([{"path": str(path), "orig_name": path.name} for path in sorted(folder.iterdir())], failed))
        return [result.name for result in failed]

    assert send(one="", two="") == ["one.txt", "two.txt"]
    assert send(three="", four="The lamp is green.") == ["one.txt", "two.txt", "three.txt"]
    assert send(one="The lamp is red.", two="") == ["three.txt", "two.txt"]
    assert tab.refresh(failed, None, {})[tab.dismiss].visible
    cleared = tab.forget_failed(failed, None, {})
    assert not failed and not cleared[tab.dismiss].visible and "three.txt" not in cleared[tab.table]


def test_an_evaluation_goes_on_by_itself_one_at_a_time_until_it_is_stopped(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, tab = made_of(CompareTab, workspace)
    (tmp_path / "one.txt").write_text("The lamp is green.")
    workspace.corpus.ingest([tmp_path / "one.txt"])
    run, other = done_run(workspace), done_run(workspace)
    made: list[str] = []
    go_on = threading.Semaphore(0)

    def evaluate(_: object, __: object, run_id: str, progress: Any, file: Path | None) -> None:
        made.append(run_id)
        for done in range(1, 5):
            go_on.acquire()
            progress(done, 4)

    def wait(until: Callable[[], bool]) -> None:
        end = time.monotonic() + 20
        while not until() and time.monotonic() < end:
            time.sleep(0.01)

    monkeypatch.setattr(evaluating, "evaluate_and_keep", evaluate)
    monkeypatch.setattr(gr, "Info", lambda *_, **__: None)
    begun = tab.score(None, run)
    assert begun[tab.questions] is None, "the file is taken"
    assert begun[tab.stop].visible and not begun[tab.evaluate].interactive
    go_on.release()
    wait(lambda: tab.page.evaluating.now.done == 1)
    shown = tab.refresh(other, {})
    assert f"run {run}: answer 1 of 4" in shown[tab.state], "whoever comes sees it"
    assert tab.poll(other, shown[tab.seen])["__type__"] == "update", "nothing new, nothing changed"
    joined = tab.score("file.jsonl", other)
    assert f"run {run}" in joined[tab.state] and tab.questions not in joined and made == [run]
    tab.end()
    go_on.release()
    wait(lambda: not tab.page.evaluating.now.working)
    assert isinstance(tab.page.evaluating.now.error, Stopped)
    over = tab.poll(run, shown[tab.seen])
    assert tab.refresh(run, {})[tab.state] == "", "it was told"
    assert ENGLISH["stopped"] in over[tab.state] and not over[tab.stop].visible and over[tab.evaluate].interactive
    assert tab.poll(other, shown[tab.seen])[tab.state] == ""
    go_on.release(4)
    tab.score(None, other)
    wait(lambda: not tab.page.evaluating.now.working)
    assert made == [run, other] and tab.page.evaluating.now.error is None and tab.page.evaluating.now.done == 4


def test_without_documents_nothing_is_evaluated(workspace: Workspace) -> None:
    _, tab = made_of(CompareTab, workspace)
    run = done_run(workspace)
    tab.score(None, run)
    end = time.monotonic() + 20
    while tab.page.evaluating.now.working and time.monotonic() < end:
        time.sleep(0.01)
    assert "There are no documents to show" in tab.poll(run, None)[tab.state]


def test_halves_of_signs_do_not_pass(workspace: Workspace) -> None:
    box, held = gr.Textbox(), [{"question": "\ud800"}]
    assert cleaned("a\ud800b") == "a?b" and cleaned({box: "\ud800", "x": 1}) == {box: "?", "x": 1}
    assert cleaned(held) is held and cleaned(None) is None
    _, tab = made_of(AskTab, workspace)
    taken = tab.page.shown(tab.take)("W\ud800hy?", "base", None, [])
    assert taken[tab.turns][0]["question"] == "W?hy?"
