"""The words of the invented organisations: names, domains with their nouns, materials, tools, reasons."""

from __future__ import annotations

import random


def _w(text: str) -> list[str]:
    return [" ".join(word.split()) for word in text.split(",") if word.strip()]


# Per domain: what kind of organisation; machines; rooms; goods; roles; departments; activities
_DOMAINS = {
    "logistics": (
        "Logistics, Freight, Forwarding, Haulage",
        "forklift, pallet wrapper, conveyor belt, label printer, dock leveller, reach truck, sorting line, parcel scanner, tail lift, strapping machine",
        "loading bay, cold store, sorting hall, packing room, gatehouse, customs store, returns hall, battery room",
        "euro pallets, stretch film, shipping cartons, cable drums, tyre sets, bubble wrap, roll cages, wooden crates",
        "shift leader, dispatcher, customs clerk, fleet manager, warehouse keeper, route planner",
        "Goods Receipt, Dispatch, Fleet Services, Customs, Returns",
        "stocktaking, route planning, container sealing, load securing, pallet exchange",
    ),
    "laboratory": (
        "Laboratories, Diagnostics, Analytics, Biotech",
        "centrifuge, autoclave, fume hood, incubator, spectrometer, pipetting robot, freeze dryer, rotary evaporator, microscope, water bath",
        "clean room, sample store, balance room, cell culture suite, washing-up room, isotope room, solvent store",
        "pipette tips, buffer solution, culture flasks, reagent kits, filter papers, microplates, cryo tubes, litmus strips",
        "lab manager, technician, safety officer, quality analyst, principal scientist, metrologist",
        "Quality Assurance, Microbiology, Sample Intake, Instrument Support, Biosafety",
        "sample labelling, calibration, glassware washing, stability testing, waste disposal",
    ),
    "hospital": (
        "Hospital, Clinic, Health Trust, Medical Centre",
        "infusion pump, ultrasound scanner, ventilator, patient monitor, bed washer, X-ray unit, defibrillator, dialysis machine, drug cabinet",
        "recovery ward, dialysis suite, plaster room, waiting area, operating theatre, pharmacy, linen store, maternity ward",
        "nitrile gloves, saline bags, dressing packs, syringes, surgical masks, wristbands, pillow covers, test strips",
        "ward sister, pharmacist, chief physician, night porter, theatre nurse, hygiene officer, dietitian",
        "Radiology, Admissions, Sterile Services, Patient Transport, Cardiology",
        "hand hygiene training, bed cleaning, medication rounds, patient handover, blood sampling",
    ),
    "school": (
        "School, College, Academy, Institute",
        "photocopier, projector, kiln, sewing machine, laser cutter, laminator, 3D printer, interactive whiteboard",
        "art studio, music room, gymnasium, reading room, science lab, assembly hall, staff room, bicycle shed",
        "exercise books, gym mats, violin strings, chemistry sets, locker keys, wall maps, school ties, paint pots",
        "headteacher, librarian, caretaker, year tutor, exam officer, school nurse, bursar",
        "Student Services, Examinations, Admissions Office, Learning Support, Music",
        "parents' evening, exam invigilation, homework club, sports day, book returns",
    ),
    "bank": (
        "Bank, Savings Bank, Credit Union, Finance",
        "cash dispenser, coin counter, cheque scanner, queue printer, night safe, card embosser, shredder",
        "vault, meeting suite, counter hall, trading floor, archive, deposit room, training room",
        "cash bags, coin rolls, debit cards, paying-in slips, security seals, token generators, cheque books",
        "branch manager, teller, credit analyst, compliance officer, mortgage adviser, auditor, treasurer",
        "Compliance, Treasury, Lending, Card Services, Internal Audit",
        "cash counting, credit review, identity checks, account closure, fraud reporting",
    ),
    "farm": (
        "Farms, Growers, Orchards, Dairy",
        "seed drill, milking robot, grain dryer, baler, irrigation pump, potato grader, sprayer, feed mixer, manure spreader",
        "milking parlour, seed store, lambing shed, packing barn, machine shed, hay loft, greenhouse, slurry pit",
        "seed potatoes, hay bales, calf milk, fence posts, ear tags, baling twine, fertiliser sacks, apple crates",
        "herd manager, agronomist, tractor driver, shepherd, orchard foreman, farm secretary",
        "Livestock, Crop Protection, Farm Shop, Irrigation, Machinery",
        "hoof trimming, hay making, soil sampling, lambing, fence repair",
    ),
    "software": (
        "Software, Systems, Data, Cloud",
        "build server, backup array, load balancer, test phone rack, badge reader, mail gateway, print server, firewall",
        "server room, war room, demo lounge, quiet zone, recording booth, podcast studio, spare parts closet",
        "licence packs, laptop docks, headsets, security tokens, monitor arms, network cables, webcams, access cards",
        "product owner, release manager, support engineer, data steward, site reliability lead, scrum master",
        "Platform, Customer Success, Security Operations, Billing, Localisation",
        "code review, on-call handover, penetration testing, data export, backup restore",
    ),
    "hotel": (
        "Hotel, Resort, Lodge, Guest House",
        "dishwasher, laundry press, ice maker, coffee machine, sauna heater, key encoder, minibar fridge, pool pump",
        "breakfast room, spa lounge, luggage room, wine cellar, rooftop bar, ballroom, laundry, garden pavilion",
        "bath towels, guest slippers, soap bars, pillow mints, table linen, minibar packs, bathrobes, key cards",
        "night manager, concierge, head chef, housekeeper, sommelier, receptionist, spa manager",
        "Housekeeping, Front Office, Banqueting, Reservations, Guest Relations",
        "turndown service, minibar refilling, linen change, pool cleaning, wake-up calls",
    ),
    "shipyard": (
        "Shipyard, Marine, Boatworks, Dockyard",
        "gantry crane, plate roller, welding tractor, slipway winch, plasma cutter, ballast pump, sandblaster, pipe bender",
        "dry dock, plate shop, mould loft, paint hall, rigging loft, pipe shop, outfitting quay, sail loft",
        "hull plates, anchor chains, propeller blades, marine paint, rope coils, rivets, portholes, zinc anodes",
        "dock master, welding inspector, naval architect, rigger, yard superintendent, paint foreman",
        "Hull Construction, Outfitting, Sea Trials, Rigging, Coatings",
        "hull inspection, keel laying, tank cleaning, hot work, mooring",
    ),
    "museum": (
        "Museum, Gallery, Collection, Heritage Trust",
        "humidity logger, ticket printer, audio guide charger, display lift, dehumidifier, light table, book scanner",
        "coin cabinet, sculpture court, print room, map gallery, conservation studio, costume store, lecture theatre",
        "exhibition catalogues, postcards, tote bags, replica coins, display cases, archive boxes, silk scarves",
        "curator, registrar, conservator, gallery attendant, education officer, loans manager",
        "Conservation, Visitor Services, Registrar's Office, Education, Museum Shop",
        "object handling, condition reporting, loan packing, guided tours, label writing",
    ),
    "energy": (
        "Energy, Power, Utilities, Renewables",
        "gas turbine, transformer, feed pump, cooling tower, diesel generator, inverter, wind turbine, boiler, switchgear panel",
        "control room, turbine hall, relay room, battery hall, switchyard, chemical store, pump house",
        "fuse links, insulator discs, transformer oil, meter seals, cable joints, solar panels, gaskets, hydrogen bottles",
        "shift engineer, grid operator, metering technician, plant manager, outage planner, chemist",
        "Grid Control, Metering, Outage Planning, Water Chemistry, Customer Connections",
        "meter reading, boiler start-up, insulation testing, oil sampling, load shedding",
    ),
    "law": (
        "Law, Legal, Notaries, Solicitors",
        "document scanner, dictation unit, franking machine, binding machine, fax gateway, label maker",
        "deed room, client lounge, law library, mediation suite, reception, boardroom, copy room",
        "deed boxes, file wallets, wax seals, court bundles, legal pads, stamp duty forms",
        "managing partner, paralegal, notary, conveyancer, litigation clerk, costs draftsman",
        "Conveyancing, Litigation, Probate, Client Accounts, Knowledge Management",
        "file opening, conflict checks, time recording, deed storage, client identification",
    ),
    "food": (
        "Foods, Bakery, Brewery, Kitchens",
        "dough mixer, tunnel oven, bottling line, metal detector, blast chiller, slicing machine, pasteuriser, smoking chamber, packing robot",
        "proofing room, chilled store, spice room, tasting room, brew house, allergen room, flour silo, canteen",
        "rye loaves, apple juice, hop pellets, oat biscuits, tomato paste, goat cheese, malt sacks, honey jars",
        "master baker, hygiene manager, production planner, taste panel lead, cellar master, line operator",
        "Quality Control, Bottling, Recipe Development, Sanitation, Outbound",
        "allergen cleaning, recipe change, yeast propagation, taste testing, label check",
    ),
    "railway": (
        "Railway, Rail, Transit, Tramways",
        "ticket gate, points heater, rail grinder, level crossing barrier, platform lift, wheel lathe, snow plough, signal box panel",
        "engine shed, signal box, waiting room, lost property office, ticket hall, wash plant, crew room",
        "brake blocks, rail clips, seat covers, ticket rolls, signal lamps, sleeper bolts, uniform caps",
        "train driver, signaller, station manager, conductor, track inspector, depot foreman, timetable planner",
        "Rolling Stock, Timetabling, Track Maintenance, Passenger Information, Revenue Protection",
        "track walking, brake testing, ticket inspection, carriage cleaning, de-icing",
    ),
    "space": (
        "Space, Aerospace, Orbital, Satellites",
        "vacuum chamber, star tracker, reaction wheel, antenna dish, vibration table, solar simulator, propellant pump, telemetry receiver",
        "clean tent, mission control, integration hall, antenna field, fuelling bay, observatory dome, astronaut gym",
        "heat shield tiles, gold foil, thruster valves, solar cells, fuel tanks, telemetry cables, star maps",
        "flight director, payload engineer, range officer, propulsion lead, ground controller, mission planner",
        "Flight Operations, Payload Integration, Ground Stations, Propulsion, Range Safety",
        "thermal testing, countdown rehearsal, orbit correction, antenna tracking, propellant loading",
    ),
    "sports": (
        "Sports Club, Athletics, Rowing Club, Football Club",
        "floodlight mast, line marker, rowing machine, turnstile, ice resurfacer, ball launcher, scoreboard, lawn roller",
        "boathouse, club room, weights room, changing room, press box, physio room, ticket office, tennis dome",
        "corner flags, team shirts, oars, shin pads, practice balls, season scarves, relay batons, trophies",
        "head coach, groundskeeper, kit manager, physiotherapist, membership secretary, youth coordinator, referee",
        "Youth Academy, Membership, Grounds, Ticketing, Medical",
        "pitch marking, boat washing, trial training, medal ceremony, kit washing",
    ),
}


