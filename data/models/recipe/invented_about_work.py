"""Kinds of facts about activities, documents and leave; the format is that of `read_families`."""

FAMILIES = r"""
# activity.who; Responsibilities, Who does what
: v staff Responsible, Done by
- {v} [organises|is responsible for|takes care of|carries out] {e}.
- {e} [is organised by|is the responsibility of|is carried out by|falls to] {v}.
- [in matters of|for] {e}, {v} [is the right person|must be asked].
+ <{v} organises {e}~{v} {e}>.
v? [Who [organises|is responsible for|carries out|takes care of] {e}|By whom is {e} carried out|Whose task is {e}|Whom do I ask about {e}]?
v? [responsible for {e}|Name the person in charge of {e}.]
e? What is {v} responsible for?
# activity.often; Frequency, Routine work, Schedule
: v frequency Frequency, How often
- {e} [takes place|is carried out|is done|is scheduled] {v}.
- [we plan|the rota provides for|regulations require] {e} {v}.
- {v}[,|] {e} is on the [plan|agenda|schedule].
+ [Frequencies]: <{e-} {v}>.
+ <{e} happens {v}~{e} {v}>.
v? [How often [does {e} take place|is {e} carried out]|At what intervals is {e} [done|required]|When is {e} due|How frequently is {e} scheduled]?
v? [frequency of {e}|how often {e-}]
e? What [takes place|is done] {v}?
# activity.time; Timetable, Schedule of the day
: v time Time, Start
: r roomname Room
- {e} [starts|begins] at {v} in the {r}.
- at {v}[,|] {e} [starts|begins] in the {r}.
- the {r} is [booked|reserved] for {e} from {v}.
v? [At what time does {e} [start|begin]|When does {e} [start|begin]|From when is a room booked for {e}]?
v? start of {e}
r? [Where does {e} take place|In which room is {e} held|Which room is booked for {e}]?
# activity.lasts; Duration, Time needed
: v shortspan Duration, Time needed
- {e} [takes|lasts|requires] {v}[| on average| in all].
- [allow|plan|reserve] {v} for {e}.
- {v} are [needed|set aside] for {e}.
+ <{e} takes {v}~{e} {v}>.
v? [How long does {e} [take|last]|How much time is [needed|set aside] for {e}|What is the duration of {e}]?
v? duration {e-}
# activity.form; Records, Which form to use
: v form Form, Record
- {e} is [recorded|documented|noted] on {v}.
- [use|fill in|sign] {v} [for|after|to record] {e}.
- {v} [must be|is] [completed|filled in] for {e}.
+ [Forms]: <{e-} – {v}>.
+ <{v} is for {e}~{v} for {e}>.
v? [Which form is [used|needed] for {e}|On what is {e} recorded|What must be filled in [after|for] {e}|How is {e} documented]?
v? [form for {e}|which form {e-}]
e? What is {v} for?
# activity.people; Staffing of tasks
: v smallcount People needed
- {e} [needs|requires|is done by] {v} people.
- at least {v} people [must be present at|take part in|are needed for] {e}.
v? [How many people [are needed for|does] {e}[| need]|How many must be present at {e}|What is the number of people for {e}]?
# activity.exception; Exceptions
: v exception Does not apply to
- the rules on {e} apply to [everyone|all] except for {v}.
- {v} [are|remain] exempt from the rules on {e}.
- with the exception of {v}, the rules on {e} [apply|hold] [always|to all].
v? [[Who or what|What] is exempt from the rules on {e}|What is the exception to the rules on {e}|To what do the rules on {e} not apply|What do the rules on {e} leave out]?
# activity.stop; Cancellation, Interruptions
: v condition Cancelled if
- {e} is [cancelled|postponed|put off] if {v}.
- if {v}, {e} [does not take place|has to wait|is put off].
v? [When is {e} [cancelled|postponed]|In what case does {e} not take place|Under which condition is {e} put off]?
# activity.tool; Tools, Equipment needed
: v tool Tool
- {e} [requires|is done with|calls for] a {v}.
- [bring|have ready|use] a {v} for {e}.
v? [Which tool is [needed|used] for {e}|What does one need for {e}|What must be brought to {e}]?
# document.form; Forms, Form numbers
: v form Form no., Number
- {e} is [available|filed|known] as {v}.
- [to submit|for] {e}, [use|fill in|print] {v}.
- {v} is the [official|current] [form|template] for {e}.
+ <{e} is {v}~{e} {v}>.
v? [Which form is [used for|needed for] {e}|What is the [form number|number of the form] for {e}|What must be filled in for {e}|As what is {e} known]?
v? [form number {e-}|template for {e}]
# document.deadline; Deadlines, Submission
: v deadline Deadline, Due
- {e} [must be|has to be] [submitted|handed in|sent in] by {v}.
- the deadline for {e} is {v}.
- {e} is due [by|] {v}.
- [hand in|send|submit] {e} [no later than|by|before] {v}.
+ [Deadlines]: <{e-} – {v}>.
v? [When must {e} be [submitted|handed in]|By when is {e} due|What is the deadline for {e}|Until when can {e} be sent in]?
v? [deadline {e-}|due date of {e}]
# document.keep; Retention, Records management, Archiving
: v years Retention, Keep for
- {e} [is kept|must be stored|is archived] for {v}.
- [after|once] {v}[ have passed|], {e} [may be destroyed|is shredded].
- the retention period [of|for] {e} is {v}.
- {v} is how long {e} [stays|remains] in the archive.
+ [Retention periods]: <{e-} {v}>.
+ <{e} is kept for {v}~{e} for {v}>.
v? [How long [is {e} kept|must {e} be stored]|For how long is {e} archived|What is the retention period [of|for] {e}|When may {e} be destroyed]?
v? [retention {e-}|keep {e-} how long]
# document.owner; Document control, Owners
: v dept Owner, Responsible
- {v} [owns|maintains|is responsible for|looks after] {e}.
- {e} is [maintained|owned|issued] by {v}.
- [changes|corrections] to {e} [are made by|go to] {v}.
v? [Which department [owns|maintains|is responsible for] {e}|Who [owns|maintains] {e}|By whom is {e} issued|Who makes changes to {e}]?
v? [owner of {e}|department for {e}]
# document.version; Document control, Versions, Revision history
: v version Version, Current version
: d date Valid from, Date
- {e} is [now|currently] at {v}, [valid|in force] since {d}.
- {v} of {e} [was released|came into force|was approved] on {d}.
- [since|from] {d}, {e} has been used in {v}.
v? [What is the current version of {e}|Which version of {e} is [valid|in force]|In what version is {e} used]?
d? [Since when has the current {e-} been valid|When was the current {e-} [released|approved]|On what date did {e} come into force]?
# document.signed; Signatures
: v staff Signed by
: n smallcount Copies
- {e} is signed by {v} and [made out|printed] in {n} copies.
- {v} signs {e}, of which {n} copies are made.
v? [Who signs {e}|Whose signature is on {e}|By whom must {e} be signed]?
n? [How many copies of {e} are [made|printed|needed]|In how many copies is {e} made out]?
# document.filed; Filing, Where documents go
: v shelf Filed in
- {e} is [filed|kept|put] in {v}.
- [file|place|put] [the completed|the signed] {e-} in {v}.
- {v} is the place for {e}.
v? [Where is {e} [filed|kept]|In what place is {e} filed|Where do I put {e}]?
v? filing place {e-}
# document.sent; Submission, Where to send
: v email Send to
- {e} is [sent|mailed|submitted] to {v}.
- [send|mail|submit] {e} to {v}.
- {v} [receives|accepts] {e}.
v? [Where is {e} sent|To which address do I send {e}|Which mailbox receives {e}]?
# document.pages; Format, Length
: v count Pages
- {e} [has|runs to|consists of] {v} pages.
- {v} pages make up {e}.
v? [How many pages does {e} have|How long is {e}|What is the number of pages of {e}]?
# document.review; Review
: v frequency Reviewed
- {e} is [reviewed|revised|updated] {v}.
- {dept} [reviews|revises] {e} {v}.
v? [How often is {e} [reviewed|updated]|At what intervals is {e} revised]?
# document.medium; Submission
: v medium Submitted by
- {e} [can|may] be submitted [only|] by {v}.
- [please|always|only] submit {e} by {v}.
v? [How is {e} submitted|By what means is {e} handed in|In what way must {e} be sent]?
# leave.days; Leave, Entitlements, Time off
: v days Days per year, Entitlement
- [employees|staff] [are entitled to|receive|are granted] {v} of {e}.
- {e} [lasts|amounts to|is granted for] {v}.
- [up to|at most] {v} may be taken as {e}.
- as {e}[,|] {v} are granted.
+ [Entitlements]: <{e-} {v}>.
+ <{e} lasts {v}~{e} {v}>.
v? [How long is {e}|How many days [of|are granted for] {e}[| are granted]|How much {e} can be taken|What is the entitlement for {e}]?
v? [entitlement {e-}|days {e-}]
# leave.notice; Applying for leave, Notice
: v days Request before
: w staff Approved by
- {e} must be [requested|applied for|announced] {v} in advance [and is|; it is] approved by {w}.
- [requests|applications] for {e} [go to|are decided by] {w} and must arrive {v} before the first day.
- {w} [grants|approves] {e} if asked {v} beforehand.
v? [How far in advance must {e} be requested|How much notice is needed for {e}|How long before must one apply for {e}]?
w? [Who approves {e}|To whom do requests for {e} go|Who decides on {e}]?
# leave.proof; Proof and documents
: v document Proof required
- {e} requires [the submission of|] {v}.
- [anyone|those] taking {e} must [hand in|submit] {v}.
- without {v}, {e} [is not granted|cannot be approved].
v? [What must be submitted for {e}|Which document does {e} require|What is needed to get {e}]?
# leave.pay; Pay during leave
: v percent Pay
- during {e}, {v} of [pay|salary] is [paid|continued].
- {e} is paid at {v} of the [usual|normal] salary.
- [the company|{org}] [pays|continues] {v} of wages during {e}.
+ <{e} is paid at {v}~{e} at {v}>.
v? [What share of [pay|salary] is paid during {e}|How much of the salary is paid during {e}|At what rate is {e} paid]?
v? pay during {e}
# leave.who; Eligibility
: v months Service required
- {e} is open to [staff|employees] with at least {v} of service.
- [after|only after] {v} of [employment|service] can {e} be taken.
v? [How long must one have worked here to take {e}|After what length of service is {e} possible|What length of service does {e} require]?
"""
