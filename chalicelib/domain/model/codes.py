"""The code lists that are stored and sent: each code has a label per language in `locale/`."""

from __future__ import annotations

from enum import Flag, StrEnum, auto


class Role(Flag):
    """The roles of those who act. A declared move names the roles that may take it; each act is done in
    exactly one role."""

    CONSUMER = auto()
    REPRESENTATIVE = auto()
    JOINT_REPRESENTATIVE = auto()
    BUSINESS_REP = auto()
    INTAKE = auto()
    INVESTIGATOR = auto()
    DEPARTMENT = auto()
    DEPARTMENT_HEAD = auto()
    LEAD = auto()
    SAFETY = auto()
    PANEL = auto()
    CHAIR = auto()
    NEGOTIATOR = auto()
    MEDIATOR = auto()
    FOLLOWUP = auto()
    SUPERVISOR = auto()
    EXECUTIVE = auto()
    AUDITOR = auto()
    ADMINISTRATOR = auto()
    PARTNER = auto()
    CLOCK = auto()
    C = CONSUMER | REPRESENTATIVE
    PARTY = C | JOINT_REPRESENTATIVE | BUSINESS_REP

    @property
    def code(self) -> str:
        """The stored code of a single role, such as `intake`."""
        return str(self.name).lower()


class Stage(StrEnum):
    """The stages of a case. Each has a role that holds the case, a deadline, and a stated effect of
    silence. The last four are those of an improvement action and of a training, which are cases without
    parties."""

    RECEIVED = auto()
    AWAITING_INFORMATION = auto()
    DECLINED = auto()
    INVESTIGATING = auto()
    ANSWERED = auto()
    UNDER_RECONSIDERATION = auto()
    NEGOTIATING = auto()
    MEDIATING = auto()
    SIGNING = auto()
    PERFORMING = auto()
    BREACHED = auto()
    CLOSED = auto()
    IMPROVING = auto()
    VERIFYING = auto()
    IMPROVED = auto()
    TRAINED = auto()


IMPROVEMENT = frozenset({Stage.IMPROVING, Stage.VERIFYING, Stage.IMPROVED})
"""The stages of an improvement action: it is being done; it is done, and waits for the figures that show
whether it worked; it is over. No complaint comes to any of them."""
LEARNING = IMPROVEMENT | {Stage.TRAINED}
"""The stages of what is no complaint: actions, and trainings that were held."""
TALKS = frozenset({Stage.NEGOTIATING, Stage.MEDIATING})
"""The two sides talk with each other."""
AT_TABLE = TALKS | {Stage.SIGNING}
"""The two sides talk, or have a draft to sign."""
OPEN = frozenset(Stage) - LEARNING - {Stage.CLOSED}
"""The stages of a complaint in which it is open."""
UNSIGNED = OPEN - {Stage.SIGNING, Stage.PERFORMING, Stage.BREACHED}
"""The case is open, and nothing that was agreed or answered is being performed yet."""
ANY = OPEN | {Stage.CLOSED}
"""The stages of a complaint."""
EVERY = ANY | LEARNING
"""The stages of complaints and of what is none."""


class Channel(StrEnum):
    """How the complaint reached us."""

    WEB = auto()
    API = auto()
    PHONE = auto()
    EMAIL = auto()
    CHAT = auto()
    COUNTER = auto()
    POST = auto()
    APP = auto()
    SOCIAL = auto()
    REFERRAL_12315, REFERRAL_12345, REFERRAL_ASSOCIATION = auto(), auto(), auto()
    REFERRAL_REGULATOR, REFERRAL_COURT, REFERRAL_INTERNAL = auto(), auto(), auto()


class Way(StrEnum):
    """How letters reach a person; `SMS` is a short message with a link to the letter; `NONE` is an anonymous
    caller who asks back with number and passphrase."""

    EMAIL, SMS, PHONE, POST, COUNTER, NONE = auto(), auto(), auto(), auto(), auto(), auto()


AUTOMATIC = frozenset({Way.EMAIL, Way.SMS})
"""The ways on which letters leave by themselves; on the others somebody tells or hands them over."""


class Language(StrEnum):
    """The language of a person's pages, letters and errors, chosen by each for themselves."""

    ZH, EN = auto(), auto()