class Domain:
    """The nouns of one branch of work."""

    def __init__(self, name: str, lists: tuple[str, ...]) -> None:
        self.name = name
        self.orgs, self.machines, self.rooms, self.goods, self.roles, self.depts, self.acts = map(_w, lists)


DOMAINS = [Domain(name, lists) for name, lists in _DOMAINS.items()]

FIRST = _w("""Ana, Tomasz, Priya, Kwame, Ingrid, Yusuf, Mei, Carlos, Fatima, Liam, Sofia, Hiroshi, Nadia, Pavel, Aisha,
 Erik, Lucia, Dmitri, Chloe, Samuel, Leila, Oskar, Amara, Jonas, Keiko, Rafael, Ines, Bartosz, Zeynep, Malik, Greta,
 Hamid, Elena, Owen, Tamar, Luca, Sunita, Viktor, Maeve, Ibrahim, Helga, Diego, Noor, Anders, Camille, Teodor, Lina,
 Arjun, Beatriz, Caspar, Dalia, Emil, Farah, Goran, Hanna, Ivo, Jasmin, Kofi, Lotte, Marek, Nils, Olga, Pedro, Rosa,
 Sanjay, Thandi, Ulrich, Vera, Wei, Xenia, Yara, Zoltan, Brigid, Cedric, Dorota, Felix, Gemma, Hugo, Irina, Jakub,
 Margaret, Stephen, Alice, Peter, Joan, Thomas, Ruth, Martin, Claire, Robert, Julia, Henry, Nora, Simon, Miriam""")
