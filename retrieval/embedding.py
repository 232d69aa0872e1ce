"""Texts -> vectors of unit length, with a sentence-transformers model; the only place that loads one.

Knows nothing about passages, files or where vectors are kept. Embedding is the bottleneck of an ingest by
two orders of magnitude, so `encode` tokenises once, sorts by length, batches by tokens and runs one batch a
core, each on one thread: on a busy machine two single-threaded batches finish well before one batch on two
threads, which waits at every layer for the slower core. bfloat16 is taken where this CPU was measured to be
faster with it and the vectors stay the same.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np

from .cores import cpu_has_bfloat16
from .errors import EmbeddingModelUnusable
from .weights import check_weights, fingerprint_of, folder_of

log = logging.getLogger(__name__)
_TOKENS_PER_BATCH = {"cpu": 4096, "cuda": 32768}  # on a CPU the activations of a batch stay near the cache
_REGISTER = 16  # tokens; attention on a CPU takes up to twice as long where a row ends amid a vector register
_COUNTED_AT_ONCE = 20_000  # texts; a tokenizer keeps up to 36 kB of each
_BFLOAT16_FROM = 64  # texts; measuring costs about as much as embedding twenty
_MEASURED = 4  # texts of the longest, at least 64 tokens each: short ones say nothing about speed
_BFLOAT16_LOSS = 1e-3  # largest cosine distance to float32 that is called equal
_QUESTION, _DOCUMENT = ("query",), ("document", "passage", "corpus")  # what models call their prompts
_COMMON = {
    "Chinese": "的一是不在人有我他这中大来上国和地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里",
    "Japanese": "日本の会社で働く人は休暇を取るときに誰がいつまでに何を出すかを知ることができる",
    "Korean": "모든 직원에게 휴가를 언제 누가 하는지 그는 나는 우리는 사람은 기간 안에 그리고 하지만",
}


class Embedder(Protocol):
    """What the corpus asks of an embedding model. Tests have a small one of their own."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str:
        """What tells it from every other model; kept beside the vectors."""

    @property
    def max_tokens(self) -> int:
        """Longer texts are cut."""

    @property
    def dimensions(self) -> int: ...

    def encode(
        self, texts: Sequence[str], query: bool = False, progress: Callable[[int], None] | None = None
    ) -> np.ndarray:
        """float32 [n, d], unit length. `progress` is told how many texts are done."""

    def count_tokens(self, text: str) -> int: ...

    def count_many(self, texts: Sequence[str]) -> list[int]: ...

    def reads(self, language: str) -> bool:
        """Whether it knows the signs of Chinese, Japanese or Korean."""


