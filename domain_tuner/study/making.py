"""From what a person asked for to a study: the one that is there already, or a new one with its plan and material.

The same request over the same documents, questions and base model is the same study. Knows nothing about how runs go.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from domain_tuner.base_model import fingerprint, lasting_name, load_base_model
from domain_tuner.errors import BadQuestions, NothingToLearn
from domain_tuner.examples import RowMix
from domain_tuner.files import sha256
from domain_tuner.locks import Lock
from domain_tuner.preparing import Progress
from domain_tuner.question_files import read_questions
from domain_tuner.snapshot import snapshot
from domain_tuner.study.cells import make_cells, method_rates
from domain_tuner.study.folder import Studies, Study
from domain_tuner.study.material import make_material
from domain_tuner.study.plan import Plan, Request, identity, training_of
from domain_tuner.workspace import Workspace


def studies_of(workspace: Workspace) -> Studies:
    return Studies(workspace.folder / "studies")


def study_for(workspace: Workspace, request: Request, progress: Progress) -> Study:
    """The study that was asked for; `progress(phase, done, all)` while its material is made.

    Raises BadOption, BadQuestions, NoModel or NothingToLearn before anything is there.
    """
    studies = studies_of(workspace)
    progress("loading the base model", 0, 0)  # to tell two of them apart, one on a hub has to be fetched
    asked = identity(request, **_facts(workspace, request))
    studies.folder.mkdir(parents=True, exist_ok=True)
    with Lock(studies.folder / ".lock") as lock:
        while not lock.take(patience=1.0):
            progress("waiting for another study to be made", 0, 0)
        known = studies.find(asked)
        if known:
            return known
        plan = plan_of(workspace, request)
        base = load_base_model(plan.base_model)
        return studies.create(plan, lambda folder: make_material(workspace, base, plan, folder, progress))


def plan_of(workspace: Workspace, request: Request) -> Plan:
    """The plan as it would be made now; writes nothing."""
    training = training_of(request)
    facts = _facts(workspace, request)
    name = workspace.base_model
    base = load_base_model(name)
    cells, left_out = make_cells(request, base.model, training)
    weights = list(base.model.parameters())
    return Plan(
        request=request,
        identity=identity(request, **facts),
        base_model=lasting_name(name),
        base_fingerprint=base.fingerprint,
        template=facts["template"],
        documents=facts["documents"],
        training=training,
        cells=cells,
        rates=method_rates(cells, base),
        left_out=left_out,
        parameters=sum(weight.numel() for weight in weights),
        weight_bytes=sum(weight.numel() * weight.element_size() for weight in weights),
        mix=dataclasses.asdict(RowMix()),
    )


def _facts(workspace: Workspace, request: Request) -> dict[str, Any]:
    """What the request is about, as it is now. Raises NothingToLearn, BadQuestions, NoModel."""
    documents, passages = snapshot(workspace.corpus)
    if not documents:
        raise NothingToLearn("There are no documents to learn from. Ingest some first: domain-tuner ingest PATH")
    if request.questions and not request.held_out:
        raise BadQuestions(
            "The questions of --questions are learned from, so none is left to score with. Give other questions about "
            "the same documents with --held-out FILE."
        )
    files = [Path(name) for name in (request.questions, request.held_out) if name]
    for file in files:
        read_questions(file)
    return {
        "base": fingerprint(workspace.base_model),
        "template": dataclasses.asdict(workspace.template),
        "documents": documents,
        "passages": passages,
        "files": [sha256(file) for file in files],
    }
