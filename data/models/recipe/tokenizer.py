"""The trial model's tokenizer: byte-level, so nothing is lost, with words aligned to MiniLM's own pieces.

Every piece remembers which WordPiece tokens of MiniLM it stands for, so that its embedding can start from
theirs: the pretrained body then sees nearly the input it was trained on. Knows nothing about training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import regex
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

SPLIT = r" ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]|\s"
CONTINUES = "▁"  # never made by the byte-level alphabet, so it cannot be met in text
SPECIALS = ("<pad>", "<s>", "</s>", "<assistant>", "<unk>")
# The system turn is not shown to the trial model: it has learned one behaviour and reads no instructions.
CHAT_TEMPLATE = (
    "{#- system turns are left out -#}"
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{{ '<assistant>' }}"
    "{% elif m.role == 'assistant' %}{{ ' ' + m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)


def byte_alphabet() -> dict[int, str]:
    """byte -> the printable character that stands for it (the mapping of the GPT-2 tokenizer)."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {byte: chr(byte) for byte in kept}
    for byte in range(256):
        table.setdefault(byte, chr(256 + byte - sum(1 for k in kept if k < byte)))
    return table


ALPHABET = byte_alphabet()


def spelled(text: str) -> str:
    return "".join(ALPHABET[byte] for byte in text.encode())


def choose_pieces(texts: Iterable[str], wordpieces: list[str]) -> list[str]:
    """Surface forms (a leading space kept, `CONTINUES` before word-inner ones), without the single bytes."""
    seen = Counter(word for text in texts for word in regex.findall(SPLIT, text))
    words = [piece for piece in wordpieces if piece.isascii() and piece.isalpha()]
    forms: dict[str, None] = {}
    for rank, word in enumerate(words):
        title = word.capitalize()
        if rank < 16_000 or seen[" " + word]:
            forms[" " + word] = None
        if rank < 5_000 or seen[" " + title] >= 2:
            forms[" " + title] = None
        forms.update((form, None) for form in (word, title) if seen[form] >= 3)
        if seen[" " + word.upper()] >= 3:
            forms[" " + word.upper()] = None
    forms.update((CONTINUES + p[2:], None) for p in wordpieces if p.startswith("##") and p[2:].isascii())
    numbers = [f"{n:0{width}d}" for width in (1, 2, 3) for n in range(10**width)]
    years = [str(year) for year in range(1900, 2051)]
    forms.update((mark + n, None) for n in numbers for mark in (" ", "", CONTINUES))
    forms.update((mark + year, None) for year in years for mark in (" ", ""))
    forms.update((" " + chr(code), None) for code in range(33, 127))
    return list(forms)


def build(texts: Iterable[str], wordpieces: list[str]) -> tuple[PreTrainedTokenizerFast, list[str]]:
    """The tokenizer and, by id, the surface form that each piece stands for ('' for specials and raw bytes)."""
    vocabulary = {name: at for at, name in enumerate(SPECIALS)}
    surfaces = [""] * len(SPECIALS)

    def add(token: str, surface: str) -> None:
        if token not in vocabulary:
            vocabulary[token] = len(vocabulary)
            surfaces.append(surface)

    for byte, char in ALPHABET.items():
        add(char, chr(byte) if byte < 128 else "")
        add(CONTINUES + char, CONTINUES + chr(byte) if byte < 128 else "")
    for form in choose_pieces(texts, wordpieces):
        inner = form.startswith(CONTINUES)
        add((CONTINUES if inner else "") + spelled(form.removeprefix(CONTINUES)), form)
    model = models.WordPiece(
        vocabulary, unk_token="<unk>", continuing_subword_prefix=CONTINUES, max_input_chars_per_word=100_000
    )
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.Sequence([decoders.Replace(CONTINUES, ""), decoders.ByteLevel()])
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIALS])
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=["<assistant>"],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=1280,
    )
    return wrapped, surfaces


def save(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
