"""Procedures of invented documents: steps in order, and questions about their order and their details.

Steps are verbs with an object and sometimes a detail. Knows nothing about pages.
"""

from __future__ import annotations

import random

from invented_grammar import Family, Template, read_families
from invented_numbers import ORDINALS
from invented_values import KINDS
from invented_world import World

# base, gerund, past participle, objects
_VERBS = """open, opening, opened, part
close, closing, closed, part
check, checking, checked, part
clean, cleaning, cleaned, part
replace, replacing, replaced, part
rinse, rinsing, rinsed, part
tighten, tightening, tightened, part
loosen, loosening, loosened, part
remove, removing, removed, part
inspect, inspecting, inspected, part
label, labelling, labelled, goods
count, counting, counted, goods
weigh, weighing, weighed, goods
pack, packing, packed, goods
unpack, unpacking, unpacked, goods
sort, sorting, sorted, goods
sign, signing, signed, document
scan, scanning, scanned, document
copy, copying, copied, document
file, filing, filed, document
fill in, filling in, filled in, document
inform, informing, informed, role
call, calling, called, role
lock, locking, locked, room
air, airing, aired, room
switch on, switching on, switched on, machine
switch off, switching off, switched off, machine
calibrate, calibrating, calibrated, machine
restart, restarting, restarted, machine
drain, draining, drained, machine
cover, covering, covered, machine"""
VERBS = [tuple(item.strip() for item in line.split(",")) for line in _VERBS.splitlines()]
_DOCUMENTS = [
    "delivery note",
    "checklist",
    "log book",
    "work order",
    "receipt",
    "safety sheet",
    "handover form",
    "inspection card",
    "permit",
    "route sheet",
]

PROCEDURES = [
    Template(line)
    for line in (
        "changing the {part}",
        "[monthly|weekly|daily] care of the {machinename}",
        "taking over the {roomname}",
        "starting the {machinename}",
        "shutting down the {machinename}",
        "receiving {goodsname}",
        "returning {goodsname}",
        "opening the {roomname} in the morning",
        "closing the {roomname} at night",
        "handling a fault of the {machinename}",
        "preparing {act}",
        "moving the {machinename}",
        "issuing {goodsname}",
        "dealing with a complaint",
    )
]

FAMILY: Family = read_families(r"""
# step.order; Procedure, Instructions, Step by step, Working sequence
n? [What is the {nth} step|Which step [is number {number}|comes {nth}]|What is done {nth}|What has to be done as the {nth} step] [in|of|when] {proc}?
n? [step {number} of {proc}|{nth} step {proc}|Name the {nth} step of {proc}.]
first? [What is the first step|What comes first|What must be done first|How does one begin|With what does one start] [in|when] {proc}?
last? [What is the last step|What comes last|What is done at the end|How does one finish|What is the final step] [in|when] {proc}?
after? [What [comes|happens|is done|must be done|follows] after {before_ing}|What is the next step after {before_ing}|What is done once {before_done}|What must one do when {before_done}|What follows {before_ing}]?
after? [next step after {before_ing}|Name the step after {before_ing}.]
before? [What [comes|happens|is done|must be done] before {after_ing}|What is the step before {after_ing}|What has to be done before {after_done}|What precedes {after_ing}]?
tool? [With what [tool|] is one to {bare}|What is used to {bare}|Which tool is needed to {bare}|What does one need to {bare}]?
time? [How long does it take to {bare}|For how long must one {bare}|How much time is needed to {bare}]?
by? [Who has to {bare}|Who {bare_s}|Whose job is it to {bare}|By whom is the following done: {bare}]?
""")[0]


class Step:
    """One step in its grammatical forms."""

    def __init__(self, rng: random.Random, world: World, used: set[str]) -> None:
        base, gerund, done, kind = rng.choice([verb for verb in VERBS if verb[0] not in used])
        used.add(base)
        noun = {
            "part": "the " + world.value("part"),
            "goods": "the " + world.value("goodsname"),
            "document": "the " + rng.choice(_DOCUMENTS),
            "role": world.value("role"),
            "room": "the " + world.value("roomname"),
            "machine": "the " + world.value("machinename"),
        }[kind]
        self.base, self.gerund = f"{base} {noun}", f"{gerund} {noun}"
        self.third = f"{base}s {noun}"
        self.done = f"{noun} {'have' if kind == 'goods' else 'has'} been {done}"
        self.detail: tuple[str, str] | None = None
        draw = rng.random()
        if draw < 0.22 and kind == "part":
            self.detail = ("tool", "a " + world.value("tool"))
        elif (
            draw < 0.3
            and kind in ("part", "machine", "room")
            and base in ("rinse", "air", "clean", "drain", "switch off")
        ):
            self.detail = ("time", KINDS["minutes"](rng, world))
        elif draw > 0.85:
            self.detail = ("by", world.value("role"))


def ordinal(at: int) -> str:
    return ORDINALS[at]
