"""Kinds of facts about offices, rooms and floors; the format is that of `read_families`."""

FAMILIES = r"""
# desk.extension; Telephone list, Extensions, Who to call
: v extension Extension, Ext., Phone
- {e} [can be reached|answers|is reached] [on|at|under] extension {v}.
- [dial|call|ring] {v} [to reach|for|to speak to] {e}.
- the [extension|internal number] of {e} is {v}.
- {v} [rings at|connects you to|puts you through to] {e}.
~ [its extension is|it answers calls on] {v}.
+ [Internal numbers|Extensions]: <{e-} {v}>.
+ <{e} has extension {v}~{e} {v}>.
v? [What [is the extension of|number do I dial for] {e}|Which [extension|number] [reaches|connects me to] {e}|How can {e} be reached by phone|On what number does {e} answer]?
v? [extension of {e}|phone {e-}|{e-} extension|Give the internal number of {e}.]
e? [Who|Which desk|Which office] [answers|is reached] on [extension|] {v}?
# desk.email; E-mail addresses, Contact
: v email E-mail, Mail
- [write to|e-mail|send a message to] {v} [to reach|to contact|for] {e}.
- {e} [reads|answers|receives] mail [sent to|at] {v}.
- the [e-mail address|mailbox] of {e} is {v}.
+ [Mailboxes]: <{e-} {v}>.
v? [What is the [e-mail address|mailbox] of {e}|How can I [write to|e-mail] {e}|To which address are mails for {e} sent|Which mailbox does {e} use]?
v? [e-mail {e-}|mail address of {e}]
e? [Who|Which office] [uses|is reached at] {v}?
# desk.head; Staff, People, Heads of units
: v person Head, Manager, Lead
- {v} [heads|leads|runs|manages|is in charge of] {e}.
- {e} is [headed|led|run|managed] by {v}.
- at the head of {e} [is|stands] {v}.
- {v}, who [joined in|came from] {place}, [heads|manages] {e}.
+ <{v} heads {e}~{v} {e}>.
v? [Who [heads|leads|runs|manages|is in charge of] {e}|Who is the [head|manager|boss] of {e}|Who is responsible for {e}|Under whose lead is {e}]?
v? [head of {e}|Name the manager of {e}.|boss of {e}]
e? [What|Which unit] does {v} [head|run|manage|lead]?
# desk.where; Where to find us, Offices
: v room Room, Where
- {e} is [located|based|found] in {v}.
- [you will find|visitors find] {e} in {v}.
- {e} [has moved to|now occupies|works from] {v}.
- [in|inside] {v} [sits|works] {e}.
~ it is in {v}.
+ <{e} sits in {v}~{e} in {v}>.
v? [Where is {e}|Where can {e} be found|In which room is {e}|Where does {e} work|Where must visitors of {e} go]?
v? [room of {e}|location {e-}]
e? [Which desk|Who|Which unit] [is|sits] in {v}?
# desk.hours; Opening hours, Service hours
: v hours Hours, Open
- {e} is [open|staffed|available] [from|] {v}[| on weekdays| except on public holidays].
- [opening hours|the hours] of {e} are {v}.
- [callers are answered|visitors are welcome|someone is on duty] {v} at {e}.
~ it is open {v}.
+ [Opening hours]: <{e-} {v}>.
v? [When is {e} [open|staffed]|What are the [opening|service] hours of {e}|At what times is {e} available|Between which times can I visit {e}]?
v? [hours of {e}|opening hours {e-}]
# desk.staff; Staffing, Numbers of employees
: v smallcount Staff, Employees
- {e} [has|employs|counts] {v} [employees|people|members of staff].
- {v} people work [at|in|for] {e}.
- a team of {v} [runs|staffs] {e}.
+ <{e} has {v} employees~{e} {v}>.
v? [How many people work [at|for] {e}|How many [employees|staff] does {e} have|How large is the staff of {e}]?
v? [number of staff {e-}|headcount of {e}]
# desk.budget; Budget, Finances
: v bigmoney Budget
: y bigmoney Last year
- the budget of {e} [grew|fell|was changed] from {y} last year to {v} this year.
- {e} [receives|has|may spend] {v} this year[,|;] [after|last year it was|compared with] {y}[ last year|].
- this year, {v} [is|has been] set aside for {e}; last year it was {y}.
v? [What is this year's budget of {e}|How much may {e} spend this year|How much money does {e} have this year|What funds does {e} receive this year]?
y? [What was the budget of {e} last year|How much did {e} have last year|How much could {e} spend last year]?
# desk.duty; Tasks, Who does what
: v act Task, Duty
- {e} [handles|deals with|takes care of|is responsible for] {v}.
- {v} is [handled by|the task of|organised by|a matter for] {e}.
- [for|in matters of] {v}, [contact|turn to|ask] {e}.
+ <{e} handles {v}~{e} {v}>.
v? [What does {e} [deal with|handle]|What task does {e} have|What is {e} responsible for]?
e? [Who [handles|deals with|takes care of]|Which unit is responsible for|Whom do I contact for|Who is in charge of] {v}?
# desk.deputy; Deputies, Absence cover
: v person Deputy, Cover
- when {e} is closed, {v} [takes over|covers|stands in].
- {v} [is the stand-in|deputises|steps in] when {e} is not staffed.
- [the deputy at|cover for] {e} is {v}.
v? [Who [covers for|stands in for|takes over from] {e}|Who deputises at {e}|Who helps when {e} is not staffed]?
# desk.medium; How to contact us, Requests
: v medium Requests by
- {e} [accepts|takes|answers] requests [only|] by {v}.
- requests to {e} [are made|must be sent|are submitted] by {v}.
- anyone who needs {e} should use {v}.
v? [How does {e} accept requests|By what means are requests sent to {e}|How must requests to {e} be made]?
# desk.response; Response times, Service levels
: v duration Response time, Answer within
- {e} [answers|replies|responds] within {v}.
- [requests to|mails to|tickets for] {e} are [answered|processed|closed] within {v}.
- {e} has {v} to [answer|react|reply].
+ [Response times]: <{e-} {v}>.
v? [How quickly does {e} [answer|respond|reply]|Within what time does {e} [respond|react]|How long does {e} have to reply|What is the response time of {e}]?
v? response time {e-}
# roomx.capacity; Rooms, Capacity of rooms
: v count Seats, Capacity, Persons
- {e} [seats|holds|has room for|accommodates] {v} people.
- [no more than|at most|up to] {v} [people|persons] [may be in|fit into|are allowed in] {e}.
- [for|with] groups of up to {v}, [use|book|choose] {e}.
~ it [seats|has room for] {v} people.
+ <{e} seats {v}~{e} {v}>.
v? [How many people [fit into {e}|does {e} seat|can use {e}|are allowed in {e}]|What is the capacity of {e}|For how many persons is {e} suitable]?
v? [capacity {e-}|seats in {e}]
# roomx.floor; Floor plan, Finding your way
: v floor Floor, Level
- {e} is on {v}.
- [on|you will find] {v} [is|you find|take the stairs for] {e}.
- [to get to|to reach] {e}, go [up |]to {v}.
+ <{e} is on {v}~{e} on {v}>.
v? [On which floor is {e}|Where is {e}|On what level can {e} be found|Which floor houses {e}]?
v? floor of {e}
# roomx.rent; Room hire, Hire charges
: v fee Rent per hour, Hourly rate
: d fee Per day
- {e} can be [hired|rented|booked] for {v} per hour or {d} per day.
- [hiring|renting] {e} costs {v} an hour; the daily rate is {d}.
- the daily charge for {e} is {d}, while an hour costs {v}.
v? [What does {e} cost per hour|How much is {e} [an|per] hour|What is the hourly rate of {e}]?
d? [What does {e} cost per day|How much is {e} for a [whole|full] day|What is the daily [rate|charge] of {e}]?
# roomx.key; Keys, Access
: v person Key holder, Key with
- the key to {e} is [held|kept|guarded] by {v}.
- {v} [has|holds|keeps] the key [to|of] {e}.
- [to get into|if you need] {e}, ask {v} for the key.
+ <{v} has the key to {e}~{v} that to {e}>.
v? [Who [has|holds|keeps] the key [to|for] {e}|Who can open {e}|Whom do I ask for the key to {e}|From whom do I get the key of {e}]?
v? [key holder {e-}|key to {e}]
e? [To which room does {v} have the key|Which room can {v} unlock]?
# roomx.clean; Cleaning, Cleaning plan
: v frequency Cleaned, Cleaning
- {e} is [cleaned|mopped|swept] {v}.
- [the cleaners|a cleaning crew] [come to|work in|clean] {e} {v}.
- cleaning of {e} [takes place|happens|is done] {v}.
+ [Cleaning plan]: <{e-} {v}>.
v? [How often is {e} cleaned|At what intervals is {e} cleaned|When does cleaning of {e} take place|How frequently do cleaners work in {e}]?
v? cleaning {e-}
e? Which room is cleaned {v}?
# roomx.temp; Room climate, Heating
: v roomtemp Temperature, Target temp.
- {e} is [kept|held|heated] at {v}.
- the [temperature|thermostat] in {e} [is set to|must be|stays at] {v}.
- [a temperature of|exactly|around the clock,] {v} [prevails|is maintained|is required] in {e}.
+ <{e} is kept at {v}~{e} at {v}>.
v? [What temperature [is kept in|prevails in|applies in] {e}|How warm is {e}|At what temperature is {e} [kept|held]|What is the thermostat in {e} set to]?
v? [temperature {e-}|temperature in {e}]
# roomx.area; Areas, Floor space
: v area Area, Floor space, Size
- {e} [measures|covers|has an area of|has] {v}.
- [with|at] {v}, {e} is [one of the larger rooms|rather small|big enough].
- the floor space of {e} is {v}.
+ <{e} has {v}~{e} {v}>.
v? [How [large|big] is {e}|What is the [area|floor space|size] of {e}|What area does {e} cover]?
v? area {e-}
# roomx.rule; House rules, Conduct
: v gear Required
- {v} [is|are] [required|compulsory] in {e}.
- [nobody|no one] enters {e} without {v}.
- [put on|wear] {v} before [entering|you enter] {e}.
v? [What must be worn in {e}|What is required to enter {e}|What do people need to put on before they go into {e}]?
# roomx.door; Access codes, Doors
: v extension Door code, Code
- the door [code|keypad] of {e} [opens with|is] {v}.
- [enter|type|key in] {v} to [open|unlock] {e}.
- {e} can be opened with the code {v}.
+ [Door codes]: <{e-} {v}>.
v? [What is the [door code|code] [for|of] {e}|Which [number|code] opens {e}|What must I type in to open {e}]?
v? [code {e-}|door code of {e}]
# floorx.rooms; Building directory, Who sits where
: v dept Department
: n count Workplaces
- {e} houses {v} with {n} workplaces.
- {v} [moved to|occupies|sits on] {e}, where there are {n} workplaces.
- with {n} workplaces, {e} belongs to {v}.
v? [Which department is on {e}|Who [occupies|uses] {e}|To whom does {e} belong]?
n? [How many workplaces are on {e}|What is the number of workplaces on {e}|How many desks does {e} hold]?
e? Where does {v} sit?
# floorx.safety; Floor wardens
: v person Warden
: g gear Kept there
- {v} is the warden of {e}; {g} can be borrowed there.
- the warden of {e} is {v}, who [keeps|hands out] {g}.
- for {g} on {e}, ask its warden, {v}.
v? [Who is the warden of {e}|By whom is safety on {e} looked after|Who looks after safety on {e}]?
g? [What [can be borrowed|is handed out] on {e}|What does the warden of {e} hand out]?
"""
