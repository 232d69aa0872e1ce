"""What a corpus holds at one moment, as a run writes it down of the corpus that it learns from.

Knows nothing about runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from retrieval.corpus import Corpus


def snapshot(corpus: Corpus) -> tuple[dict[str, str], dict[str, str]]:
    """Its documents, id -> name, and what can be found of each, id -> digest."""
    documents = {document.id: document.name for document in corpus.documents()}
    return documents, passage_digests(corpus, documents)


def passage_digests(corpus: Corpus, documents: Iterable[str]) -> dict[str, str]:
    """16 hex digits of what can be found of each of these documents, and so be learned: its passages' headings and
    texts, without those switched off."""
    texts: dict[str, list[list[str]]] = {key: [] for key in documents}
    for passage in corpus.passages() if texts else ():  # all at once: a server far away is asked once
        if passage.document_id in texts:
            texts[passage.document_id].append([passage.heading, passage.text])
    return {key: hashlib.sha256(json.dumps(text).encode()).hexdigest()[:16] for key, text in texts.items()}
