"""Kinds of facts about incidents, projects, decisions, committees and signals; the format is that of `read_families`."""

FAMILIES = r"""
# incident.cause; Causes, Root cause, What went wrong
: v reason Cause
- {e} was [caused|triggered|brought about] by {v}.
- [the cause of|the investigation showed that] {e} was [due to|down to] {v}.
- {v} [led to|caused|triggered|was behind] {e}.
- [the inspectors|investigators|experts] [traced {e} back|attribute {e}] to {v}.
- {e} [happened|occurred] because of {v}.
+ [Causes]: <{e-} – {v}>.
v? [What [caused|triggered|led to] {e}|What was the [cause of|reason for] {e}|Why did {e} happen|What was behind {e}|To what is {e} attributed]?
v? [cause of {e}|Name the cause of {e}.]
e? What was caused by {v}?
# incident.effect; Consequences, Damage, What happened next
: v consequence Consequence
- [as a result|in consequence] of {e}, {v}.
- {e} [meant|had the effect] that {v}.
- because of {e}, {v}.
- {v} after {e}.
v? [What [happened as a result|was the consequence] of {e}|What effect did {e} have|What did {e} lead to|What followed from {e}]?
e? Why is it that {v}?
# incident.when; Chronology, Timeline
: v date Date
: t time Time
: p person Reported by
- {e} was [reported|noticed|discovered] on {v} at {t} by {p}.
- on {v} at {t}, {p} [reported|noticed|discovered] {e}.
- {p} [raised the alarm|informed us] about {e} at {t} on {v}.
v? [On what [date|day] was {e} [reported|noticed|discovered]|What is the date of {e}]?
t? [At what time was {e} [reported|noticed|discovered]|At what hour was {e} noticed]?
p? [Who [reported|noticed|discovered] {e}|By whom was {e} [reported|discovered]|Who raised the alarm about {e}]?
e? What did {p} [report|notice|discover]?
# incident.cost; Cost of damage, Insurance
: v bigmoney Damage, Cost
- the damage from {e} [amounts to|comes to|is estimated at] {v}.
- {e} [cost|caused damage of] {v}[| in all].
- [repairs after|making good] {e} cost {v}.
- the insurance paid {v} for {e}.
+ <{e} cost {v}~{e} {v}>.
v? [How much [did|damage did] {e} [cost|cause]|What was the damage from {e}|How high was the loss from {e}|What did {e} cost]?
v? [damage {e-}|cost of {e}]
# incident.remedy; Measures, Corrective action
: v remedy Measure, Action
: p staff Responsible
- to prevent [a repetition|more] of {e}, [the report recommends|we decided on] {v}; {p} is responsible.
- after {e}, {p} [ordered|asked for] {v}.
- {p} [will see to|takes care of] {v} as a lesson from {e}.
v? [What was [recommended|ordered|decided] after {e}|What should prevent a repetition of {e}|Which measure followed {e}|What is the lesson from {e}]?
p? [Who is responsible for the measure after {e}|Who takes action after {e}|Who sees to it that {e} is not repeated]?
# incident.lasted; Downtime
: v shortspan Downtime, Duration
- {e} [lasted|went on for] {v}.
- it took {v} to [end|repair|clear up after] {e}.
- [only after {v} was {e} over|for {v} we struggled with {e}].
v? [How long did {e} last|How much time was lost through {e}|What was the duration of {e}|How long did it take to deal with {e}]?
v? duration {e-}
# incident.code; Register of incidents
: v code Reference
- {e} is [filed|registered|recorded] as {v}.
- the report on {e} has the number {v}.
v? [What is the [number|reference] of the report on {e}|Under which reference is {e} [filed|recorded]|How is {e} registered]?
# incident.weather; Circumstances
: v weather Weather
: n smallcount Witnesses
- {e} happened in {v}; {n} people [saw it|were witnesses].
- {n} witnesses saw {e}, which occurred in {v}.
v? [What was the weather during {e}|In what weather did {e} happen]?
n? [How many [witnesses|people] saw {e}|What number of people witnessed {e}]?
# project.lead; Projects, Project leads
: v person Lead, Manager
- {v} [leads|runs|manages|is in charge of] {e}.
- {e} is [led|managed|run] by {v}.
- [after a short search|in spring], {v} [took over|was put in charge of] {e}.
+ <{v} leads {e}~{v} {e}>.
v? [Who [leads|runs|manages|is in charge of] {e}|Who is the [leader|manager] of {e}|By whom is {e} led]?
v? [leader of {e}|Name the manager of {e}.]
e? What does {v} [lead|manage]?
# project.end; Milestones, Completion
: v date Completion, Finished by
- {e} [is to be|will be|should be] [finished|completed] by {v}.
- on {v}[,|] {e} [ends|is due to be handed over].
- the [completion|end] of {e} is [planned|expected] for {v}.
+ [Completion dates]: <{e-} {v}>.
v? [When [will|should] {e} be [finished|completed]|By what date is {e} to be done|What is the completion date of {e}|When does {e} end]?
v? [end date {e-}|deadline of {e}]
# project.budget; Costs, Project budgets
: v bigmoney Budget
: w bigmoney Spent
- of the {v} [budgeted|set aside] for {e}, {w} [has|have] been spent.
- {e} has a budget of {v} and has [used up|cost] {w} so far.
- so far {w} went into {e}, which may cost {v}.
v? [What is the budget of {e}|How much may {e} cost|How much was set aside for {e}]?
w? [How much has been spent on {e}|What did {e} cost so far|How much of the money for {e} is used up]?
# project.reason; Background
: v reason Reason
- {e} was started because of {v}.
- {v} [was the reason for|prompted] {e}.
v? [Why was {e} started|What prompted {e}|What was the reason for {e}]?
# project.delay; Risks and delays
: v duration Delay
: r reason Reason
- {e} is [late by|delayed by|behind schedule by] {v} because of {r}.
- {r} [delayed|held up] {e} by {v}.
- owing to {r}, {e} [needs|takes] {v} longer.
v? [By how much is {e} delayed|How long is the delay of {e}|How far behind schedule is {e}]?
r? [Why is {e} [late|delayed]|What delayed {e}|What is the reason for the delay of {e}]?
# project.team; Teams
: v smallcount People
- {v} people work on {e}.
- {e} has a team of {v}.
- a group of {v} [has been formed for|is busy with] {e}.
v? [How many people work on {e}|How large is the team of {e}]?
# project.status; Progress
: v percent Done
- {e} is {v} complete.
- {v} of the work on {e} is done.
- {e} has reached {v}.
+ <{e} is {v} complete~{e} {v}>.
v? [How much of {e} is done|How far has {e} got|What share of the work on {e} is finished]?
# project.risk; Risks
: v reason Main risk
- the [biggest|main] risk for {e} is {v}.
- {v} could [endanger|stop] {e}.
v? [What is the [main|biggest] risk for {e}|What could endanger {e}]?
# motion.decision; Decisions, Resolutions, Minutes
: v person Proposed by
: w person To be done by
: d deadline Deadline
- it was [decided|agreed|resolved] to {e}; {v} [proposed it|made the motion], {w} will [see to it|do it] by {d}.
- {v} [proposed|moved|suggested] to {e}. {w} will [take care of this|carry this out] by {d}.
- {w} was asked to {e} by {d}, as [proposed|suggested] by {v}.
v? [Who [proposed|moved|suggested] to {e}|Whose proposal was it to {e}|Who made the motion to {e}]?
w? [Who [will|is to|was asked to] {e}|Who has to see to the decision to {e}]?
d? [By when should the decision to {e} be carried out|What is the deadline to {e}]?
e? [What did {v} [propose|suggest]|What is {w} to do]?
# motion.vote; Votes, Voting results
: v smallcount In favour
: w smallcount Against
- the motion to {e} was [adopted|carried] with {v} votes to {w}.
- {v} members voted for the motion to {e}, {w} against it.
- with {w} votes against and {v} in favour, the [committee|meeting] agreed to {e}.
v? [How many [voted for|votes were in favour of] the motion to {e}|How many members supported the motion to {e}]?
w? [How many [voted against|votes were against] the motion to {e}|How many members opposed the motion to {e}]?
# motion.reason; Reasons given
: v reason Reason
: p person Speaker
- {p} wanted to {e} because of {v}.
- {v} was the reason why {p} asked to {e}.
- as {p} explained, {v} made it necessary to {e}.
v? [Why did {p} want to {e}|What was the reason to {e}|What made it necessary to {e}]?
p? [Who wanted to {e}|Who explained why it was necessary to {e}|Who asked to {e}]?
# motion.cost; Costs of decisions
: v bigmoney Cost
- to {e} will cost {v}.
- {v} [is|was] [approved|set aside] to {e}.
- the [treasurer|meeting] expects costs of {v} for the plan to {e}.
v? [How much will it cost to {e}|What amount was approved to {e}|What does the plan to {e} cost]?
# committee.chair; Committees, Bodies
: v person Chair
: n smallcount Members
- {v} chairs {e}, which has {n} members.
- {e} has {n} members and is chaired by {v}.
- the {n} members of {e} [elected|chose] {v} as chair.
v? [Who chairs {e}|Who is the [chair|head] of {e}|Whom did {e} elect as chair]?
v? chair of {e}
n? [How many members does {e} have|How many people sit on {e}|What is the size of {e}]?
# committee.meets; Meetings of bodies
: v frequency Meets
: p roomname Room
- {e} meets {v} in the {p}.
- meetings of {e} are held {v} in the {p}.
- the {p} is where {e} [meets|sits] {v}.
v? [How often does {e} meet|When does {e} meet|At what intervals does {e} sit]?
p? [Where does {e} meet|In which room does {e} meet|What is the meeting room of {e}]?
# committee.quorum; Rules of procedure
: v smallcount Quorum
- {e} needs {v} members present to decide.
- the quorum of {e} is {v}.
- without {v} members, {e} cannot vote.
v? [What is the quorum of {e}|How many members must be present for {e} to decide|How many members does {e} need to vote]?
# signal.meaning; Signals and messages, Error codes, Indicator lights
: v meaning Meaning
: a action Action, What to do
- {e} [means|indicates|stands for|signals] {v}: {a}.
- in case of {v}, {e} [appears|is given]; then {a}.
- when [you notice|there is] {e}, {a}, [because|since] it [means|points to] {v}.
v? [What does {e} [mean|indicate|stand for|signal]|What is the meaning of {e}]?
v? meaning of {e}
a? [What [should be done|must one do|is to be done] [in case of|when there is] {e}|How should one react to {e}]?
e? [What [indicates|signals|stands for]|How does one recognise] {v}?
# signal.sense; Signals, Meaning of messages
: v meaning Meaning
- {e} [means|indicates|stands for|signals] {v}.
- {v} is [shown|indicated|announced] by {e}.
- [the sign of|a warning of] {v} is {e}.
+ <{e} means {v}~{e} {v}>.
+ [Meanings]: <{e-} = {v}>.
v? [What does {e} [mean|indicate|stand for|signal]|What is shown by {e}|How is {e} to be understood]?
e? [What [indicates|signals|stands for]|How is one told of] {v}?
"""
