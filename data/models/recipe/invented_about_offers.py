"""Kinds of facts about services, courses, plans, dishes and systems; the format is that of `read_families`."""

FAMILIES = r"""
# service.fee; Fees, Charges, Rates
: v fee Fee, Charge, Price
- {e} [costs|is charged at|is offered for|comes to] {v}[| per person| per booking| including tax].
- [we charge {v}|the fee is {v}|customers pay {v}|there is a charge of {v}] [for|when ordering] {e}[|, which is due in advance|, payable on site].
- [for|at] {v}, [customers|members|guests] [can book|get|receive] {e}.
- {e}, [popular with families|available all year|offered since spring], [costs|is priced at] {v}.
~ it costs {v}.
+ [Fees]: <{e-} {v}>.
+ <{e} costs {v}~{e} {v}>.
v? [How much [does {e} cost|is {e}]|What is the [fee|charge|price] for {e}|What does one pay for {e}|How much is charged for {e}]?
v? [fee {e-}|price of {e}|charge for {e}]
e? Which service [costs|is offered for] {v}?
# service.time; Duration
: v shortspan Duration, Takes
- {e} [takes|lasts] {v}.
- [allow|expect] {v} for {e}.
- {v} is [the usual time|what you should allow] for {e}.
v? [How long does {e} [take|last]|How much time does {e} need|What is the duration of {e}]?
# service.cancel; Cancellation, Changes to bookings
: v shortspan Free cancellation until
: w percent Fee after that
- {e} can be cancelled free of charge up to {v} before; after that {w} of the price is [due|charged].
- [cancelling|cancellation of] {e} is free until {v} before the date, [later|afterwards] it costs {w} of the price.
- less than {v} before the appointment, {w} of the price of {e} must be paid.
v? [Until when can {e} be cancelled [free of charge|for free|without cost]|How long before is cancelling {e} free]?
w? [What [share|part] of the price is charged for late cancellation of {e}|How much does it cost to cancel {e} late]?
# service.book; Booking, How to order
: v url Book at, Website
- {e} [can be|is] [booked|ordered] [at|online at|via] {v}.
- [visit|go to|use] {v} to [book|order|reserve] {e}.
- [bookings of|orders for] {e} [are made|go] through {v}.
v? [Where can {e} be [booked|ordered]|On which [website|page] is {e} booked|What is the web address for {e}]?
v? [link {e-}|website for {e}]
# service.contact; Contacts
: v person Contact, Ask for
- {v} [offers|is in charge of|handles|provides] {e}.
- [to book|for] {e}, [ask for|contact|speak to] {v}.
- {e} is [provided|handled|arranged] by {v}.
v? [Who [offers|handles|provides|is in charge of] {e}|Whom do I contact for {e}|By whom is {e} arranged]?
v? contact {e-}
# service.max; Limits
: v smallcount Max. persons
- {e} is [limited to|for no more than|open to at most] {v} people.
- [no more than|at most] {v} people can [take part in|use|share] {e}.
v? [How many people can [use|share] {e}|What is the maximum number of people for {e}|To how many persons is {e} limited]?
# service.deposit; Deposits
: v fee Deposit
- a deposit of {v} is [taken|required|asked] for {e}.
- {e} requires a [refundable|] deposit of {v}.
- [before|to secure] {e}, {v} must be [left|paid] as a deposit.
v? [What deposit is [required|taken] for {e}|How high is the deposit for {e}|How much must be left as security for {e}]?
# service.days; Availability
: v weekday Day
- {e} is [offered|available] [only|] on {v}s.
- {v} is the day for {e}.
- on {v}s[,|] [we offer|you can book] {e}.
v? [On which day is {e} [offered|available]|When is {e} offered]?
# course.teacher; Courses, Trainers
: v person Trainer, Instructor
- {v} [teaches|gives|leads|runs] {e}.
- {e} is [taught|given|led] by {v}.
- [participants in|those attending] {e} [learn from|are taught by] {v}.
+ <{v} teaches {e}~{v} {e}>.
v? [Who [teaches|gives|leads] {e}|Who is the [instructor|trainer|teacher] of {e}|By whom is {e} taught]?
v? [instructor {e-}|teacher of {e}]
e? What does {v} teach?
# course.date; Dates, Course calendar
: v date Date, Starts
: p roomname Room
- {e} [starts|begins|takes place] on {v} in the {p}.
- on {v}[,|] {e} [starts|begins] in the {p}.
- the {p} [hosts|is reserved for] {e}, which starts on {v}.
v? [When does {e} [start|begin|take place]|On what date is {e}|What is the date of {e}]?
v? date {e-}
p? [Where is {e} held|In which room does {e} take place|Which room hosts {e}]?
# course.fee; Course fees
: v fee Fee
: m fee Members
- {e} costs {v}; members pay {m}.
- the fee for {e} is {v}, [reduced to|but only] {m} for members.
- while members pay {m} for {e}, everyone else pays {v}.
v? [What do non-members pay for {e}|What is the [normal|full|regular] fee for {e}|How much is {e} without membership]?
m? [What do members pay for {e}|How much is {e} for members|What is the reduced fee for {e}]?
# course.places; Places, Registration
: v count Places
: d deadline Register by
- {e} has {v} places; [register|enrol] by {d}.
- registration for {e}, which is limited to {v} participants, [closes|ends] on {d}.
- [only|at most] {v} people can attend {e}, and registration is open until {d}.
v? [How many [places|participants] does {e} have|How many people can attend {e}|To how many participants is {e} limited]?
d? [By when must one register for {e}|When does registration for {e} close|Until when is registration for {e} open]?
# course.hours; Length of courses
: v hoursof Length
- {e} [comprises|lasts|takes] {v}.
- [plan|expect] {v} of lessons for {e}.
v? [How many hours does {e} take|How long is {e}|What is the length of {e}]?
# course.level; Requirements
: v years Experience
- {e} [requires|is meant for people with] {v} of experience.
- with at least {v} of practice, one may attend {e}.
v? [How much experience does {e} require|How many years of experience are needed for {e}|What experience do participants of {e} need]?
# course.valid; Certificates
: v years Certificate valid
- the certificate of {e} is valid for {v}.
- after {v}, {e} must be [repeated|taken again].
v? [How long is the certificate of {e} valid|When must {e} be repeated|After what time does {e} have to be taken again]?
# account.fee; Plans and charges, Account fees
: v smallmoney Monthly fee
: r percent Interest
- {e} costs {v} a month and [earns|pays] {r} interest.
- for {v} a month, holders of {e} [get|receive] {r} interest.
- interest on {e} is {r}; the monthly [charge|fee] is {v}.
v? [What does {e} cost per month|How much is {e} a month|What is the monthly [fee|charge] for {e}]?
v? monthly fee {e-}
r? [What interest does {e} [pay|earn]|What is the interest rate of {e}|At what rate does {e} earn interest]?
# account.min; Conditions
: v bigmoney Minimum balance
- {e} requires a minimum balance of {v}.
- [only those|those] who keep at least {v} [can open|qualify for] {e}.
- below {v}, {e} is [closed|changed into a basic one].
v? [What is the minimum balance for {e}|How much must one keep to qualify for {e}|What sum does {e} require at least]?
# account.benefit; What is included
: v benefit Extra
- {e} [includes|comes with] {v}.
- holders of {e} [receive|enjoy] {v}.
- {v} is [included in|part of] {e}.
+ <{e} includes {v}~{e} {v}>.
v? [What [is included in|comes with|do holders get with] {e}|Which benefit does {e} have|What extra does {e} offer]?
e? [What includes|Which offer comes with] {v}?
# account.storage; Limits of plans
: v data Storage
: u count Users
- {e} [offers|has] {v} of storage for {u} users.
- with {e}, {u} users share {v}.
v? [How much storage does {e} [offer|have]|What storage comes with {e}|What is the storage limit of {e}]?
u? [How many users can [use|share] {e}|For how many users is {e}|What is the number of users with {e}]?
# dish.price; Menu, Canteen
: v smallmoney Price
: d weekday Day
- {e} is served on {d} for {v}.
- on {d}, [the canteen serves|there is] {e} at {v}.
- {v} [buys|is the price of] {e}, served on {d}.
+ <{e} costs {v}~{e} {v}>.
v? [How much does {e} cost|What is the price of {e}|What does one pay for {e}]?
d? [On which day is {e} served|When is {e} served|What is the day for {e}]?
# dish.recipe; Recipes
: v hot Oven temperature
: t shortspan Time
- {e} is baked at {v} for {t}.
- bake {e} for {t} at {v}.
- {t} at {v} are needed for {e}.
v? [At what temperature is {e} baked|How hot must the oven be for {e}|What is the oven temperature for {e}]?
t? [How long is {e} baked|What is the baking time of {e}|How long does {e} stay in the oven]?
# dish.portion; Portions
: v weight Portion
: k bigcount Calories
- a portion of {e} weighs {v} and has {k} calories.
- with {k} calories, a portion of {e} weighs {v}.
- {k} calories are in each portion ({v}) of {e}.
v? [How heavy is a portion of {e}|What does a portion of {e} weigh]?
k? [How many calories does {e} have|What is the calorie count of {e}]?
# software_.version; Releases, Release notes
: v version Version
: d date Released
- {v} of {e} was released on {d}.
- {e} [was updated to|now runs] {v} since {d}.
- on {d}, {e} [moved|was upgraded] to {v}.
v? [What is the [current|latest] version of {e}|Which version of {e} was released|To which version was {e} upgraded]?
d? [When was {e} [updated|upgraded]|On what date was the latest {e-} released]?
# software_.need; System requirements
: v data Memory
: u url Address
- {e} needs {v} of memory and is [found|reached] at {u}.
- [open|go to] {u} to use {e}; at least {v} of memory [is|are] required.
v? [How much memory does {e} need|What are the memory requirements of {e}|What amount of memory must be free for {e}]?
u? [Where is {e} found on the web|What is the [web address|link] of {e}|At which address is {e} reached]?
u? link {e-}
# software_.backup; Backups and maintenance
: v time Backup
: k days Kept for
- {e} is backed up at {v} and copies are kept for {k}.
- at {v}, a copy of {e} is made, which is [deleted|erased] after {k}.
v? [At what time is {e} backed up|When is a copy of {e} made]?
k? [How long are copies of {e} kept|After what time are copies of {e} erased|For how long are backups of {e} stored]?
# software_.password; Accounts and passwords
: v smallcount Min. characters
: k months Change after
- passwords for {e} have at least {v} characters and [expire|must be changed] after {k}.
- {e} [asks for|demands] a new password after {k}, of {v} characters or more.
v? [How many characters must a password for {e} have|What is the minimum length of passwords for {e}]?
k? [After what time do passwords for {e} expire|When must the password for {e} be changed|How long is a password for {e} valid]?
# software_.lock; Lockout
: v smallcount Attempts
: t shortspan Locked for
- after {v} failed attempts, {e} is locked for {t}.
- {e} locks users out for {t} if they [fail|enter a wrong password] {v} times.
v? [After how many failed attempts is {e} locked|How many wrong passwords does {e} accept]?
t? [For how long is {e} locked|How long does {e} lock users out|How long must one wait when locked out of {e}]?
"""
