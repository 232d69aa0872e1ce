"""Kinds of facts about contracts, limits, journeys, definitions, legal matters and exhibits; the format is that of `read_families`."""

FAMILIES = r"""
# contract.notice; Termination, Notice, Ending the agreement
: v months Notice period, Notice
- {e} can be [terminated|cancelled|ended] with {v} notice.
- [either party|both sides] may [end|leave|terminate] {e} by giving {v} notice.
- the notice period [for|of] {e} is {v}.
- [to end|terminating] {e}[, one must wait| takes] {v}.
+ [Notice periods]: <{e-} {v}>.
v? [What is the notice period [of|for] {e}|How much notice is needed to end {e}|How long before its end must {e} be [cancelled|terminated]|With what notice can {e} be ended]?
v? notice {e-}
# contract.penalty; Penalties, Late delivery, Remedies
: v percent Penalty per week
: m percent Maximum penalty
- for every week of delay under {e}, {v} of the price is [deducted|due], up to {m}.
- {e} provides for a penalty of {v} per week, [capped at|but no more than] {m}.
- late [work|delivery] under {e} costs the contractor {v} a week, and {m} at most.
v? [What penalty per week does {e} provide for|How much is deducted per week of delay under {e}|What does a week of delay cost under {e}]?
m? [What is the [maximum|highest] penalty under {e}|At what level is the penalty under {e} capped|How much penalty can be due at most under {e}]?
# contract.term; Term, Duration of agreements
: v date Start
: w date End
- {e} [runs|is valid|lasts] from {v} to {w}.
- {e} [started|came into force] on {v} and [ends|expires] on {w}.
- on {w}, {e}, [signed|concluded] on {v}, [ends|expires].
v? [When did {e} [start|begin|come into force]|From what date does {e} run|What is the start date of {e}]?
w? [When does {e} [end|expire]|Until when is {e} valid|What is the end date of {e}]?
# contract.partner; Parties, Contractors
: v supplier Partner, Contractor
- {e} was [signed|concluded] with {v}.
- {v} [won|was awarded|is our partner in] {e}.
- under {e}, {v} [does the work|is the contractor].
+ <{e} is with {v}~{e} with {v}>.
v? [With whom was {e} [signed|concluded]|Who is the [contractor|partner] [in|under] {e}|Which company [won|was awarded] {e}]?
v? [contractor {e-}|partner in {e}]
e? Which contract was signed with {v}?
# contract.value; Value, Annual cost
: v bigmoney Annual value
- {e} is worth {v} a year.
- [each year|annually] we pay {v} under {e}.
- the yearly [cost|value] of {e} is {v}.
+ <{e} costs {v} a year~{e} {v}>.
v? [How much is {e} worth|What do we pay a year under {e}|What is the [annual|yearly] [cost|value] of {e}|How expensive is {e} per year]?
# contract.pay; Payment, Invoices
: v days Payment term
: d percent Early payment discount
- invoices under {e} are [payable|due] within {v}; [early payment earns|those who pay early get] {d} off.
- under {e}, we have {v} to pay and [may deduct|get] {d} for [early|prompt] payment.
v? [Within what time must invoices under {e} be paid|What is the payment term of {e}|How long do we have to pay under {e}]?
d? [What discount is given for [early|prompt] payment under {e}|How much may be deducted for paying quickly under {e}]?
# contract.law; Jurisdiction, Disputes
: v place Court
- disputes [about|arising from] {e} are [heard|settled] by the courts of {v}.
- the place of jurisdiction for {e} is {v}.
- {v} is where lawsuits about {e} are [brought|decided].
v? [Which courts decide disputes about {e}|What is the place of jurisdiction for {e}|Where are disputes about {e} settled]?
# contract.sign; Signatures
: v person Signed by
- {v} [signed|negotiated] {e} [for|on behalf of] us.
- {e} was [signed|negotiated] by {v}.
- {e} bears the signature of {v}.
v? [Who [signed|negotiated] {e}|By whom was {e} [signed|negotiated]|Whose signature is on {e}]?
e? Which contract did {v} sign?
# contract.except; Exclusions, Exceptions
: v exception Not covered
- {e} covers everything except for {v}.
- {v} [are|is] not covered by {e}.
- apart from {v}, {e} applies [without restriction|to all services].
v? [What does {e} not cover|What is excluded from {e}|What is the exception in {e}|To what does {e} not apply]?
# contract.renew; Renewal
: v months Renewed by
- unless cancelled, {e} is [renewed|extended] by {v}.
- {e} [renews itself|is prolonged] automatically for {v}.
v? [By how long is {e} [renewed|extended]|For what time does {e} renew itself|How long is the automatic extension of {e}]?
# contract.end; Special termination
: v condition Immediate end if
- {e} ends at once if {v}.
- if {v}, {e} may be terminated [immediately|without notice].
v? [When may {e} be terminated without notice|In which case does {e} end at once|What ends {e} immediately]?
# limit.versions; Changes between editions, Revision history, What is new
: k version Earlier edition
: v fee Earlier value
: l version Later edition
: w fee Later value
- in {k}, {e} was {v}; {l} [raised|changed|set] it to {w}.
- {l} gives {w} as {e}, [whereas|while] {k} [had|gave|still said] {v}.
- {e} [stood at|was] {v} in {k} and [has been|is] {w} since {l}.
- [readers of|those who still use] {k} will find {v} for {e}; the figure in {l} is {w}.
v? [What was {e} in {k}|How much was {e} according to {k}|Which amount did {k} give for {e}|What did {k} say about {e}]?
w? [What is {e} in {l}|How much is {e} according to {l}|Which amount does {l} give for {e}|To what did {l} change {e}]?
# limit.groups; Who gets what, Limits by group
: v fee Staff
: w fee Managers
: x fee Guests
- {e} is {v} for staff, {w} for managers and {x} for guests.
- staff [get|are granted] {v} as {e}, managers {w} and guests {x}.
- [while|whereas] {e} is {w} for managers, staff must be content with {v} and guests with {x}.
v? [What is {e} for staff|How much is {e} for staff|Which amount applies to staff as {e}|How high is {e} if one is on the staff]?
w? [What is {e} for managers|How much is {e} for managers|Which amount do managers get as {e}]?
x? [What is {e} for guests|How much is {e} for guests|Which amount applies to guests as {e}]?
# limit.years; Development over the years, Figures by year
: v fee 2023
: w fee 2024
: x fee 2025
- {e} [was|stood at] {v} in 2023, {w} in 2024 and {x} in 2025.
- [from|after] {v} in 2023, {e} [moved|went] to {w} in 2024 and then to {x} in 2025.
- in 2025, {e} [is|amounts to] {x}; the year before it was {w} and in 2023 {v}.
v? [What was {e} in 2023|How high was {e} in 2023|Which amount was set for 2023 as {e}]?
w? [What was {e} in 2024|How high was {e} in 2024|At how much did {e} stand in 2024]?
x? [What is {e} in 2025|How high is {e} in 2025|Which amount applies in 2025 as {e}]?
# limit.simple; Limits, Ceilings and allowances
: v fee Amount, Limit, Maximum
- {e} is [set at|fixed at|limited to|] {v}.
- {v} is {e}[| at present| for the whole year].
- [the board|{dept}|the {role-}] [has set|fixed] {e} at {v}.
- we have [raised|lowered] {e} to {v}.
~ it is {v}.
+ [The following amounts apply|Amounts]: <{e-} {v}>.
+ <{e} is {v}~{e} {v}>.
v? [What is {e}|How much is {e}|How high is {e}|At what amount is {e} set|What has been fixed as {e}]?
v? [{e-}|State {e}.|amount of {e}]
e? [What is set at|Which limit is] {v}?
# limit.approve; Exceeding the limits
: v staff Approved by
: w form Form
- [exceeding|going beyond] {e} must be approved by {v} on {w}.
- {v} [decides|has the last word] when {e} is exceeded; [fill in|use] {w}.
- [whoever|anyone who] exceeds {e} fills in {w} and hands it to {v}.
v? [Who [approves|decides on] exceeding {e}|Whose approval is needed to go beyond {e}|Who has the last word if {e} is exceeded]?
w? [Which form is used for exceeding {e}|What must be filled in when {e} is exceeded|On what does one apply to exceed {e}]?
# limit.currency; Receipts
: v smallmoney Without receipt
: d days Hand in within
- under {e}, amounts up to {v} need no receipt; [claims|bills] must be handed in within {d}.
- claims under {e} are made within {d}, with receipts for anything over {v}.
v? [Up to what amount is no receipt needed under {e}|From what amount are receipts required under {e}]?
d? [Within what time must claims under {e} be made|How long does one have to claim under {e}|When must bills under {e} be handed in]?
# city.limits; Travel limits, Hotels and meals, Allowances
: h fee Hotel limit, Hotel per night
: m smallmoney Meals per day, Daily allowance
: t smallmoney Taxi
- in {e}[,|] [hotels|rooms] may cost [up to|at most] {h} [per|a] night, meals {m} a day and taxis {t} per ride.
- for {e} [the limits are|we allow] {h} for a hotel night, {m} [for daily meals|for food per day] and {t} for a taxi.
- [travellers|staff] [going to|visiting|sent to] {e} [may spend|are allowed] {h} per hotel night, {m} on meals and {t} on a taxi ride.
h? [How much may a hotel [night|room] in {e} cost|What is the [hotel|accommodation] limit [for|in] {e}|What is the most one may pay for a night in {e}|Up to what amount are rooms in {e} refunded]?
h? [hotel limit {e-}|accommodation ceiling {e-}]
m? [How much may [be spent on|staff spend on] meals in {e}|What is the daily [food|meal] allowance in {e}|What may travellers spend on food in {e}]?
t? [How much may a [taxi|cab] in {e} cost|What is the taxi limit in {e}|What is paid for a cab ride in {e}]?
# city.hotel; Hotels, Preferred hotels
: v supplier Partner hotel, Hotel
- in {e}[,|] [our partner hotel is|staff stay at|rooms are booked with] {v}.
- {v} is the [preferred|partner] hotel in {e}.
- when [visiting|travelling to] {e}, [book|stay] with {v}.
+ <in {e} we use {v}~in {e} {v}>.
v? [Where do [staff|travellers] stay in {e}|Which hotel is [used|preferred] in {e}|Which hotel should be booked in {e}]?
v? [hotel in {e}|Name the partner hotel in {e}.]
# city.flight; Approval of journeys, Before you travel
: v staff Approved by
: d days Request before
- trips to {e} [must be|are] approved by {v} and [requested|applied for] {d} [in advance|beforehand|before departure].
- {v} [approves|signs off|authorises] journeys to {e}; the request must [arrive|be made] {d} before [departure|the journey].
v? [Who approves [trips|journeys] to {e}|Whose approval is needed for travel to {e}|Who signs off travel to {e}]?
d? [How long before departure must a trip to {e} be requested|How far in advance are journeys to {e} applied for]?
# city.agent; Contacts abroad, Local agents
: v person Agent, Local contact
: p phone Telephone
- [our agent|our local contact] in {e} is {v}, telephone {p}.
- {v} [represents us|looks after our guests|is our contact] in {e} and can be [called|reached] on {p}.
- anyone stranded in {e} [calls|should call] {v} at {p}.
v? [Who [is our agent|is the local contact|represents us] in {e}|Whom should travellers call in {e}|Who helps stranded staff in {e}]?
p? [What is the [number|telephone number] of the [agent|contact] in {e}|Which number do I ring in {e}|On what number is our contact in {e} reached]?
# city.visa; Visas, Entry requirements
: v days Stay without visa
- a stay of up to {v} in {e} [needs|requires] no visa.
- [in|for] {e}, a visa is [only|] needed [for stays of more than|after] {v}.
v? [How long can one stay in {e} without a visa|After what time is a visa needed in {e}|How many days in {e} are visa-free]?
# term.meaning; Glossary, Definitions, Terms
: v definition Meaning
- "{e}" means {v}.
- by "{e}" we understand {v}.
- in this document, {v} is called "{e}".
- {e}: {v}.
- the term "{e}" [refers to|stands for|denotes] {v}.
+ <"{e}" means {v}~"{e}" {v}>.
v? [What [does "{e}" mean|is meant by "{e}"|is a "{e}"|does the term "{e}" refer to]|How is "{e}" defined|What is the definition of "{e}"]?
v? [definition of {e}|Define "{e}".|meaning {e}]
e? [What is|Which term means|What do we call] {v}?
# term.abbr; Abbreviations, Glossary
: v code Abbreviation
- {e} is [abbreviated|shortened to|written as] {v}.
- {v} [stands for|is short for] {e}.
+ [Abbreviations]: <{v} = {e}>.
v? [What is the abbreviation [of|for] {e}|How is {e} abbreviated]?
e? [What does {v} stand for|What is {v} short for]?
# term.first; Origins of terms
: v year First used
: p person Coined by
- the term {e} was [coined|introduced] by {p} in {v}.
- {p} first spoke of {e} in {v}.
- in {v}, {p} [invented|introduced] the expression {e}.
v? [When was the term {e} [coined|introduced]|In which year was {e} first used as a term]?
p? [Who [coined|introduced|invented] the term {e}|By whom was the term {e} coined]?
# case.lawyer; Matters, Cases
: v person Handled by
: f code File no.
- {v} handles {e}, filed as {f}.
- {e} has the file number {f} and is [handled|conducted] by {v}.
- under file {f}, {v} [works on|deals with] {e}.
v? [Who [handles|deals with|works on] {e}|By whom is {e} handled|Which lawyer has {e}]?
f? [What is the file number of {e}|Under what number is {e} filed|Which file belongs to {e}]?
e? [What|Which matter] does {v} [handle|work on]?
# case.hearing; Hearings
: v date Hearing
: c place Court
- the hearing in {e} is on {v} in {c}.
- on {v}, {e} comes before the court in {c}.
- the court in {c} hears {e} on {v}.
v? [When is the hearing in {e}|On what date is {e} heard|What is the hearing date of {e}]?
c? [Where is the hearing in {e}|Which town's court hears {e}|In which place is {e} heard]?
# case.fee; Fees
: v fee Hourly rate
: s bigmoney Amount in dispute
- {e} is about {s}; the hourly rate is {v}.
- at {v} an hour, we act in {e}, where {s} [is|are] in dispute.
v? [What is the hourly rate in {e}|How much is charged per hour in {e}]?
s? [How much is in dispute in {e}|What sum is {e} about|What amount is at stake in {e}]?
# exhibit.artist; The collection, Makers
: v person Artist, Maker
: y year Year
- {e} was [made|created|finished] by {v} in {y}.
- in {y}, {v} [completed|finished|created] {e}.
- {v} [is the maker of|created] {e}, which dates from {y}.
+ <{e} is by {v} ({y})~{e} by {v} ({y})>.
v? [Who [made|created|is the maker of] {e}|By whom is {e}|Whose work is {e}]?
v? [maker of {e}|artist {e-}]
y? [When was {e} [made|created|finished]|From what year does {e} date|In which year was {e} completed]?
e? What did {v} [create|make]?
# exhibit.material; Materials and technique
: v material Material
: w length Height
- {e} is [made|worked] in {v} and [stands|is] {w} high.
- at a height of {w}, {e} consists of {v}.
v? [What is {e} made of|Which material was used for {e}|In what material is {e} worked]?
w? [How [tall|high] is {e}|What is the height of {e}]?
# exhibit.lender; Loans
: v supplier Lender
: d date Return
- {e} is on loan from {v} until {d}.
- {v} lent us {e}, [which must be returned|due back] on {d}.
- on {d}, {e} goes back to {v}.
v? [Who lent {e}|To whom does {e} belong|From whom is {e} on loan]?
d? [When must {e} be returned|Until when is {e} on loan|On what date does {e} go back]?
# exhibit.place; Where to see it
: v roomname Shown in
: l lux Max. light
- {e} is [shown|displayed|exhibited] in the {v} at no more than {l}.
- the {v} [houses|shows] {e}, lit with {l} at most.
v? [Where is {e} [shown|displayed|exhibited]|In which room can {e} be seen|Which room houses {e}]?
l? [How much light may fall on {e}|What is the light limit for {e}|How brightly may {e} be lit]?
# exhibit.value; Insurance values
: v bigmoney Insured value
- {e} is insured for {v}.
- the [insurance value|insured sum] of {e} is {v}.
- if {e} is [lost|stolen], the insurer pays {v}.
v? [For how much is {e} insured|What is {e} worth to the insurer|What is the insured value of {e}]?
"""
