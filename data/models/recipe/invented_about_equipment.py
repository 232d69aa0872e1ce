"""Kinds of facts about machines, and about values per season or shift; the format is that of `read_families`."""

FAMILIES = r"""
# machine.price; Prices, Purchase costs, Price list
: v bigmoney Price, List price, Purchase price
- {e} [costs|is priced at|sells for|can be bought for|comes to] {v}[| excluding tax| before discount].
- [for|to purchase] {e}, [customers|buyers|departments] pay {v}.
- [expect to pay|the list shows|we were quoted] {v} for {e}.
~ [it|the device] [costs|sells for] {v}.
+ [The prices are as follows|Current list prices]: <{e-} {v}>.
+ <{e} costs {v}~{e} {v}>.
v? [How much does {e} cost|What is the price of {e}|How expensive is {e}|What must one pay for {e}|What does one have to spend on {e}]?
v? [price of {e}|Give the price of {e}.|Tell me what {e} costs.|cost {e-}]
e? Which [machine|device|piece of equipment] [costs|is sold for|has a price of] {v}?
# machine.weight; Dimensions and weight, Technical data
: v weight Weight, Mass, Net weight
- {e} weighs {v}[| when empty| without accessories].
- [with a mass of|at] {v}, {e} [needs|must be moved with] [a trolley|two people|a crane].
- the [net weight|mass] of {e} is [stated as|given as|] {v}.
~ it weighs {v}.
+ <{e} weighs {v}~{e} {v}>.
v? [How heavy is {e}|What is the weight of {e}|How much does {e} weigh|What is the mass of {e}]?
v? [weight of {e}|State the weight of {e}.|{e-} weight]
e? [Which machine weighs|What weighs] {v}?
# machine.power; Electrical data, Energy
: v power Power, Rated power, Consumption
- {e} [draws|consumes|uses] {v}[| at full load| under normal conditions].
- the [rated power|power consumption|connected load] of {e} is {v}.
- [at full load|in continuous use], {v} are needed to run {e}.
~ [in operation it|it] [draws|consumes] {v}.
+ [Connected loads]: <{e-} {v}>.
v? [How much power does {e} [use|draw|need]|What is the power consumption of {e}|What is {e} rated at|What load does {e} put on the grid]?
v? [power {e-}|Name the rated power of {e}.]
# machine.pressure; Operating limits, Pressure limits
: v pressure Pressure, Max. pressure, Operating pressure
- the pressure in {e} must [not exceed|never rise above|stay below] {v}.
- {e} [is designed for|runs at|works with] a pressure of {v}.
- [above|beyond] {v}, the relief valve of {e} [opens|lets off steam].
- if the gauge of {e} shows more than {v}, [shut it down|call the {role-}].
+ [Permitted pressures|The following pressures apply]: <{e-} {v}>.
v? [What pressure [applies to|is allowed for|is set for] {e}|How much pressure can {e} take|What is the pressure limit of {e}]?
v? [pressure limit {e-}|State the pressure for {e}.|At how much pressure does {e} work?]
# machine.temp; Temperature settings, Operating temperatures
: v hot Temperature, Operating temp., Setting
- {e} [is operated at|is set to|runs at|must be kept at] {v}.
- [set|preheat|adjust] {e} to {v}[| before use| at the start of the shift].
- {v} is the [correct|prescribed|normal] [setting|temperature] for {e}.
~ it [is set to|operates at] {v}.
+ <{e} runs at {v}~{e} at {v}>.
v? [At what temperature [does {e} run|is {e} operated]|How hot does {e} [get|run]|What temperature should {e} be set to]?
v? [temperature setting of {e}|Give the temperature for {e}.]
e? Which [machine|device] [is run at|is set to] {v}?
# machine.noise; Noise, Occupational health
: v noise Noise, Sound level
- {e} [reaches|produces|emits] {v}[| at one metre| at the workplace].
- next to {e} we measured {v}.
- noise from {e} was [measured|recorded] at {v}.
v? [How loud is {e}|What noise level does {e} have|How much noise does {e} make|What sound level was found at {e}]?
v? [noise level {e-}|loudness of {e}]
# machine.warranty; Warranty, Guarantee
: v months Warranty, Guarantee
- {e} [comes with|carries|is covered by] a warranty of {v}.
- [the manufacturer|the maker|the seller] guarantees {e} for {v}.
- {v} after [delivery|handover], the guarantee on {e} [ends|runs out|expires].
- defects in {e} are repaired free of charge for {v}.
~ the warranty lasts {v}.
+ [Warranty periods]: <{e-} {v}>.
v? [How long is the [warranty|guarantee] [on|for] {e}|For how long is {e} under warranty|When does the warranty on {e} run out|How long are repairs to {e} free]?
v? [warranty {e-}|State the guarantee period of {e}.]
# machine.supplier; Suppliers, Procurement
: v supplier Supplier, Maker, Vendor
- {e} [was supplied by|comes from|was bought from|is made by] {v}.
- {v} [supplied|delivered|manufactures|sold us] {e}.
- [we get|we lease|the company leases] {e} from {v}.
~ it [was supplied by|is made by] {v}.
+ <{e} comes from {v}~{e} from {v}>.
v? [Who supplies {e}|Which company [makes|delivers|supplies] {e}|From whom [do we get|was] {e}[ bought|]|Where does {e} come from]?
v? [supplier of {e}|Name the supplier of {e}.|vendor {e-}]
e? What [comes from|is supplied by|do we get from] {v}?
# machine.where; Locations, Where things stand
: v room Location, Place, Where
- {e} [stands in|is installed in|is located in|can be found in] {v}.
- [in {v} you will find|go to {v} to find|in {v} stands] {e}.
- {e} [was moved to|now stands in|has its place in] {v}.
~ it [stands in|is located in] {v}.
+ <{e} is in {v}~{e} in {v}>.
+ [Locations]: <{e-}: {v}~{e-}: {v}>.
v? [Where is {e}|Where can I find {e}|In which room [is|stands] {e}|Where [has {e} been|was {e}] installed]?
v? [location of {e}|where {e-}|Tell me where {e} stands.]
e? [Which machine|What] [stands|is installed] in {v}?
# machine.service; Maintenance, Servicing, Upkeep
: v frequency Service, Interval, Maintained
- {e} [is serviced|must be serviced|undergoes maintenance|is overhauled] {v}.
- [technicians|our fitters|the {role-} and a fitter] [check|inspect|service] {e} {v}.
- maintenance of {e} [takes place|is due|falls due] {v}.
~ it is [serviced|inspected] {v}.
+ [Service plan]: <{e-} {v}>.
+ <{e} is serviced {v}~{e} {v}>.
v? [How often is {e} [serviced|inspected|maintained]|At what intervals [is {e} serviced|does {e} need maintenance]|When does maintenance of {e} take place|How frequently must {e} be looked after]?
v? [maintenance interval {e-}|service frequency of {e}|State how often {e} is checked.]
e? Which [machine|device] is serviced {v}?
# machine.owner; Responsibilities, Contacts, Who looks after what
: v person Responsible, Contact, In charge
- {v} [is responsible for|looks after|takes care of|is in charge of] {e}.
- {e} [is looked after by|is the responsibility of|is under the care of|is entrusted to] {v}.
- [faults of|problems with|questions about] {e} [go to|are reported to|are dealt with by] {v}.
- if {e} [fails|stops|makes unusual noises], {v} must be [told|informed|called].
+ <{v} is responsible for {e}~{v} for {e}>.
+ [Contacts|Responsible persons]: <{e-} – {v}>.
v? [Who [looks after|is responsible for|takes care of|is in charge of] {e}|Who should be contacted about {e}|Whom do I tell if {e} fails|To whom are faults of {e} reported]?
v? [contact for {e}|Name the person responsible for {e}.|responsible {e-}]
e? What is {v} [responsible for|in charge of]?
# machine.capacity; Capacity, Output
: v bigcount Output per hour, Capacity
- {e} [handles|processes|manages] {v} [items|units|pieces] [per|an] hour.
- [up to|at most] {v} [items|pieces] an hour [pass through|go through|are processed by] {e}.
- the [hourly output|throughput] of {e} is {v}[| units| pieces].
v? [How many [items|units|pieces] can {e} [process|handle] [in an hour|per hour]|What is the hourly [output|throughput|capacity] of {e}]?
v? [throughput {e-}|capacity of {e} per hour]
# machine.lubricant; Lubrication, Consumables
: v model Lubricant, Oil, Grease
- {e} [is lubricated with|runs on|takes] {v}.
- [use only|only use|fill in only] {v} [for|as a lubricant for] {e}.
- [the bearings|the gears] of {e} are greased with {v}.
v? [Which [lubricant|oil|grease] [is used for {e}|does {e} need|goes into {e}|lubricates {e}]|What is {e} lubricated with]?
v? [lubricant for {e}|oil type {e-}]
# machine.code; Inventory, Asset register
: v code Inventory no., Asset tag, Serial no.
- {e} [is listed|is registered|appears in the register] [as|under] {v}.
- the [inventory number|asset tag|serial number] of {e} is {v}.
- {v} [is printed|is engraved] on the [plate|frame|back] of {e}.
+ [Asset tags|Inventory numbers]: <{e-} {v}>.
v? [What is the [inventory number|asset tag|serial number] of {e}|Under which [number|code] is {e} registered|How is {e} listed in the register]?
v? [asset tag {e-}|number of {e}|Give the inventory code for {e}.]
e? [What|Which machine] is [registered|listed] as {v}?
# machine.part; Spare parts, Order numbers
: v code Spare part no., Order no.
: p part Part
- the {p} [of|for] {e} [is ordered as|has the order number|carries the part number] {v}.
- [to replace the {p} of|if the {p} breaks on] {e}, order [part|item|] {v}.
- {v} is the [order number|part number] of the {p} for {e}.
v? [What is the [part|order] number of the {p} [of|for] {e}|Which part number [do I need|must be quoted] for the {p} of {e}]?
v? [part number {p} {e-}|How is the {p} of {e} ordered?]
# machine.bought; Acquisition, History of the equipment
: v olddate Bought, In use since, Commissioned
- {e} [was bought|was acquired|was purchased|entered service|was commissioned] on {v}.
- [since|from] {v}, {e} has been in [use|service|operation].
- on {v} [we|the company] [put {e} into operation|took delivery of {e}].
v? [When [was {e} [bought|acquired|put into operation]|did {e} enter service]|Since when has {e} been in use|On what date was {e} acquired]?
v? [purchase date of {e}|{e-} in service since]
# machine.gear; Protective equipment, Safety at work
: v gear Protection, PPE
- [anyone|everyone] [working at|operating|near] {e} [must wear|has to wear|wears] {v}.
- {v} [is|are] [mandatory|required|compulsory] [at|when working with] {e}.
- {e} may only be [used|operated|approached] with {v}.
+ [Protective equipment]: <{e-} – {v}>.
v? [What must be worn [at|near|when operating] {e}|What protection is required at {e}|Which protective equipment does {e} call for]?
v? [protective gear for {e}|What do operators of {e} have to put on?]
# machine.use; Intended use, Purpose of the equipment
: v purpose Use, Purpose
- {e} is [used|intended|meant] for {v}.
- for {v}[,|] [we use|staff use|please use] {e}.
- the [only purpose|main purpose|job] of {e} is {v}.
v? [What is {e} [used|meant|intended] for|What purpose does {e} serve|For what may {e} be used]?
e? [Which machine|What] is used for {v}?
# machine.lock; Ban on use, Restrictions
: v condition Not allowed if
- {e} must not be [used|started|operated] if {v}.
- if {v}, {e} [has to be switched off|stays switched off|is to be locked].
- [never start|do not use] {e} when {v}.
v? [When must {e} not be [used|started]|In what case [is {e} locked|must {e} be switched off]|Under which condition is {e} forbidden]?
v? When is it [forbidden|not allowed] to run {e}?
# season.temp; Summer and winter settings
: v roomtemp Summer
: w cold Winter
- {e} is [set to|kept at] {v} in summer and {w} in winter.
- [while|whereas] {w} [is enough|applies] in winter, {e} runs at {v} in summer.
- in summer, {e} is at {v}; when winter comes, it is changed to {w}.
v? [What is the summer [setting|temperature] of {e}|At what temperature is {e} kept in summer|To what is {e} set in the warm season]?
w? [What is the winter [setting|temperature] of {e}|At what temperature is {e} kept in winter|To what is {e} set in the cold season]?
# season.hours; Hours by season and day
: v hours Weekdays
: w hours Weekends
- {e} [is available|runs] {v} on weekdays and {w} at weekends.
- at weekends {e} runs {w}; on weekdays, {v}.
- from Monday to Friday {e} runs {v}, on Saturdays and Sundays {w}.
v? [When does {e} run on weekdays|What are the weekday hours of {e}|At what times is {e} available from Monday to Friday]?
w? [When does {e} run at weekends|What are the weekend hours of {e}|At what times is {e} available on Saturdays]?
# season.shift; Shift plan
: v person Early shift
: w person Late shift
: x person Night shift
- {v} [looks after|runs] {e} on the early shift, {w} on the late shift and {x} at night.
- {e} is [in the hands of|run by] {v} in the morning shift, later by {w}, and during the night by {x}.
- on the night shift {x} is responsible for {e}; {v} does the early and {w} the late shift.
v? [Who [runs|looks after] {e} on the [early|morning] shift|Who has the early shift at {e}|Whom does one find at {e} early in the day]?
w? [Who [runs|looks after] {e} on the late shift|Who has the late shift at {e}|Whom does one find at {e} late in the day]?
x? [Who [runs|looks after] {e} at night|Who has the night shift at {e}|Who is responsible for {e} during the night]?
# season.fill; Levels and tolerances
: v volume Normal
: w volume Alarm below
: c colour Lamp
- {e} normally holds {v}; below {w} a {c} lamp [lights up|comes on].
- a {c} lamp shows that {e} has fallen under {w}, the normal level being {v}.
- the normal level of {e} is {v}, the alarm level {w}, shown by a {c} lamp.
v? [What is the normal level of {e}|How much does {e} normally hold|What is the usual filling of {e}]?
w? [Below what level does {e} give an alarm|What is the alarm level of {e}|At what level does the lamp of {e} come on]?
c? [What colour is the lamp of {e}|Which colour warns of a low level of {e}|What lamp shows that {e} is low]?
# season.setup; Settings
: v torque Torque
: s speed Speed
- {e} is [adjusted|set] to {s} and its bolts are tightened to {v}.
- tighten the bolts of {e} to {v}; [after that|then] select {s}.
- the bolts of {e} need {v}, its speed is {s}.
v? [With what torque are the bolts of {e} tightened|How tight must the bolts of {e} be|What torque does {e} need]?
s? [What is the speed of {e}|How fast does {e} run|At what speed is {e} set]?
# season.power; Connections
: v voltage Voltage
: b smallcount Fuses
- {e} is connected to {v} and protected by {b} fuses.
- {b} fuses protect {e}, which runs on {v}.
- for {e}, use {v} and fit {b} fuses.
v? [What voltage does {e} [use|need|run on]|To what voltage is {e} connected|On how many volts does {e} run]?
b? [How many fuses protect {e}|By how many fuses is {e} protected|What number of fuses does {e} have]?
"""
