"""What the two limits of full text cost in recall: questions over Wikipedia paragraphs, found by words alone.

The limits bite among some 100,000 passages and more; here they are set to the shares that they are among a million.
READING holds files in SQuAD's format (*.json).
    python tests/bench/quality_words.py --reading READING [--questions 3000]
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "data" / "models" / "recipe")]

from rows import read_sources  # noqa: E402

from retrieval import fulltext  # noqa: E402
from retrieval.schema import MIGRATIONS  # noqa: E402
from retrieval.stems import stems  # noqa: E402
from retrieval.words import query_words  # noqa: E402

DEPTHS = (1, 5, 10, 50)
LIMITS = {"both limits": (0.05, 0.01), "the frequent left out": (0.05, 1.0), "neither": (1.0, 1.0)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reading", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=3000)
    asked = parser.parse_args()
    rows = [row for row in read_sources(asked.reading) if row.source in ("more", "squad", "qed")]
    places = {context: at for at, context in enumerate(dict.fromkeys(row.context for row in rows), start=1)}
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for migration in MIGRATIONS:
        migration(connection)
    fulltext.index_words(connection, [(at, context) for context, at in places.items()])
    chosen = random.Random(0).sample(rows, min(asked.questions, len(rows)))
    print(f"{len(places):,} passages, {len(chosen):,} questions")
    fulltext._FREQUENT_FLOOR = 0
    for name, (frequent, leading) in LIMITS.items():
        fulltext._FREQUENT_SHARE = frequent
        fulltext._LEADING = int(leading * len(places)) if leading < 1 else sys.maxsize
        ranks = []
        for row in chosen:
            asked_for = stems(query_words(row.question))
            found = [i for i, _ in fulltext.match(connection, len(places), asked_for, max(DEPTHS))]
            ranks.append(found.index(places[row.context]) + 1 if places[row.context] in found else max(DEPTHS) + 1)
        hits = "  ".join(f"hit@{k} {100 * sum(rank <= k for rank in ranks) / len(ranks):.1f}" for k in DEPTHS)
        print(f"{name:22} {hits}", flush=True)


if __name__ == "__main__":
    main()
