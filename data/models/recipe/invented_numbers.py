"""Numbers as people write them: amounts, measures, spans of time, dates, times of day, frequencies.

Every maker takes the source of chance and the world, whose house style it follows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import invented_words as words

if TYPE_CHECKING:
    from invented_world import World

_NUMBER_WORDS = words._w("""one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen,
 seventeen, eighteen, nineteen, twenty""")
MONTHS = words._w("January, February, March, April, May, June, July, August, September, October, November, December")
DAYS = words._w("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
ORDINALS = words._w("first, second, third, fourth, fifth, sixth, seventh, eighth")


def digits(number: float, decimals: int = 0) -> str:
    return f"{number:,.{decimals}f}"


def round_number(rng: random.Random, low: int, high: int) -> int:
    """A number as people write them: of two significant digits, or exact."""
    number = int(low * (high / low) ** rng.random())
    if rng.random() < 0.6 and number >= 20:
        unit = 10 ** (len(str(number)) - (2 if number >= 100 else 1))
        number = max(low, round(number / (unit // 2 or 1)) * (unit // 2 or 1))
    return number


def count_value(rng: random.Random, low: int = 2, high: int = 40) -> str:
    number = round_number(rng, low, high)
    return _NUMBER_WORDS[number - 1] if number <= 20 and rng.random() < 0.45 else digits(number)


def money_value(low: int, high: int, cents: float) -> Callable:
    def make(rng: random.Random, world: World) -> str:
        if rng.random() < cents:
            amount = digits(round_number(rng, low, high) + rng.choice((0.5, 0.95, 0.9, 0.25, 0.8, 0.75, 0.4, 0.99)), 2)
        else:
            amount = digits(round_number(rng, low, high)) if world.style < 0.85 else str(round_number(rng, low, high))
        return world.currency.format(amount)

    return make


def unit_value(*units: str, low: int, high: int, decimals: float = 0.0) -> Callable:
    def make(rng: random.Random, world: World) -> str:
        number = (
            digits(round_number(rng, low, high) + rng.randrange(1, 10) / 10, 1)
            if rng.random() < decimals
            else digits(round_number(rng, low, high))
        )
        if rng.random() < 0.06 and decimals:
            number = digits(round_number(rng, low, high) + rng.randrange(1, 100) / 100, 2)
        return f"{number} {rng.choice(units)}".replace(" %", "%" if world.style < 0.5 else " %").replace(
            " °", "°" if rng.random() < 0.1 else " °"
        )

    return make


def span_value(low: int, high: int, *units: str) -> Callable:
    def make(rng: random.Random, world: World) -> str:
        unit = rng.choice(units)
        number = (
            rng.randint(low, high)
            if rng.random() < 0.5
            else rng.choice(
                [
                    n
                    for n in (2, 3, 5, 6, 7, 10, 12, 14, 15, 20, 21, 24, 28, 30, 36, 45, 48, 60, 72, 90)
                    if low <= n <= high
                ]
            )
        )
        text = _NUMBER_WORDS[number - 1] if number <= 20 and rng.random() < 0.5 else str(number)
        return f"{text} {unit}" if number != 1 else f"{text} {unit.rstrip('s')}"

    return make


def duration_value(rng: random.Random, world: World) -> str:
    return rng.choice(
        (
            span_value(2, 90, "days"),
            span_value(2, 12, "weeks"),
            span_value(2, 36, "months"),
            span_value(2, 10, "years"),
            span_value(2, 30, "working days"),
            span_value(2, 72, "hours"),
        )
    )(rng, world)


def date_value(rng: random.Random, world: World, low: int = 2015, high: int = 2029) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(low, high)
    style = world.date_style if rng.random() < 0.85 else rng.randrange(7)
    name = MONTHS[month - 1]
    return (
        f"{day} {name} {year}",
        f"{name} {day}, {year}",
        f"{year}-{month:02}-{day:02}",
        f"{day:02}/{month:02}/{year}",
        f"{day} {name[:3]} {year}",
        f"{day:02}.{month:02}.{year}",
        f"{day} {name}",
    )[style]


def day_value(rng: random.Random, world: World) -> str:
    if rng.random() < 0.5:
        return rng.choice(DAYS)
    day = rng.randint(1, 28)
    return rng.choice(
        (
            f"{day} {rng.choice(MONTHS)}",
            f"{rng.choice(DAYS)}, {day} {rng.choice(MONTHS)}",
            f"{rng.choice(MONTHS)} {day}",
        )
    )


def deadline_value(rng: random.Random, world: World) -> str:
    draw = rng.random()
    if draw < 0.4:
        return date_value(rng, world)
    if draw < 0.6:
        return day_value(rng, world)
    if draw < 0.75:
        return f"the {rng.choice(('5th', '10th', '15th', '20th', '25th', 'last working day', 'first Monday', 'third Friday'))} of {rng.choice(('each month', 'the month', 'every quarter', rng.choice(MONTHS)))}"
    return (
        f"{rng.choice(('noon', 'close of business', '5 p.m.', '16:00', 'midnight', '9:30 a.m.'))} on {rng.choice(DAYS)}"
    )


def time_value(rng: random.Random, world: World) -> str:
    hour, minute = rng.randint(5, 22), rng.choice((0, 0, 15, 30, 45, 10))
    draw = rng.random()
    if draw < 0.05:
        return rng.choice(("noon", "midnight", f"half past {_NUMBER_WORDS[hour % 12]}"))
    if world.style < 0.5:
        return f"{hour:02}:{minute:02}" + (" hrs" if draw > 0.95 else "")
    half = "a.m." if hour < 12 else "p.m."
    return f"{(hour - 1) % 12 + 1}{f':{minute:02}' if minute else ''} {half}"


def hours_value(rng: random.Random, world: World) -> str:
    first, last = rng.randint(5, 11), rng.randint(13, 22)
    quarter = rng.choice(("00", "00", "30", "15"))
    if world.style < 0.4:
        return f"{first:02}:{quarter}{rng.choice((' to ', '–', ' - '))}{last:02}:00"
    if world.style < 0.7:
        return f"{first}{'' if quarter == '00' else ':' + quarter} a.m. to {last - 12} p.m."
    return f"{first}{'' if quarter == '00' else ':' + quarter} a.m. {rng.choice(('until', 'till'))} {last - 12}:{rng.choice(('00', '30'))} p.m."


def temperature_value(low: int, high: int) -> Callable:
    def make(rng: random.Random, world: World) -> str:
        degree = rng.choice((" °C", " °C", "°C", " degrees", " degrees Celsius", " °F"))
        first = rng.randint(low, high)
        number = str(abs(first)) if rng.random() < 0.85 else f"{abs(first)}.{rng.randrange(1, 10)}"
        sign = rng.choice(("−", "-", "minus ")) if first < 0 else ""
        if first >= 0 and rng.random() < 0.2:
            return (
                rng.choice(("between {} and {}", "{} to {}", "{}–{}")).format(first, first + rng.randint(2, 9)) + degree
            )
        return sign + number + degree

    return make


def frequency_value(rng: random.Random, world: World) -> str:
    number = rng.choice(_NUMBER_WORDS[1:12])
    return rng.choice(
        (
            f"every {number} weeks",
            f"every {number} months",
            f"every {rng.randint(2, 60)} days",
            "once a week",
            "twice a year",
            "once a month",
            f"{number} times a year",
            "every other Friday",
            f"every {rng.choice(DAYS)}",
            "daily",
            "quarterly",
            "at the start of each shift",
            f"every {round_number(rng, 50, 9000):,} operating hours",
            "twice a day",
            f"on the first {rng.choice(DAYS)} of each month",
            "every two years",
            "after each use",
            f"every {rng.choice(MONTHS)}",
            f"every {number} hours",
        )
    )


def percent_value(rng: random.Random, world: World) -> str:
    number = rng.choice(
        (
            str(rng.randint(1, 95)),
            f"{rng.randint(0, 19)}.{rng.randint(1, 9)}",
            str(rng.choice((5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80))),
        )
    )
    return number + (
        rng.choice((" percent", " per cent")) if rng.random() < 0.2 else "%" if world.style < 0.6 else " %"
    )
