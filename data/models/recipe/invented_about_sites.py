"""Kinds of facts about branches, buildings, vehicles, fields, lines, ships and spacecraft; the format is that of `read_families`."""

FAMILIES = r"""
# branch.address; Addresses, Our locations
: v address Address, Street
- {e} is [located|situated|found] at {v}.
- [visit|you can visit|letters go to] {e} at {v}.
- the address of {e} is {v}.
- {e} [moved to|has moved into] {v}[| last year| in spring].
+ [Addresses]: <{e-}: {v}>.
v? [What is the [street|postal|] address of {e}|Where is {e}|At what address is {e}|In which street is {e}]?
v? [address {e-}|Give the address of {e}.]
# branch.manager; Managers, Contacts at the sites
: v person Manager, Site manager
- {v} [manages|runs|heads|is the manager of] {e}.
- {e} [is managed by|is run by|is in the hands of|has been led by] {v}[| since last year].
- [the manager of|in charge of] {e} is {v}.
+ <{v} manages {e}~{v} {e}>.
v? [Who [manages|runs|heads|is in charge of] {e}|Who is the manager of {e}|By whom is {e} run]?
v? [manager {e-}|Name the manager of {e}.]
e? [Which site|Which location|What place] does {v} [manage|run]?
# branch.opened; History, Our sites over the years
: v year Opened, Founded
- {e} [opened|was opened|was founded|was set up] in {v}.
- in {v}[,|] [the company|we] [opened|founded] {e}.
- {e} [has existed since|dates from|goes back to] {v}.
+ <{e} opened in {v}~{e} in {v}>.
v? [When [was {e} [opened|founded|set up]|did {e} open]|In what year did {e} open|Since when has {e} existed|How long ago, in which year, was {e} founded]?
v? [founding year of {e}|{e-} founded]
e? [Which site|Which location|What] [opened|was founded] in {v}?
# branch.hours; Opening hours
: v hours Opening hours, Open
- {e} is open {v}[| from Monday to Friday| every day].
- [customers|visitors] can come to {e} {v}.
- the [opening hours|hours] [at|of] {e} are {v}.
+ [Opening hours]: <{e-} {v}>.
v? [When is {e} open|What are the opening hours [of|at] {e}|At what times can one visit {e}]?
v? opening hours {e-}
# branch.people; Headcount, Our sites in figures
: v bigcount Employees, Staff
- {e} has {v} [employees|staff|workers].
- {v} people [work|are employed] [at|in] {e}.
- [with|at] {v} employees, {e} is [a larger site|growing|one of the important sites].
+ <{e} has {v} employees~{e} {v}>.
v? [How many [people work|employees are there] at {e}|What is the headcount of {e}|How many workers does {e} employ]?
v? staff {e-}
# branch.distance; Travel, Distances
: v distance Distance
- {e} is {v} [from|away from] the head office.
- [the distance to {e} is {v}|it is {v} to {e}|the road to {e} is {v} long|the way to {e}, which we visit weekly, is {v}].
- {v} [separate|lie between] the head office and {e}.
v? [How far away is {e}|What is the distance to {e}|How far is it to {e}]?
# building.built; Buildings, Site history
: v year Built
: a person Architect
- {e} was [built|erected|completed] in {v} [by|after plans by] {a}.
- {a} designed {e}, [built|completed] in {v}.
- in {v}[,|] {e} was [finished|opened]; its architect was {a}.
+ <{e} dates from {v}~{e} from {v}>.
v? [When was {e} [built|erected|completed]|In which year was {e} built|From what year is {e}]?
a? [Who [designed|was the architect of] {e}|By whom was {e} designed|Whose plans were used for {e}]?
# building.exit; Evacuation, Fire safety
: v colour Route colour
: p shelf Assembly point
- [people in|anyone inside] {e} [follow|follows] the {v} arrows and [gather|gathers] at {p}.
- from {e}, the {v} route leads to {p}.
- {p} is the assembly point for {e}; the arrows are {v}.
v? [What colour are the arrows in {e}|Which colour marks the escape route from {e}]?
p? [Where do people from {e} gather|What is the assembly point for {e}|Where does one go when {e} is evacuated]?
# building.cost; Repairs
: v bigmoney Cost
: c supplier Builder
- {c} [repaired|renovated] {e} for {v}.
- the [repair|renovation] of {e} by {c} cost {v}.
- {v} [was|were] paid to {c} for the work on {e}.
v? [How much did the [repair|renovation] of {e} cost|What was paid for the work on {e}]?
c? [Who [repaired|renovated] {e}|Which company did the work on {e}|By whom was {e} renovated]?
# building.roof; Construction details
: v material Roof
: w material Floor
- {e} has a roof of {v} and floors of {w}.
- while the floors of {e} are {w}, its roof is {v}.
- {v} [covers|protects] {e} from above, and the floors are {w}.
v? [What is the roof of {e} made of|Which material covers the top of {e}|Of what is the roof of {e}]?
w? [What are the floors of {e} made of|Which material was used for the floors of {e}]?
# vehicle.data; Vehicle fleet, Fleet
: v code Registration
: l weight Payload
- {e} is registered as {v} and [carries|can be loaded with] {l}.
- with the number plate {v}, {e} has a payload of {l}.
v? [What is the [number plate|registration] of {e}|How is {e} registered|Which number plate does {e} have]?
l? [How much can {e} carry|What is the payload of {e}|With how much may {e} be loaded]?
# vehicle.driver; Drivers
: v person Driver
: p shelf Parked
- {v} drives {e}, [parked|which is parked] in {p}.
- {e} is driven by {v} and [kept|parked] in {p}.
v? [Who drives {e}|Who is the driver of {e}|By whom is {e} driven]?
p? [Where is {e} [parked|kept]|In what place is {e} parked]?
e? What does {v} drive?
# vehicle.use; Mileage and fuel
: v distance Mileage
: f volume Tank
- {e} has [done|covered] {v}; its tank holds {f}.
- the tank of {e} takes {f}, and {v} are on the clock.
v? [How far has {e} been driven|What is the mileage of {e}|What distance has {e} covered]?
f? [How much [fuel|] does the tank of {e} hold|What is the tank size of {e}]?
# vehicle.rent; Hire
: v fee Per day
: k smallmoney Per 100 km
- {e} is hired out at {v} a day plus {k} per 100 km.
- hiring {e} costs {v} per day; every 100 km cost {k} extra.
- [renters|customers] pay {k} for every 100 km with {e} and {v} for each day.
v? [How much is {e} per day|What does it cost to hire {e} for a day|What is the daily rate for {e}]?
k? [What is charged per 100 km for {e}|How much do 100 km with {e} cost]?
# field.crop; Cropping plan, Fields
: v crop Crop
: a area Area
- {e} measures {a} and is [planted|sown] with {v} this year.
- [we grow|this year] {v} [on {a} at|grows on the {a} of] {e}.
- on {e}, {a} in size, {v} [is|has been] sown.
+ <{e} carries {v} ({a})~{e} {v} ({a})>.
v? [What [is grown|grows] on {e}|With what is {e} planted|Which crop [is|was sown] on {e}]?
v? crop {e-}
a? [How large is {e}|What is the area of {e}|What does {e} measure]?
# field.sown; Sowing and harvest
: v date Sown
: w date Harvest
- {e} was sown on {v} and [harvested|cut] on {w}.
- sown on {v}, {e} was ready for harvest on {w}.
- the harvest on {e} began on {w}, [after sowing on|sowing had been on] {v}.
v? [When was {e} sown|On what date was seed put into {e}|What is the sowing date of {e}]?
w? [When was {e} harvested|On what date was {e} cut|When did the harvest on {e} begin]?
# field.water; Irrigation and fertiliser
: v volume Water
: f frequency Irrigated
- {e} [is watered|receives water] {f}, {v} each time.
- {v} of water are [pumped onto|given to] {e} {f}.
v? [How much water does {e} [get|receive]|What amount of water is given to {e}]?
f? [How often is {e} watered|When does {e} receive water|At what intervals is {e} irrigated]?
# line.departure; Timetable, Departures
: v time Departure
: p smallcount Platform
- {e} [leaves|departs] at {v} from platform {p}.
- at {v}[,|] {e} [leaves|starts] from platform {p}.
- platform {p} is where {e} [leaves|departs] at {v}.
+ <{e} leaves at {v} (platform {p})~{e} at {v} (platform {p})>.
v? [When does {e} [leave|depart|start]|At what time does {e} leave|What is the departure time of {e}]?
v? departure {e-}
p? [From which platform does {e} [leave|depart]|What is the platform of {e}|Where does {e} leave from]?
# line.goes; Routes and travel times
: v place Destination
: t shortspan Travel time
- {e} [goes|runs] to {v} in {t}.
- it takes {e} {t} to [reach|get to] {v}.
- [the journey|a ride] on {e} to {v} [takes|lasts] {t}.
- passengers for {v} take {e}; the ride lasts {t}.
v? [Where does {e} [go|run]|What is the destination of {e}|To which place does {e} go]?
t? [How long does the ride [on|with] {e} take|What is the travel time of {e}|How long is one on board {e}]?
e? [What|Which line] [goes|runs] to {v}?
# line.runs; Frequency of service
: v minutes Every
: f smallmoney Fare
- {e} runs every {v}; a [ride|ticket] costs {f}.
- for {f} one can [ride|take] {e}, which comes every {v}.
v? [At what interval does {e} run|How long between two departures of {e}|How often does {e} run, that is after what time does the next one come]?
f? [What is the fare on {e}|How much does a ticket for {e} cost|What does a ride on {e} cost]?
# vessel.length; Fleet list, Ships
: v length Length
: c smallcount Crew
- {e} is {v} long and [carries|has] a crew of {c}.
- with a length of {v}, {e} needs {c} crew members.
+ <{e} is {v} long, crew {c}~{e} {v}, crew {c}>.
v? [How long is {e}|What is the length of {e}]?
c? [How many people crew {e}|How large is the crew of {e}|How many crew members does {e} need]?
# vessel.captain; Masters and berths
: v person Captain
: b shelf Berth
- {v} [commands|is the captain of|is master of] {e}.
- {e} sails under {v}.
- the captain of {e} is {v}.
v? [Who [commands|is the captain of|is master of] {e}|Under whom does {e} sail|Whose ship is {e}]?
v? captain {e-}
e? [What|Which ship] does {v} command?
# vessel.port; Home ports
: v place Home port
: y year Built
- {e}, built in {y}, has its home port in {v}.
- {v} is the home port of {e}, [launched|built] in {y}.
- in {y}, {e} was [launched|built]; its home port is {v}.
v? [What is the home port of {e}|Where is {e} at home|In which port is {e} registered]?
y? [When was {e} [built|launched]|In which year was {e} built|How old is {e}, that is from what year]?
# satellite.orbit; Missions, Orbits
: v distance Altitude
: m weight Mass
- {e} [orbits|circles] at {v} and has a mass of {m}.
- with a mass of {m}, {e} flies at an altitude of {v}.
+ <{e} flies at {v}~{e} at {v}>.
v? [At what [altitude|height] does {e} [fly|orbit]|How high does {e} fly|What is the altitude of {e}]?
m? [What is the mass of {e}|How heavy is {e}|What does {e} weigh]?
# satellite.launch; Launches
: v date Launch
: p place Launch site
- {e} was launched from {p} on {v}.
- on {v}, {e} lifted off from {p}.
- {p} saw the launch of {e} on {v}.
v? [When was {e} launched|On what date did {e} lift off|What is the launch date of {e}]?
p? [Where was {e} launched|From where did {e} lift off|What was the launch site of {e}]?
"""