class Right(StrEnum):
    """The rights of a consumer that a matter touches (消费者权益保护法 7-11, 14); the first four are counted in
    public."""

    KNOW = auto()
    CHOOSE = auto()
    FAIR_TRADE = auto()
    SAFETY = auto()
    REDRESS = auto()
    DIGNITY_PRIVACY = auto()


class Severity(StrEnum):
    """How serious a case is. A person sets it, to the highest that fits; S1 and S2 bring in the
    supervisor."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


class Wish(StrEnum):
    """What the consumer wants."""

    REPAIR, REDO, REPLACE, RETURN, MAKE_UP_QUANTITY, REFUND, COMPENSATE, PUNITIVE = (auto() for _ in range(8))
    APOLOGY, EXPLANATION, PERFORM, END_CONTRACT, STOP, CORRECT_DATA = (auto() for _ in range(6))
    CHANGE_RATE, CORRECT_CREDIT, SANCTION, FAIR_PROPOSAL = (auto() for _ in range(4))


IN_OWN_WORDS = frozenset({Wish.SANCTION, Wish.FAIR_PROPOSAL})
"""Wishes that say nothing without the person's own words."""


class SubjectKind(StrEnum):
    """What was bought."""

    GOODS, SERVICE = auto(), auto()


class GoodsClass(StrEnum):
    """Class of goods."""

    FOOD, HEALTH_FOOD, COSMETICS, DRUG_DEVICE, CLOTHING, APPLIANCE, ELECTRONICS, VEHICLE, E_BIKE = (
        auto() for _ in range(9)
    )
    FURNITURE, INFANT, TOYS_SPORTS, JEWELLERY, DAILY, FARM_GARDEN, VIRTUAL, OTHER = (auto() for _ in range(8))


class ServiceClass(StrEnum):
    """Class of service."""

    (
        CATERING,
        LODGING,
        TRAVEL,
        TRANSPORT,
        DELIVERY,
        REPAIR,
        HOUSEKEEPING,
        BEAUTY,
        FITNESS,
        EDUCATION,
        MEDICAL,
    ) = (auto() for _ in range(11))
    DECORATION, PROPERTY, TELECOM, FINANCE, INSURANCE, ENTERTAINMENT, ONLINE_PLATFORM = (
        auto() for _ in range(7)
    )
    UTILITIES, PARKING, PET, OTHER = (auto() for _ in range(4))


class Region(StrEnum):
    """Province-level regions of China (GB/T 2260-2007)."""

    BEIJING = "110000"
    TIANJIN = "120000"
    HEBEI = "130000"
    SHANXI = "140000"
    INNER_MONGOLIA = "150000"
    LIAONING = "210000"
    JILIN = "220000"
    HEILONGJIANG = "230000"
    SHANGHAI = "310000"
    JIANGSU = "320000"
    ZHEJIANG = "330000"
    ANHUI = "340000"
    FUJIAN = "350000"
    JIANGXI = "360000"
    SHANDONG = "370000"
    HENAN = "410000"
    HUBEI = "420000"
    HUNAN = "430000"
    GUANGDONG = "440000"
    GUANGXI = "450000"
    HAINAN = "460000"
    CHONGQING = "500000"
    SICHUAN = "510000"
    GUIZHOU = "520000"
    YUNNAN = "530000"
    TIBET = "540000"
    SHAANXI = "610000"
    GANSU = "620000"
    QINGHAI = "630000"
    NINGXIA = "640000"
    XINJIANG = "650000"
    TAIWAN = "710000"
    HONG_KONG = "810000"
    MACAO = "820000"


class Ground(StrEnum):
    """Why a matter is declined; a complaint pending at an authority is not among them."""

    NOT_COMPLAINT, NOT_OUR_BUSINESS, NO_CONSUMER_RELATION, NOT_FOR_LIVING = (auto() for _ in range(4))
    COURT_OR_ARBITRATION, ALREADY_SETTLED = (auto() for _ in range(2))
    OUT_OF_TIME, NO_FACTS, IDENTITY_FALSE, REPEAT, OUTSIDE_COMPETENCE, NO_AUTHORITY = (
        auto() for _ in range(6)
    )


SECOND_PERSON = frozenset(
    {
        Ground.NO_CONSUMER_RELATION,
        Ground.NOT_FOR_LIVING,
        Ground.OUT_OF_TIME,
        Ground.IDENTITY_FALSE,
        Ground.REPEAT,
    }
)
"""Grounds that another lead or supervisor confirms before the consumer is told."""


