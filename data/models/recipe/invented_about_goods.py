"""Kinds of facts about goods, substances and shipments; the format is that of `read_families`."""

FAMILIES = r"""
# goods.price; Price list, Prices, Rates
: v money Price, Unit price, Each
- {e} [costs|is priced at|sells for|is available for|goes for] {v}[| per unit| plus shipping].
- [members|customers|you] [pay|are charged] {v} for {e}.
- [at|for] {v}[ each|], {e} is [our best seller|good value|available all year].
- the price of {e} [is|has been set at|was fixed at] {v}.
+ [Prices|Our current prices]: <{e-} {v}>.
+ <{e} costs {v}~{e} {v}>.
+ <{e} sells at {v}~{e} at {v}>.
v? [How much does {e} cost|What does {e} cost|What is the price of {e}|How much is {e}|What do I pay for {e}|How much money is asked for {e}]?
v? [price {e-}|unit price of {e}|Give the price of {e}.]
e? [What|Which article|Which item] [costs|is sold for] {v}?
# goods.discount; Discounts, Rebates
: v percent Discount, Rebate
: n bigcount From quantity
- [from|for orders of at least] {n} pieces, {e} is [sold|available] [with a discount of|at a rebate of] {v}.
- [whoever|anyone who] orders {n} or more of {e} [gets|receives] {v} off.
- a [discount|rebate|reduction] of {v} [applies|is given] when {n} units of {e} are ordered.
v? [What [discount|rebate|reduction] [applies to|is given on] {e}|How much cheaper is {e} in large quantities|By how much is the price of {e} reduced]?
n? [How many [pieces|units] of {e} must be ordered for the discount|From what quantity is {e} cheaper|What quantity of {e} brings a rebate]?
# goods.colour; Colours, Variants
: v colour Colour
- {e} [comes in|is delivered in|is painted|is only available in] {v}.
- {v} is the [standard colour|only colour] of {e}.
- you can [recognise|spot] {e} by its {v} [label|packaging|lid].
+ <{e} is {v}~{e} {v}>.
v? [What colour [is|does {e} have]|In which colour is {e} delivered|Which colour does {e} come in|What is the colour of {e}]?
v? [colour {e-}|State the colour of {e}.]
# goods.material; Materials, Composition
: v material Material, Made of
- {e} is [made of|manufactured from|produced from] {v}.
- {v} is used [for|to make] {e}.
- [the manufacturer makes|we make] {e} out of {v}.
- the [shell|body|outer part] of {e} consists of {v}.
+ <{e} is made of {v}~{e} of {v}>.
v? [What is {e} made of|What material is [used for|] {e}[ made from|]|Which material does {e} consist of|Out of what is {e} manufactured]?
v? [material {e-}|Name the material of {e}.]
e? [What|Which product] is made of {v}?
# goods.stock; Storage, Where goods are kept
: v shelf Storage place, Kept at, Shelf
- {e} [is kept|is stored|can be found|lies] [in|at] {v}.
- [store|put|look for] {e} in {v}.
- {v} is [reserved for|where you find|the place for] {e}.
~ it is [kept|stored] in {v}.
+ [Storage places]: <{e-} – {v}>.
+ <{e} is stored in {v}~{e} in {v}>.
v? [Where is {e} [kept|stored|found]|In what place do we store {e}|Where do I find {e}|Where must {e} be put away]?
v? [storage place of {e}|where {e-}|{e-} location]
e? [What is [kept|stored]|Which item is found] in {v}?
# goods.lead; Delivery times, Lead times
: v duration Delivery time, Lead time
- {e} is [delivered|shipped|sent out] within {v}.
- [delivery of|orders for] {e} [takes|take] {v}.
- [allow|plan|reckon with] {v} for {e} to [arrive|reach us].
- {v} after [the order|ordering], {e} [arrives|is in the warehouse].
+ [Delivery times]: <{e-} {v}>.
v? [How long does [delivery of {e} take|it take to get {e}]|What is the [delivery|lead] time [of|for] {e}|When does {e} arrive after ordering|How quickly is {e} delivered]?
v? [lead time {e-}|delivery time of {e}]
# goods.origin; Origin, Where our goods come from
: v country Origin, Country
- {e} [is imported from|comes from|is produced in|originates from] {v}.
- [a factory|a workshop|a family business] in {v} [makes|produces] {e}.
- {v} is the country of origin of {e}.
+ <{e} comes from {v}~{e} from {v}>.
v? [Where [does {e} come from|is {e} [made|produced]]|From which country [is {e} imported|does {e} come]|What is the country of origin of {e}]?
v? [origin of {e}|In which country is {e} manufactured?]
e? [What|Which product] [comes from|is imported from] {v}?
# goods.minimum; Ordering, Minimum order quantities
: v bigcount Minimum order, MOQ
- [the minimum order for {e} is {v} pieces|at least {v} pieces must be ordered of {e}, otherwise a surcharge applies].
- {e} is only [sold|delivered] in quantities of {v} or more.
- orders of fewer than {v} units of {e} are [refused|not accepted].
v? [What is the minimum order [for|of] {e}|How many [units|pieces] of {e} must be ordered at least|What is the smallest quantity of {e} one can order]?
# goods.pack; Packaging, Units of sale
: v count Pack size, Per box
- {e} is [packed|sold] in boxes of {v}.
- [one|each|every] [box|carton|case] [holds|contains] {v} units of {e}.
- there are {v} units of {e} [in a carton|to a box].
v? [How many units of {e} are in [a box|one carton]|How many does a box of {e} contain|What is the pack size of {e}]?
v? pack size {e-}
# goods.article; Article numbers, Catalogue
: v code Article no., Item code, SKU
- {e} [has|bears|carries] the [article number|item code|catalogue number] {v}.
- [when ordering|to order] {e}, [quote|state|give] {v}.
- {v} [stands for|denotes|is the code for] {e}.
+ [Article numbers|Item codes]: <{e-} {v}>.
v? [What is the [article number|item code|catalogue number] of {e}|Which code must be quoted for {e}|Under what number is {e} ordered]?
v? [code {e-}|article number of {e}]
e? [What|Which product] [has the code|is ordered as] {v}?
# goods.shelflife; Shelf life, Best before
: v duration Shelf life, Usable for
- {e} [keeps|can be used|stays usable] for {v}[| after opening| from delivery].
- [after|once] {v}[ have passed|], {e} must be [thrown away|disposed of|replaced].
- the shelf life of {e} is {v}.
v? [How long does {e} keep|What is the shelf life of {e}|After what time must {e} be thrown away|How long can {e} be used]?
v? shelf life {e-}
# goods.size; Dimensions, Sizes
: v length Length
: w length Width
- {e} is {v} long and {w} wide.
- [with|at] a width of {w}, {e} has a length of {v}.
- {e} measures {v} in length and {w} across.
v? [How long is {e}|What is the length of {e}]?
w? [How wide is {e}|What is the width of {e}|What does {e} measure across]?
# goods.stocklevel; Stock levels, Reordering
: v bigcount Reorder level, Minimum stock
- [as soon as|when] fewer than {v} units of {e} are [left|in stock], [the {role-}|the system] [reorders|places a new order].
- the [reorder level|minimum stock] of {e} is {v}.
- stock of {e} must not fall below {v}.
v? [At what stock level is {e} reordered|What is the minimum stock of {e}|How many units of {e} must always be in stock|When is {e} ordered again]?
# goods.change; Price changes, What has changed
: v money Old price, Before
: w money New price, Now
- the price of {e} [rose|was raised|changed|went up] from {v} to {w}.
- {e}, which [used to cost|had cost|was sold for] {v}, now costs {w}.
- [instead of|rather than] {v} as in the past, [customers pay|you pay] {w} for {e}.
- {e} [now costs|is now] {w}; [until recently|last year|before that] it was {v}.
v? [What did {e} [use to cost|cost before|cost in the past]|What was the old price of {e}|How much was {e} before the change]?
w? [What does {e} cost now|What is the new price of {e}|How much is {e} today|What was the price of {e} changed to]?
# chemical.temp; Storage conditions, Storage temperatures
: v cold Storage temp., Store at
- {e} [must be|is] [stored|kept] at {v}.
- [store|keep] {e} at {v}[| in the dark].
- [at|above] any other temperature than {v}, {e} [spoils|loses its effect].
- {v} is the [right|prescribed] storage temperature for {e}.
+ [Storage temperatures]: <{e-} {v}>.
+ <{e} is stored at {v}~{e} at {v}>.
v? [At what temperature [is|must] {e} [stored|be kept]|How cold must {e} be kept|What is the storage temperature [of|for] {e}|At how many degrees does one store {e}]?
v? [storage temperature {e-}|temperature for {e}]
# chemical.hazard; Hazards, Safety data
: v hazard Hazard, Class
- {e} is [classed|labelled|marked] as {v}.
- [take care|caution]: {e} is {v}.
- because it is {v}, {e} needs a special label.
+ <{e} is {v}~{e} {v}>.
v? [What [hazard|danger] does {e} present|How is {e} [classed|labelled]|What is the hazard class of {e}|Why does {e} need a special label]?
v? hazard {e-}
# chemical.gear; Handling, Protective clothing
: v gear Protection
- [handle|use|pour] {e} only with {v}.
- {v} [must be worn|is required] when [handling|using] {e}.
- nobody [touches|handles] {e} without {v}.
v? [What must be worn when handling {e}|What protection does {e} require|With what may {e} be handled]?
v? protection {e-}
# chemical.place; Where substances are kept
: v shelf Stored in
: m volume Max. quantity
- {e} is kept in {v}, where [up to|at most] {m} are [allowed|permitted].
- no more than {m} of {e} may be [stored|held], and only in {v}.
- in {v}[,|] {m} of {e} may be stored.
v? [Where is {e} [kept|stored]|In what place may {e} be held|Where do we store {e}]?
m? [How much {e} may be [stored|kept|held]|What [is the maximum|] quantity of {e} is allowed|What is the largest permitted amount of {e}]?
# chemical.dispose; Disposal, Waste
: v colour Container colour
- [leftovers|remains] of {e} go into the {v} container.
- {e} is [thrown away|disposed of|collected] in a {v} drum.
- the {v} bin is [only|] for {e}.
v? [What colour is the [container|bin] for {e}|Into which colour of container does {e} go|What is the colour of the drum for {e}]?
# chemical.dose; Dosage, Mixing
: v volume Dose
: t minutes Time
- [add|use] {v} of {e} and [wait|let it work for] {t}.
- {e} is dosed at {v} and [left to act|takes effect] for {t}.
- after {t}, rinse off {e}; the dose is {v}.
v? [What is the dose of {e}|How much {e} is [used|added]|What amount of {e} must be added]?
t? [How long must {e} [act|work|be left]|How long does {e} need to take effect|After what time is {e} rinsed off]?
# chemical.firstaid; First aid
: v action First aid
- if {e} gets [into the eyes|on the skin], {v}.
- {v} if someone has [swallowed|spilled] {e}.
v? [What must one do after an accident with {e}|What should be done if somebody is harmed by {e}]?
# chemical.supplier; Sources
: v supplier Supplier
- {e} is [bought|ordered|obtained] from {v}.
- {v} [supplies|sells us] {e}.
v? [Who supplies {e}|From whom is {e} [bought|ordered]|Where do we get {e}]?
e? What do we get from {v}?
# chemical.price; Costs per litre
: v smallmoney Price per litre
- a litre of {e} costs {v}.
- {e} costs {v} per litre.
- we pay {v} for each litre of {e}.
v? [What does a litre of {e} cost|How much is {e} per litre|What do we pay for a litre of {e}]?
# shipment.carrier; Shipments, Carriers
: v supplier Carrier
: d date Arrival
- {e} is [carried|transported] by {v} and [arrives|is due] on {d}.
- {v} [brings|delivers|carries] {e} on {d}.
- on {d}, {e} [arrives|is expected] with {v}.
v? [Who [carries|transports|brings] {e}|Which carrier [has|brings] {e}|By whom is {e} transported]?
d? [When does {e} arrive|When is {e} [due|expected]|On what date does {e} come in]?
v? carrier {e-}
# shipment.weight; Freight data
: v weight Weight
: n count Pieces
- {e} weighs {v} and consists of {n} pieces.
- with {n} pieces, {e} has a weight of {v}.
+ <{e} weighs {v} ({n} pieces)~{e} {v} ({n} pieces)>.
v? [How heavy is {e}|What does {e} weigh|What is the weight of {e}]?
n? [How many pieces are in {e}|Of how many pieces does {e} consist]?
# shipment.dock; Unloading
: v shelf Place
: t time Time
- {e} is unloaded at {t} and [put|stored] in {v}.
- at {t}[,|] {e} [comes|goes] to {v}.
- {v} is [reserved|free] for {e} from {t}.
v? [Where is {e} [put|stored]|Where does {e} go|Which place is reserved for {e}]?
t? [At what time is {e} unloaded|When is {e} unloaded]?
# shipment.from; Origin of deliveries
: v place From
: w place To
- {e} goes from {v} to {w}.
- {e} [left|departed from] {v} and is bound for {w}.
- [bound for|on its way to] {w}, {e} [started|set out] from {v}.
v? [Where did {e} [start|come from|set out]|From where was {e} sent]?
w? [Where is {e} going|What is the destination of {e}|To which place is {e} sent]?
# shipment.seal; Seals and papers
: v code Seal no.
- {e} is [sealed|closed] with seal {v}.
- seal {v} [secures|is on] {e}.
- the papers of {e} show seal number {v}.
v? [What is the seal number of {e}|With which seal is {e} secured|Which seal is on {e}]?
e? What is secured with seal {v}?
# shipment.damage; Complaints
: v consequence Consequence
: r reason Cause
- {e} was damaged by {r}; {v}.
- {r} damaged {e}.
- because of {r}, {e} was [refused|sent back].
r? [What damaged {e}|Why was {e} damaged or refused|What was the cause of the damage to {e}]?
"""
