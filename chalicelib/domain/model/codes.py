"""The code lists: every code that is stored, or sent through the interface. `locale/` has a label for each
code in each language."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Flag, StrEnum, auto
from typing import Self


class Role(Flag):
    """The roles in which people and the clock act on a case. An actor has exactly one role. A move declares
    the roles that may take it. `C` and `PARTY` are not roles of their own: they are sets of roles."""

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

    def __and__(self, other: Self) -> Self:
        """Return the roles that are in both sets. Python's own method is three times as slow."""
        both: int = self._value_ & other._value_
        found = self._value2member_map_.get(both)  # type: ignore[attr-defined]
        return type(self)(both) if found is None else found

    @property
    def code(self) -> str:
        """Return the code under which a single role is stored, such as `intake`."""
        return str(self.name).lower()


class Stage(StrEnum):
    """The stages of a case. A complaint has the stages from `RECEIVED` to `CLOSED`. In each of them, one role
    works on the case and a deadline runs. The last four are the stages of improvement actions and trainings,
    which are stored as cases without parties."""

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
"""The stages of an improvement action. A complaint never enters them. `IMPROVING`: the action is being done.
`VERIFYING`: it is done, and people check its effect. `IMPROVED`: these checks are over, and the clock only
watches whether the cause comes back."""
LEARNING = IMPROVEMENT | {Stage.TRAINED}
"""The stages of improvement actions and trainings."""
TALKS = frozenset({Stage.NEGOTIATING, Stage.MEDIATING})
"""The stages in which the two sides talk with each other."""
AT_TABLE = TALKS | {Stage.SIGNING}
"""The stages in which the two sides talk with each other, or sign the text that came out of the talks."""
OPEN = frozenset(Stage) - LEARNING - {Stage.CLOSED}
"""The stages of a complaint that is not closed. Those of improvement actions and trainings are left out."""
UNSIGNED = OPEN - {Stage.SIGNING, Stage.PERFORMING, Stage.BREACHED}
"""The stages of a complaint that is not closed, without those in which a text is signed or obligations are
performed."""
ANY = OPEN | {Stage.CLOSED}
"""All stages of a complaint, open or closed."""
EVERY = ANY | LEARNING
"""All stages: those of complaints, improvement actions and trainings."""


class Channel(StrEnum):
    """The channels by which complaints reach us. The `REFERRAL_` codes name the body that passed a complaint
    on to us."""

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
    """The ways in which letters reach a person. `SMS`: a short message with a link to the letter. `NONE`: no
    letter reaches the person. Such an anonymous caller asks for the letters with number and passphrase."""

    EMAIL, SMS, PHONE, POST, COUNTER, NONE = auto(), auto(), auto(), auto(), auto(), auto()


class Talk(StrEnum):
    """The ways in which staff talk with a person. `POST`: in writing. `COUNTER`: face to face. `NONE`: not
    yet agreed; no form offers it, but an entry of an earlier release can have it."""

    EMAIL, SMS, PHONE, POST, COUNTER, NONE = auto(), auto(), auto(), auto(), auto(), auto()


AUTOMATIC = frozenset({Way.EMAIL, Way.SMS})
"""The ways in which letters leave without staff. For any other way, staff read the letter out or hand it
over."""


class Language(StrEnum):
    """The languages of pages, letters and error messages. Each person chooses one."""

    ZH, EN = auto(), auto()


class Assigns(StrEnum):
    """How the cases of a team get an owner. `HAND`: people assign or take them. `ROTATION`: the clock gives
    them to the people of the team in turn. `LOAD`: the clock gives each to the person with the fewest open
    cases."""

    HAND, ROTATION, LOAD = auto(), auto(), auto()


class Right(StrEnum):
    """The rights of a consumer that a matter can concern (消费者权益保护法 7-11, 14). The public figures count only
    the first four."""

    KNOW = auto()
    CHOOSE = auto()
    FAIR_TRADE = auto()
    SAFETY = auto()
    REDRESS = auto()
    DIGNITY_PRIVACY = auto()