class Missing(StrEnum):
    """What a request for information asks for."""

    IDENTITY, AUTHORITY, PURCHASE_PROOF, ORDER_NUMBER, PRODUCT_DETAILS, PHOTOS, MEDICAL_RECORD = (
        auto() for _ in range(7)
    )
    TEST_REPORT, COMMUNICATION_RECORD, LOSS_PROOF, FACTS, WISH, ACCOUNT_FOR_REFUND, OTHER = (
        auto() for _ in range(7)
    )


class Route(StrEnum):
    """Other ways that are open to the consumer at any time; numbers are data that the company checks before
    use."""

    NEGOTIATE = "negotiate"
    ASSOCIATION = "association"
    SAMR_12315 = "samr_12315"
    GOV_12345 = "gov_12345"
    FINANCE_12378 = "finance_12378"
    SECURITIES_12386 = "securities_12386"
    TELECOM_12300 = "telecom_12300"
    POST_12305 = "post_12305"
    AVIATION_12326 = "aviation_12326"
    TRANSPORT_12328 = "transport_12328"
    RAIL_12306 = "rail_12306"
    LEGAL_AID_12348 = "legal_aid_12348"
    ARBITRATION = "arbitration"
    COURT = "court"
    POLICE_110 = "police_110"


class Outcome(StrEnum):
    """With what a case was closed."""

    SETTLED_AT_ONCE, DECLINED, NOT_PURSUED, WITHDRAWN, JOINED = (auto() for _ in range(5))
    ANSWERED_ACCEPTED, ANSWERED_NOT_CONTESTED, ANSWERED_FINAL, NOT_SETTLED, PERFORMED_ON_THE_SPOT = (
        auto() for _ in range(5)
    )
    FULFILLED, FULFILLED_AFTER_BREACH, REFERRED, IN_COURT, INFORMATION_ONLY = (auto() for _ in range(5))


ANEW = frozenset({Outcome.IN_COURT, Outcome.REFERRED})
"""With these outcomes nothing is taken up again: a new complaint names the old one's number."""


class ReopenReason(StrEnum):
    """Why a closed case is taken up again."""

    NEW_FACTS, NOT_DELIVERED, REMEDY_FAILED, PROOF_WRONG, RETURNED, OUR_ERROR = (auto() for _ in range(6))


class HelpNeed(StrEnum):
    """A need for help that a person has stated, never guessed by us; the handler sees it, and it is never
    published."""

    (
        ELDERLY,
        DISABILITY,
        MINOR,
        ILLITERATE,
        LANGUAGE,
        INTERPRETER,
        LARGE_PRINT,
        PHONE_ONLY,
        HARDSHIP,
        ILLNESS,
    ) = (auto() for _ in range(10))


class Capacity(StrEnum):
    """In what capacity a person speaks for the consumer."""

    SELF, AGENT, GUARDIAN, HEIR, LAWYER, ORGANISATION = (auto() for _ in range(6))


class Hurt(StrEnum):
    """The consumer's own answer to: was anyone hurt, or could be?"""

    HURT, COULD_BE, NO, UNKNOWN = (auto() for _ in range(4))


class Fault(StrEnum):
    """What is wrong with the record of a case: an entry of the timeline, the head, a row that belongs to no
    entry, or a timeline that is not the one of which a signed list was kept."""

    ENTRY, HEAD, ROW, LISTED = (auto() for _ in range(4))


class Known(StrEnum):
    """An answer for which "I do not know" is an answer."""

    YES, NO, UNKNOWN = (auto() for _ in range(3))


class Conclusion(StrEnum):
    """What an answer says of one matter."""

    UPHELD, UPHELD_IN_PART, OFFER, NOT_UPHELD, NOT_ESTABLISHED = (auto() for _ in range(5))


class Result(StrEnum):
    """What a reconsideration says of one matter."""

    CONFIRMED, CHANGED, SENT_BACK = (auto() for _ in range(3))


class Dismissal(StrEnum):
    """Why a request for reconsideration is not admitted."""

    LATE, NOT_ENTITLED, SECOND_REQUEST, SETTLED, NOTHING_TO_REVIEW = (auto() for _ in range(5))


