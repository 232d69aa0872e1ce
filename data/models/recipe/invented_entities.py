"""What facts are told of: machines, goods, desks, contracts, incidents and all the other kinds of entity.

Importing it adds them to the kinds of value.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import invented_words as words
from invented_numbers import LETTERS
from invented_values import KINDS, code_value, model_name, supplier_name
from invented_world import World


def _entity(heads: Callable[[World], list[str]], plain: float = 0.35, adjectives: list[str] | None = None) -> Callable:
    """`the <adjective> <head>`; a document often keeps to one head, so that entities differ by one word."""

    def make(rng: random.Random, world: World) -> str:
        choices = heads(world)
        if world.style * 7 % 1 < 0.4:
            choices = [choices[int(world.style * 1000) % len(choices)]] if rng.random() < 0.7 else choices
        head = rng.choice(choices)
        if rng.random() < plain:
            return f"the {head}"
        first = rng.choice(adjectives or words.ADJECTIVES)
        return f"the {first} {head}" if first not in head else f"the {head}"

    return make


def _list(text: str, **options) -> Callable:
    items = words._w(text)
    return _entity(lambda world: items, **options)


_SUBSTANCES = words._w(
    "acetone, white spirit, brake fluid, drain cleaner, ammonia solution, hydrogen peroxide, battery acid, machine oil, paint thinner, chlorine tablets, liquid nitrogen, formalin, wood glue, isopropanol, descaler, ink remover, caustic soda, antifreeze"
)
_ANIMALS = words._w(
    "the grey mare, the brown bull, the old donkey, the lead cow, the white goat, the sheepdog, the young stallion, the barn cat, the tame heron, the pony"
)
_TERM_FIRST = words._w(
    "Service, Quiet, Core, Buffer, Silent, Shadow, Grace, Cold, Open, Safe, Short, Green, Minor, Dead, Reserve, Standing, Hidden, Late, Clean, Fixed, Double, Loose, Bridge, Base, Night"
)
_TERM_LAST = words._w(
    "Day, Period, Stock, Claim, Zone, Order, Load, Visitor, Fault, Margin, Shift, Notice, Batch, Key, Rate, Window, Share, Handover, Ticket, Credit, Run, Mark, Lot, Loan, Call"
)


def _article_free(text: str) -> Callable:
    items = words._w(text)
    return lambda rng, world: rng.choice(items)


def _machine(rng: random.Random, world: World) -> str:
    draw = rng.random()
    if draw < 0.2:
        return f"the {model_name(rng, world)}" + (f" {rng.choice(world.domain.machines)}" if rng.random() < 0.4 else "")
    return _entity(lambda w: w.domain.machines)(rng, world)


def _goods(rng: random.Random, world: World) -> str:
    draw = rng.random()
    if draw < 0.3:
        return f"the {model_name(rng, world)}"
    if draw < 0.5:
        return f"{rng.choice(words.MATERIALS)} {rng.choice(('hose', 'tubing', 'sheeting', 'mesh', 'tape', 'filler', 'wire'))}"
    noun = rng.choice(world.domain.goods)
    return (
        f"the {words.syllables(rng, 2)} {rng.choice(('kit', 'set', 'pack', 'box', 'case', 'bundle'))}"
        if draw < 0.62
        else f"the {rng.choice(words.ADJECTIVES + words.COLOURS)} {rng.choice(words.TOOLS[:22])}"
        if draw < 0.75
        else f"the {noun.rstrip('s')} {rng.choice(('box', 'bundle', 'carton', 'starter pack'))}"
    )


_plain_desk = _list(
    "night desk, help desk, front desk, control desk, duty office, lost property desk, payroll office, visitor desk, post room, first-aid station, key desk, repair shop, complaints desk, press office, accounts team, training office, travel desk, purchasing office, gate office",
    plain=0.6,
)


def _desk(rng: random.Random, world: World) -> str:
    if rng.random() < 0.45:
        return f"the {rng.choice(world.domain.depts)} {rng.choice(('office', 'desk', 'team', 'counter', 'unit'))}"
    return _plain_desk(rng, world)


KINDS.update(
    {
        "machine": _machine,
        "goods": _goods,
        "desk": _desk,
        "roomx": _entity(lambda w: w.domain.rooms, plain=0.45),
        "branch": lambda rng, world: rng.choice(
            (
                words.place_name(rng),
                f"the {words.place_name(rng)} {rng.choice(('branch', 'site', 'depot', 'office', 'campus'))}",
            )
        ),
        "city": lambda rng, world: words.place_name(rng) if rng.random() < 0.8 else rng.choice(words.COUNTRIES),
        "staff": lambda rng, world: (
            f"the {rng.choice(('', '', 'deputy ', 'assistant ', 'senior ', 'acting '))}{rng.choice(world.domain.roles)}"
        ),
        "activity": lambda rng, world: (
            rng.choice(world.domain.acts)
            if rng.random() < 0.7
            else rng.choice(
                (
                    "the fire drill",
                    "window cleaning",
                    "the roof inspection",
                    "lift servicing",
                    "the data backup",
                    "pest control",
                    "key audit",
                    "meter reading",
                    "the staff survey",
                    "payroll run",
                    "the alarm test",
                    "waste collection",
                    "the inventory count",
                )
            )
        ),
        "document": _list(
            "travel claim, incident report, visitor log, overtime sheet, damage report, purchase request, training record, leave request, risk assessment, delivery note, inspection protocol, petty cash slip, key receipt, handover sheet, expense report, complaint form, cleaning log, loan agreement, equipment register, non-disclosure agreement, vehicle log, waste manifest",
            plain=0.85,
            adjectives=words._w("annual, monthly, weekly, provisional, final, short, full, external, internal"),
        ),
        "limit": lambda rng, world: rng.choice(world.limits),
        "season": lambda rng, world: _machine(rng, world),
        "floorx": lambda rng, world: rng.choice(
            (
                world.value("floor"),
                f"{world.value('floor')} of the {rng.choice(words.ADJECTIVES[2:10])} wing",
                f"level {rng.randint(1, 9)}",
            )
        ),
        "personx": lambda rng, world: world.person(),
        "motion": lambda rng, world: world.value("decision"),
        "term": lambda rng, world: (
            f"{rng.choice(_TERM_FIRST)} {rng.choice(_TERM_LAST)}" if rng.random() < 0.85 else words.syllables(rng, 2)
        ),
        "leave": _article_free(
            "parental leave, study leave, bereavement leave, annual leave, unpaid leave, sick leave, jury leave, special leave, nursing leave, military leave, compassionate leave, carer's leave, marriage leave, volunteering leave, adoption leave, sabbatical leave, training leave, recovery leave, exam leave"
        ),
        "service": _list(
            "gift wrapping, express delivery, key replacement, guided tour, safety inspection, annual membership, weekend parking, room hire, document copying, equipment rental, home delivery, first consultation, late check-out, airport transfer, translation service, data recovery, storage plan, repair visit, engraving, family ticket, evening class, locker rental, on-site training",
            plain=0.8,
            adjectives=words._w("basic, premium, standard, extended, express, small, large, student, corporate"),
        ),
        "course": _list(
            "first-aid course, fire warden course, forklift course, hygiene course, welding course, French course, data protection course, mediation workshop, rowing course, bookkeeping course, leadership seminar, pottery class, spreadsheet workshop, lifeguard course, crane operator course, coaching seminar, negotiation workshop, photography class",
            plain=0.75,
            adjectives=words._w("introductory, advanced, evening, refresher, online, intensive, weekend"),
        ),
        "incident": lambda rng, world: (
            f"the {rng.choice(('', '', 'first ', 'second ', 'latest '))}{rng.choice(('flooding', 'outage', 'spill', 'short circuit', 'collision', 'fire alarm', 'breakdown', 'leak', 'break-in', 'power cut', 'stoppage', 'fall', 'explosion', 'contamination', 'derailment', 'data loss'))} {rng.choice((f'in the {rng.choice(world.domain.rooms)}', f'at the {rng.choice(world.domain.machines)}', 'in ' + words.place_name(rng)))}"
        ),
        "chemical": lambda rng, world: rng.choice(
            (
                f"{words.syllables(rng, 2)} {rng.choice(('solution', 'gel', 'spray', 'oil', 'varnish', 'cleaner', 'resin', 'powder', 'glue', 'primer'))}",
                rng.choice(_SUBSTANCES),
            )
        ),
        "contract": lambda rng, world: (
            f"the {rng.choice(('cleaning', 'catering', 'maintenance', 'lease', 'security', 'software', 'transport', 'waste', 'consulting', 'energy', 'printing', 'parking', 'gardening', 'insurance', 'advertising', 'lift'))} {rng.choice(('contract', 'agreement', 'contract', 'contract'))}"
            + (f" with {supplier_name(rng, world)}" if rng.random() < 0.25 else "")
        ),
        "project": lambda rng, world: rng.choice(
            (
                f"Project {words.syllables(rng, 2)}",
                f"the {words.syllables(rng, 2)} project",
                f"the {rng.choice(world.domain.rooms)} {rng.choice(('renovation', 'extension', 'refit', 'move'))}",
                f"the {rng.choice(words._w('website relaunch, payroll migration, roof repair, solar roof, rebranding, archive move, canteen refit, car park extension, energy audit, barcode rollout, customer survey'))}",
            )
        ),
        "signal": lambda rng, world: rng.choice(
            (
                f"code {rng.choice('EFHX')}{rng.randint(1, 99):02}",
                f"{rng.choice(('a', 'the'))} {rng.choice(('flashing', 'steady', 'slowly blinking', 'dim'))} {rng.choice(words.COLOURS[:7])} {rng.choice(('lamp', 'light', 'LED'))}",
                f"{rng.choice(('a double beep', 'one long beep', 'a triple beep', 'a continuous tone', 'a rising siren', 'a double click'))}",
                f"error {rng.randint(100, 999)}",
                f"message {rng.choice(LETTERS)}-{rng.randint(10, 99)}",
            )
        ),
        "shipment": lambda rng, world: rng.choice(
            (
                f"shipment {code_value(rng, world).lstrip('#')}",
                f"the {words.place_name(rng)} consignment",
                f"order {rng.randint(10000, 99999)}",
                f"container {rng.choice(LETTERS)}{rng.choice(LETTERS)}U {rng.randint(100000, 999999)}",
                f"the {words.surname(rng)} delivery",
            )
        ),
        "exhibit": lambda rng, world: rng.choice(
            (
                f'"{rng.choice(("The", "A", "Last", "Silent", "Winter", "Broken"))} {rng.choice(("Ferryman", "Orchard", "Lantern", "Harvest", "Letter", "Staircase", "Heron", "Comet", "Mirror", "Drummer", "Well", "Storm"))}{rng.choice(("", " at Dusk", " in Red", ", No. " + str(rng.randint(2, 9))))}"',
                f"the {words.place_name(rng)} {rng.choice(('vase', 'helmet', 'globe', 'tapestry', 'bell', 'manuscript', 'clock', 'mask', 'altarpiece', 'coin hoard'))}",
            )
        ),
        "field": lambda rng, world: rng.choice(
            (
                f"the {rng.choice(words.ADJECTIVES[:14])} {rng.choice(('field', 'meadow', 'plot', 'orchard', 'paddock', 'terrace'))}",
                f"{words.syllables(rng, 1)} {rng.choice(('Field', 'Meadow', 'Acre', 'Croft', 'Hill'))}",
                f"plot {rng.randint(1, 60)}",
            )
        ),
        "line": lambda rng, world: rng.choice(
            (
                f"line {rng.randint(1, 40)}",
                f"the {words.place_name(rng)} {rng.choice(('express', 'shuttle', 'tram', 'night train', 'ferry'))}",
                f"train {rng.randint(100, 999)}",
                f"bus {rng.randint(2, 99)}{rng.choice(('', 'A', 'X'))}",
            )
        ),
        "vessel": lambda rng, world: (
            f"{rng.choice(('MV', 'the', 'the ferry', 'SS', 'the tug'))} {rng.choice((words.syllables(rng, 2), rng.choice(('Northern', 'Silver', 'Brave', 'Lady')) + ' ' + words.syllables(rng, 1), words.given_name(rng)))}"
        ),
        "satellite": lambda rng, world: f"{words.syllables(rng, 2)}-{rng.randint(1, 12)}",
        "team": lambda rng, world: rng.choice(
            (
                f"the {rng.choice(('under-12', 'under-16', 'first', 'second', 'veterans', 'women’s', 'reserve', 'junior', 'mixed'))} team",
                f"the {words.syllables(rng, 2)} {rng.choice(('Hawks', 'Rovers', 'Otters', 'Lions', 'Comets', 'Herons'))}",
            )
        ),
        "account": lambda rng, world: (
            f"the {rng.choice(('Basic', 'Student', 'Premium', 'Junior', 'Gold', 'Family', 'Business', 'Classic', 'Green', 'Flex', words.syllables(rng, 2), words.syllables(rng, 2)))} {rng.choice(('account', 'plan', 'card', 'tariff', 'package'))}"
        ),
        "animal": lambda rng, world: rng.choice(_ANIMALS) + f" {words.syllables(rng, 1)}",
        "ward": lambda rng, world: rng.choice(
            (
                f"Ward {rng.randint(1, 20)}{rng.choice(('', 'A', 'B'))}",
                f"the {rng.choice(('children’s', 'surgical', 'stroke', 'burns', 'maternity', 'eye', 'rehabilitation', 'geriatric', 'heart', 'isolation'))} ward",
            )
        ),
        "class": lambda rng, world: rng.choice(
            (
                f"Class {rng.randint(1, 12)}{rng.choice('abcd')}",
                f"Year {rng.randint(1, 13)}",
                f"the {rng.choice(('beginners', 'evening', 'bilingual', 'sports', 'music'))} class",
            )
        ),
        "case": lambda rng, world: rng.choice(
            (
                f"{words.surname(rng)} v. {words.surname(rng)}",
                f"the {words.surname(rng)} case",
                f"the {words.surname(rng)} estate",
            )
        ),
        "software_": lambda rng, world: rng.choice(
            (
                words.syllables(rng, 2) + rng.choice(("", " Desk", " Sync", "Hub", " Studio", "Pay", " Cloud")),
                f"the {rng.choice(('booking', 'payroll', 'ticket', 'stock', 'rota', 'invoice', 'door', 'survey', 'mail', 'library'))} {rng.choice(('app', 'portal', 'system', 'tool', 'database'))}",
            )
        ),
        "dish": lambda rng, world: (
            f"the {rng.choice(('lentil', 'pumpkin', 'salmon', 'mushroom', 'apple', 'barley', 'plum', 'leek', 'walnut', 'chicken', 'spinach', 'cherry', 'oat'))} {rng.choice(('soup', 'stew', 'pie', 'tart', 'bake', 'salad', 'risotto', 'curry', 'cake', 'loaf'))}"
        ),
        "vehicle": lambda rng, world: rng.choice(
            (
                f"the {rng.choice(words.COLOURS[:12])} {rng.choice(('van', 'minibus', 'truck', 'trailer', 'estate car', 'pick-up'))}",
                f"van {rng.randint(1, 40)}",
                f"truck {rng.choice(LETTERS)}{rng.randint(1, 30)}",
            )
        ),
        "building": _list(
            "main building, annex, boiler house, gate lodge, workshop, visitor centre, training centre, car park, warehouse, water tower, chapel, greenhouse, canteen block, sports hall, administration block",
            plain=0.4,
            adjectives=words._w("old, new, north, south, east, west, upper, lower"),
        ),
        "committee": lambda rng, world: (
            f"the {rng.choice(('safety', 'finance', 'building', 'ethics', 'audit', 'canteen', 'events', 'quality', 'youth', 'investment', 'sustainability', 'appeals'))} {rng.choice(('committee', 'board', 'panel', 'working group'))}"
        ),
    }
)
