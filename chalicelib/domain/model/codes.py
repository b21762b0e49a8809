"""The code lists that are stored and sent. `locale/` has a label for each code in each language."""

from __future__ import annotations

from enum import Flag, StrEnum, auto


class Role(Flag):
    """The roles of actors. A move declares which roles may take it. An actor acts in exactly one role. `C`
    and `PARTY` are unions of roles."""

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
    """The stages of a case. In each stage one role holds the case, a deadline runs, and it is stated what
    follows if nobody acts. The last four are stages of improvement actions and trainings, which are stored as
    cases without parties."""

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
"""The stages of an improvement action. `IMPROVING`: in progress. `VERIFYING`: done, until figures show its
effect. `IMPROVED`: over. A complaint never enters them."""
LEARNING = IMPROVEMENT | {Stage.TRAINED}
"""The stages of improvement actions and trainings."""
TALKS = frozenset({Stage.NEGOTIATING, Stage.MEDIATING})
"""The stages in which the two sides talk with each other."""
AT_TABLE = TALKS | {Stage.SIGNING}
"""The stages in which the two sides talk with each other, or have a draft agreement to sign."""
OPEN = frozenset(Stage) - LEARNING - {Stage.CLOSED}
"""The stages of a complaint that is not closed."""
UNSIGNED = OPEN - {Stage.SIGNING, Stage.PERFORMING, Stage.BREACHED}
"""The stages of a complaint that is not closed, except those of signing, performing and breach."""
ANY = OPEN | {Stage.CLOSED}
"""All stages of a complaint, open or closed."""
EVERY = ANY | LEARNING
"""All stages: those of complaints, improvement actions and trainings."""


class Channel(StrEnum):
    """The channel by which a complaint reached us. The `REFERRAL_` codes name the body that passed it on."""

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
    """The way in which letters reach a person. `SMS`: a short message with a link to the letter. `NONE`: no
    letters; an anonymous caller asks for them with number and passphrase."""

    EMAIL, SMS, PHONE, POST, COUNTER, NONE = auto(), auto(), auto(), auto(), auto(), auto()


AUTOMATIC = frozenset({Way.EMAIL, Way.SMS})
"""The ways on which letters leave without staff. For the other ways, staff read a letter out or hand it
over."""


class Language(StrEnum):
    """The language of a person's pages, letters and error messages. The person chooses it."""

    ZH, EN = auto(), auto()


class Right(StrEnum):
    """The rights of a consumer that a matter concerns (消费者权益保护法 7-11, 14). The public figures count only the
    first four."""

    KNOW = auto()
    CHOOSE = auto()
    FAIR_TRADE = auto()
    SAFETY = auto()
    REDRESS = auto()
    DIGNITY_PRIVACY = auto()


class Severity(StrEnum):
    """The severity of a case, S1 being the highest. A person sets the highest that fits. S1 and S2 also
    involve the supervisor."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


class Wish(StrEnum):
    """What the consumer demands."""

    REPAIR, REDO, REPLACE, RETURN, MAKE_UP_QUANTITY, REFUND, COMPENSATE, PUNITIVE = (auto() for _ in range(8))
    APOLOGY, EXPLANATION, PERFORM, END_CONTRACT, STOP, CORRECT_DATA = (auto() for _ in range(6))
    CHANGE_RATE, CORRECT_CREDIT, SANCTION, FAIR_PROPOSAL = (auto() for _ in range(4))


IN_OWN_WORDS = frozenset({Wish.SANCTION, Wish.FAIR_PROPOSAL})
"""Demands that say too little as a code, so the consumer must add words of their own."""


class SubjectKind(StrEnum):
    """Whether goods or a service were bought."""

    GOODS, SERVICE = auto(), auto()


class GoodsClass(StrEnum):
    """The kind of goods that were bought."""

    FOOD, HEALTH_FOOD, COSMETICS, DRUG_DEVICE, CLOTHING, APPLIANCE, ELECTRONICS, VEHICLE, E_BIKE = (
        auto() for _ in range(9)
    )
    FURNITURE, INFANT, TOYS_SPORTS, JEWELLERY, DAILY, FARM_GARDEN, VIRTUAL, OTHER = (auto() for _ in range(8))


class ServiceClass(StrEnum):
    """The kind of service that was bought."""

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
    """The reason for declining a matter. That an authority also has the complaint is no reason."""

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
"""Grounds that another lead or supervisor must confirm before the consumer is told that the matter is
declined."""


class Missing(StrEnum):
    """An item that a request for information asks the consumer to provide."""

    IDENTITY, AUTHORITY, PURCHASE_PROOF, ORDER_NUMBER, PRODUCT_DETAILS, PHOTOS, MEDICAL_RECORD = (
        auto() for _ in range(7)
    )
    TEST_REPORT, COMMUNICATION_RECORD, LOSS_PROOF, FACTS, WISH, ACCOUNT_FOR_REFUND, OTHER = (
        auto() for _ in range(7)
    )


class Route(StrEnum):
    """Other bodies and ways that are open to the consumer at any time. A number such as 12315 is a hotline,
    which the company must check before use."""

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
    """How a closed case ended."""

    SETTLED_AT_ONCE, DECLINED, NOT_PURSUED, WITHDRAWN, JOINED = (auto() for _ in range(5))
    ANSWERED_ACCEPTED, ANSWERED_NOT_CONTESTED, ANSWERED_FINAL, NOT_SETTLED, PERFORMED_ON_THE_SPOT = (
        auto() for _ in range(5)
    )
    FULFILLED, FULFILLED_AFTER_BREACH, REFERRED, IN_COURT, INFORMATION_ONLY = (auto() for _ in range(5))


ANEW = frozenset({Outcome.IN_COURT, Outcome.REFERRED})
"""Outcomes after which a case cannot be reopened. The consumer files a new complaint that names the number of
the old case."""


class ReopenReason(StrEnum):
    """The reason for reopening a closed case."""

    NEW_FACTS, NOT_DELIVERED, REMEDY_FAILED, PROOF_WRONG, RETURNED, OUR_ERROR = (auto() for _ in range(6))


class HelpNeed(StrEnum):
    """A need for help that a person has stated themselves. Nobody guesses it. The handler sees it, and it is
    never published."""

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
    """The capacity in which a person speaks for the consumer."""

    SELF, AGENT, GUARDIAN, HEIR, LAWYER, ORGANISATION = (auto() for _ in range(6))


class Hurt(StrEnum):
    """The consumer's answer to the question whether anyone was hurt or could be hurt."""

    HURT, COULD_BE, NO, UNKNOWN = (auto() for _ in range(4))