class Nature(StrEnum):
    """What a dispute is about."""

    FACTS, RESPONSIBILITY, AMOUNT, REMEDY, RULE, QUALITY_TEST, CONDUCT, PERFORMANCE, GROUP = (
        auto() for _ in range(9)
    )


class Reply(StrEnum):
    """What became of an offer; until then it is open."""

    OPEN, ACCEPTED, REFUSED, COUNTERED, LAPSED = (auto() for _ in range(5))


class Ending(StrEnum):
    """Why talks end without an agreement."""

    AGREED, SETTLED_PRIVATELY, WITHDRAWN, REFUSED, ABSENT, NO_PROSPECT = (auto() for _ in range(6))
    APPRAISAL_COST, OUT_OF_TIME, FACTS_UNCLEAR, OUTSIDE_COMPETENCE, PARTY_GONE, SUSPECTED_CRIME = (
        auto() for _ in range(6)
    )
    COMPANY_SILENT = auto()


class Examined(StrEnum):
    """What was found about one right; what was not examined needs a reason."""

    INFRINGED, NOT_INFRINGED, NOT_ESTABLISHED, NOT_EXAMINED = (auto() for _ in range(4))


class Remedy(StrEnum):
    """What the company gives or does."""

    REPAIR, REDO, REPLACE, RETURN, MAKE_UP_QUANTITY, REFUND, COMPENSATE, PUNITIVE = (auto() for _ in range(8))
    APOLOGY, EXPLANATION, PERFORM, END_CONTRACT, STOP, CORRECT_DATA = (auto() for _ in range(6))
    CHANGE_RATE, CORRECT_CREDIT, GOODWILL = (auto() for _ in range(3))


AMOUNTS = frozenset({Remedy.REFUND, Remedy.COMPENSATE, Remedy.PUNITIVE, Remedy.GOODWILL})
"""Remedies that are an amount of money or have a value."""


class Duty(StrEnum):
    """The states of an obligation. `DUE` is never stored: a pending obligation is shown as due from its last
    day on."""

    PENDING, DUE, CLAIMED, CONFIRMED, ACCEPTED, DISPUTED, IN_CURE = (auto() for _ in range(7))
    BREACHED, CURED, WAIVED, EXCUSED, REPLACED, REFERRED = (auto() for _ in range(6))


class ObligationKind(StrEnum):
    """What somebody owes: the remedies, what an agreement may add to them, and what is owed for a breach."""

    REPAIR, REDO, REPLACE, RETURN, MAKE_UP_QUANTITY, REFUND, COMPENSATE, PUNITIVE = (auto() for _ in range(8))
    APOLOGY, EXPLANATION, PERFORM, END_CONTRACT, STOP, CORRECT_DATA = (auto() for _ in range(6))
    CHANGE_RATE, CORRECT_CREDIT, GOODWILL = (auto() for _ in range(3))
    PAY, RETURN_GOODS, HAND_OVER, REMOVE_POST, GIVE_INVOICE, CONFIDENTIALITY, PROVIDE_SERVICE, COOPERATE = (
        auto() for _ in range(8)
    )
    AGREED_PENALTY, INTEREST = auto(), auto()


FOR_A_BREACH = frozenset({ObligationKind.AGREED_PENALTY, ObligationKind.INTEREST})
"""What is owed in addition because something was not performed, by the measure of the same name; it is never
a clause of an agreement."""
PAID = frozenset({*map(ObligationKind, AMOUNTS), ObligationKind.PAY, *FOR_A_BREACH})
"""Obligations that are an amount of money or have a value."""


class Confirms(StrEnum):
    """Who confirms that an obligation was performed: whoever it is owed to, or the follow-up officer."""

    CREDITOR, OFFICER = auto(), auto()


class Measure(StrEnum):
    """What follows when an obligation is not performed."""

    AGREED_PENALTY, INTEREST, PAY_FIRST, SUBSTITUTE, INTERNAL_SANCTION, BUDGET_CHARGE = (
        auto() for _ in range(6)
    )
    HOLD_COUNTER, REPORT_REGULATOR, ENFORCEMENT, COURT, ARBITRATION = (auto() for _ in range(5))


