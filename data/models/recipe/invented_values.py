"""Values of every format, by the names under which the families ask for them.

Knows nothing about sentences; `invented_entities` and `invented_clauses` add further kinds.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import invented_words as words
from invented_numbers import (
    DAYS,
    LETTERS,
    MONTHS,
    ORDINALS,
    count_value,
    date_value,
    day_value,
    deadline_value,
    digits,
    duration_value,
    frequency_value,
    hours_value,
    money_value,
    percent_value,
    round_number,
    span_value,
    temperature_value,
    time_value,
    unit_value,
)

if TYPE_CHECKING:
    from invented_world import World


def code_value(rng: random.Random, world: World) -> str:
    two = rng.choice(LETTERS) + rng.choice(LETTERS)
    number = rng.randint(1, 9999)
    return rng.choice(
        (
            f"{two}-{number}",
            f"{two}{rng.choice(LETTERS)}-{number}",
            f"{two}-{number % 90 + 10}/{number % 9 + 1}",
            f"{two}.{number % 900 + 100}",
            f"{rng.choice(LETTERS)}{number:04}",
            f"{two}-{number % 99}-{rng.choice(LETTERS)}",
            f"{number:04}-{two}",
            f"{rng.choice(LETTERS)}/{number}",
            f"#{number + 10000}",
        )
    )


def _serial(rng: random.Random) -> str:
    return f"{rng.choice(LETTERS)}{rng.choice(LETTERS)}-{rng.randint(1, 40)}"


def _form(rng: random.Random, world: World) -> str:
    number = rng.choice(
        (
            code_value(rng, world).lstrip("#"),
            _serial(rng) + rng.choice(("", "a", "b", "c")),
            f"{rng.randint(1, 99)}{rng.choice(LETTERS)}",
        )
    )
    return f"{rng.choice(('Form', 'Form', 'Sheet', 'Template', 'Annex', 'form', 'Record'))} {number}"


def _version(rng: random.Random, world: World) -> str:
    return rng.choice(("v{}.{}", "{}.{}", "{}.{}.1", "v{}.{}-rc2", "version {}.{}", "{}.{}b", "Rev. {}{}")).format(
        rng.randint(1, 9), rng.randint(0, 12)
    )


def _room(rng: random.Random, world: World) -> str:
    number, letter = rng.randint(1, 420), rng.choice(LETTERS)
    return rng.choice(
        (
            f"Room {number}",
            f"Room {letter}{number}",
            f"room {number % 5 + 1}.{number % 40:02}",
            f"Building {letter}, room {number}",
            f"{letter}-{number:03}",
            f"Hall {number % 9 + 1}",
            f"Office {number}",
            f"Suite {number % 60 + 1}{letter}",
            f"Lab {number % 9 + 1}{letter}",
            f"Wing {letter}",
            f"the {words.place_name(rng)} Room",
        )
    )


def _shelf(rng: random.Random, world: World) -> str:
    number, letter = rng.randint(1, 60), rng.choice(LETTERS)
    rooms = world.domain.rooms
    return rng.choice(
        (
            f"shelf {letter}{number}",
            f"bay {number}",
            f"rack {number}",
            f"cabinet {letter}",
            f"locker {number}",
            f"drawer {number % 9 + 1}",
            f"aisle {number}",
            f"the {rng.choice(rooms)}",
            f"the {rng.choice(rooms)}",
            f"the {rng.choice(('steel', 'grey', 'locked', 'tall', 'fire-proof', 'refrigerated'))} {rng.choice(('cabinet', 'cupboard', 'safe', 'chest', 'container', 'crate'))}",
            f"the {rng.choice(words.ADJECTIVES)} {rng.choice(('basement', 'attic', 'store', 'shed', 'hall', 'annex'))}",
        )
    )


def _address(rng: random.Random, world: World) -> str:
    street, number = rng.choice(words.STREETS), f"{rng.randint(1, 240)}{rng.choice(('', '', '', 'a', 'B'))}"
    base = f"{street} {number}" if rng.random() < 0.25 else f"{number} {street}"
    return f"{base}, {words.place_name(rng)}" if rng.random() < 0.35 else base


def _extension(rng: random.Random, world: World) -> str:
    number = rng.randint(100, 9999)
    return (
        str(number)
        if rng.random() < 0.8
        else rng.choice((f"*{number % 100:02}", f"0{number}", f"{number:04}-{rng.randint(1, 9)}"))
    )


def _phone(rng: random.Random, world: World) -> str:
    a, b, c = rng.randint(10, 99), rng.randint(100, 999), rng.randint(1000, 9999)
    return rng.choice(
        (
            f"0{a} {b} {c}",
            f"+{a} {b} {c}",
            f"({b}) 555-{c}",
            f"0800 {b} {c}",
            f"555-{c}",
            f"+{a}-{a}-{c}",
            f"0{b}/{c}{a}",
        )
    )


def _email(rng: random.Random, world: World) -> str:
    user = rng.choice(
        (
            rng.choice(world.domain.depts).split()[0].lower(),
            rng.choice(("info", "help", "desk", "orders", "office", "claims", "bookings", "alerts", "returns", "post")),
            words.syllables(rng, 1).lower() + f".{words.syllables(rng, 2).lower()}",
            f"{rng.choice(('team', 'list', 'box'))}-{rng.randint(1, 99)}",
        )
    )
    return re.sub(r"[^a-z0-9.-]", "", user) + f"@{world.site}.{rng.choice(('example', 'org', 'com', 'net', 'eu'))}"


def _url(rng: random.Random, world: World) -> str:
    path = rng.choice(
        ("forms", "help", "booking", "status", "claims", "portal", "shop", "rota", "wiki", "report")
    ) + rng.choice(("", "", f"/{words.syllables(rng, 1).lower()}", f"/{rng.randint(1, 99)}", f"-{rng.randint(2, 9)}"))
    return rng.choice(
        (
            f"https://{world.site}.example/{path}",
            f"www.{world.site}.org/{path}",
            f"{path.split('/')[0]}.{world.site}.com",
            f"intranet.{world.site}.net/{path}",
        )
    )


def supplier_name(rng: random.Random, world: World) -> str:
    stem = rng.choice(
        (words.syllables(rng, 2), words.surname(rng), words.place_name(rng), words.syllables(rng, 1, "co"))
    )
    return (
        f"{stem} {rng.choice(('GmbH', 'Ltd', 'Inc.', '& Sons', 'Brothers', 'Supplies', 'Trading', 'Group', 'AG', 'S.A.', 'Works', 'Partners', 'BV', 'Industries', 'Solutions'))}"
        if rng.random() < 0.85
        else stem
    )


def model_name(rng: random.Random, world: World) -> str:
    name = words.syllables(rng, rng.choice((1, 2)))
    tail = rng.choice(
        (
            str(rng.randint(1, 9) * 100),
            f"{rng.choice(LETTERS)}{rng.randint(1, 99)}",
            rng.choice(("Plus", "Pro", "Mini", "Max", "Classic", "II", "Duo")),
            f"{rng.choice(LETTERS)}{rng.choice(LETTERS)}-{rng.randint(1, 9)}0",
        )
    )
    return f"{name} {tail}" if rng.random() < 0.75 else code_value(rng, world).lstrip("#")


def _from(items: list[str]) -> Callable:
    return lambda rng, world: rng.choice(items)


KINDS: dict[str, Callable[[random.Random, World], str]] = {
    "money": money_value(3, 900, 0.25),
    "bigmoney": money_value(1000, 900000, 0.04),
    "fee": money_value(5, 400, 0.12),
    "smallmoney": money_value(1, 60, 0.55),
    "duration": duration_value,
    "days": span_value(2, 30, "days", "working days", "calendar days", "days"),
    "months": span_value(2, 60, "months", "weeks"),
    "minutes": span_value(2, 90, "minutes", "seconds", "minutes"),
    "hoursof": span_value(2, 72, "hours"),
    "years": span_value(2, 15, "years"),
    "nights": span_value(2, 12, "nights"),
    "shortspan": span_value(2, 60, "minutes", "hours", "days"),
    "date": date_value,
    "olddate": lambda rng, world: date_value(rng, world, 1985, 2022),
    "day": day_value,
    "weekday": _from(DAYS),
    "month": _from(MONTHS),
    "deadline": deadline_value,
    "time": time_value,
    "hours": hours_value,
    "year": lambda rng, world: str(rng.randint(1890, 2026)),
    "temp": temperature_value(5, 95),
    "hot": temperature_value(60, 480),
    "cold": temperature_value(-80, 12),
    "roomtemp": temperature_value(12, 28),
    "pressure": unit_value("bar", "bar", "kPa", "psi", "mbar", "MPa", low=2, high=900, decimals=0.3),
    "weight": unit_value("kg", "kg", "tonnes", "g", "lb", "kilograms", low=2, high=4000, decimals=0.25),
    "length": unit_value("mm", "cm", "m", "metres", "inches", "centimetres", low=2, high=900, decimals=0.2),
    "distance": unit_value("km", "miles", "kilometres", "m", low=2, high=900, decimals=0.1),
    "volume": unit_value("litres", "ml", "L", "gallons", "cubic metres", "m³", low=2, high=5000, decimals=0.2),
    "power": unit_value("kW", "W", "watts", "MW", "kVA", low=2, high=2500, decimals=0.2),
    "voltage": unit_value("V", "volts", "kV", low=12, high=690),
    "speed": unit_value("km/h", "rpm", "mph", "m/s", "pages per minute", low=5, high=3000),
    "noise": unit_value("dB(A)", "dB", "decibels", low=35, high=110),
    "area": unit_value("m²", "hectares", "square metres", "acres", "sq ft", low=6, high=4000, decimals=0.1),
    "torque": unit_value("Nm", "newton metres", low=4, high=300),
    "lux": unit_value("lux", low=50, high=900),
    "data": unit_value("GB", "TB", "MB", "megabytes", low=2, high=900),
    "percent": percent_value,
    "count": lambda rng, world: count_value(rng),
    "bigcount": lambda rng, world: digits(round_number(rng, 60, 40000)),
    "smallcount": lambda rng, world: count_value(rng, 2, 14),
    "points": lambda rng, world: f"{count_value(rng, 2, 90)} {rng.choice(('points', 'credits'))}",
    "person": lambda rng, world: world.person(),
    "role": lambda rng, world: (
        "the "
        + (
            rng.choice(world.domain.roles)
            if rng.random() < 0.75
            else rng.choice(
                (
                    "facilities manager",
                    "data protection officer",
                    "works council",
                    "treasurer",
                    "site manager",
                    "duty officer",
                    "chief engineer",
                    "security guard",
                    "warden",
                    "project lead",
                    "training coordinator",
                    "fire marshal",
                )
            )
        )
    ),
    "dept": lambda rng, world: (
        rng.choice(world.domain.depts)
        if rng.random() < 0.7
        else rng.choice(
            (
                "Facilities",
                "Human Resources",
                "Finance",
                "Procurement",
                "Payroll",
                "Legal",
                "Security",
                "Communications",
                "Internal Audit",
                "Maintenance",
                "IT Services",
            )
        )
    ),
    "supplier": supplier_name,
    "place": lambda rng, world: words.place_name(rng),
    "country": _from(words.COUNTRIES),
    "language": _from(words.LANGUAGES),
    "colour": _from(words.COLOURS),
    "material": _from(words.MATERIALS),
    "tool": lambda rng, world: rng.choice(words.TOOLS),
    "gear": _from(words.GEAR),
    "hazard": _from(words.HAZARDS),
    "part": _from(words.PARTS),
    "code": code_value,
    "form": _form,
    "version": _version,
    "room": _room,
    "shelf": _shelf,
    "address": _address,
    "extension": _extension,
    "phone": _phone,
    "email": _email,
    "url": _url,
    "frequency": frequency_value,
    "model": model_name,
    "floor": lambda rng, world: f"the {rng.choice(('ground', *ORDINALS[:6]))} floor",
    "act": lambda rng, world: rng.choice(world.domain.acts),
    "roomname": lambda rng, world: rng.choice(world.domain.rooms),
    "machinename": lambda rng, world: rng.choice(world.domain.machines),
    "goodsname": lambda rng, world: rng.choice(world.domain.goods),
    "rolename": lambda rng, world: rng.choice(world.domain.roles),
}