LAST = _w("""Wright, Kowalska, Okafor, Haddad, Lindqvist, Nakamura, Moreau, Fernandes, Schreiber, O'Brien, Petrov, Singh,
 Mensah, Castellano, Novak, Yilmaz, Andersson, Chen, Rossi, Baker, Dubois, Horvat, Iyer, Jansen, Kaplan, Larsen, Mbeki,
 Nguyen, Ortega, Papadakis, Quinn, Ramirez, Santos, Tanaka, Ustinov, Vogel, Walsh, Xu, Yamada, Zielinski, Abebe, Bauer,
 Costa, Dlamini, Eriksen, Fischer, Gallo, Hansen, Ivanova, Joshi, Keller, Lopez, Marino, Nielsen, Osei, Patel, Reyes,
 Sato, Traore, Urban, Virtanen, Weiss, Young, Zhang, Acheson, Barlow, Crane, Dunmore, Everett, Fairley, Goodwin, Hale,
 Ibbotson, Jarvis, Kerrigan, Lockhart, Mallory, Naylor, Oakes, Pemberton, Rawlings, Sinclair, Thorne, Underhill, Vance,
 Whitlock, Yardley, Akintola, Bhatt, Cabrera, Demir, El-Sayed, Farouk, Gupta, Hussein, Ito, Jovanovic, Kimura, Lefevre,
 MacLeod, Nwosu, Olsen, Popescu, Qureshi, Ruiz, Sharma, Toth, Vasquez, Wójcik, Müller, Sørensen, Núñez, Bélanger""")