class Excuse(StrEnum):
    """Why somebody is not at fault for what was not performed."""

    FORCE_MAJEURE, OTHER_SIDE_FIRST, CREDITOR_REFUSED, ACCOUNT_WRONG, AGREED_LATER = (
        auto() for _ in range(5)
    )


class Forbidden(StrEnum):
    """What no agreement may say."""

    RIGHTS, HAZARD, INJURY, PENALTY, OUTSIDERS = (auto() for _ in range(5))


class MeetingWay(StrEnum):
    """How a meeting is held."""

    IN_PERSON, ONLINE, PHONE = (auto() for _ in range(3))


class Signed(StrEnum):
    """How somebody signed: by their own link, signed in at the desk, or on paper."""

    LINK, DESK, PAPER = (auto() for _ in range(3))


class ConfirmedBy(StrEnum):
    """How it is known that a party themselves gives something up: by a one-time code that was sent to their
    confirmed address, on a call to the number on file, on paper, or signed in as staff and mediators are."""

    CODE, CALL, PAPER, SIGNED_IN = (auto() for _ in range(4))


class Confirmation(StrEnum):
    """How far judicial confirmation has come: a side agrees to apply, both have applied, what the court
    said."""

    AGREES, APPLIED, CONFIRMED, REJECTED = (auto() for _ in range(4))


class Proof(StrEnum):
    """By what it is shown that something was done."""

    PAYMENT_RECORD, DELIVERY_RECORD, PHOTO, REPAIR_RECORD, RECEIPT, STATEMENT, SYSTEM_RECORD, VISIT = (
        auto() for _ in range(8)
    )


class Cause(StrEnum):
    """The root causes of a complaint, in groups; those of the last group are about what we could have
    explained better."""

    DESIGN, MANUFACTURE, SUPPLIER, STORAGE_TRANSPORT, LABEL_MANUAL = (auto() for _ in range(5))
    ADVERTISING, PRICING_ERROR, NOT_TOLD, PRESSURE_SELLING, TERMS = (auto() for _ in range(5))
    SKILL, ATTITUDE, CAPACITY, LATE_ACTION, WRONG_DECISION = (auto() for _ in range(5))
    POLICY, HANDOFF, NO_OWNER, AUTHORITY_LIMIT = (auto() for _ in range(4))
    IT_FAULT, DATA_ERROR, INTERFACE, SECURITY = (auto() for _ in range(4))
    MERCHANT, CARRIER, SERVICE_PARTNER = (auto() for _ in range(3))
    MISUSE, MISUNDERSTANDING, EXPECTATION, NO_FAULT, UNKNOWN = (auto() for _ in range(5))


class Source(StrEnum):
    """From what an improvement action was opened: a root cause, a cluster of like complaints, what people say
    in the survey, a decision that a reconsideration did not confirm, an agreement that was not kept."""

    ROOT_CAUSE, CLUSTER, SURVEY, OVERTURNED, BREACH = (auto() for _ in range(5))


class Lesson(StrEnum):
    """What a training is about. A policy says which of them a role learns anew, and how often."""

    COMPLAINT_HANDLING, PERSONAL_INFORMATION, PRODUCT_SAFETY, IMPARTIALITY, OTHER = (auto() for _ in range(5))


class Verdict(StrEnum):
    """What the figures say about a cause before and after an improvement action."""

    FELL, ROSE, CANNOT_BE_TOLD = (auto() for _ in range(3))


class Topic(StrEnum):
    """What a suggestion is about."""

    FILING, LETTERS, TIME, ANSWER, MEDIATION, WEBSITE, OTHER = (auto() for _ in range(7))


class Follows(StrEnum):
    """What follows from a suggestion: it is noted, an improvement action comes of it, it is no affair of
    ours."""

    NOTED, ACTION, NOT_OURS = (auto() for _ in range(3))


class Law(StrEnum):
    """A law in one version, or what the parties agreed, so that an article is never cited without its law."""

    (
        CONSUMER_PROTECTION_2013,
        CONSUMER_REGULATION_2024,
        CIVIL_CODE_2020,
        PRODUCT_QUALITY_2018,
        E_COMMERCE_2018,
    ) = (auto() for _ in range(5))
    FOOD_SAFETY, PRICE_1997, ADVERTISING_2021, PERSONAL_INFORMATION_2021, SEVEN_DAY_RETURN_2020 = (
        auto() for _ in range(5)
    )
    INFRINGEMENT_PENALTIES_2020, COMMERCIAL_BANKS_2015, INSURANCE_2015 = (auto() for _ in range(3))
    CREDIT_REPORTING_2013 = auto()
    CREDIT_BUSINESS_2021, FINANCE_CONSUMERS_2020, BANK_INSURANCE_COMPLAINTS_2020 = (auto() for _ in range(3))
    BANK_INSURANCE_CONSUMERS_2022, TELECOM_2016, TELECOM_APPEALS_2016, CONTRACT = (auto() for _ in range(4))