class SentenceEmbedder:
    """A sentence-transformers model by name or folder, loaded when it is first needed. Threads may share it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fingerprint = fingerprint_of(name)
        self._lock = threading.RLock()
        self._loaded: Any = None
        self._half: Any = None  # None: not measured; False: not better here; else the model in bfloat16
        self._pool: ThreadPoolExecutor | None = None

    @property
    def _model(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self.name)
            return self._loaded

    @property
    def max_tokens(self) -> int:
        prefix = _prefix(self._model, query=False)
        return self._longest - (self.count_tokens(prefix) if prefix else 0)

    @property
    def _longest(self) -> int:
        return int(self._model.max_seq_length or 512)

    @property
    def dimensions(self) -> int:
        return int(self._model.get_embedding_dimension())

    def count_tokens(self, text: str) -> int:
        return self.count_many([text])[0]

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the special ones."""
        counts: list[int] = []
        for start in range(0, len(texts), _COUNTED_AT_ONCE):
            with self._lock:  # a fast tokenizer can be borrowed by one thread at a time
                encoded = self._model.tokenizer(
                    list(texts[start : start + _COUNTED_AT_ONCE]),
                    add_special_tokens=False,
                    truncation=False,
                    verbose=False,
                    return_attention_mask=False,
                    return_token_type_ids=False,
                )
            counts += [len(ids) for ids in encoded["input_ids"]]
        return counts

    def reads(self, language: str) -> bool:
        """Whether the tokenizer knows common signs; an English one gives unknowns for many, or takes them apart."""
        unknown, common = self._model.tokenizer.unk_token_id, _COMMON[language]
        with self._lock:
            ids = self._model.tokenizer(common, add_special_tokens=False)["input_ids"]
        strange = sum(i == unknown for i in ids) if unknown is not None else 0
        return strange <= 0.1 * len(ids) and len(ids) <= 1.5 * len(common)

    def encode(
        self, texts: Sequence[str], query: bool = False, progress: Callable[[int], None] | None = None
    ) -> np.ndarray:
        """float32 [n, d] of unit length; the model's own prefix for questions or documents goes in front."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), _COUNTED_AT_ONCE):
            part = texts[start : start + _COUNTED_AT_ONCE]

            def told(done: int, before: int = start) -> None:
                if progress:
                    progress(before + done)

            vectors[start : start + len(part)] = self._encode(part, query, told)
        return vectors

    def _encode(self, texts: Sequence[str], query: bool, progress: Callable[[int], None] | None) -> np.ndarray:
        prefixed = [_prefix(self._model, query) + text for text in texts]
        with self._lock:
            encoded = self._model.tokenizer(prefixed, truncation=True, max_length=self._longest)["input_ids"]
        order = sorted(range(len(texts)), key=lambda i: -len(encoded[i]))  # the long first: cores end together
        model = self._for_many([encoded[i] for i in order])
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        done = 0
        device = str(self._model.device.type)
        batches = list(_batches([len(encoded[i]) for i in order], _TOKENS_PER_BATCH.get(device, 8192)))
        run = self._workers().map if device == "cpu" and len(batches) > 1 else map
        for rows, out in zip(
            batches,
            run(lambda rows: _forward(model, [encoded[order[r]] for r in rows]), batches),
            strict=True,
        ):
            vectors[[order[r] for r in rows]] = out
            done += len(rows)
            if progress:
                progress(done)
        return vectors

    def _workers(self) -> ThreadPoolExecutor:
        """A thread a core, each computing on itself alone. The process's own thread count is put back."""
        import torch

        with self._lock:
            if self._pool is None:
                threads = torch.get_num_threads()
                ready = threading.Barrier(threads + 1)
                self._pool = ThreadPoolExecutor(threads, "embedding", initializer=lambda: torch.set_num_threads(1))
                for _ in range(threads):
                    self._pool.submit(ready.wait)
                ready.wait()
                torch.set_num_threads(threads)  # it is set per thread, but new threads copy the last one set
            return self._pool

    def _for_many(self, encoded: list[list[int]]) -> Any:
        """The model for many texts (ids, the longest first): in bfloat16 where that is better here."""
        sample = encoded[:_MEASURED]
        few = len(encoded) < _BFLOAT16_FROM or sum(map(len, sample)) < _MEASURED * 64
        if self._model.device.type != "cpu" or few:
            return self._model
        with self._lock:
            if self._half is None:
                self._half = self._workers().submit(_better_in_bfloat16, self._model, sample).result() or False
            return self._half or self._model


def _load(name: str) -> Any:
    from sentence_transformers import SentenceTransformer

    return _made(SentenceTransformer, name, "embedding model").float().eval()


def load_cross_encoder(name: str) -> Any:
    """A sentence-transformers CrossEncoder by name or folder, as safely as the embedding model. Raises
    EmbeddingModelUnusable also for a model that was not trained to score a pair: it would be given a head at random."""
    from sentence_transformers import CrossEncoder

    model = _made(CrossEncoder, name, "reranker")
    trained = "\n".join(model.config.architectures or ())
    classifies = "ForSequenceClassification" in type(model.model).__name__
    if model.num_labels != 1 or (classifies and "ForSequenceClassification" not in trained):
        raise EmbeddingModelUnusable(
            f"The model {name!r} ({trained or 'of no known kind'}, {model.num_labels} labels) was not trained to score "
            "a passage for a question. Expected a CrossEncoder with one label, as cross-encoder/ms-marco-MiniLM-L6-v2."
        )
    return model


