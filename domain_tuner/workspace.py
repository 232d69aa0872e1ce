"""A folder with a corpus, its runs and an engine, wired together; the page and the commands receive this alone.

Knows nothing about how any of them works.
"""

from __future__ import annotations

import dataclasses
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from domain_tuner.base_model import display_name, fingerprint, lasting_name, load_base_model
from domain_tuner.corpora import open_corpus
from domain_tuner.engine import Engine
from domain_tuner.errors import BadQuestions, NoSuchRun, NothingToLearn
from domain_tuner.files import read_json
from domain_tuner.prompts import PromptTemplate
from domain_tuner.question_files import read_questions
from domain_tuner.questions import Question
from domain_tuner.runs import Run, RunConfig, RunProgress, Runs
from domain_tuner.snapshot import passage_digests, snapshot

if TYPE_CHECKING:
    from domain_tuner.forecasting import RunForecast


class Workspace:
    """Opening is cheap; models are loaded when they are needed, and one base model is kept in memory."""

    def __init__(self, folder: Path, base_model: str | None = None) -> None:
        self.folder = Path(folder)
        self.base_model = base_model
        self.template = PromptTemplate()
        self.corpus = open_corpus(self.folder)
        self.runs = Runs(self.folder / "runs")
        self._engines: dict[str, Engine] = {}
        self._loading = threading.Lock()

    def engine(self, run: Run | None = None) -> Engine:
        """The engine on the run's base model; without a run on the workspace's. Raises NoModel, WrongBaseModel."""
        name = run.config.base_model if run else self._default_base()
        with self._loading:
            key = display_name(name)
            known = self._engines.get(key)
            if known and run and known.base.fingerprint != run.config.base_fingerprint == fingerprint(name):
                known = None  # other weights lie there by now, and the run was tuned on those
            if known is None:
                self._engines.clear()
                self._engines[key] = Engine(load_base_model(name))
            engine = self._engines[key]
        if run is None:
            return engine
        run.check_base(key, engine.base.fingerprint)
        return engine.leaving(tokens_in_front(run))

    def _default_base(self) -> str | None:
        """The base model that was asked for, else the one of the latest run that is done, else the trial model."""
        if self.base_model:
            return self.base_model
        try:
            return self.runs.finished().config.base_model
        except NoSuchRun:
            return None

    def tune(
        self,
        method: str = "lora",
        options: Mapping[str, str] | None = None,
        questions: Path | None = None,
        base_model: str | None = None,
    ) -> Run:
        """Make a run over the documents and start its process. `options` are of the method or of the training.

        Raises BadOption, BadQuestions, NoModel or NothingToLearn before anything is started.
        """
        from domain_tuner.jobs import start

        run = self.runs.create(self.config_of(method, options or {}, questions, base_model))
        try:
            start(run)
        except Exception:  # else it would wait for ever
            shutil.rmtree(run.folder, ignore_errors=True)
            raise
        return run

    def forecast(
        self,
        method: str = "lora",
        options: Mapping[str, str] | None = None,
        questions: Path | None = None,
        base_model: str | None = None,
        told: Callable[[RunProgress], None] = lambda progress: None,
    ) -> RunForecast:
        """What `tune` so called would come to, from a dry run (a minute or so); no run is left. Raises as `tune` does,
        and RunBusy beside a training."""
        from domain_tuner.forecasting import forecast_run

        return forecast_run(self.config_of(method, options or {}, questions, base_model), self.folder, told)

    def config_of(
        self, method: str, options: Mapping[str, str], questions: Path | None = None, base_model: str | None = None
    ) -> RunConfig:
        """What such a run would be asked for, checked. Raises as `tune` does."""
        from domain_tuner.examples import RowMix
        from domain_tuner.methods import find_method, owner_of, read_options
        from domain_tuner.preparing import check_asked
        from domain_tuner.training_config import TrainingConfig

        tuned = find_method(method)
        chosen, training = read_options({owner_of(tuned): tuned.options, "the training": TrainingConfig}, options)
        tuned.check_training(training.gradient_checkpointing)
        training.check(chosen)
        documents, passages = snapshot(self.corpus)
        if not documents:
            raise NothingToLearn(
                "There are no documents to learn from. Ingest some first (on the page, or domain-tuner ingest PATH)."
            )
        check_asked(questions, training.questions)
        if questions:
            read_questions(questions)
            if not questions.is_file():
                raise BadQuestions(f"{questions} can be read once alone, and a run keeps a copy. Give a file.")
        base = base_model or self.base_model
        return RunConfig(
            base_model=lasting_name(base),
            base_fingerprint=fingerprint(base),
            method=method,
            options=dataclasses.asdict(chosen),
            training=training,
            questions_file=str(questions.resolve()) if questions else None,
            template=dataclasses.asdict(self.template),
            seed=training.seed,
            documents=documents,
            passages=passages,
            mix=dataclasses.asdict(RowMix()),
        )

    def stale_documents(self, run: Run) -> list[str]:
        """Names of documents that the run learned from and that have gone or changed since, in their file or in their
        passages (edited, split, merged, switched on or off)."""
        present = {document.id for document in self.corpus.documents()}
        then = run.config.passages
        now = passage_digests(self.corpus, present & then.keys())
        return sorted(
            name for key, name in run.config.documents.items() if key not in present or now.get(key) != then.get(key)
        )

    def held_out_questions(self, run: Run) -> list[Question]:
        """The questions that the run set aside; raises BadQuestions where it has none."""
        from domain_tuner.preparing import held_out_file

        path = held_out_file(run)
        if not path.is_file() or not path.stat().st_size:
            raise BadQuestions(
                f"Run {run.id} set no questions aside (it was given a questions file, or could make none). "
                "Give a file of held-out questions (on the page, or with --questions FILE)."
            )
        return read_questions(path)

    def close(self) -> None:
        self.corpus.close()


def tokens_in_front(run: Run) -> int:
    """How many tokens of the context the run's adapter takes for itself (prompt and prefix tuning)."""
    path = run.adapter / "adapter_config.json"
    return int(read_json(path).get("num_virtual_tokens") or 0) if path.is_file() else 0


def kept_in(workspace: Path) -> list[Path]:
    """What a workspace keeps in its folder, none of which is a document."""
    names = ("corpus", "runs", "studies", "questions", "uploads", "store.json", "errors.log", "errors.log.1")
    return [workspace / name for name in names]
