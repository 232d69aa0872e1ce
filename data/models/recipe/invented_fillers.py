"""Sentences between the facts, introductions, afterthoughts and titles of invented documents."""

from __future__ import annotations

from invented_grammar import Template


def _templates(text: str) -> list[Template]:
    return [Template(line) for line in text.splitlines() if line.strip()]


FILLERS = _templates("""
[this section|the following|what follows] [applies to|is meant for|concerns] [all employees|everyone on site|staff and visitors alike|members and guests].
[please|kindly] read [the following|this page|these notes] [carefully|before starting work|at least once].
[if in doubt|in case of doubt], [ask|speak to|turn to] the {rolename}.
[questions|comments|suggestions] are [always|] welcome.
[changes|corrections] to this [page|section|document] are [announced|published] [in the newsletter|on the notice board|by {dept}].
{dept} [keeps|maintains] this [list|overview|section] [up to date|current].
[nothing here|none of this] [replaces|overrides] [the law|the contract|common sense].
[older|earlier] [copies|editions|printouts] [should be destroyed|are no longer valid|must not be used].
[the details|particulars] [may vary|differ] from [place to place|case to case].
[we thank|{org} thanks] everyone who [helped|contributed] [to collect|with] this information.
[this has worked well|no complaints have been received|there have been few problems] [so far|over the years|since the last edition].
[not everyone|hardly anyone|only a few people] knew about this [until recently|in the past].
[a printed copy|one copy] [hangs|is available|can be found] [near the entrance|in the {roomname}|at the notice board].
[these rules|these figures|these details] were [checked|reviewed|confirmed] by [{dept}|the {rolename}|the works council].
[experience shows|we have learned] that [misunderstandings|delays|mistakes] are [usually|often] [avoidable|cheap to prevent].
[new colleagues|beginners|trainees] [should|are advised to] [take their time|ask early|watch a colleague first].
[the reasons are|the background is] [explained|set out] [elsewhere|in the annex|in another chapter].
[in practice|in everyday work], [this|the matter] is [simpler|less complicated] than it [sounds|looks].
[some|several|a few] [readers|colleagues|customers] had [asked for|requested] [a clearer|a shorter|an updated] [overview|version|list].
[the table of contents|the index] [helps|makes it easier] to find [the right place|what you need].
[for safety reasons|for legal reasons|for practical reasons], [exceptions|deviations] [must be|are] [recorded|put in writing].
[anyone|whoever] [notices|finds] an error [should|is asked to] [report|mention] it.
[the {rolename}|{dept}] [regrets|apologises for] any inconvenience.
[as always|as usual], [common sense|good judgement] [applies|is expected].
[the {roomname}|the yard|the corridor] must [remain|be kept] [clear|tidy|accessible] [at all times|].
[no|nobody needs a] [special|further] [training|approval] [is|beyond the usual is] [needed|required] [here|for this].
[the company|{org}] has [grown|changed] [a great deal|considerably] in recent years.
[it was|it has been] a [busy|quiet|difficult|mild] [season|year|quarter] [for everyone|] at {town}.
[we use|the text uses] [plain|simple] language [on purpose|wherever possible].
[figures|amounts|quantities] are [rounded|given without guarantee|as known at the time of printing].
[several|two|some] [departments|teams] [worked together|cooperated] on [this part|these rules].
[the old rules|former arrangements] [no longer apply|have been withdrawn|were hard to follow].
[keep|please keep] [this sheet|these pages] [within reach|in a safe place|at your workplace].
[what matters|the main thing] is that [everyone knows|all of us know] [whom to ask|where to look].
[the weather|the season] [rarely|seldom] [affects|changes] [any of|] this.
[visitors|guests] are [kindly|] asked to [sign in|wear their badge|wait] [at reception|at the gate].
[the list|this overview] is [not complete|not exhaustive|sorted by importance|in no particular order].
[a more detailed|the full|a longer] [version|description] is [kept|held] by {dept}.
[this|it] [saves|spares] [time|everyone trouble|money] and [avoids|prevents] [mistakes|queues|arguments].
[not all|few] [organisations|companies] [handle|organise] this [the same way|so strictly].
[last year's|the previous] [survey|audit|review] [found|revealed] [only minor|no serious|a few] [shortcomings|gaps|problems].
[the following|these] [points|details] [deserve|need] [special attention|a second look].
[the {rolename}|a colleague] [is happy to|will] [explain|show] [the details|how it works].
in [the holiday season|the summer months|winter] [things|replies] [may take|can take] [a little|somewhat] longer.
[everyone|each of us] [is|remains] responsible for [their own|a tidy] [workplace|desk].
[quality|safety|service] [comes|is] first at {org}.
[the {machinename}|the old printer] [is|was] [not affected|left out] [by this|].
[copies|extracts] may be [made|passed on] [freely|with permission|within the organisation].
[the wording|this paragraph] was [simplified|shortened] [after|following] [feedback|comments] from [readers|staff|members].
[accidents|mishaps|errors] [happen|occur] [mostly|usually] [when people hurry|towards the end of a shift|after changes].
[nothing|little] has [changed|been altered] in [this respect|the rest of the section].
[smoking|eating|photography] is [not permitted|forbidden|prohibited] [in this area|there|during work].
[the relevant|all] [signs|notices|labels] are [posted|displayed] [on the door|on site].
[our|the] [partners|neighbours|suppliers] [have been|were] [informed|notified].
[as the saying goes|as every {rolename} knows], [order|preparation] is half the [work|job].
[it goes without saying|needless to say] that [records|notes] are kept [confidential|private].
[all|the] [information|data] [here|in this part] [is|was] [supplied|collected] by {dept}.
[a similar|the same] [arrangement|rule] [exists|holds] [for|at] [other|most] [sites|teams].
[the aim|the purpose] [of this section|] is to [avoid surprises|answer the usual questions|help new staff].
[further|more] [help|advice] is [given|offered] [on request|by the {rolename}].
[the next|a new] [edition|revision] is [being prepared|planned|already under discussion].
[those who|people who] [work from home|travel often|work shifts] [should|may] [note|find] [the remarks in the annex|separate rules elsewhere].
[it is|it was] [agreed|understood] that [nobody|no one] is [disadvantaged|treated differently].
[the {act}|routine work] [continues|goes on] as [usual|before].
[old|broken|unused] [equipment|material] must not [block|stand in] the [corridor|{roomname}].
[the organisation|{org}] [was|has been] [certified|audited|inspected] [several times|without complaint|again].
[sometimes|now and then|occasionally] [the details|things] [change|are adjusted] at short notice.
[there is|we offer] [no|little] [point|sense] in [waiting|guessing]: [ask|call|look it up].
[please note|note] the [remarks|exceptions] at the [end|bottom] of the [page|chapter].
[the spirit|the idea] of the rule is [fairness|simplicity|safety].
[customers|members|residents] [value|appreciate] [short|quick] [answers|ways].
[the budget|funding] for this was [approved|secured] [long ago|in good time].
[this arrangement|the present rule] [replaces|follows] [an informal|a much older] [agreement|practice].
[some of the|many] [names|terms] used [below|here] are [explained|defined] in the glossary.
[the meeting|the discussion] [was|had been] [short|friendly|lively].
[the sooner|the earlier] [we know|it is reported], the [better|easier].
[remember|bear in mind] that [not all|some] [rooms|doors|offices] are [accessible|open] [to everyone|without a badge].
[the photograph|the drawing|the map] [on the next page|in the annex] [shows|illustrates] [the details|the layout].
[a short|an informal] [talk|conversation] [often|usually] [settles|solves] [the matter|such things].
[we|the team] [check|checks] [everything|all entries] [twice|before publication].
[rumours|claims] to the contrary are [wrong|unfounded].
[whatever the case|in any event], [stay|remain] [polite|calm] [with|towards] [customers|visitors].
[in the past|formerly], [each|every] [team|office] had its own [rules|list|way of doing things].
[thanks to|because of] [better planning|the new layout], [fewer|far fewer] [mistakes|delays] [occur|are seen].
""")
CONNECTORS = _templates("""
[at present|currently|as things stand]
[in addition|moreover|furthermore|besides]
[as a rule|normally|in general]
[according to {dept}|as {dept} points out]
[at {org}|in {town}]
[for the record|to be precise|in short|more precisely]
[as before|as in the past|as already announced]
[according to the current rules|under the present arrangement]
[by contrast|on the other hand|in turn]
[as agreed with the {rolename}|at the request of the {rolename}]
[since the last review|following the last audit]
[unless otherwise stated|unless agreed otherwise]
[similarly|likewise|also]
[finally|lastly|last but not least]
[for reasons of space|for organisational reasons|to keep things simple]
[once again|to repeat|to avoid misunderstandings]
""")
CLOSINGS = _templates("""
, as [agreed|decided|confirmed] [with the {rolename}|by {dept}|]
, [according to|as stated by] [{dept}|the {rolename}]
 (see [also|] the annex)
 [unless|except where] the {rolename} [decides otherwise|objects]
, [as usual|as before|as in previous years]
 [until further notice|for the time being]
 – [a rule that has proved its worth|a detail many overlook]
, [which few people know|which surprises many]
 [under|in line with] the current [rules|arrangement]
, [not only in {town}|here as elsewhere]
 (as [noted|mentioned] by the {rolename})
, [for good reason|and rightly so]
""")
TITLES = _templates("""
[Employee|Staff|Site|Members'|Visitor] Handbook
[Operations|User|Service|Maintenance|Safety] Manual
[Travel|Procurement|Quality|Data Protection|Leave|Expenses|Purchasing] Policy
[Price List|Catalogue|Rate Card|Fee Schedule][ {year}|]
[Incident|Inspection|Annual|Quarterly|Audit] Report
[Minutes of the [Board|Committee|Staff|Safety|General] Meeting|Meeting Notes]
[Service|Framework|Supply|Rental] Agreement
[Technical|Product|Purchase] Specification
[FAQ|Questions and Answers|Help Centre]
[House|Site|Club|Works] Rules
[Quick Reference|Checklist|Fact Sheet|Overview]
[Onboarding|Volunteer|Trainee|Contractor] Guide
[Standard Operating Procedures|Work Instructions|Process Description]
[Knowledge Base|Wiki|Intranet|Notice Board]
[Newsletter|Bulletin|Circular][ {month}|]
[Facilities|Emergency|Event|Storage|Training] Plan
""")
