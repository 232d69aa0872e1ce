"""One training path for every method: TRL's SFTTrainer fed with our own tokens and batches, its head at answers only.

What TRL does that is not wanted here is left out: no prompt position ever meets the vocabulary, no logging service,
no hub, no half-written checkpoint. The whole run is fixed by its seed, so that a run that was killed and resumed
equals one that was not. Knows nothing about processes, questions or passages.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain_tuner.attention import short_rows_in_float32
from domain_tuner.batches import Batch, EncodedRow, collate, encode_rows, plan, share_of
from domain_tuner.errors import NothingToLearn
from domain_tuner.files import publish_folder, read_json, write_json
from domain_tuner.journal import Journal
from domain_tuner.memory import peak_bytes
from domain_tuner.methods import find_method
from domain_tuner.pace import Pace, paced, rate_for
from domain_tuner.ranks import decided, mean_over_ranks, rank, together, world
from domain_tuner.runs import TRAINING, Run
from domain_tuner.training_config import TrainingConfig
from retrieval.cores import cpu_has_bfloat16

if TYPE_CHECKING:
    from domain_tuner.base_model import BaseModel
    from domain_tuner.examples import TrainingRow

__all__ = ["TrainingConfig", "TrainingResult", "rate_for", "train"]

_SCHEDULES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}


@dataclass(frozen=True)
class TrainingResult:
    """What a run came to. `finished` is False after a cancel. `seconds` is training alone, over all its sessions;
    `peak_bytes` is of the GPU where there is one, else of the process."""

    finished: bool
    steps: int
    tokens: int
    seconds: float
    loss: float | None
    rows: int
    rows_left_out: int
    trainable_parameters: int
    adapter_bytes: int
    peak_bytes: int
    base_revision: str | None


def train(
    base: BaseModel,
    method: str,
    options: Any,
    rows: Sequence[TrainingRow],
    run: Run,
    config: TrainingConfig,
    cancelled: Callable[[], bool] = lambda: False,
    pick: Callable[[list[Batch]], list[Batch]] = lambda batches: batches,
) -> TrainingResult:
    """Train a fresh adapter on the rows, or carry on from the run's newest checkpoint; the adapter goes to run/adapter.

    `cancelled` is asked after each step; when it says so, a checkpoint is left and the result is not `finished`.
    `pick` is shown the batches of the whole run and gives those to train on (a dry run makes few).
    The base model is as it was afterwards. Raises NothingToLearn (no row fits the model) and TuningError (the loss
    stopped being a number); what libraries raise goes through.
    """
    import torch

    from domain_tuner.methods.adapted import tokens_in_front
    from domain_tuner.sharding import whole

    chosen = find_method(method)
    chosen.check_training(config.gradient_checkpointing)
    torch.manual_seed(config.seed)
    adapted = chosen.attach(base.model, options)
    try:
        room = base.context - tokens_in_front(adapted.active_peft_config)
        encoded, left_out = encode_rows(base.tokenizer, rows, room)
        if not encoded:
            raise NothingToLearn(_why_nothing(len(rows), base.context, room))
        batches = plan([len(row.ids) for row in encoded], [row.repeats for row in encoded], config)
        batches = pick(batches[: config.max_steps or None])
        if rank() == 0:
            run.record(TRAINING, total_steps=len(batches), total_tokens=sum(batch.tokens for batch in batches))
        pace = Pace(config.learning_rate or rate_for(base, chosen.learning_rate), chosen.rates(options))
        journal = Journal(run, batches, config, pace.rate, cancelled)
        _fit(base, adapted, encoded, batches, pace, config, journal)
        if not journal.stopped:
            with whole(adapted):
                if rank() == 0:
                    _save_adapter(adapted, run)
        return TrainingResult(
            finished=not journal.stopped,
            steps=journal.step,
            tokens=journal.tokens,
            seconds=journal.seconds,
            loss=journal.loss,
            rows=len(encoded),
            rows_left_out=left_out,
            trainable_parameters=sum(p.numel() for p in adapted.parameters() if p.requires_grad),
            adapter_bytes=_size(run.adapter / "adapter_model.safetensors"),
            peak_bytes=peak_bytes(base.device),
            base_revision=base.revision,
        )
    finally:
        _restore(base, adapted, config)


def _fit(
    base: BaseModel,
    adapted: Any,
    rows: Sequence[EncodedRow],
    batches: Sequence[Batch],
    pace: Pace,
    config: TrainingConfig,
    journal: Journal,
) -> None:
    """Run SFTTrainer over the batches from where the journal stands."""
    if journal.step >= len(batches):
        raise RuntimeError(f"checkpoint {journal.step} is past the last step {len(batches)}")
    from datasets import Dataset
    from transformers.trainer_callback import PrinterCallback

    writing = journal.run.checkpoints / ".writing"
    if rank() == 0:
        shutil.rmtree(writing, ignore_errors=True)
    trainer = _trainer_class()(
        model=adapted,
        args=_arguments(base, writing, len(batches), pace.rate, config, trains_elsewhere(adapted)),
        train_dataset=Dataset.from_dict({"input_ids": [row.ids for row in rows[:1]]}),  # asked for; ours is below
        processing_class=base.tokenizer,
        data_collator=lambda items: items[0],
        callbacks=[_reporter(journal)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.processing_class = None  # else the trainer writes the tokenizer's marks into the shared model's config
    trainer.rows, trainer.batches, trainer.pad = rows, batches, base.tokenizer.pad_token_id or 0
    trainer.bidirectional, trainer.journal = base.prompt_is_bidirectional, journal
    trainer.factors, trainer.sharded = pace.factors, config.fsdp
    head = adapted.get_base_model().get_output_embeddings().register_forward_pre_hook(trainer.at_answers)
    journal.start()
    try:
        with short_rows_in_float32():
            trainer.train(resume_from_checkpoint=str(journal.checkpoint) if journal.checkpoint else None)
    finally:
        head.remove()
        journal.close()
        if rank() == 0:
            shutil.rmtree(writing, ignore_errors=True)


def multiplies_in_bf16(base: BaseModel, precision: str) -> bool:
    """Whether a training's matrix products are in bfloat16; weights, norms, sums and the adapter stay as they are.

    On a CPU with AVX-512 BF16 a step of the trial model takes 0.7 of float32's time, short rows attending in float32.
    """
    import torch

    if base.device.type == "cuda":
        return base.dtype == torch.bfloat16
    return precision == "bfloat16" or (precision == "auto" and cpu_has_bfloat16())


def trains_elsewhere(adapted: Any) -> bool:
    """Whether it trains what no step uses: full tuning copies a tower for pictures, too."""
    model = adapted.get_base_model()
    parts = (model.get_decoder(), model.get_output_embeddings())
    used = {id(parameter) for part in parts if part is not None for parameter in part.parameters()}
    return any(parameter.requires_grad and id(parameter) not in used for parameter in model.parameters())


def _arguments(
    base: BaseModel, writing: Any, steps: int, rate: float, config: TrainingConfig, trains_elsewhere: bool
) -> Any:
    from trl import SFTConfig

    args = SFTConfig(
        output_dir=str(writing),
        max_steps=steps,
        per_device_train_batch_size=1,  # one item of our data is a whole batch
        learning_rate=rate,
        lr_scheduler_type=_SCHEDULES[config.schedule],
        warmup_steps=round(config.warmup_ratio * steps),
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_gradient,
        seed=config.seed,
        use_cpu=base.device.type == "cpu",
        bf16=multiplies_in_bf16(base, config.precision),
        gradient_checkpointing=config.gradient_checkpointing,
        report_to="none",
        logging_strategy="no",
        save_strategy="no",  # the journal says when
        logging_nan_inf_filter=False,  # the journal looks at every loss
        disable_tqdm=True,
        max_length=None,
        remove_unused_columns=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        ddp_find_unused_parameters=trains_elsewhere,
    )
    # Of several GPUs a process uses one: the trainer would copy the model to all of them, which splits batches as if
    # they were rows (and TRL refuses). It sets this itself where a model is split over devices.
    args._n_gpu = min(1, args.n_gpu)
    return args


@functools.cache
def _trainer_class() -> Any:
    import torch
    from torch.utils.data import DataLoader
    from trl import SFTTrainer

    from domain_tuner.sharding import keep_whole, shard, whole

    class AnswerTrainer(SFTTrainer):
        """SFTTrainer with our batches, the loss at answers only, and checkpoints that are whole."""

        rows: Sequence[EncodedRow]
        batches: Sequence[Batch]
        pad: int
        bidirectional: bool
        journal: Journal
        factors: Mapping[str, float]
        sharded: bool

        def __len__(self) -> int:
            return len(self.batches)

        def __getitem__(self, step: int) -> dict[str, Any]:
            own, weight = share_of(self.batches[step], self.rows, rank(), world())
            return {**collate(own, self.pad, self.bidirectional), "weight": torch.tensor(weight)}

        def get_train_dataloader(self) -> Any:
            batches: Any = self  # a data set to the loader: it has a length and gives one batch an index
            # accelerate would hand each process other batches; ours share each one, row by row (see share_of).
            return DataLoader(batches, batch_size=1, collate_fn=self.data_collator)

        def _move_model_to_device(self, model: Any, device: Any) -> None:
            """It is where it belongs, or waits to be split."""

        def at_answers(self, _head: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
            """Hand the head [1, n, d], the places before an answer's token, instead of [b, w, d]; what an adapter
            has put in front of the rows is none of their places."""
            hidden = args[0][:, -self.width :].flatten(0, -2)
            return (hidden.index_select(0, self.at)[None], *args[1:])

        def compute_loss(
            self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
        ) -> Any:
            self.at, self.width, targets = inputs["at"], inputs["input_ids"].shape[1], inputs["targets"]
            asked = {key: value for key, value in inputs.items() if key in ("input_ids", "attention_mask")}
            logits = model(**asked, use_cache=False).logits
            loss = torch.nn.functional.cross_entropy(logits[0].float(), targets) * inputs["weight"]
            self.journal.current = mean_over_ranks(loss.detach().clone())
            return loss

        def create_optimizer(self, model: Any = None) -> Any:
            if self.sharded:
                shard(self.model, self.args.device)  # an adapter from a checkpoint is on it by now
                # Else the trainer would wrap the model for processes that each hold all of it.
                self.is_distributed_loading_by_transformers = True
            optimizer = super().create_optimizer(model)
            if self.factors:
                optimizer.param_groups = paced(optimizer.param_groups, self.model, self.factors)
            if self.sharded:
                keep_whole(optimizer)
            return optimizer

        def floating_point_ops(self, inputs: Any) -> int:
            return 0  # counted anew at each step, and nobody reads it

        def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
            adapted: Any = self.model
            with whole(adapted):
                if rank() == 0:
                    adapted.save_pretrained(output_dir, save_embedding_layers=False)

        def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
            if self.sharded and rank() > 0:
                optimizer: Any = self.optimizer
                optimizer.state_dict()  # the first process puts it together from all
            super()._save_optimizer_and_scheduler(output_dir)

        def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
            if not self.sharded or checkpoint is None:
                super()._load_optimizer_and_scheduler(checkpoint)
                return
            optimizer: Any = self.optimizer
            scheduler: Any = self.lr_scheduler
            read = functools.partial(torch.load, map_location="cpu", weights_only=True)  # whole, so not to the GPU
            optimizer.load_state_dict(read(f"{checkpoint}/optimizer.pt", mmap=True))
            scheduler.load_state_dict(read(f"{checkpoint}/scheduler.pt"))

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            super(SFTTrainer, self)._save_checkpoint(model, trial)  # TRL's adds a model card
            together()  # each has written its part
            made = self.journal.run.checkpoints / ".writing" / f"checkpoint-{self.state.global_step}"
            self.journal.commit(made)
            together()

    return AnswerTrainer


def _reporter(journal: Journal) -> Any:
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):
        """Passes each step to the journal, and what the journal wants back to the trainer."""

        rate = 0.0

        def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.rate = kwargs["optimizer"].param_groups[0]["lr"]

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            journal.write(state.global_step, float(journal.current), self.rate)
            control.should_save, journal.stopped = decided(journal.wants_checkpoint(), journal.stopped)
            control.should_training_stop = control.should_training_stop or journal.stopped

    return Reporter()


def _save_adapter(adapted: Any, run: Run) -> None:
    """run/adapter, whole or not there; lists in its config are put in order, so that equal runs give equal bytes."""
    made = run.folder / ".adapter.new"
    shutil.rmtree(made, ignore_errors=True)
    adapted.save_pretrained(made, save_embedding_layers=False)
    config = read_json(made / "adapter_config.json")
    in_order = {key: sorted(value) if isinstance(value, list) else value for key, value in config.items()}
    write_json(made / "adapter_config.json", in_order)
    publish_folder(made, run.adapter)


def _restore(base: BaseModel, adapted: Any, config: TrainingConfig) -> None:
    """Take the adapter off and undo what the trainer left on the shared model."""
    from domain_tuner.methods.adapted import take_off

    if config.gradient_checkpointing:
        adapted.gradient_checkpointing_disable()
        adapted.disable_input_require_grads()
    take_off(adapted)
    base.model.__dict__.pop("forward", None)  # TRL's own head
    base.model.eval().requires_grad_(False)


def _size(path: Any) -> int:
    return path.stat().st_size if path.is_file() else 0


def _why_nothing(rows: int, context: int, room: int) -> str:
    if not rows:
        return "There are no training rows. Add documents, or a questions file with answers, and start again."
    taken = f", less the {context - room} that the method takes for itself" if room < context else ""
    return (
        f"None of the {rows} training rows fits into the {context} tokens that the base model reads at once{taken}. "
        "Choose a base model with a longer context."
    )