_ONSET = _w(
    "b, br, c, cl, d, dr, f, fl, g, gr, h, j, k, kr, l, m, n, p, pr, qu, r, s, st, t, tr, v, w, z, th, sh, bl, sk"
)
_NUCLEUS = _w("a, e, i, o, u, a, e, o, ai, ea, ou, or, ar, en, el, an, in, al, on, er, il")
_CODA = _w("n, r, l, s, m, x, th, nd, ck, rn, st, ld, v")
_PLACE = _w(
    "ton, ford, bury, ham, mouth, field, wick, by, burg, mere, stad, ville, ova, hofen, port, dale, worth, mora, ina, holm"
)
_SURNAME = _w("er, ov, sen, ley, man, ic, ski, ez, ard, well, ini, son, dottir, wala, akis, ian")


def syllables(rng: random.Random, count: int, ending: str = "") -> str:
    """An invented word, capitalised."""
    word = "".join(rng.choice(_ONSET) + rng.choice(_NUCLEUS) for _ in range(count))
    return (word + (ending or (rng.choice(_CODA) if rng.random() < 0.6 else ""))).capitalize()


def place_name(rng: random.Random) -> str:
    word = syllables(rng, 1, rng.choice(_PLACE)) if rng.random() < 0.7 else syllables(rng, 2)
    draw = rng.random()
    if draw < 0.06:
        return f"{rng.choice(('Port', 'Saint', 'New', 'Upper', 'Bad', 'East'))} {word}"
    return f"{word}-on-{syllables(rng, 1)}" if draw < 0.08 else word


def surname(rng: random.Random) -> str:
    return rng.choice(LAST) if rng.random() < 0.72 else syllables(rng, rng.choice((1, 1, 2)), rng.choice(_SURNAME))


def given_name(rng: random.Random) -> str:
    return (
        rng.choice(FIRST) if rng.random() < 0.92 else syllables(rng, 1, rng.choice(("a", "o", "an", "ie", "in", "us")))
    )


COLOURS = _w("""red, blue, green, yellow, orange, purple, white, black, grey, brown, pink, turquoise, amber, navy blue, light green,
 dark red, silver, cream, violet, beige, olive, pale yellow, royal blue, maroon""")
MATERIALS = _w("""stainless steel, oak, cast iron, aluminium, polypropylene, brass, glass, rubber, concrete, beech, titanium, leather,
 cotton, ceramic, bamboo, copper, recycled plastic, silicone, granite, carbon fibre, galvanised steel, wool, linen, pine,
 acrylic, bronze, slate, birch plywood, nylon, felt, hardened glass, zinc""")
TOOLS = _w("""torque wrench, soft brush, lint-free cloth, feeler gauge, hex key, plastic scraper, pair of pliers, rubber mallet,
 screwdriver, vacuum cleaner, grease gun, calibrated thermometer, hand pump, inspection lamp, spirit level, multimeter,
 wire brush, stepladder, sealing tape, steam cleaner, syringe, magnet, label gun, crowbar, funnel, tape measure""")
PARTS = _w("""drain valve, filter cartridge, drive belt, safety guard, inlet hose, main switch, fan cover, pressure gauge, oil tank, seal,
 battery tray, control panel, rear hatch, sensor cable, fuse box, feed hopper, lower hinge, coolant pipe, outlet grille,
 locking pin, bearing, display panel, emergency stop, air duct, mounting plate, float switch, nozzle, blade, lid, gasket""")
ADJECTIVES = _w("""old, new, north, south, east, west, upper, lower, main, small, large, second, third, central, outer, inner, spare,
 mobile, rear, front, left, right, night, summer, winter, staff, visitor, temporary, blue, green, red""")
GEAR = _w("""safety goggles, ear defenders, cut-resistant gloves, a hard hat, a dust mask, a lab coat, steel-toed boots, a face shield,
 a high-visibility vest, a hairnet, rubber boots, a safety harness, heat-proof gloves, knee pads""")
STREETS = _w("""Mill Lane, Harbour Road, Station Street, Kiln Row, Abbey Close, Quarry Hill, Canal Walk, Birch Avenue, Market Square, Tanner
 Street, Foundry Way, Orchard Drive, Bridge Street, Lindenallee, Rue des Forges, Via Roma, Calle Mayor, Castle Terrace""")
HAZARDS = _w(
    "corrosive, flammable, toxic, irritant, oxidising, explosive, radioactive, hazardous to water, harmless, biohazardous"
)
COUNTRIES = _w("""Portugal, Poland, Japan, Kenya, Denmark, Chile, Turkey, India, Canada, Austria, Vietnam, Ireland, Morocco, Finland, Spain,
 Mexico, Slovenia, Italy, Norway, Estonia, Ghana, Peru, Greece, Latvia, South Korea, New Zealand, the Netherlands""")
LANGUAGES = _w(
    "Polish, French, Arabic, Hindi, Portuguese, Turkish, Swahili, Danish, Japanese, Spanish, Italian, Greek, Czech, Korean"
)
