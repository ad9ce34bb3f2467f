"""Problems of what is asked: purchasing rules, and what documents allow in their state."""

from apps.gateway.errors.kinds import Kind

PROCUREMENT = (
    Kind(
        "spend-limit-exceeded",
        403,
        "More than may be spent",
        "A purchasing policy, the token's own details or the project's budget allows less. limit, "
        "limit_kind, currency, requested and remaining say how much, source and policy_version by "
        "whose word; limit and remaining are null of a budget that you may not know, and _redacted "
        "says so; converted tells the amount in the order's currency, with rate and day. Order "
        "less, wait for the period to pass, or ask for a higher limit.",
    ),
    Kind(
        "category-not-allowed",
        403,
        "The category may not be bought",
        "A policy, the token or the project names the categories that may be bought, or some that "
        "may not; every line then needs a category, and a fine enough one. source says who does.",
    ),
    Kind(
        "vendor-not-allowed",
        403,
        "The vendor may not be bought from",
        "A policy or the token names the vendors that may be bought from. source says which.",
    ),
    Kind(
        "currency-not-allowed",
        403,
        "The currency may not be used",
        "A policy names the currencies that orders may be in. source says which.",
    ),
    Kind(
        "ship-to-not-allowed",
        403,
        "Goods may not be sent there",
        "A policy names the countries or postal areas that goods are sent to, and an order then "
        "says where. source says which.",
    ),
    Kind(
        "contract-required",
        403,
        "The order names no contract",
        "A policy requires that orders name the contract that they are under, in contract_ref. "
        "source says which.",
    ),
    Kind(
        "policy-missing",
        403,
        "No purchasing policy applies",
        "The buyer requires that a purchasing policy speaks of whoever orders, and none does.",
    ),
    Kind(
        "action-not-granted",
        403,
        "The token's details do not grant this",
        "The token carries authorization details (RFC 9396), and their entry for the project does "
        "not name the action, or holds no longer. Ask for a token with other details.",
    ),
    Kind(
        "project-closed",
        403,
        "The project is closed",
        "The session still counts for other projects, but not for the one this concerns.",
    ),
    Kind(
        "invalid-transition",
        409,
        "Not possible in this state",
        "from is where the resource stands, to where the act would lead, allowed where it can go.",
    ),
    Kind(
        "project-has-blockers",
        409,
        "Something is not settled in the project",
        "blockers counts what is not: orders that are drafted, pending or open, changes not "
        "answered, deliveries not received in full, invoices not matched or not paid. Settle it, "
        "or send acknowledge_blockers to close the project all the same.",
    ),
    Kind(
        "order-on-hold",
        409,
        "The order is on hold",
        "Nothing is issued, delivered, invoiced, approved for payment or paid on it until whoever "
        "put it on hold releases it. holds names the holds.",
    ),
    Kind(
        "already-submitted",
        409,
        "Said already",
        "That an order was received (AB) is said once for what it says; acknowledgement names the "
        "answer that did. Say it again when the order was changed.",
    ),
    Kind(
        "totals-mismatch",
        422,
        "The totals do not follow from the lines",
        "Totals are computed here; those sent along are compared. errors tells what the lines "
        "give.",
    ),
    Kind(
        "over-invoice",
        422,
        "More than can be invoiced",
        "A line is invoiced up to what was ordered and the tolerance, or was accepted; lines tells "
        "what was ordered and invoiced of each. What is only not delivered yet, or dearer, is "
        "taken in as an exception instead, for the buyer to decide on.",
    ),
    Kind(
        "duplicate-invoice",
        422,
        "The number was used this year already",
        "A vendor uses a number once for a type of document and year, whatever case, spaces and "
        "signs it is written with. A corrected document has a number of its own.",
    ),
    Kind(
        "currency-mismatch",
        422,
        "Not the order's currency",
        "An invoice is in the currency of its order, which currency tells.",
    ),
    Kind(
        "exchange-rate-missing",
        422,
        "There is no exchange rate",
        "A limit or threshold is in another currency than the order, and there is no rate of the "
        "last 40 days to compare them by. Once the buyer has entered one, send the request again "
        "with a new Idempotency-Key.",
    ),
    Kind(
        "amount-too-large",
        422,
        "More than can be counted",
        "In a currency that the buyer's rules count in, the order comes to 10^15 or more. Order "
        "less, or in several orders.",
    ),
    Kind(
        "unit-not-allowed",
        422,
        "The unit is not known or not so finely divided",
        "Units are codes of UN/ECE recommendations 20 and 21; codelists/units lists them with the "
        "decimals a quantity may have in each: none in pieces, three in kilograms. errors points "
        "at each unit and quantity.",
    ),
    Kind(
        "over-receipt",
        422,
        "More than was ordered",
        "What is received and kept of a line, over all receipts that are not reversed, may not go "
        "beyond what was ordered and the tolerance the buyer set for its category. lines tells of "
        "each line that would: ordered, received, tolerance_percent, allowed and remaining.",
    ),
)