class Severity(StrEnum):
    """The severity of a case: S1 is the highest, S4 the lowest. A person sets the highest severity that fits.
    In cases of S1 and S2, the supervisor is involved too."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


class Wish(StrEnum):
    """The demands that a consumer can make."""

    REPAIR, REDO, REPLACE, RETURN, MAKE_UP_QUANTITY, REFUND, COMPENSATE, PUNITIVE = (auto() for _ in range(8))
    APOLOGY, EXPLANATION, PERFORM, END_CONTRACT, STOP, CORRECT_DATA = (auto() for _ in range(6))
    CHANGE_RATE, CORRECT_CREDIT, SANCTION, FAIR_PROPOSAL = (auto() for _ in range(4))


IN_OWN_WORDS = frozenset({Wish.SANCTION, Wish.FAIR_PROPOSAL})
"""The demands whose code says too little, so that the consumer must add words of their own."""


class SubjectKind(StrEnum):
    """Whether goods or a service were bought."""

    GOODS, SERVICE = auto(), auto()


class Sector(StrEnum):
    """The sectors of business for whose complaints different authorities are in charge. `FRAUD` is no sector
    of business: the police examine a fraud in any of them. `TRANSPORT`: a journey by air, rail or road that
    the complaint does not tell apart. `GENERAL`: the goods and services of all other businesses. It stands
    last, so that the more special authority is named first."""

    FRAUD, BANKING, SECURITIES, INSURANCE, TELECOM, POST, TRANSPORT = (auto() for _ in range(7))
    AVIATION, RAIL, ROAD, GENERAL = (auto() for _ in range(4))


class GoodsClass(StrEnum):
    """The kinds of goods that can be bought."""

    FOOD, HEALTH_FOOD, COSMETICS, DRUG_DEVICE, CLOTHING, APPLIANCE, ELECTRONICS, VEHICLE, E_BIKE = (
        auto() for _ in range(9)
    )
    FURNITURE, INFANT, TOYS_SPORTS, JEWELLERY, DAILY, FARM_GARDEN, VIRTUAL = (auto() for _ in range(7))
    HOME, SOFTWARE, OTHER = (auto() for _ in range(3))

    @property
    def sectors(self) -> tuple[Sector, ...]:
        """Return the sectors that goods of this kind belong to."""
        return (Sector.GENERAL,)


class ServiceClass(StrEnum):
    """The kinds of services that can be bought. `sectors`: the sectors that a service belongs to."""

    sectors: tuple[Sector, ...]

    def __new__(cls, code: str, *sectors: Sector) -> Self:
        """Return the code, with the sectors of its declaration."""
        made = str.__new__(cls, code)
        made._value_, made.sectors = code, sectors or (Sector.GENERAL,)
        return made

    CATERING, LODGING, TRAVEL = (auto() for _ in range(3))
    TRANSPORT = "transport", Sector.TRANSPORT
    DELIVERY = "delivery", Sector.POST
    REPAIR, HOUSEKEEPING, BEAUTY, FITNESS, EDUCATION, MEDICAL = (auto() for _ in range(6))
    DECORATION, PROPERTY = auto(), auto()
    TELECOM = "telecom", Sector.TELECOM
    FINANCE = "finance", Sector.BANKING, Sector.SECURITIES
    INSURANCE = "insurance", Sector.INSURANCE
    ENTERTAINMENT, ONLINE_PLATFORM, UTILITIES, PARKING, PET = (auto() for _ in range(5))
    AIR = "air", Sector.AVIATION
    RAIL = "rail", Sector.RAIL
    RIDE = "ride", Sector.ROAD
    SECURITIES = "securities", Sector.SECURITIES
    CAR_SERVICE, GAMING, PHOTO_WEDDING, HEALTH_CARE, MATCHMAKING, RECRUITMENT, ELDER_CARE, OTHER = (
        auto() for _ in range(8)
    )


class Region(StrEnum):
    """The regions of China at the level of provinces (GB/T 2260-2007)."""

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


class Fact(StrEnum):
    """The facts that a ground can presuppose. A ground can be chosen only if the record of the case shows its
    facts; see `engine/grounds.py`.

    `ASKED`: the consumer was asked about the event or its object. `ASKED_PURCHASE`, `ASKED_AUTHORITY`: they
    were asked for a proof of purchase, or for the authority of a representative. `ASKED_IDENTITY`: they were
    asked to show who they are, or a finding says that something was forged. `IN_COURT`: a proceeding at a
    court or tribunal is noted. `THREE_YEARS`: what happened lies more than three years back.

    `ASKED_LATE`: the request for reconsideration was late. `ASKED_BEFORE`: an earlier request was decided or
    withdrawn. `AGREEMENT`: the two sides have settled. `UNDECIDED`: no decision was made on the matters of
    the request.

    The next four count only from the start of the present negotiation or mediation. `SAID_NO`: a side has
    spoken, or has refused something. `BOTH_SPOKE`: each side has spoken. `ABSENT_TWICE`: a side was absent
    twice without good reason. `TEST_REFUSED`: a side refused an appraisal.

    `OTHER_SIDE_OWES`: the creditor owes the debtor something too. `LATER_AGREED`: each side has proposed a
    later day. `WITHDRAWN`: the complaint was withdrawn. `PERFORMED`: something counts as performed.

    `JOINT`: several people complain. `TEST`: an appraisal was proposed.

    `CONDUCT`: findings on the conduct of the sender, each with evidence, show an improper gain. `NO_DANGER`:
    no danger is reported, or it was found not to be real. `NO_WISH`: the sender wants nothing for themselves.

    `SETTLED_BEFORE`, `ANSWERED_BEFORE`: the named earlier case of the same consumer was settled, or answered.
    """

    ASKED, ASKED_PURCHASE, ASKED_AUTHORITY, ASKED_IDENTITY = (auto() for _ in range(4))
    IN_COURT, THREE_YEARS = (auto() for _ in range(2))
    ASKED_LATE, ASKED_BEFORE, AGREEMENT, UNDECIDED = (auto() for _ in range(4))
    SAID_NO, BOTH_SPOKE, ABSENT_TWICE, TEST_REFUSED, OTHER_SIDE_OWES, LATER_AGREED = (
        auto() for _ in range(6)
    )
    WITHDRAWN, PERFORMED, JOINT, TEST = (auto() for _ in range(4))
    CONDUCT, NO_DANGER, NO_WISH, SETTLED_BEFORE, ANSWERED_BEFORE = (auto() for _ in range(5))


class GroundCode(StrEnum):
    """The base of the code lists of grounds. `facts`: the facts that a ground presupposes. The declaration
    names them after the code. A ground without them rests on a judgement, which its reason explains."""

    facts: tuple[Fact, ...]

    def __new__(cls, code: str, *facts: Fact) -> Self:
        """Return the code, with the facts of its declaration."""
        made = str.__new__(cls, code)
        made._value_, made.facts = code, facts
        return made


class Ground(GroundCode):
    """The reasons for which a matter can be declined. It is no reason that an authority deals with the
    complaint too."""

    NOT_COMPLAINT, NOT_OUR_BUSINESS = auto(), auto()
    NO_CONSUMER_RELATION = "no_consumer_relation", Fact.ASKED_PURCHASE
    NOT_FOR_LIVING = auto()
    COURT_OR_ARBITRATION = "court_or_arbitration", Fact.IN_COURT
    ALREADY_SETTLED = "already_settled", Fact.SETTLED_BEFORE
    OUT_OF_TIME = "out_of_time", Fact.THREE_YEARS
    NO_FACTS = "no_facts", Fact.ASKED
    IDENTITY_FALSE = "identity_false", Fact.ASKED_IDENTITY
    REPEAT = "repeat", Fact.ANSWERED_BEFORE
    OUTSIDE_COMPETENCE = auto()
    NO_AUTHORITY = "no_authority", Fact.ASKED_AUTHORITY
    IMPROPER_GAIN = "improper_gain", Fact.CONDUCT, Fact.NO_DANGER
    REPORT_ONLY = "report_only", Fact.NO_WISH


ELSEWHERE = frozenset({Ground.NOT_OUR_BUSINESS, Ground.REPORT_ONLY})
"""The grounds of a decline whose letter must say where the consumer has to go, and how."""


ON_EARLIER = frozenset({Ground.ALREADY_SETTLED, Ground.REPEAT})
"""The grounds of a decline that rest on an earlier case of the same consumer. Its number must be named."""


class Conduct(StrEnum):
    """The findings on the conduct of a sender that can show an improper gain (消费者权益保护法实施条例 49). No
    number of complaints is among them, and none is about who the sender is.

    `PLANTED`: goods were planted or swapped. `FORGED`: a date, a paper or a picture was altered. `INVENTED`:
    an event was made up. `PAID_SILENCE`: money was demanded for not complaining, not reporting or
    withdrawing. `BOUGHT_KNOWINGLY`: the same defect was known, and was bought again to claim for it, beyond
    reasonable needs of daily life (法释〔2024〕9号 12-14). These articles limit only the punitive damages for
    food and drugs, and the trader must prove the knowledge. So this finding does not suffice alone."""

    PLANTED, FORGED, INVENTED, PAID_SILENCE, BOUGHT_KNOWINGLY = (auto() for _ in range(5))


SECOND_PERSON = frozenset(
    {
        Ground.NO_CONSUMER_RELATION,
        Ground.NOT_FOR_LIVING,
        Ground.OUT_OF_TIME,
        Ground.IDENTITY_FALSE,
        Ground.REPEAT,
        Ground.IMPROPER_GAIN,
    }
)
"""The grounds of a decline that another lead or supervisor must confirm. The consumer hears of the decline
only after that."""


class Missing(StrEnum):
    """The items that a request for information can ask the consumer for."""

    IDENTITY, AUTHORITY, PURCHASE_PROOF, ORDER_NUMBER, PRODUCT_DETAILS, PHOTOS, MEDICAL_RECORD = (
        auto() for _ in range(7)
    )
    TEST_REPORT, COMMUNICATION_RECORD, LOSS_PROOF, FACTS, WISH, ACCOUNT_FOR_REFUND, OTHER = (
        auto() for _ in range(7)
    )


class Route(StrEnum):
    """The other bodies and ways that are open to a consumer at any time. The digits in a code, such as 12315,
    are the number of a hotline. The company must check that number before use."""

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


PASSED_TO = frozenset(Route) - {Route.NEGOTIATE, Route.ARBITRATION, Route.COURT}
"""The bodies to which we can pass a complaint on. A court or tribunal takes it only from the consumer."""


class Forwarded(StrEnum):
    """The states of a forward. `PROPOSED`: the consumer has not answered. `AGREED`: the consumer consents.
    `REFUSED`: the consumer does not. `REPLACED`: we proposed another text or receiver before anything was
    sent. `SENT`: it was passed on. `CONFIRMED`, `NOT_TAKEN`: the receiver has taken it, or will not.
    `SILENT`: the receiver did not answer in time. `STOPPED`: the consumer took the consent back."""

    PROPOSED, AGREED, REFUSED, REPLACED, SENT = (auto() for _ in range(5))
    CONFIRMED, NOT_TAKEN, SILENT, STOPPED = (auto() for _ in range(4))


class Outcome(StrEnum):
    """The ways in which a case can end. They are stored when the case is closed."""

    SETTLED_AT_ONCE, DECLINED, NOT_PURSUED, WITHDRAWN, JOINED = (auto() for _ in range(5))
    ANSWERED_ACCEPTED, ANSWERED_NOT_CONTESTED, ANSWERED_FINAL, NOT_SETTLED, PERFORMED_ON_THE_SPOT = (
        auto() for _ in range(5)
    )
    FULFILLED, FULFILLED_AFTER_BREACH, REFERRED, IN_COURT, INFORMATION_ONLY = (auto() for _ in range(5))


ANEW = frozenset({Outcome.IN_COURT, Outcome.REFERRED})
"""The outcomes after which a case cannot be reopened. The consumer files a new complaint instead, and names
the number of the old case."""


class ReopenReason(GroundCode):
    """The reasons for which a closed case can be reopened."""

    NEW_FACTS, NOT_DELIVERED, REMEDY_FAILED = (auto() for _ in range(3))
    PROOF_WRONG = "proof_wrong", Fact.PERFORMED
    RETURNED = "returned", Fact.WITHDRAWN
    OUR_ERROR = auto()


class HelpNeed(StrEnum):
    """The needs for help that a person can state. Only the person states them, and nobody guesses. The
    handler of the case sees them, and they are never published."""

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
    """The capacities in which a person can act for the consumer. `SELF`: the person is the consumer."""

    SELF, AGENT, GUARDIAN, HEIR, LAWYER, ORGANISATION = (auto() for _ in range(6))


class ConsentText(StrEnum):
    """The versions of the text by which a person lets the partner that filed their complaint read it as they
    do. The words are in `locale/`, in `pages/consents.json`. A version never changes; another text is another
    version."""

    PARTNER_READS_1 = auto()


class Hurt(StrEnum):
    """The answers to the question whether anyone was hurt or could be hurt."""

    HURT, COULD_BE, NO, UNKNOWN = (auto() for _ in range(4))


class MailOutcome(StrEnum):
    """The result of a mail that a person sent to their reply address.

    `MESSAGE`, `ANSWER`, `FILES`: it was recorded as a message, as the answer to our request for information,
    or only its files were taken. `ELSEWHERE`: it came from another address than the person's. `UNVERIFIED`:
    nobody vouches for the sender. Such a mail counts for nothing until the person confirms it. `TOO_MANY`:
    the person has written too often today. `NOT_NOW`: the case takes no words of this person now. `EMPTY`:
    nothing in it could be read. `ATTENDS`, `ABSENT`, `PERHAPS`: a calendar program answered the invitation to
    a meeting. `COMPLAINT`: it opened the case."""

    MESSAGE, ANSWER, FILES, ELSEWHERE, UNVERIFIED, TOO_MANY, NOT_NOW, EMPTY = (auto() for _ in range(8))
    ATTENDS, ABSENT, PERHAPS, COMPLAINT = (auto() for _ in range(4))


class MailFault(StrEnum):
    """The reasons why a file of a mail was not taken. `NOT_NOW`: the case takes no files of this person now.
    `UNCONFIRMED`: the person must confirm the mail first. `REST`: the mail was too large to be read whole."""

    EMPTY, TOO_LARGE, TYPE, TOO_MANY, FULL, NOT_NOW, UNCONFIRMED, REST = (auto() for _ in range(8))


class FiledAs(StrEnum):
    """The kinds of submissions (市场监督管理投诉举报处理办法 (2026) 3). `COMPLAINT` (投诉): a consumer wants their own
    dispute with a business solved. `REPORT` (举报): somebody reports a violation, and wants nothing for
    themselves. An authority examines it; we can only take it as information."""

    COMPLAINT, REPORT = auto(), auto()


class DestroyGround(StrEnum):
    """Why the personal data of a case are destroyed. `RETENTION_OVER`: the time of retention is over.
    `ASKED`: the person asks for it. `CONSENT_WITHDRAWN`: the person no longer agrees to the processing.
    (After 个人信息保护法 47.)"""

    RETENTION_OVER = auto()
    ASKED = auto()
    CONSENT_WITHDRAWN = auto()


class Fault(StrEnum):
    """The parts of a case's record in which a fault can be found. `ENTRY`: a timeline entry. `HEAD`: the
    stored case. `ROW`: a row that belongs to no entry. `LISTED`: the whole timeline, which differs from its
    signed list."""

    ENTRY, HEAD, ROW, LISTED = (auto() for _ in range(4))


class Known(StrEnum):
    """The answers to a question that a person may be unable to answer. `UNKNOWN` means "I do not know"."""

    YES, NO, UNKNOWN = (auto() for _ in range(3))


class Conclusion(StrEnum):
    """The conclusions that an answer can draw on one matter."""

    UPHELD, UPHELD_IN_PART, OFFER, NOT_UPHELD, NOT_ESTABLISHED = (auto() for _ in range(5))


class Result(StrEnum):
    """The decisions that a reconsideration can make on one matter. `CONFIRMED`: the conclusion stays.
    `CHANGED`: the conclusion is another one. `SENT_BACK`: the matter is investigated again."""

    CONFIRMED, CHANGED, SENT_BACK = (auto() for _ in range(3))


class Dismissal(GroundCode):
    """The reasons for which a request for reconsideration can be refused without a decision on its
    matters."""

    LATE = "late", Fact.ASKED_LATE
    NOT_ENTITLED = auto()
    SECOND_REQUEST = "second_request", Fact.ASKED_BEFORE
    SETTLED = "settled", Fact.AGREEMENT
    NOTHING_TO_REVIEW = "nothing_to_review", Fact.UNDECIDED


class Nature(StrEnum):
    """The subjects that a dispute can have."""

    FACTS, RESPONSIBILITY, AMOUNT, REMEDY, RULE, QUALITY_TEST, CONDUCT, PERFORMANCE, GROUP = (
        auto() for _ in range(9)
    )


class Reply(StrEnum):
    """The states of an offer. `OPEN`: it waits for an answer. `COUNTERED`: the other side answered with an
    offer of its own. `LAPSED`: its time ended without an answer."""

    OPEN, ACCEPTED, REFUSED, COUNTERED, LAPSED = (auto() for _ in range(5))


class Ending(GroundCode):
    """The reasons for which talks can end without an agreement."""

    AGREED, WITHDRAWN = auto(), auto()
    SETTLED_PRIVATELY = "settled_privately", Fact.BOTH_SPOKE
    REFUSED = "refused", Fact.SAID_NO
    ABSENT = "absent", Fact.ABSENT_TWICE
    NO_PROSPECT = "no_prospect", Fact.SAID_NO
    APPRAISAL_COST = "appraisal_cost", Fact.TEST_REFUSED
    OUT_OF_TIME, FACTS_UNCLEAR, OUTSIDE_COMPETENCE, PARTY_GONE, SUSPECTED_CRIME = (auto() for _ in range(5))
    COMPANY_SILENT = auto()


class Examined(StrEnum):
    """The findings on one right of the consumer. `NOT_EXAMINED`: the right was not examined; the answer must
    then give a reason."""

    INFRINGED, NOT_INFRINGED, NOT_ESTABLISHED, NOT_EXAMINED = (auto() for _ in range(4))


class Remedy(StrEnum):
    """The remedies that the company can give to the consumer."""

    REPAIR, REDO, REPLACE, RETURN, MAKE_UP_QUANTITY, REFUND, COMPENSATE, PUNITIVE = (auto() for _ in range(8))
    APOLOGY, EXPLANATION, PERFORM, END_CONTRACT, STOP, CORRECT_DATA = (auto() for _ in range(6))
    CHANGE_RATE, CORRECT_CREDIT, GOODWILL = (auto() for _ in range(3))


AMOUNTS = frozenset({Remedy.REFUND, Remedy.COMPENSATE, Remedy.PUNITIVE, Remedy.GOODWILL})
"""The remedies that need an amount of money."""


class Duty(StrEnum):
    """The states of an obligation. `DUE` is never stored: pages show a `PENDING` obligation as `DUE` from its
    last day on."""

    PENDING, DUE, CLAIMED, CONFIRMED, ACCEPTED, DISPUTED, IN_CURE = (auto() for _ in range(7))
    BREACHED, CURED, WAIVED, EXCUSED, REPLACED, REFERRED = (auto() for _ in range(6))


class ObligationKind(StrEnum):
    """The kinds of performance that can be owed. First come the remedies. From `PAY` on, they are things that
    only an agreement creates. The last two are debts that a breach creates."""

    REPAIR, REDO, REPLACE, RETURN, MAKE_UP_QUANTITY, REFUND, COMPENSATE, PUNITIVE = (auto() for _ in range(8))
    APOLOGY, EXPLANATION, PERFORM, END_CONTRACT, STOP, CORRECT_DATA = (auto() for _ in range(6))
    CHANGE_RATE, CORRECT_CREDIT, GOODWILL = (auto() for _ in range(3))
    PAY, RETURN_GOODS, HAND_OVER, REMOVE_POST, GIVE_INVOICE, CONFIDENTIALITY, PROVIDE_SERVICE, COOPERATE = (
        auto() for _ in range(8)
    )
    AGREED_PENALTY, INTEREST = auto(), auto()


FOR_A_BREACH = frozenset({ObligationKind.AGREED_PENALTY, ObligationKind.INTEREST})
"""The kinds of obligation that a breach creates, in addition to the obligation that was breached. The measure
with the same name creates them. A clause of an agreement never does."""
PAID = frozenset({*map(ObligationKind, AMOUNTS), ObligationKind.PAY, *FOR_A_BREACH})
"""The kinds of obligation that need an amount of money."""


class Confirms(StrEnum):
    """The people who can have to confirm that an obligation was performed: its creditor or the follow-up
    officer."""

    CREDITOR, OFFICER = auto(), auto()


class Measure(StrEnum):
    """The measures that can be taken if an obligation is not performed."""

    AGREED_PENALTY, INTEREST, PAY_FIRST, SUBSTITUTE, INTERNAL_SANCTION, BUDGET_CHARGE = (
        auto() for _ in range(6)
    )
    HOLD_COUNTER, REPORT_REGULATOR, ENFORCEMENT, COURT, ARBITRATION = (auto() for _ in range(5))


class Excuse(GroundCode):
    """The reasons for which a debtor is not to blame for an obligation that was not performed."""

    FORCE_MAJEURE = auto()
    OTHER_SIDE_FIRST = "other_side_first", Fact.OTHER_SIDE_OWES
    CREDITOR_REFUSED, ACCOUNT_WRONG = auto(), auto()
    AGREED_LATER = "agreed_later", Fact.LATER_AGREED


class Forbidden(StrEnum):
    """The kinds of content that an agreement must not have."""

    RIGHTS, HAZARD, INJURY, PENALTY, OUTSIDERS = (auto() for _ in range(5))


class MeetingWay(StrEnum):
    """The ways in which a meeting can be held."""

    IN_PERSON, ONLINE, PHONE = (auto() for _ in range(3))


class Signed(StrEnum):
    """The ways in which a person can sign: through their own link, at the desk after signing in, or on
    paper."""

    LINK, DESK, PAPER = (auto() for _ in range(3))


class ConfirmedBy(StrEnum):
    """The ways in which a party can confirm a move by which they give something up. `CODE`: by a one-time
    code sent to their confirmed address. `CALL`: on a call to the number on file. `PAPER`: on paper.
    `SIGNED_IN`: by having signed in, as staff and mediators do."""

    CODE, CALL, PAPER, SIGNED_IN = (auto() for _ in range(4))


class Confirmation(StrEnum):
    """The steps of judicial confirmation. `AGREES`: one side agrees to apply for it. `APPLIED`: both sides
    have applied. `CONFIRMED`, `REJECTED`: the court has decided."""

    AGREES, APPLIED, CONFIRMED, REJECTED = (auto() for _ in range(4))


class Proof(StrEnum):
    """The kinds of proof that an obligation was performed."""

    PAYMENT_RECORD, DELIVERY_RECORD, PHOTO, REPAIR_RECORD, RECEIPT, STATEMENT, SYSTEM_RECORD, VISIT = (
        auto() for _ in range(8)
    )


class Cause(StrEnum):
    """The root causes that a complaint can have. Each line has a group of causes. The last group holds causes
    outside our work, such as a misunderstanding. We may have explained too little in such a case."""

    DESIGN, MANUFACTURE, SUPPLIER, STORAGE_TRANSPORT, LABEL_MANUAL = (auto() for _ in range(5))
    ADVERTISING, PRICING_ERROR, NOT_TOLD, PRESSURE_SELLING, TERMS = (auto() for _ in range(5))
    SKILL, ATTITUDE, CAPACITY, LATE_ACTION, WRONG_DECISION = (auto() for _ in range(5))
    POLICY, HANDOFF, NO_OWNER, AUTHORITY_LIMIT = (auto() for _ in range(4))
    IT_FAULT, DATA_ERROR, INTERFACE, SECURITY = (auto() for _ in range(4))
    MERCHANT, CARRIER, SERVICE_PARTNER = (auto() for _ in range(3))
    MISUSE, MISUNDERSTANDING, EXPECTATION, NO_FAULT, UNKNOWN = (auto() for _ in range(5))


class Source(StrEnum):
    """The things that can lead to an improvement action. `CLUSTER`: several similar complaints. `OVERTURNED`:
    a decision that a reconsideration did not confirm. `BREACH`: a broken agreement."""

    ROOT_CAUSE, CLUSTER, SURVEY, OVERTURNED, BREACH = (auto() for _ in range(5))


class Lesson(StrEnum):
    """The topics of trainings. A policy says which role must repeat which topic, and how often."""

    COMPLAINT_HANDLING, PERSONAL_INFORMATION, PRODUCT_SAFETY, IMPARTIALITY, OTHER = (auto() for _ in range(5))


class Verdict(StrEnum):
    """The results of checking whether an improvement action had an effect. `FELL`: the cause became rarer.
    `ROSE`: it became more frequent. `CANNOT_BE_TOLD`: no difference can be shown."""

    FELL, ROSE, CANNOT_BE_TOLD = (auto() for _ in range(3))


class ScopeKind(StrEnum):
    """The ways to choose the part of all complaints that an improvement action is to change. `CLASS`: the
    class of the goods or services."""

    CLASS, COMPANY, TEAM, REGION = (auto() for _ in range(4))


class Unclear(StrEnum):
    """The reasons why a check of an improvement action says that nothing can be told.

    `SHORT_BASELINE`: fewer than 26 weeks were counted before the action. `NO_COMPLAINTS`: no complaint had
    the cause, before or after. `FEW_CAUSES`: fewer than eight other causes can be compared. `TOO_FEW`: the
    difference can be chance."""

    SHORT_BASELINE, NO_COMPLAINTS, FEW_CAUSES, TOO_FEW = (auto() for _ in range(4))


class Topic(StrEnum):
    """The topics that a suggestion can have."""

    FILING, LETTERS, TIME, ANSWER, MEDIATION, WEBSITE, OTHER = (auto() for _ in range(7))


class Follows(StrEnum):
    """The things that can be done about a suggestion. `NOTED`: nothing further. `ACTION`: an improvement
    action. `NOT_OURS`: nothing, because it is outside our responsibility."""

    NOTED, ACTION, NOT_OURS = (auto() for _ in range(3))


class Law(StrEnum):
    """The laws that an answer can cite, each in one version, and the contract of the parties. An article is
    stored together with its law."""

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


class ExtensionReason(GroundCode):
    """The reasons for which the answer can need more time."""

    COMPLEX, THIRD_PARTY = auto(), auto()
    MANY_PEOPLE = "many_people", Fact.JOINT
    APPRAISAL = "appraisal", Fact.TEST
    CONSUMER_ASKED, FORCE_MAJEURE = auto(), auto()


class PauseReason(StrEnum):
    """The reasons for which a deadline can be paused. Nobody chooses one: a pause follows from a move or a
    stage."""

    INFORMATION, APPRAISAL, CHALLENGE, SIGNING, TALKS, WITHDRAWN, LATE = (auto() for _ in range(7))


class Conflict(GroundCode):
    """The reasons for which a person may not act on a case."""

    RELATIVE, INTEREST, PRIOR_ROLE, BUSINESS_TIE, OTHER_DOUBT = (auto() for _ in range(5))


class Power(StrEnum):
    """The powers that a representative can have for the represented person."""

    SUBMIT, ANSWER, NEGOTIATE, SETTLE, RECEIVE_MONEY, SIGN = (auto() for _ in range(6))


class Side(StrEnum):
    """The two sides of a case."""

    CONSUMER, BUSINESS = auto(), auto()

    @property
    def other(self) -> Side:
        """Return the opposite side of this side."""
        return Side.BUSINESS if self is Side.CONSUMER else Side.CONSUMER


class EvidenceKind(StrEnum):
    """The kinds of evidence on which a finding of fact can rest. `NO_ANSWER`: a department did not answer a
    question in time."""

    STATEMENT, FILE, INTERVIEW, DEPARTMENT, APPRAISAL, NO_ANSWER = (auto() for _ in range(6))


class Undelivered(StrEnum):
    """The reasons for which a letter was not delivered, was not sent, or became a call. `BOUNCE`: the letter
    came back, or was refused for good. `GIVEN_UP`: we have stopped trying to send it. `SUPPRESSED`: the
    address returns or refuses our letters.

    `NO_TEXT`: the text could not be made. `NOT_SENT`: the letter did not leave in time. `UNCONFIRMED`: the
    address is unconfirmed, so only the case page shows the letter. `NOTHING_LEFT`: the subject of the letter
    is already dealt with. `SAME_LINK`: a letter with the same link was sent today. `WAITS`: today's limit of
    letters to the address is reached, so staff call the person. `OVERTAKEN`: the letter waited, and what it
    says is no longer true.
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
        OVERTAKEN,
    ) = (auto() for _ in range(11))