class Fault(StrEnum):
    """The part of a case's record that is wrong. `ENTRY`: a timeline entry. `HEAD`: the stored case. `ROW`: a
    row that belongs to no entry. `LISTED`: the timeline differs from its signed list."""

    ENTRY, HEAD, ROW, LISTED = (auto() for _ in range(4))


class Known(StrEnum):
    """An answer that includes "I do not know"."""

    YES, NO, UNKNOWN = (auto() for _ in range(3))


class Conclusion(StrEnum):
    """What an answer concludes on one matter."""

    UPHELD, UPHELD_IN_PART, OFFER, NOT_UPHELD, NOT_ESTABLISHED = (auto() for _ in range(5))


class Result(StrEnum):
    """The decision of a reconsideration on one matter. `CONFIRMED`, `CHANGED`: of the conclusion.
    `SENT_BACK`: the matter is investigated again."""

    CONFIRMED, CHANGED, SENT_BACK = (auto() for _ in range(3))


class Dismissal(StrEnum):
    """The reason for not admitting a request for reconsideration."""

    LATE, NOT_ENTITLED, SECOND_REQUEST, SETTLED, NOTHING_TO_REVIEW = (auto() for _ in range(5))


class Nature(StrEnum):
    """What a dispute is about."""

    FACTS, RESPONSIBILITY, AMOUNT, REMEDY, RULE, QUALITY_TEST, CONDUCT, PERFORMANCE, GROUP = (
        auto() for _ in range(9)
    )


class Reply(StrEnum):
    """The state of an offer. `COUNTERED`: the other side answered it with an offer of its own. `LAPSED`: its
    time ended without an answer."""

    OPEN, ACCEPTED, REFUSED, COUNTERED, LAPSED = (auto() for _ in range(5))


class Ending(StrEnum):
    """The reason why talks ended without an agreement."""

    AGREED, SETTLED_PRIVATELY, WITHDRAWN, REFUSED, ABSENT, NO_PROSPECT = (auto() for _ in range(6))
    APPRAISAL_COST, OUT_OF_TIME, FACTS_UNCLEAR, OUTSIDE_COMPETENCE, PARTY_GONE, SUSPECTED_CRIME = (
        auto() for _ in range(6)
    )
    COMPANY_SILENT = auto()


class Examined(StrEnum):
    """The finding on one right of the consumer. `NOT_EXAMINED` needs a reason."""

    INFRINGED, NOT_INFRINGED, NOT_ESTABLISHED, NOT_EXAMINED = (auto() for _ in range(4))


