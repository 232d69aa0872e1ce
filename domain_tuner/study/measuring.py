"""A study's base model and its runs, measured one after the other on a base model loaded for each.

Merging changes weights and adapters leave their layers behind, so nothing is measured on a used model. Knows nothing
about the order of runs or about tables.
"""

from __future__ import annotations

import gc
from typing import Any

from domain_tuner.answering import make_prompt
from domain_tuner.engine import Engine
from domain_tuner.prompts import PromptTemplate
from domain_tuner.runs import Run
from domain_tuner.study.folder import Study, load_base
from domain_tuner.study.material import replay_tasks
from domain_tuner.study.measures import answer_scores, mean, replay_score
from domain_tuner.study.spectrum import spectrum
from domain_tuner.study.speed import BATCHES, measure_speed, merged_model
from domain_tuner.workspace import tokens_in_front


def measure_base(study: Study) -> dict[str, Any]:
    """The base model's scores on the held-out questions, without any adapter."""
    return _scores(study, Engine(load_base(study.plan)), None)


def measure_choice(study: Study, run: Run) -> dict[str, Any]:
    """The run's F1 on the development questions, the mean of closed-book and with passages: it chooses the rate."""
    engine = Engine(load_base(study.plan)).leaving(tokens_in_front(run))
    scores = answer_scores(engine, _template(study), study.development, run)
    known = [score["f1"] for score in scores.values() if score["f1"] is not None]
    return {"f1": mean(known) or 0.0, **scores}


def measure_run(study: Study, run: Run) -> dict[str, Any]:
    """The run's scores on the held-out questions, and what it costs while it answers."""
    base = load_base(study.plan)
    engine = Engine(base).leaving(tokens_in_front(run))
    template = _template(study)
    asked = [one.question.question for one in study.held_out[: max(BATCHES)]]
    prompts = [make_prompt(engine, template, question, "peft", ()).tokens for question in asked]
    merged = merged_model(load_base(study.plan), run.adapter)
    speed = measure_speed(base, merged, run.adapter, prompts)
    update = spectrum(base.model, merged) if merged is not None and run.config.seed == 0 else None
    return {**_scores(study, engine, run), "speed": speed, "spectrum": update}


def give_back_memory() -> None:
    """What was measured on is gone by now; the accelerator gets its memory back, since the next training needs it."""
    import torch

    if torch.cuda.is_available():
        gc.collect()
        torch.cuda.empty_cache()


def _scores(study: Study, engine: Engine, run: Run | None) -> dict[str, Any]:
    template = _template(study)
    tasks = replay_tasks(study.held_out, template)
    scores = answer_scores(engine, template, study.held_out, run)
    return {**scores, **replay_score(engine, tasks, run)}


def _template(study: Study) -> PromptTemplate:
    return PromptTemplate(**study.plan.template)