def _made(kind: Any, name: str, noun: str) -> Any:
    folder = folder_of(name)
    if folder:
        check_weights(folder)
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        with _quiet():
            return kind(
                str(folder or name),
                device=device,
                trust_remote_code=False,
                local_files_only=folder is not None,
                model_kwargs={"use_safetensors": True},
            )
    except (OSError, ValueError, ImportError, KeyError, RuntimeError) as error:
        raise EmbeddingModelUnusable(
            f"The {noun} {name!r} could not be loaded: "
            f"{str(error).splitlines()[0] if str(error) else type(error).__name__} Check the "
            "name or the folder, and for a hub name the network."
        ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bar for loading weights: it would run into the caller's own progress line."""
    from transformers.utils import logging as hf

    shown = hf.is_progress_bar_enabled()
    hf.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            hf.enable_progress_bar()


def _prefix(model: Any, query: bool) -> str:
    """'query: ' and the like, from the model's own config; its default where it has none for questions or documents."""
    prompts: dict[str, str] = getattr(model, "prompts", None) or {}
    if not any(prompts.get(name) for name in _QUESTION + _DOCUMENT):
        return prompts.get(getattr(model, "default_prompt_name", None) or "", "")
    return next((prompts[name] for name in (_QUESTION if query else _DOCUMENT) if prompts.get(name)), "")


def _batches(lengths: Sequence[int], budget: int) -> Iterator[range]:
    """Consecutive ranges of descending lengths whose padded size stays within the budget."""
    start = 0
    for end in range(1, len(lengths) + 1):
        if end == len(lengths) or (end + 1 - start) * lengths[start] > budget:
            yield range(start, end)
            start = end


def _forward(model: Any, encoded: list[list[int]]) -> np.ndarray:
    import torch

    most = model.max_seq_length or 512
    fits = max(map(len, encoded)) <= most - most % _REGISTER
    padded = model.tokenizer.pad(
        {"input_ids": encoded}, pad_to_multiple_of=_REGISTER if fits else None, return_tensors="pt"
    )
    with torch.inference_mode():
        features: dict[str, torch.Tensor] = {name: tensor.to(model.device) for name, tensor in padded.items()}
        vectors = model.forward(features)["sentence_embedding"].float()
        return torch.nn.functional.normalize(vectors, dim=-1).cpu().numpy()


def _better_in_bfloat16(model: Any, sample: list[list[int]]) -> Any | None:
    """A copy in bfloat16, if this CPU computes the sample faster with it, to the same vectors. Runs on a worker.

    In the thread's own CPU time: on a busy machine the clock on the wall measures the other programs.
    """
    if not cpu_has_bfloat16():
        return None
    half = copy.deepcopy(model).bfloat16()
    seconds: dict[Any, float] = {model: float("inf"), half: float("inf")}
    vectors: dict[Any, np.ndarray] = {}
    try:
        for _ in range(3):  # the best of three: the first calls prepare kernels
            for each in seconds:
                began = time.thread_time()
                vectors[each] = _forward(each, sample)
                seconds[each] = min(seconds[each], time.thread_time() - began)
    except RuntimeError as error:  # an architecture that has float32 in its code
        log.info("this model does not run in bfloat16: %s", error)
        return None
    loss = float(1 - (vectors[model] * vectors[half]).sum(axis=1).min())
    log.info("bfloat16 takes %.2f of float32's time, cosine distance %.1e", seconds[half] / seconds[model], loss)
    return half if loss < _BFLOAT16_LOSS and seconds[half] < 0.9 * seconds[model] else None
