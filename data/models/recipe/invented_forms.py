"""Which forms and families an invented document has: its title, and page after page of told facts.

Gathers the families of all kinds. Knows nothing about which questions are asked.
"""

from __future__ import annotations

import random

import invented_about_equipment as equipment
import invented_about_events as events
import invented_about_goods as goods
import invented_about_offers as offers
import invented_about_people as people
import invented_about_places as places
import invented_about_sites as sites
import invented_about_terms as terms
import invented_about_work as work
import invented_clauses  # noqa: F401 - adds kinds of value
import invented_entities  # noqa: F401 - adds kinds of entity
from invented_fillers import TITLES
from invented_grammar import Family, read_families, tidy
from invented_lists import bullets, dialogue, key_values, procedure, table
from invented_pages import Page, Record, Scribe, parallel, profile, prose
from invented_world import World

_SOURCES = (equipment, goods, places, sites, people, work, offers, events, terms)
FAMILIES: list[Family] = [family for source in _SOURCES for family in read_families(source.FAMILIES)]
BY_KIND: dict[str, list[Family]] = {}
for _family in FAMILIES:
    BY_KIND.setdefault(_family.kind, []).append(_family)
# Families that would answer each other's questions: a document tells one of each row
RIVALS = (
    ("goods.price", "goods.change"),
    ("limit.simple", "limit.versions", "limit.groups", "limit.years"),
    ("motion.decision", "motion.reason"),
    ("signal.meaning", "signal.sense"),
    ("incident.cause", "shipment.damage"),
    ("project.reason", "project.delay"),
    ("activity.often", "activity.time"),
    ("staff.office", "personx.room"),
    ("course.hours", "service.time"),
    ("machine.where", "season.shift"),
)
_LAYOUTS = [procedure, prose, parallel, profile, table, bullets, key_values, dialogue]
_WEIGHTS = [7, 38, 15, 13, 14, 8, 6, 6]


def document_title(rng: random.Random, world: World) -> list[str]:
    title = tidy(rng.choice(TITLES).say(rng, world.value))
    draw = rng.random()
    if draw < 0.2:
        return [f"{world.org} {title}"]
    if draw < 0.4:
        return [f"{title} {world.value('version')}"]
    return [world.org, title] if draw < 0.5 else [title]


def new_page(rng: random.Random, world: World, told: dict[str, list[Record]]) -> Page:
    scribe = Scribe(rng, world)
    if not world.kinds:
        world.kinds = rng.sample(list(BY_KIND), k=rng.randint(2, 4))
        world.left_out = {topic for row in RIVALS for topic in rng.sample(row, len(row) - 1)}
    kind = rng.choice(world.kinds) if rng.random() < 0.85 else rng.choice(list(BY_KIND))
    families = [
        family
        for family in BY_KIND[kind]
        if (topic := f"{family.kind}.{family.name}") not in told and topic not in world.left_out
    ]
    if not families:
        world.kinds = [rng.choice(list(BY_KIND))]
        return new_page(rng, world, told)
    layout = rng.choices(_LAYOUTS, weights=_WEIGHTS)[0]
    try:
        return layout(scribe, kind, families, told)
    except LookupError:  # no more entities of this kind can be told apart
        world.kinds = [rng.choice(list(BY_KIND))]
        return new_page(rng, world, told)
