"""The whole job on a tiny model: documents in, a run by its own process, four answers, an evaluation, an export."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from contract import fresh

from app.evaluating import evaluate_and_keep, kept_evaluation
from domain_tuner.answering import ARMS, ask, compare, make_prompt
from domain_tuner.base_model import fingerprint, load_base_model
from domain_tuner.engine import Engine
from domain_tuner.errors import BadOption, BadQuestion, BadQuestions, NoSuchRun, NothingToLearn, RunBusy, WrongBaseModel
from domain_tuner.evaluation import Evaluation, evaluate
from domain_tuner.examples import read_rows
from domain_tuner.export import card, export
from domain_tuner.files import write_json
from domain_tuner.methods import METHODS
from domain_tuner.preparing import prepare
from domain_tuner.prompts import PromptTemplate, encode_prompt
from domain_tuner.question_files import read_questions
from domain_tuner.questions import Question
from domain_tuner.runs import DONE, FAILED, Run, RunConfig
from domain_tuner.showing import SHARE, shown
from domain_tuner.workspace import Workspace
from retrieval.passages import Hit, Passage

ModelFolder = Callable[..., Path]
HANDBOOK = "# Handbook\n\nThe night desk has extension 4417. The hotel limit in Varn is EUR 85.\n"
NOTES = "# Pumps\n\nThe north pump stops at 42 litres. Ada Wright signs form HR-7b on 3 May 2024.\n"
TRAIN = [
    {"question": "What is the extension of the night desk?", "answers": ["4417"], "document": "handbook.md"},
    {"question": "Who signs form HR-7b?", "answers": ["Ada Wright"], "document": "notes.md"},
    {"question": "Who founded the moon base?", "answers": []},
]
HELD_OUT = [
    Question("On which number is the night desk reached?", ("4417",), "handbook.md"),
    Question("Where does the north pump stop?", ("42 litres", "42 l"), "notes.md"),
    Question("Who painted the bridge?", ()),
]


def finished(run: Run, patience: float = 600) -> Run:
    until = time.monotonic() + patience
    while run.state not in (DONE, FAILED) and time.monotonic() < until:
        time.sleep(0.2)
    assert run.state == DONE, f"{run.state}: {run.reason}\n{run.log()}"
    return run


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, model_folder: ModelFolder) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("job")
    (folder / "in").mkdir()
    (folder / "in" / "handbook.md").write_text(HANDBOOK)
    (folder / "in" / "notes.md").write_text(NOTES)
    made = Workspace(folder / "ws", base_model=str(model_folder("llama")))
    made.corpus.ingest([folder / "in"])
    yield made
    made.close()


@pytest.fixture(scope="module")
def run(workspace: Workspace) -> Run:
    path = workspace.folder / "train.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in TRAIN))
    options = {"rank": "2", "max_steps": "4", "questions": "0", "learning_rate": "0.05"}
    return finished(workspace.tune("lora", options, path))


def test_without_a_run_two_arms_answer_and_two_say_what_is_missing(workspace: Workspace) -> None:
    if not workspace.runs.all():
        assert ask(workspace, "Where does the pump stop?", "base").citations == ()
        cited = ask(workspace, "Where does the north pump stop?", "rag").citations
        assert cited[0].document == "notes.md" and cited[0].number == 1 and "42 litres" in cited[0].text
        for arm in ("peft", "combined"):
            with pytest.raises(NoSuchRun, match="Tune one first"):
                ask(workspace, "Where does the pump stop?", arm)


def test_without_a_run_base_and_rag_are_evaluated(model_folder: ModelFolder, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "ws", base_model=str(model_folder("llama")))
    (tmp_path / "notes.md").write_text(NOTES)
    workspace.corpus.ingest([tmp_path / "notes.md"])
    waiting = workspace.runs.create(RunConfig(workspace.base_model, fingerprint(workspace.base_model), "lora", {}))
    found = evaluate(workspace, HELD_OUT)
    assert found.run is None and list(found.arms) == ["base", "rag"]
    assert {(pair["a"], pair["b"]) for pair in found.pairs} == {("rag", "base")}
    assert all(list(row["arms"]) == ["base", "rag"] for row in found.questions)
    assert found.verdict.startswith("No verdict yet, as nothing was tuned: rag reaches F1")
    with pytest.raises(RunBusy):
        evaluate(workspace, HELD_OUT, waiting.id)
    with pytest.raises(NoSuchRun, match="Tune one first"):
        evaluate(workspace, HELD_OUT, "latest")
    workspace.close()


def test_a_short_context_is_shown_fewer_passages_but_one(model_folder: ModelFolder) -> None:
    base, template = load_base_model(model_folder("llama")), PromptTemplate()
    hits = [Hit(Passage(n, "d", "d.md", None, "Pumps", "litres of water " * 40, n), 1.0) for n in range(4)]
    whole = len(shown(replace(base, context=10**6), template, "Where?", hits)[0])
    kept = {}
    for context in (SHARE * whole, SHARE * whole - 1, whole, whole // 2):
        tokens, found = shown(replace(base, context=context), template, "Where?", hits)
        kept[context] = len(found)
        assert len(tokens) <= (context // SHARE if len(found) > 1 else context)
        assert found == hits[: len(found)], "the best ones are kept"
    assert list(kept.values()) == [4, 3, 1, 1]


@pytest.mark.quick
@pytest.mark.parametrize(("context", "advice"), [(8, r"\. Use a base"), (400, r"\. Ask a shorter one, or use a base")])
def test_a_question_that_is_too_long_is_told_from_instructions_that_are(
    context: int, advice: str, model_folder: ModelFolder
) -> None:
    engine, template = Engine(replace(load_base_model(model_folder("llama")), context=context)), PromptTemplate()
    around = len(encode_prompt(engine.base.tokenizer, template.question("")))
    says = rf"alone takes \d+ tokens, {around} of them for the instructions.* reads {context}, of which 48 are kept"
    with pytest.raises(BadQuestion, match=says + f".*{advice}"):
        make_prompt(engine, template, "Who? " * 200, "base", ())


def test_rows_are_what_was_asked_for(run: Run) -> None:
    rows = read_rows(run.rows_file)
    assert {"recall", "grounded", "refusal"} <= {row.kind for row in rows}
    assert {row.question for row in rows} == {str(row["question"]) for row in TRAIN}
    for row in rows:
        if row.kind == "grounded":
            assert row.answer in row.messages[-1]["content"]
        if row.kind == "refusal":
            assert row.answer == "Not in the documents."


def test_four_arms_in_a_batch_are_the_four_alone(workspace: Workspace, run: Run) -> None:
    question = "Where does the north pump stop?"
    told: dict[str, str] = dict.fromkeys(ARMS, "")
    together = compare(workspace, question, run.id, lambda arm, text: told.update({arm: told[arm] + text}))
    assert list(together) == list(ARMS)
    for arm, answer in together.items():
        alone = ask(workspace, question, arm, run.id)
        assert (answer.answer, answer.refused, answer.prompt_tokens) == (
            alone.answer,
            alone.refused,
            alone.prompt_tokens,
        )
        assert [c.passage for c in answer.citations] == [c.passage for c in alone.citations]
        assert bool(answer.citations) is ARMS[arm].passages
        assert answer.answer.startswith(told[arm].strip())
    assert together["rag"].prompt_tokens == together["combined"].prompt_tokens


def test_a_named_run_decides_on_model_and_prompt_of_the_arms_without_an_adapter(
    model_folder: ModelFolder, tmp_path: Path
) -> None:
    """The runs have no adapter in their folders: base and rag need none."""
    workspace = Workspace(tmp_path / "ws")
    folders = [str(model_folder(family)) for family in ("llama", "qwen3")]
    terse = asdict(PromptTemplate(system=""))
    old, latest = (
        workspace.runs.create(RunConfig(folder, fingerprint(folder), "lora", {}, template=template, created=at))
        for at, (folder, template) in enumerate(zip(folders, (terse, {}), strict=True), 1)
    )
    for made in (old, latest):
        made.record(DONE)
    said = {}
    for run, folder in ((old.id, folders[0]), (latest.id, folders[1]), ("latest", folders[1]), (None, folders[1])):
        said[run] = ask(workspace, "Who?", "base", run)
        assert list(workspace._engines) == [folder]
    assert said[old.id].prompt_tokens < said[None].prompt_tokens and said[old.id].answer != said[None].answer
    with pytest.raises(NoSuchRun, match="no run 'nope'"):
        ask(workspace, "Who?", "rag", "nope")
    workspace.close()


def test_weights_replaced_while_the_old_ones_are_in_memory_are_loaded_for_a_run_of_theirs(
    model_folder: ModelFolder, tmp_path: Path
) -> None:
    base = shutil.copytree(model_folder("llama"), tmp_path / "base")
    workspace = Workspace(tmp_path / "ws")

    def tuned() -> Run:
        return workspace.runs.create(RunConfig(str(base), fingerprint(base), "lora", {}))

    old = tuned()
    engine = workspace.engine(old)
    model = load_base_model(base).model
    model.lm_head.weight.data += 1
    model.save_pretrained(base)
    assert workspace.engine(old) is engine, "what is in memory still fits"
    new = tuned()
    assert workspace.engine(new).base.fingerprint == new.config.base_fingerprint != old.config.base_fingerprint
    with pytest.raises(WrongBaseModel, match="Put those weights back"):
        workspace.engine(old)
    assert workspace.engine(new) is workspace.engine(new)
    workspace.close()


def test_evaluation_has_the_contracts_shape(workspace: Workspace, run: Run) -> None:
    found = evaluate(workspace, HELD_OUT, run.id)
    raw = json.loads(json.dumps(found.to_json()))
    assert Evaluation.from_json(raw) == found
    assert list(raw["arms"]) == list(ARMS)
    for scores in raw["arms"].values():
        assert scores["n"] == 3 and scores["seconds_per_question"] > 0
        assert {"value", "low", "high"} == set(scores["f1"])
    assert len(raw["pairs"]) == 12 and len(raw["questions"]) == 3 and raw["verdict"]
    assert evaluate(workspace, HELD_OUT, run.id, limit=2).arms["base"]["n"] == 2


def test_what_is_loaded_first_is_no_arms_time(
    model_folder: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(model_folder("llama"))
    workspace = Workspace(tmp_path / "ws")
    run = workspace.runs.create(RunConfig(folder, fingerprint(folder), "lora", {}))
    fresh(METHODS["lora"], load_base_model(folder).model).save_pretrained(run.adapter)
    run.record(DONE)
    (tmp_path / "notes.md").write_text(NOTES)
    workspace.corpus.ingest([tmp_path / "notes.md"])

    def slow_at_first(of: object, name: str) -> None:
        plain, waits = getattr(of, name), [3.0]

        def slow(*given: Any, **more: Any) -> Any:
            time.sleep(waits.pop() if waits else 0)
            return plain(*given, **more)

        monkeypatch.setattr(of, name, slow)

    slow_at_first(workspace.corpus, "search_many")
    slow_at_first(workspace.engine(run)._adapters, "_hang")
    arms = evaluate(workspace, HELD_OUT[:1], run.id).arms
    assert all(scores["seconds_per_question"] < 2 for scores in arms.values()), arms
    workspace.close()


@pytest.fixture
def adapted(model_folder: ModelFolder, tmp_path: Path) -> Iterator[tuple[Workspace, Run]]:
    """A workspace with a run whose adapter is fresh; it learned from a document that is not there."""
    folder = str(model_folder("llama"))
    workspace = Workspace(tmp_path / "ws")
    run = workspace.runs.create(RunConfig(folder, fingerprint(folder), "lora", {}, documents={"gone": "gone.md"}))
    fresh(METHODS["lora"], load_base_model(folder).model).save_pretrained(run.adapter)
    write_json(run.folder / "result.json", {"trainable_parameters": 1, "adapter_bytes": 1, "rows": 1, "seconds": 1.0})
    run.record(DONE)
    yield workspace, run
    workspace.close()


def test_what_nothing_was_shown_to_and_what_changed_is_said(adapted: tuple[Workspace, Run]) -> None:
    workspace, run = adapted
    assert "To 3 questions no passage was shown" in evaluate(workspace, HELD_OUT, run.id).verdict
    assert "learned from, 1 document changed or went since" in evaluate(workspace, HELD_OUT, run.id).verdict
    (workspace.folder / "notes.md").write_text(NOTES)
    workspace.corpus.ingest([workspace.folder / "notes.md"])
    assert "no passage was shown" not in evaluate(workspace, HELD_OUT, run.id).verdict
    engine = workspace.engine(run)
    longest = max(len(make_prompt(engine, PromptTemplate(), q.question, "base", ()).tokens) for q in HELD_OUT)
    engine.base = replace(engine.base, context=longest + 48)
    workspace._engines = {workspace.runs.get(run.id).config.base_model or "": engine}
    assert "To 3 questions no passage was shown" in evaluate(workspace, HELD_OUT, run.id).verdict, "none fits"


def test_an_evaluation_says_what_it_was_made_of(adapted: tuple[Workspace, Run], tmp_path: Path) -> None:
    workspace, run = adapted
    assert evaluate_and_keep(workspace, HELD_OUT, run.id)["stamp"]["file"] is None
    assert kept_evaluation(run) is None, "there is no document to show"
    (tmp_path / "notes.md").write_text(NOTES)
    workspace.corpus.ingest([tmp_path / "notes.md"])
    file = tmp_path / "held\udce4.jsonl"  # in another encoding
    file.write_text("")
    found = evaluate_and_keep(workspace, HELD_OUT, run.id, file=file)
    today = time.strftime("%Y-%m-%d")
    assert kept_evaluation(run) == found and found["stamp"] == {"date": today, "file": "held�.jsonl", "questions": 3}
    assert f"Over 3 questions of `held�.jsonl`, on {today}.\n\n| arm |" in card(run, merged=False)
    old = {key: value for key, value in found.items() if key != "stamp"}
    assert Evaluation.from_json(old).stamp is None
    write_json(run.folder / "evaluation.json", old)
    assert "## Measured\n\n| arm |" in card(run, merged=False)
    evaluate_and_keep(workspace, HELD_OUT, run.id)
    assert f"Over 3 questions that the run set aside, on {today}." in card(run, merged=False)
    for document in workspace.corpus.documents():
        workspace.corpus.remove(document.id)
    before = kept_evaluation(run)
    evaluate_and_keep(workspace, HELD_OUT[:1], run.id)
    assert kept_evaluation(run) == before, "one without any document is not put in its place"


def test_a_run_that_is_removed_while_it_is_evaluated_is_measured_all_the_same(
    adapted: tuple[Workspace, Run], tmp_path: Path
) -> None:
    workspace, run = adapted
    (tmp_path / "notes.md").write_text(NOTES)
    workspace.corpus.ingest([tmp_path / "notes.md"])

    def remove(done: int, of: int) -> None:
        if run.folder.exists():
            workspace.runs.remove(run.id)

    found = evaluate_and_keep(workspace, HELD_OUT, run.id, progress=remove)
    assert found["run"] == run.id and len(found["questions"]) == 3 and not run.folder.exists()


def test_a_test_question_that_was_trained_on_is_counted(workspace: Workspace, run: Run) -> None:
    leaked = Question("Who signs form HR-7b", ("Ada Wright",), "notes.md")
    reworded = Question("Whose name goes below an HR-7b?", ("Ada Wright", "Wright"), "notes.md")
    elsewhere = Question("Who keeps the pumps?", ("Ada Wright",), "handbook.md")
    found = evaluate(workspace, [leaked, reworded, elsewhere, HELD_OUT[0]], run.id)
    assert found.seen == 1 and "in other words, by 2 of the questions" in found.verdict
    assert [row["seen"] for row in found.questions] == [True, False, False, False]
    assert [row["learned"] for row in found.questions] == [False, True, False, True]


def test_an_answer_that_stands_in_one_place_is_known_to_be_learned(workspace: Workspace, run: Run) -> None:
    other = Question("By whom is the paper with the number confirmed?", ("Ada Wright",), "notes.md")
    assert [row["learned"] for row in evaluate(workspace, [other, HELD_OUT[0]], run.id).questions] == [True, True]


def test_bad_questions_and_arms_are_refused(workspace: Workspace, run: Run) -> None:
    for question, says in ((" ", "is empty"), ("x" * 10_000, "10,000 characters"), ("y " * 1900, "tokens")):
        with pytest.raises(BadQuestion, match=says):
            ask(workspace, question, "rag", run.id)
    with pytest.raises(BadQuestion, match="no arm"):
        ask(workspace, "Who?", "all")
    with pytest.raises(NoSuchRun, match="no run 'nope'"):
        ask(workspace, "Who?", "peft", "nope")
    with pytest.raises(BadQuestions):
        evaluate(workspace, [], run.id)


def test_an_adapter_of_another_base_model_is_refused(
    workspace: Workspace, run: Run, model_folder: ModelFolder, tmp_path: Path
) -> None:
    config = json.loads((run.folder / "config.json").read_text())
    other = workspace.runs.folder / "20200101-000000-abcd"
    other.mkdir()
    (other / "config.json").write_text(json.dumps({**config, "base_model": str(model_folder("qwen3")), "created": 0}))
    (other / "state.json").write_text((run.folder / "state.json").read_text())
    with pytest.raises(WrongBaseModel, match="other weights"):
        ask(workspace, "Who?", "peft", other.name)
    with pytest.raises(WrongBaseModel, match="other weights"):
        export(workspace.runs.get(other.name), tmp_path / "merged", merged=True)
    assert not (tmp_path / "merged").exists()
    workspace.runs.remove(other.name)


def test_export_gives_plain_peft_files_and_a_merged_model(workspace: Workspace, run: Run, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    names = {path.name for path in export(run, tmp_path / "plain")}
    assert {"adapter_model.safetensors", "adapter_config.json", "README.md"} <= names
    PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(str(workspace.base_model)), str(tmp_path / "plain"))
    merged = {path.name for path in export(run, tmp_path / "merged", merged=True)}
    assert {"model.safetensors", "tokenizer.json", "README.md"} <= merged
    AutoModelForCausalLM.from_pretrained(tmp_path / "merged")
    with pytest.raises(BadOption, match="not an empty folder"):
        export(run, tmp_path / "plain")


def test_runs_that_cannot_be_are_refused_before_they_start(workspace: Workspace, tmp_path: Path) -> None:
    before = len(workspace.runs.all())
    with pytest.raises(BadOption, match="rank"):
        workspace.tune("lora", {"rank": "0"})
    with pytest.raises(BadQuestions):
        workspace.tune("lora", {}, tmp_path / "none.jsonl")
    empty = Workspace(tmp_path / "empty")
    with pytest.raises(NothingToLearn, match="Ingest some first"):
        empty.tune("lora")
    empty.close()
    assert len(workspace.runs.all()) == before


def test_a_run_without_a_file_writes_its_own_questions_or_says_why_not(workspace: Workspace) -> None:
    """The tiny model is random, so it can answer none of its own questions: the run must fail with a sentence."""
    run = workspace.tune("lora", {"max_steps": "1", "questions": "4"})
    until = time.monotonic() + 600
    while run.state not in (DONE, FAILED) and time.monotonic() < until:
        time.sleep(0.2)
    if run.state == FAILED:
        assert run.reason and "Give questions with --questions" in run.reason
    else:
        assert read_questions(run.folder / "heldout.jsonl")


def test_a_run_that_waited_learns_what_it_was_given_from_the_documents_that_are_there(
    workspace: Workspace, tmp_path: Path
) -> None:
    given, late = tmp_path / "given.jsonl", tmp_path / "late.md"
    given.write_text("\n".join(json.dumps(row) for row in TRAIN))
    run = workspace.runs.create(workspace.config_of("lora", {"questions": "0"}, given))
    given.write_text(json.dumps({"question": "Who came late?", "answers": ["Max Orr"]}))
    late.write_text("Max Orr came late.")
    workspace.corpus.ingest([late])
    rows = prepare(run, load_base_model(workspace.base_model), lambda *told: None)
    assert {row.question for row in rows} == {str(row["question"]) for row in TRAIN}
    again = workspace.runs.get(run.id)
    assert "late.md" in again.config.documents.values() and workspace.stale_documents(again) == []
    workspace.corpus.remove("late.md")
    assert workspace.stale_documents(again) == ["late.md"]
    workspace.runs.remove(run.id)


def test_rows_leave_the_room_that_the_adapter_takes(workspace: Workspace, tmp_path: Path) -> None:
    given = tmp_path / "given.jsonl"
    given.write_text("\n".join(json.dumps(row) for row in TRAIN))
    base, longest = load_base_model(workspace.base_model), {}
    for tokens in (1, 200):
        run = workspace.runs.create(workspace.config_of("prefix", {"questions": "0", "tokens": str(tokens)}, given))
        rows = prepare(run, base, lambda *told: None)
        shown_two = [row.messages for row in rows if "[2]" in row.messages[-1]["content"]]
        longest[tokens] = max((len(encode_prompt(base.tokenizer, asked)) for asked in shown_two), default=0)
        workspace.runs.remove(run.id)
    assert longest[1] > (base.context - 200) // SHARE >= longest[200]


def test_a_document_that_changed_makes_its_adapters_stale(workspace: Workspace, run: Run, tmp_path: Path) -> None:
    assert workspace.stale_documents(run) == []
    (tmp_path / "notes.md").write_text(NOTES + "\nThe south pump stops at 17 litres.\n")
    assert workspace.corpus.ingest([tmp_path / "notes.md"])[0].status == "replaced"
    assert workspace.stale_documents(run) == ["notes.md"]