class ExtensionReason(StrEnum):
    """Why an answer takes longer."""

    COMPLEX, THIRD_PARTY, MANY_PEOPLE, APPRAISAL, CONSUMER_ASKED, FORCE_MAJEURE = (auto() for _ in range(6))


class PauseReason(StrEnum):
    """Why a deadline stands still."""

    INFORMATION, APPRAISAL, CHALLENGE, SIGNING, COURT, TALKS, WITHDRAWN = (auto() for _ in range(7))


class Conflict(StrEnum):
    """Why somebody does not handle a case."""

    RELATIVE, INTEREST, PRIOR_ROLE, BUSINESS_TIE, OTHER_DOUBT = (auto() for _ in range(5))


class Power(StrEnum):
    """What a representative may do."""

    SUBMIT, ANSWER, NEGOTIATE, SETTLE, RECEIVE_MONEY, SIGN = (auto() for _ in range(6))


class Side(StrEnum):
    """The two sides of a case."""

    CONSUMER, BUSINESS = auto(), auto()

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.BUSINESS if self is Side.CONSUMER else Side.CONSUMER


class EvidenceKind(StrEnum):
    """What a finding of fact rests on; `no_answer` is a department's silence past its date."""

    STATEMENT, FILE, INTERVIEW, DEPARTMENT, APPRAISAL, NO_ANSWER = (auto() for _ in range(6))


class Undelivered(StrEnum):
    """Why a letter did not arrive: it was returned, or refused for good; there is no address, or the address
    returns or refuses our letters; its text could not be made; or it did not leave in time. Or why it was not
    sent: nobody has confirmed the address, so that it stands on the case page only; or what it would say is
    done already; or the same link has been sent today. Or why it is told on the phone before it leaves:
    as many letters as may go to its address have gone there today."""

    (
        BOUNCE,
        GIVEN_UP,
        NO_ADDRESS,
        SUPPRESSED,
        NO_TEXT,
        NOT_SENT,
        UNCONFIRMED,
        NOTHING_LEFT,
        SAME_LINK,
        WAITS,
    ) = (auto() for _ in range(10))


TYPES: dict[str, tuple[str, ...]] = {
    kind: tuple(subs.split())
    for kind, subs in {
        "quality": (
            "defect not_as_standard expired counterfeit used_as_new damaged_on_arrival repeat_failure "
            "poor_service"
        ),
        "safety": (
            "injury fire_explosion electric_shock food_poisoning foreign_body allergy_reaction hazard "
            "property_damage premises"
        ),
        "quantity": "short missing_item wrong_item meter",
        "price": (
            "overcharge hidden_fee price_mismatch false_discount auto_renewal unauthorised_charge "
            "price_discrimination price_protection"
        ),
        "information": "false_advertising misleading missing_information label no_terms_notice fake_review",
        "contract": "not_delivered late cancelled unfair_term changed_terms early_end deposit",
        "return_refund": "no_reason_refused return_refused refund_delay refund_short return_cost exchange",
        "credit": "credit_record enquiry rate_fee guarantee_fee collection early_repayment written_off",
        "warranty": "repair_refused repair_delay repair_charge parts no_invoice installation",
        "prepaid": "closed_shop balance_refund expired_card transfer changed_service",
        "choice": "tie_in forced minimum_spend default_tick blocked_alternative",
        "conduct": "rude discrimination harassment threat passing_on no_reply",
        "privacy": "leak over_collection spam refused_deletion account",
        "delivery": "lost late_delivery damaged_in_transit not_to_door false_signature",
        "handling": "late_answer unfair_process promise_not_kept",
        "other": "other",
    }.items()
}
"""What a complaint is about: type, then its sub-types."""

Type = StrEnum("Type", [*map(str.upper, TYPES)])  # type: ignore[misc]
