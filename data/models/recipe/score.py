"""Score a trial model on rows that it was never trained on, through the product's own prompt, engine and metrics.

    python data/models/recipe/score.py --data READING_FOLDER --model data/models/trial

The split is by passage (article, site, tale). Prints one JSON object: exact match and F1 by source with the gold
passage alone, with one and three distractors that search finds, with the gold passage removed from the three, with a
fourth in its place, and with nothing shown; how many outputs are copied unchanged; questions kept by the filter; speed
and memory.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from invented import invent_document
from rows import TEMPLATE, Reading, find_neighbours, read_file, read_sources, unseen

from domain_tuner.base_model import load_base_model
from domain_tuner.engine import Engine
from domain_tuner.prompts import encode_prompt, is_refusal
from domain_tuner.questions import make_questions
from domain_tuner.scoring import exact_match, token_f1
from retrieval.passages import Passage

Shown = list[tuple[str, str]]
LONGEST = 180  # words of a passage, as the product cuts them
BATCH = 12
ROOM = 64  # tokens of the context that are left to an answer
SEARCHED = 4000  # rows among whose contexts a search finds the distractors
WIKIPEDIA = ("qamr", "qed", "squad")


def answers(engine: Engine, prompts: list[list[int]]) -> list[str]:
    order = sorted(range(len(prompts)), key=lambda n: len(prompts[n]))
    texts = [""] * len(prompts)
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        for n, output in zip(part, engine.generate([prompts[n] for n in part], [None] * len(part)), strict=True):
            texts[n] = output.text
    return texts


def shortened(row: Reading, text: str) -> str:
    """At most LONGEST words, around the answer where the text holds it."""
    pieces = text.split()
    if len(pieces) <= LONGEST:
        return text
    at = len(text[: max(0, text.find(row.answers[0]))].split())
    start = max(0, min(at - LONGEST // 2, len(pieces) - LONGEST))
    return " ".join(pieces[start : start + LONGEST])


def with_distractors(row: Reading, near: list[str], most: int, gold: bool, rng: random.Random) -> Shown:
    others = [text for text in near if not any(answer in text for answer in row.answers)][:most]
    shown = [(" ".join(text.split()[:3]), shortened(row, text)) for text in others]
    if gold:
        shown.insert(rng.randrange(len(shown) + 1), (row.heading or "Notes", shortened(row, row.context)))
    return shown


def settings(near: dict[str, list[str]], rng: random.Random) -> dict[str, Callable[[Reading], Shown]]:
    """What is shown with a row, by the name of the setting."""

    def found(row: Reading, most: int, gold: bool = True) -> Shown:
        return with_distractors(row, near.get(row.question, []), most, gold, rng)

    return {
        "gold": lambda row: [(row.heading or "Notes", shortened(row, row.context))],
        "gold_and_1_retrieved": lambda row: found(row, 1),
        "gold_and_3_retrieved": lambda row: found(row, 3),
        "gold_removed": lambda row: found(row, 3, gold=False),
        "gold_replaced": lambda row: found(row, 4, gold=False),
        "nothing_shown": lambda row: [],
    }


def reading(engine: Engine, rows: list[Reading], near: dict[str, list[str]]) -> dict[str, Any]:
    """The scores of one source, in percent. Rows that the model cannot read whole (four big tables) are left out."""
    found: dict[str, Any] = {}
    for name, show in settings(near, random.Random(0)).items():
        shown = [show(row) for row in rows]
        prompts = [prompt_of(engine, row.question, s) for row, s in zip(rows, shown, strict=True)]
        kept = [
            n
            for n, prompt in enumerate(prompts)
            if len(prompt) < engine.base.context - ROOM and (shown[n] or name == "nothing_shown")
        ]
        texts = answers(engine, [prompts[n] for n in kept])
        found[name] = _summary([rows[n] for n in kept], texts, [shown[n] for n in kept])
    return found


def prompt_of(engine: Engine, question: str, shown: Shown) -> list[int]:
    return encode_prompt(engine.base.tokenizer, TEMPLATE.question(question, shown))


def _summary(rows: list[Reading], texts: list[str], shown: list[Shown]) -> dict[str, float]:
    def percent(values: list[float]) -> float:
        return round(100 * sum(values) / max(1, len(values)), 1)

    given = [n for n, text in enumerate(texts) if not is_refusal(text)]
    return {
        "n": len(rows),
        "exact_match": percent([exact_match(t, row.answers) for t, row in zip(texts, rows, strict=True)]),
        "f1": percent([token_f1(t, row.answers) for t, row in zip(texts, rows, strict=True)]),
        "refused": percent([float(is_refusal(text)) for text in texts]),
        "copied_unchanged": percent([float(any(texts[n] in text for _, text in shown[n])) for n in given]),
    }


def invented(engine: Engine, n: int) -> dict[str, float]:
    """Invented documents (numbers, codes, tables, names) with up to four of their passages shown."""
    rng, rows, asked = random.Random(99), [], []
    while len(rows) < n:
        document = invent_document(rng)
        fact = rng.choice(document.facts)
        chosen = [fact.passage, *(p for p in range(len(document.passages)) if p != fact.passage)][:4]
        rng.shuffle(chosen)
        asked.append((fact.question, [(document.headings[p], document.passages[p]) for p in chosen]))
        rows.append(Reading("invented", "", "", document.passages[fact.passage], fact.question, (fact.answer,)))
    prompts = [prompt_of(engine, question, shown) for question, shown in asked]
    return _summary(rows, answers(engine, prompts), [shown for _, shown in asked])


def asking(engine: Engine, rows: list[Reading], most: int) -> dict[str, float]:
    """How many written questions a filter keeps, for each passage."""
    contexts = list(dict.fromkeys(row.context for row in rows))[:most]
    passages = [Passage(n, "", "", None, "", " ".join(text.split()[:LONGEST]), n) for n, text in enumerate(contexts)]
    made = make_questions(engine, passages, TEMPLATE, wanted=10 * len(passages))
    return {"passages": len(passages), "kept": len(made), "kept_per_passage": round(len(made) / len(passages), 2)}


def speed(engine: Engine) -> dict[str, float]:
    """Tokens a second of one prompt, and the seconds to a first answer over four passages, model loaded."""
    prompt = encode_prompt(engine.base.tokenizer, TEMPLATE.question("Who?", [("Notes", "word " * 190)] * 4))
    engine.generate([prompt], [None], limit=1)
    started = time.perf_counter()
    engine.generate([prompt], [None], limit=1)
    read = time.perf_counter() - started
    started = time.perf_counter()
    written = engine.generate([prompt], [None], limit=48)[0].tokens
    whole = time.perf_counter() - started
    return {
        "prompt_tokens": len(prompt),
        "prefill_tokens_per_second": round(len(prompt) / read),
        "decode_tokens_per_second": round(max(1, written - 1) / max(1e-6, whole - read)),
        "first_answer_seconds": round(whole, 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=150, help="rows of a source")
    parser.add_argument(
        "--also", type=Path, nargs="*", default=[],
        help="files in SQuAD's format that are not of the data: each a source, of which any row may be scored",
    )  # fmt: skip
    args = parser.parse_args()
    rows = unseen(read_sources(args.data))
    rows += [row for path in args.also for row in read_file(path, path.stem) if row.answers]
    random.Random(1).shuffle(rows)
    engine = Engine(load_base_model(args.model))
    found: dict[str, Any] = {"speed": speed(engine)}
    by_source = {
        source: [row for row in rows if row.source == source][: args.limit]
        for source in sorted({row.source for row in rows})
    }
    scored = [row for part in by_source.values() for row in part]
    near = find_neighbours(
        [*scored, *rows[:SEARCHED]], {row.question for row in rows} - {row.question for row in scored}
    )
    for source, part in by_source.items():
        found[source] = reading(engine, part, near)
    found["invented"] = invented(engine, args.limit)
    found["asking"] = asking(engine, [row for row in rows if row.source in WIKIPEDIA], args.limit // 4)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
