"""The invented world of one document: its organisation, house style and names, handed out once only."""

from __future__ import annotations

import random
import re

import invented_words as words
from invented_numbers import LETTERS
from invented_values import KINDS

_LIMITS = words._w("""hotel limit, meal allowance, per diem, taxi limit, luggage allowance, laundry allowance, entertainment limit, gift limit, parking fee, mileage rate, phone allowance, deposit, late fee, handling charge,
 cash limit, moving allowance, training allowance, clothing allowance, spending cap, entry fee, refund limit, night supplement""")


class World:
    """What one document is about; every entity and name it hands out is fresh within the document."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.domain = rng.choice(words.DOMAINS)
        self.town = words.place_name(rng)
        brand = rng.choice((words.syllables(rng, 2), self.town, words.surname(rng), words.syllables(rng, 1, "ix")))
        self.org = f"{brand} {rng.choice(self.domain.orgs)}"
        self.site = re.sub(r"[^a-z]", "", brand.lower()) or "acme"
        self.style = rng.random()  # one house style of money and of dates per document
        self.currency = rng.choice(
            (
                "EUR {}",
                "€{}",
                "{} €",
                "${}",
                "£{}",
                "CHF {}",
                "{} euros",
                "USD {}",
                "£{}",
                "${}",
                "SEK {}",
                "{} dollars",
            )
        )
        self.date_style = rng.randrange(7)
        self.kinds: list[str] = []  # the kinds of entity this document keeps coming back to
        self.left_out: set[str] = set()  # topics it does not touch
        self.steps: set[str] = set()  # the verbs its procedures have used
        targets = [words.place_name(rng) for _ in range(3)] + rng.sample(words.COUNTRIES, 2)
        subjects = rng.sample(_LIMITS, 3)
        self.limits = [
            f"the {subject} {rng.choice(('in', 'for'))} {target}" for subject in subjects[:2] for target in targets
        ] + [f"the {rng.choice(('', '', 'basic ', 'normal '))}{subject}" for subject in subjects[2:]]
        self._taken: set[str] = set()
        self._surnames: set[str] = set()

    def value(self, kind: str) -> str:
        """A value of the kind; not necessarily fresh."""
        if kind == "org":
            return self.org
        if kind == "town":
            return self.town
        return KINDS[kind](self.rng, self)

    def fresh(self, kind: str) -> str:
        """A value of the kind unlike any other entity of this document."""
        for _ in range(40):
            value = self.value(kind)
            key = value.lower().removeprefix("the ")
            if not any(key in other or other in key for other in self._taken):
                self._taken.add(key)
                return value
        raise LookupError(kind)

    def person(self) -> str:
        rng = self.rng
        for _ in range(20):
            last = words.surname(rng)
            if last not in self._surnames:
                break
        self._surnames.add(last)
        draw = rng.random()
        if draw < 0.68:
            return f"{words.given_name(rng)} {last}"
        if draw < 0.82:
            return f"{rng.choice(('Dr.', 'Mr', 'Ms', 'Mrs', 'Dr', 'Prof.', 'Mr.', 'Ms.'))} {last}"
        if draw < 0.90:
            return f"{rng.choice(('Dr.', 'Prof.', 'Dr'))} {words.given_name(rng)} {last}"
        return (
            f"{rng.choice(LETTERS)}. {last}"
            if draw < 0.95
            else f"{words.given_name(rng)} {rng.choice(LETTERS)}. {last}"
        )
