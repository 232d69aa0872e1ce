"""Kinds of facts about posts and persons; the format is that of `read_families`."""

FAMILIES = r"""
# staff.person; Who is who, Posts and holders
: v person Name, Held by
- {v} [is|serves as|works as|has been appointed] {e}.
- the post of {e-} is [held|filled] by {v}.
- {e} is [called|named] {v}.
- {v}, [formerly in|who comes from] {place}, [is now|acts as] {e}.
+ <{v} is {e}~{v} {e}>.
v? [Who is {e}|What is the name of {e}|Who [serves|works] as {e}|Who holds the post of {e-}]?
v? [name of {e}|Name {e}.]
e? [What [post|position] does {v} hold|As what does {v} work|What is the job of {v}]?
# staff.limit; Approval limits, Signatures, Who may approve what
: v bigmoney Approval limit, Up to
- {e} may [approve|sign|authorise] [orders|purchases|invoices] up to {v}.
- [up to|for amounts up to] {v}, {e} [decides alone|may sign|can approve].
- [orders|purchases] [above|over|of more than] {v} are [beyond|outside] the authority of {e}.
- the [limit|signing limit|approval limit] of {e} is {v}.
+ [Approval limits]: <{e-} {v}>.
+ <{e} may approve {v}~{e} {v}>.
v? [Up to what [amount|sum] may {e} [approve|sign]|What is the approval limit of {e}|How much can {e} approve|What is the largest [order|purchase] {e} may authorise]?
v? [approval limit {e-}|signing authority of {e}]
e? Who may [approve|sign] [amounts|orders] up to {v}?
# staff.office; Offices, Where to find people
: v room Office, Room
- {e} [sits|works|has an office] in {v}.
- [find|you will find|knock at the door of] {e} in {v}.
- {v} is the office of {e}.
v? [Where [is the office of|does] {e}[| sit| work]|In which room is {e}|Where can I find {e}|Which office belongs to {e}]?
v? office of {e}
# staff.phone; Telephone numbers, Emergency contacts
: v phone Telephone, Mobile
- {e} can be [called|phoned|reached] [on|at] {v}[| day and night| in urgent cases].
- [in an emergency|outside office hours|when something happens], [call|ring] {e} on {v}.
- {v} is the [mobile|direct] number of {e}.
+ [Important numbers]: <{e-} {v}>.
v? [What is the [telephone|phone|mobile] number of {e}|On which number can {e} be called|How do I reach {e} by phone|What number should I ring for {e}]?
v? [phone number {e-}|{e-} telephone]
# staff.pay; Pay, Allowances
: v bigmoney Monthly pay, Salary
: b percent Bonus
- {e} [earns|receives|is paid] {v} a month[,|] plus a bonus of {b}.
- the monthly [pay|salary] of {e} is {v}, with a yearly bonus of {b}.
- besides a bonus of {b}, {e} gets {v} [a month|every month].
v? [How much does {e} earn|What is the [salary|monthly pay] of {e}|What is {e} paid per month]?
b? [How high is the bonus of {e}|What bonus does {e} receive|What percentage comes on top for {e}]?
# staff.cover; Absence, Deputies
: v person Deputy, Covered by
- {v} [deputises for|covers for|stands in for] {e}[| during holidays| in case of illness].
- when {e} is [ill|away|on holiday|absent], {v} [takes over|steps in].
- {e} is [represented|replaced] by {v} in case of absence.
v? [Who [deputises|stands in|covers] for {e}|Who replaces {e} in case of illness|Who takes over when {e} is away]?
v? [deputy of {e}|cover {e-}]
e? For whom does {v} [stand in|deputise]?
# staff.duty; Duties, Division of work
: v act Task, Responsible for
- {e} [is responsible for|takes care of|supervises|oversees] {v}.
- {v} is [supervised by|overseen by|the duty of|a job for] {e}.
- among the duties of {e} is {v}.
+ <{e} supervises {v}~{e} {v}>.
v? [What does {e} supervise|What is {e} responsible for|Which task falls to {e}]?
e? [Who [supervises|oversees|takes care of]|Who is in charge of|Whose [duty|job] is] {v}?
# staff.hours; Working hours, Shifts
: v hours Working hours, Shift
- {e} works {v}.
- the shift of {e} [runs|lasts] {v}.
- [working hours|the hours] of {e} are {v}.
v? [When does {e} work|What are the working hours of {e}|When is {e} on shift]?
# staff.notice; Notice periods
: v months Notice, Notice period
- {e} [has|is bound by] a notice period of {v}.
- [to leave|before leaving], {e} must give {v} notice.
- the notice period [for|of] {e} is {v}.
v? [What notice must {e} give|How long is the notice period of {e}|How far ahead must {e} announce leaving]?
# staff.languages; Languages, Skills
: v language Language
- {e} speaks {v}[| fluently].
- callers who speak {v} are [put through to|helped by] {e}.
- {v} is the mother tongue of {e}.
v? [Which language does {e} speak|What is the mother tongue of {e}|In which language can one talk to {e}]?
e? [Who speaks|To whom can I talk in] {v}?
# staff.report; Reporting lines, Structure
: v staff Reports to
- {e} [reports to|is answerable to|takes instructions from] {v}.
- {v} is the [direct|] superior of {e}.
v? [To whom does {e} report|Who is the superior of {e}|Who gives instructions to {e}]?
# personx.role; Staff directory, Our people, Directory
: v role Role, Position
- {e} [works as|is employed as|has been hired as] {v}.
- {e}, [our|acting as] {v-}, [started here in {year}|can be found in {room}].
- the position of {v-} [went to|was given to|is held by] {e}.
+ <{e} is {v}~{e} {v}>.
v? [What is the [job|position|role] of {e}|As what is {e} employed|What does {e} work as]?
v? [role of {e}|position {e}]
e? [Who is|Who works as|What is the name of] {v}?
# personx.started; Joiners, Staff news
: v date Start, Joined
- {e} [joined|started|began work] on {v}.
- on {v}[,|] we [welcomed|hired] {e}.
- {e} has been [with us|a colleague] since {v}.
+ <{e} joined on {v}~{e} on {v}>.
v? [When did {e} [join|start]|Since when has {e} worked here|What was the first day of {e}]?
v? [start date {e}|entry date of {e}]
e? Who [joined|started] on {v}?
# personx.room; Directory, Seating plan
: v room Room, Office
: p extension Extension, Ext.
- {e} sits in {v} and [answers|can be reached on] extension {p}.
- to [talk to|meet] {e}, [go to|come to] {v} or dial {p}.
- {e}: {v}, ext. {p}.
+ <{e} is in {v} ({p})~{e} in {v} ({p})>.
v? [Where does {e} sit|In which room is {e}|Where can one meet {e}|Which room does {e} work in]?
v? room of {e}
p? [What is the extension of {e}|Which number do I dial for {e}|How is {e} reached by phone]?
p? [extension {e}|{e} phone]
# personx.dept; Staff directory, Teams
: v dept Department, Team
- {e} [works in|belongs to|is a member of|has moved to] {v}.
- {v} [employs|has hired|is supported by] {e}.
v? [In which department does {e} work|Which [team|department] does {e} belong to]?
v? department of {e}
# personx.badge; Badges, Equipment issued
: v code Badge no., Laptop no.
: k smallcount Keys
- {e} [was given|received|holds] badge {v} and {k} keys.
- badge {v} was [issued|handed] to {e}, together with {k} keys.
v? [What [badge|number] was given to {e}|Which badge does {e} have|What is the badge number of {e}]?
k? [How many keys does {e} have|How many keys were handed to {e}]?
e? [To whom was badge {v} issued|Who holds badge {v}]?
# personx.training; Qualifications, Training records
: v course Qualification
: d date Valid until
- {e} [passed|completed|attended] {v}; the certificate is valid until {d}.
- [having completed|after completing] {v}, {e} holds a certificate that [expires|runs out] on {d}.
v? [What has {e} [completed|passed]|Which training did {e} attend]?
d? [Until when is the certificate of {e} valid|When does the certificate of {e} expire]?
# personx.vehicle; Parking and vehicles
: v vehicle Vehicle
- {e} drives {v}.
- {v} is [assigned|allocated] to {e}.
- for trips, {e} uses {v}.
v? [Which vehicle does {e} [drive|use]|What does {e} drive|Which vehicle is assigned to {e}]?
e? [Who drives|To whom is assigned] {v}?
# team.coach; Teams, Coaches
: v person Coach
: d weekday Training day
- {v} [coaches|trains] {e} on {d}s.
- {e} [is coached|is trained] by {v} every {d}.
- on {d}s, {e} meets for practice with {v}.
+ <{v} coaches {e}~{v} {e}>.
v? [Who [coaches|trains] {e}|Who is the [coach|trainer] of {e}|By whom is {e} trained]?
v? coach of {e}
d? [On which day does {e} [train|practise]|When does {e} train|What is the training day of {e}]?
# team.kit; Kit and fees
: v colour Shirt colour
: f fee Yearly fee
- {e} plays in {v}; the yearly fee is {f}.
- players of {e} wear {v} and pay {f} a year.
- for {f} a year, members of {e} get a {v} shirt.
v? [What colour does {e} wear|In which colour does {e} play|What is the shirt colour of {e}]?
f? [How much do members of {e} pay|What is the yearly fee in {e}|What does it cost to play for {e}]?
# team.result; Results
: v smallcount Wins
: p points Points
- {e} won {v} games and [collected|has] {p}.
- with {v} wins, {e} stands at {p}.
v? [How many games did {e} win|How many wins does {e} have]?
p? [How many points does {e} have|What is the score of {e} in the table|What did {e} collect in all]?
# class.teacher; Classes, Timetable
: v person Teacher
: n count Pupils
- {v} teaches {e}, which has {n} pupils.
- {e} has {n} pupils and is taught by {v}.
- the teacher of {e} is {v}.
+ <{v} teaches {e}~{v} {e}>.
v? [Who teaches {e}|Who is the teacher of {e}|By whom is {e} taught]?
n? [How many pupils are in {e}|How large is {e}|How many children does {e} have]?
# class.trip; Trips
: v place Trip to
: c fee Cost per pupil
- {e} [travels|goes on a trip] to {v}, which costs {c} per pupil.
- the trip of {e} to {v} costs {c}.
- each pupil of {e} pays {c} for the journey to {v}.
v? [Where does {e} travel|What is the destination of {e}|Which town will {e} visit]?
c? [How much does the trip of {e} cost|What does each pupil of {e} pay|How much must be paid for the trip of {e}]?
# ward.visit; Visiting hours, Wards
: v hours Visiting hours
: n smallcount Visitors at a time
- [visitors|relatives] may come to {e} {v}, {n} at a time.
- visiting hours [on|at] {e} are {v}; only {n} visitors per patient are admitted.
v? [When are visiting hours on {e}|When may one visit {e}|At what times can relatives come to {e}]?
n? [How many visitors are admitted on {e}|How many may visit a patient on {e} at once]?
# ward.beds; Beds and staff
: v count Beds
: h person Head nurse
- {e} has {v} beds and is [led|run] by {h}.
- {h} is the head nurse of {e}, where there are {v} beds.
- with {v} beds, {e} is headed by {h}.
+ <{e} has {v} beds~{e} {v}>.
v? [How many beds [does {e} have|are there on {e}]|What is the number of beds on {e}]?
h? [Who [leads|runs|heads] {e}|Who is head nurse of {e}|By whom is {e} led]?
# animal.data; Animals, Stable list
: v weight Weight
: f frequency Wormed
- {e} weighs {v} and is [wormed|examined by the vet] {f}.
- the vet sees {e}, which weighs {v}, {f}.
v? [How heavy is {e}|What does {e} weigh|What is the weight of {e}]?
f? [How often is {e} [wormed|treated|examined]|When does {e} see the vet]?
# animal.feed; Feeding
: v crop Feed
: t time Time
- {e} [gets|is fed] {v} at {t}.
- at {t}, {v} is given to {e}.
v? [What is {e} fed|What does {e} [get to eat|eat]|Which food does {e} get]?
t? [At what time is {e} fed|When does {e} eat|What is the feeding time of {e}]?
# animal.owner; Owners
: v person Owner
- {e} belongs to {v}.
- {v} [owns|bought] {e}.
- the owner of {e} is {v}.
+ <{e} belongs to {v}~{e} to {v}>.
v? [To whom does {e} belong|Who [owns|is the owner of] {e}|Whose animal is {e}]?
e? What does {v} own?
"""