class Type(StrEnum):
    """The types of complaints. Each matter of a complaint has one type, and one of its `sub_types`.
    `sectors`: the sectors that a matter of this type belongs to, whatever was bought."""

    sub_types: tuple[str, ...]
    sectors: tuple[Sector, ...]

    def __new__(cls, code: str, sub_types: str, *sectors: Sector) -> Self:
        """Return the code, with the sub-types and sectors of its declaration."""
        made = str.__new__(cls, code)
        made._value_, made.sub_types, made.sectors = code, tuple(sub_types.split()), sectors
        return made

    QUALITY = (
        "quality",
        "defect not_as_standard expired counterfeit used_as_new damaged_on_arrival repeat_failure "
        "poor_service hidden_history",
    )
    SAFETY = (
        "safety",
        "injury fire_explosion electric_shock food_poisoning foreign_body allergy_reaction hazard "
        "property_damage premises",
    )
    QUANTITY = "quantity", "short missing_item wrong_item meter"
    PRICE = (
        "price",
        "overcharge hidden_fee price_mismatch false_discount auto_renewal unauthorised_charge "
        "price_discrimination price_protection",
    )
    INFORMATION = (
        "information",
        "false_advertising misleading missing_information label no_terms_notice fake_review",
    )
    CONTRACT = "contract", "not_delivered late cancelled unfair_term changed_terms early_end deposit"
    RETURN_REFUND = (
        "return_refund",
        "no_reason_refused return_refused refund_delay refund_short return_cost exchange",
    )
    CREDIT = (
        "credit",
        "credit_record enquiry rate_fee guarantee_fee collection early_repayment written_off "
        "mortgage loan_in_my_name",
        Sector.BANKING,
    )
    WARRANTY = "warranty", "repair_refused repair_delay repair_charge parts no_invoice installation"
    PREPAID = "prepaid", "closed_shop balance_refund expired_card transfer changed_service"
    CHOICE = "choice", "tie_in forced minimum_spend default_tick blocked_alternative"
    CONDUCT = "conduct", "rude discrimination harassment threat passing_on no_reply"
    PRIVACY = "privacy", "leak over_collection spam refused_deletion account"
    # The shop answers for its delivery, and the courier for theirs.
    DELIVERY = (
        "delivery",
        "lost late_delivery damaged_in_transit not_to_door false_signature",
        Sector.POST,
        Sector.GENERAL,
    )
    BANK = "bank", "frozen card_fraud transfer card_fee", Sector.BANKING
    INVESTMENT = "investment", "mis_sold redemption", Sector.BANKING, Sector.SECURITIES
    INSURANCE = (
        "insurance",
        "claim_refused claim_delay claim_short surrender mis_sold premium",
        Sector.INSURANCE,
    )
    TELECOM = "telecom", "slow_or_down charges plan unwanted_service blocked", Sector.TELECOM
    FLIGHT = "flight", "delay ticket_refund baggage denied_boarding", Sector.AVIATION
    RAIL = "rail", "delay ticket_refund", Sector.RAIL
    ROAD = "road", "ride_fare ride_service rental", Sector.ROAD
    TRAVEL = "travel", "booking not_as_described cancel_refund itinerary tickets"
    ONLINE = "online", "account_banned game_items minor_payment withdrawal"
    HOUSING = "housing", "rent_deposit rent_terms home_condition agency property_service new_home"
    UTILITIES = "utilities", "outage bill connection"
    # A fraud is reported to the police, and the market regulator is in charge of the shop that it hid behind.
    FRAUD = (
        "fraud",
        "fake_seller impersonation phishing investment_scam job_scam identity_theft",
        Sector.FRAUD,
        Sector.GENERAL,
    )
    HANDLING = "handling", "late_answer unfair_process promise_not_kept"
    OTHER = "other", "other"


def sectors_of(types: Iterable[Type], bought: GoodsClass | ServiceClass | None) -> tuple[Sector, ...]:
    """Return the sectors of a complaint about matters of these types. The class of what was bought decides,
    and each type adds its own sectors. Without both it is the general sector."""
    kinds = [*types]
    found = {sector for kind in kinds for sector in kind.sectors}
    if bought:
        found.update(bought.sectors)
    elif not found or not all(kind.sectors for kind in kinds):
        found.add(Sector.GENERAL)
    return tuple(sector for sector in Sector if sector in found)


TYPES: dict[str, tuple[str, ...]] = {kind.value: kind.sub_types for kind in Type}
"""The types of complaints, each with its sub-types."""
