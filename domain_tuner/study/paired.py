"""How far two settings of a study are apart, with a 95% interval over its questions and its seeds.

Knows nothing about what the scores are of, or what follows from them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from domain_tuner.evaluation import RESAMPLES, resampled

Scores = Sequence[Sequence[float]]  # a list a run (seed), in it a number a question, the same questions in every list


def apart(one: Scores, other: Scores, facts: np.ndarray) -> tuple[float, float, float]:
    """(`one` minus `other`, low and high end of its interval); both answered the same questions, in any number of runs.

    Questions are resampled, those of the same of the `facts` together (percentile bootstrap, as in an evaluation). Runs
    are too few for that, so what chance in training does to their means is drawn from Student's t with the pooled
    deviation of both. Where each is one run, nothing is known of that chance, and the interval is of the questions
    alone.
    """
    both = [np.array(runs, dtype=float) for runs in (one, other)]
    question = both[0].mean(0) - both[1].mean(0)
    means = resampled(question, facts)
    freedom = sum(len(runs) - 1 for runs in both)
    if freedom:
        squares = sum(float(np.square(runs.mean(1) - runs.mean()).sum()) for runs in both)
        deviation = math.sqrt(squares / freedom * sum(1 / len(runs) for runs in both))
        means = means + deviation * np.random.default_rng(1).standard_t(freedom, RESAMPLES)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(question.mean()), float(low), float(high)