class Remedy(StrEnum):
    """What the company does for the consumer."""

    REPAIR, REDO, REPLACE, RETURN, MAKE_UP_QUANTITY, REFUND, COMPENSATE, PUNITIVE = (auto() for _ in range(8))
    APOLOGY, EXPLANATION, PERFORM, END_CONTRACT, STOP, CORRECT_DATA = (auto() for _ in range(6))
    CHANGE_RATE, CORRECT_CREDIT, GOODWILL = (auto() for _ in range(3))


AMOUNTS = frozenset({Remedy.REFUND, Remedy.COMPENSATE, Remedy.PUNITIVE, Remedy.GOODWILL})
"""Remedies for which an amount in money is given."""


class Duty(StrEnum):
    """The states of an obligation. `DUE` is never stored: it is how a `PENDING` obligation is shown from its
    last day on."""

    PENDING, DUE, CLAIMED, CONFIRMED, ACCEPTED, DISPUTED, IN_CURE = (auto() for _ in range(7))
    BREACHED, CURED, WAIVED, EXCUSED, REPLACED, REFERRED = (auto() for _ in range(6))


class ObligationKind(StrEnum):
    """The performance that is owed: a remedy, something that the parties agreed in addition (from `PAY` on),
    or a debt for a breach (the last two)."""

    REPAIR, REDO, REPLACE, RETURN, MAKE_UP_QUANTITY, REFUND, COMPENSATE, PUNITIVE = (auto() for _ in range(8))
    APOLOGY, EXPLANATION, PERFORM, END_CONTRACT, STOP, CORRECT_DATA = (auto() for _ in range(6))
    CHANGE_RATE, CORRECT_CREDIT, GOODWILL = (auto() for _ in range(3))
    PAY, RETURN_GOODS, HAND_OVER, REMOVE_POST, GIVE_INVOICE, CONFIDENTIALITY, PROVIDE_SERVICE, COOPERATE = (
        auto() for _ in range(8)
    )
    AGREED_PENALTY, INTEREST = auto(), auto()


FOR_A_BREACH = frozenset({ObligationKind.AGREED_PENALTY, ObligationKind.INTEREST})
"""Debts that arise from a breach, in addition to the obligation itself. The measure with the same name
creates them. A clause of an agreement never does."""
PAID = frozenset({*map(ObligationKind, AMOUNTS), ObligationKind.PAY, *FOR_A_BREACH})
"""Obligations for which an amount in money is given."""


class Confirms(StrEnum):
    """The person who confirms that an obligation was performed: its creditor or the follow-up officer."""

    CREDITOR, OFFICER = auto(), auto()


class Measure(StrEnum):
    """What follows if an obligation is not performed."""

    AGREED_PENALTY, INTEREST, PAY_FIRST, SUBSTITUTE, INTERNAL_SANCTION, BUDGET_CHARGE = (
        auto() for _ in range(6)
    )
    HOLD_COUNTER, REPORT_REGULATOR, ENFORCEMENT, COURT, ARBITRATION = (auto() for _ in range(5))


class Excuse(StrEnum):
    """The reason why a debtor is not to blame for an unperformed obligation."""

    FORCE_MAJEURE, OTHER_SIDE_FIRST, CREDITOR_REFUSED, ACCOUNT_WRONG, AGREED_LATER = (
        auto() for _ in range(5)
    )


class Forbidden(StrEnum):
    """Content that an agreement must not have."""

    RIGHTS, HAZARD, INJURY, PENALTY, OUTSIDERS = (auto() for _ in range(5))


class MeetingWay(StrEnum):
    """How a meeting is held."""

    IN_PERSON, ONLINE, PHONE = (auto() for _ in range(3))


class Signed(StrEnum):
    """How a person signed: through their own link, at the desk after signing in, or on paper."""

    LINK, DESK, PAPER = (auto() for _ in range(3))


class ConfirmedBy(StrEnum):
    """How a party confirmed that they give something up. `CODE`: with a one-time code sent to their confirmed
    address. `CALL`: on a call to the number on file. `PAPER`: on paper. `SIGNED_IN`: by having signed in, as
    staff and mediators do."""

    CODE, CALL, PAPER, SIGNED_IN = (auto() for _ in range(4))


class Confirmation(StrEnum):
    """A step of judicial confirmation. `AGREES`: one side agrees to apply. `APPLIED`: both sides have
    applied. `CONFIRMED`, `REJECTED`: the decision of the court."""

    AGREES, APPLIED, CONFIRMED, REJECTED = (auto() for _ in range(4))


class Proof(StrEnum):
    """What proves that an obligation was performed."""

    PAYMENT_RECORD, DELIVERY_RECORD, PHOTO, REPAIR_RECORD, RECEIPT, STATEMENT, SYSTEM_RECORD, VISIT = (
        auto() for _ in range(8)
    )


