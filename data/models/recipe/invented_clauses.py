"""Values that are phrases: reasons, consequences, measures, decisions, exceptions, conditions, definitions.

Importing it adds them to the kinds of value. Knows nothing about the sentences they stand in.
"""

from __future__ import annotations

import random

from invented_grammar import Template
from invented_values import KINDS
from invented_world import World


def _grammar(name: str, source: str) -> None:
    """A kind of value written as a template of other kinds."""
    template = Template("".join(source.split("\n")))

    def make(rng: random.Random, world: World) -> str:
        return template.say(rng, world.value)

    KINDS[name] = make


_grammar(
    "reason",
    """[a [worn|cracked|loose|blocked|faulty|corroded|wrongly fitted|missing] {part}|a [broken|frozen
|leaking|clogged] {part}|a power cut|human error|a software bug|heavy rain|an expired
 certificate|a wrong setting in the controller|a forgotten tool|a late delivery|a misread label|a [short circuit
|loose contact|burnt cable] in the {part}|an overloaded circuit|a full hard disk|condensation in the {part}
|staff shortage
|a missing signature|a swapped label|[ice|dust|rust|sand|grease] in the {part}|a door left open overnight
|a wrong part number|an untrained temporary worker|a stolen badge|a strike at the port|lightning]""",
)
_grammar(
    "consequence",
    """[production stopped for {hoursof}|{smallcount} deliveries were delayed
|the {roomname} had to be evacuated|{count} customers lost access|a whole batch was scrapped
|the {machinename} was taken out of service
|two employees were slightly injured|the insurance refused to pay|the {roomname} stayed closed for {days}
|all visitors were sent home|the order was cancelled|a fine of {bigmoney} was imposed|{volume} of water were lost
|the night shift worked by torchlight|the permit was suspended|{count} files had to be restored
|the event was postponed]""",
)
_grammar(
    "remedy",
    """[replacing the {part}|cleaning the {part}|a new {part}|a second lock on the {roomname} door
|weekly checks of the {part}|extra training for the {rolename}s|a warning label on the {machinename}
|a spare {machinename}|moving the {machinename}
|a checklist at the {roomname}|two-person sign-off|software update {version}|a drip tray under the {machinename}
|brighter lighting in the {roomname}|a new supplier for the {part}s|a locked cabinet for the keys
|tightening the {part}]""",
)
_grammar(
    "decision",
    """[buy [a second|a new|a used] {machinename}|repaint the {roomname}|postpone the {act}
|hire [two|three|four] more {rolename}s|close the {roomname} on {weekday}s|raise the membership fee
|move the {machinename} to the {roomname}|end the contract with {supplier}
|rent out the {roomname}|outsource the {act}|extend the opening hours|replace the {machinename}
|sell the old {machinename}|cancel the [summer|spring|autumn] party|install solar panels on the {roomname}
|change the supplier of {goodsname}|freeze all hiring
|introduce paperless billing|ban [drones|hot work|open flames] near the {roomname}|donate the spare {goodsname}
|test a four-day week|appoint an external auditor]""",
)
_grammar(
    "exception",
    """[emergencies|night shift staff|trainees|pregnant employees|{rolename}s
|members of the {dept} team|guide dogs|returned {goodsname}|public holidays|orders above {bigmoney}
|orders below {fee}|visitors with a blue badge|contractors on site for less than {days}|the {roomname}
|staff over 60|items on sale|custom-made {goodsname}|children under {smallcount}|damage caused by frost|life members
|part-time staff|deliveries from {country}|the month of {month}|wheelchair users|perishable goods|ambulances]""",
)
_grammar(
    "condition",
    """[the {part} has been replaced|it rains|the invoice is older than {days}
|the {rolename} agrees in writing|more than {count} people attend|the temperature falls below {cold}
|the load exceeds {weight}|the {roomname} is occupied|no replacement is found|the deposit has been paid
|a doctor's note is presented
|the alarm has been reset|both keys are present|the badge is lost|the contract runs out|the seal is broken
|the balance drops below {fee}|wind speeds exceed {speed}|the member has paid in full|the customer complains twice
|the meter is unreadable|the battery is below {percent}|the goods arrive damaged]""",
)
_grammar(
    "purpose",
    """[drying {goodsname}|lifting heavy {goodsname}|storing spare {part}s|training new {rolename}s
|cutting {material}|testing the {part}|cleaning the {roomname}|counting {goodsname}|heating the {roomname}
|recording visitors|labelling {goodsname}|keeping samples cool|measuring [humidity|noise|dust|vibration]
|printing badges|sealing {goodsname}|moving {goodsname} between floors|greasing the {part}|sorting [returned|damaged
|incoming] {goodsname}|emergency lighting|charging radios|polishing {material}|drawing up rotas]""",
)
_grammar(
    "definition",
    """[a [written|signed|verbal|binding] [request|promise|notice|record|instruction] [to|from
|of] the {rolename}|the [time|period|interval] between {act} and {act}|any [damage|defect|loss] [worth
|costing] more than {money}|a person who [visits|works on] the site for less than {days}|the [area|space
|strip] around the {machinename}
|a [batch|set|group] of {count} {goodsname}|every [order|claim|request] received after {time}|the [lowest
|highest] [price|load|temperature] allowed|a [spare|used|returned] {part} kept for {purpose}|the [first
|last] {hoursof} of a shift|goods that [cannot be resold|need cooling|have been opened]
|a day on which the {roomname} is closed|the person [responsible for|trained in] {act}
|a fault that stops the {machinename}|the [share|part] of the fee kept for {act}]""",
)
_grammar(
    "action",
    """[press the reset button|call the {rolename}|leave the {roomname}|close the {part}
|switch off the {machinename}|refill the {part}|wait {minutes}|replace the {part}|inform {dept}|open the {part}
|restart the {machinename}|check the {part}|empty the {part}|lock the {roomname}|fetch a {tool}|clean the {part}
|unplug the {machinename}|lower the speed|write down the time]""",
)
_grammar(
    "meaning",
    """[low oil|paper jam|an open {part}|overheating|a blocked {part}|low battery|no connection
|a missing {part}|the end of the cycle|too much pressure|an empty {part}|a wrong badge|unbalanced load
|a full waste bin|a lost signal|standby mode|worn {part}s|a voltage drop|an expired licence|visitor at the gate]""",
)
_grammar(
    "benefit",
    """[a free parking space|{days} of extra leave|free coffee|a {percent} discount|a locker
|a bicycle loan|a monthly travel pass|a season ticket|a yearly health check|free {goodsname}
|a clothing allowance of {fee}|a welcome pack|priority booking|a company phone|access to the {roomname}
|a language course|a printed magazine|a gym pass]""",
)
_grammar(
    "crop",
    """[winter wheat|barley|sugar beet|clover|maize|rapeseed|potatoes|sunflowers|rye|oats|lentils|alfalfa
|flax|spelt|carrots|cherries|hops|field beans|pumpkins|hemp]""",
)
_grammar("weather", "[light rain|thick fog|strong wind|heavy snow|black ice|bright sun|a thunderstorm|hail|drizzle]")
_grammar(
    "medium",
    """[e-mail|registered letter|the staff portal|telephone|fax|a paper form|text message
|the ticket system|courier|the suggestion box|the intranet|radio|personal visit]""",
)