class Cause(StrEnum):
    """The root causes of complaints, one group a line. The last group holds causes outside our work, such as
    a misunderstanding, where we may have explained too little."""

    DESIGN, MANUFACTURE, SUPPLIER, STORAGE_TRANSPORT, LABEL_MANUAL = (auto() for _ in range(5))
    ADVERTISING, PRICING_ERROR, NOT_TOLD, PRESSURE_SELLING, TERMS = (auto() for _ in range(5))
    SKILL, ATTITUDE, CAPACITY, LATE_ACTION, WRONG_DECISION = (auto() for _ in range(5))
    POLICY, HANDOFF, NO_OWNER, AUTHORITY_LIMIT = (auto() for _ in range(4))
    IT_FAULT, DATA_ERROR, INTERFACE, SECURITY = (auto() for _ in range(4))
    MERCHANT, CARRIER, SERVICE_PARTNER = (auto() for _ in range(3))
    MISUSE, MISUNDERSTANDING, EXPECTATION, NO_FAULT, UNKNOWN = (auto() for _ in range(5))


class Source(StrEnum):
    """What led to an improvement action. `CLUSTER`: several similar complaints. `OVERTURNED`: a decision that
    a reconsideration did not confirm. `BREACH`: a broken agreement."""

    ROOT_CAUSE, CLUSTER, SURVEY, OVERTURNED, BREACH = (auto() for _ in range(5))


class Lesson(StrEnum):
    """The topic of a training. A policy says which role must repeat which topic, and how often."""

    COMPLAINT_HANDLING, PERSONAL_INFORMATION, PRODUCT_SAFETY, IMPARTIALITY, OTHER = (auto() for _ in range(5))


class Verdict(StrEnum):
    """Whether a cause became rarer (`FELL`) or more frequent (`ROSE`) after an improvement action.
    `CANNOT_BE_TOLD`: no difference can be shown."""

    FELL, ROSE, CANNOT_BE_TOLD = (auto() for _ in range(3))


class Topic(StrEnum):
    """The topic of a suggestion."""

    FILING, LETTERS, TIME, ANSWER, MEDIATION, WEBSITE, OTHER = (auto() for _ in range(7))


class Follows(StrEnum):
    """What is done about a suggestion. `NOTED`: nothing further. `ACTION`: an improvement action. `NOT_OURS`:
    it is outside our responsibility."""

    NOTED, ACTION, NOT_OURS = (auto() for _ in range(3))


class Law(StrEnum):
    """A law in one version, or the contract of the parties. A cited article is stored together with its
    law."""

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
    """The reason why the answer needs more time."""

    COMPLEX, THIRD_PARTY, MANY_PEOPLE, APPRAISAL, CONSUMER_ASKED, FORCE_MAJEURE = (auto() for _ in range(6))


class PauseReason(StrEnum):
    """The reason why a deadline is paused."""

    INFORMATION, APPRAISAL, CHALLENGE, SIGNING, COURT, TALKS, WITHDRAWN = (auto() for _ in range(7))


class Conflict(StrEnum):
    """The reason why a person may not act on a case."""

    RELATIVE, INTEREST, PRIOR_ROLE, BUSINESS_TIE, OTHER_DOUBT = (auto() for _ in range(5))


class Power(StrEnum):
    """A power that a representative has for the person they represent."""

    SUBMIT, ANSWER, NEGOTIATE, SETTLE, RECEIVE_MONEY, SIGN = (auto() for _ in range(6))


class Side(StrEnum):
    """The two sides of a case."""

    CONSUMER, BUSINESS = auto(), auto()

    @property
    def other(self) -> Side:
        """Return the opposite side."""
        return Side.BUSINESS if self is Side.CONSUMER else Side.CONSUMER


class EvidenceKind(StrEnum):
    """What a finding of fact is based on. `NO_ANSWER`: a department did not answer by its day."""

    STATEMENT, FILE, INTERVIEW, DEPARTMENT, APPRAISAL, NO_ANSWER = (auto() for _ in range(6))


class Undelivered(StrEnum):
    """The reason why a letter was not delivered, not sent, or replaced by a call.

    `BOUNCE`: it was returned, or refused for good. `GIVEN_UP`: we have stopped trying to send it.
    `SUPPRESSED`: its address returns or refuses our letters. `NO_TEXT`: its text could not be made.
    `NOT_SENT`: it did not leave in time. `UNCONFIRMED`: the address is unconfirmed, so only the case page
    shows the letter. `NOTHING_LEFT`: its subject is already dealt with. `SAME_LINK`: a letter with the same
    link was sent today. `WAITS`: today's limit of letters to the address is reached, so staff call the
    person.
    """

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
"""What a complaint can be about: the sub-types of each type."""

Type = StrEnum("Type", [*map(str.upper, TYPES)])  # type: ignore[misc]
