"""A demo complaint that a partner files and follows by the interface alone."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.calendar import stamp
from infra.local.demo_stage import (
    CONSENTS,
    RUN,
    Complaint,
    Json,
    Stack,
    Trouble,
    link,
    mailbox,
    say,
    today,
    yuan,
)

NAME, OWN = "谢雨", f"TICKET-{RUN}"
"""The person for whom the partner files, and the partner's own number for the complaint."""


class Partner:
    """A partner system with a key of this run of the demo. It knows only what the interface answers."""

    def __init__(self, stack: Stack, life: str) -> None:
        self.stack, self.life, self.name = stack, life, f"demo-{RUN}"
        asked = {"partner": self.name, "scopes": ["file", "add", "read"], "days": 1}
        self.key = stack.call("administrator", stack.token("administrator"), "POST", "/v1/keys", asked)["key"]
        self.changes, self.told = "", list[Json]()

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Send a request with the partner's key, and return the answer."""
        return self.stack.call(f"partner {self.name}", self.key, method, path, body)

    def expect(self, what: str, true: object) -> None:
        """Print what the partner found. Raises Trouble if it is not true."""
        if not true:
            raise Trouble(f"The partner should see this, and does not: {what}.")
        say(self.life, f"✓ partner: {what}")

    def follow(self) -> list[str]:
        """Read what changed since the last reading, and return the moves so far."""
        found = self.call("GET", "/v1/changes" + (f"?after={self.changes}" if self.changes else ""))
        self.changes, self.told = found["next"], [*self.told, *found["items"]]
        return [one["move"] for one in self.told]

    def end(self) -> None:
        """Revoke the key."""
        token = self.stack.token("administrator")
        self.stack.call("administrator", token, "DELETE", "/v1/keys", {"key": self.key})


def followed(stack: Stack, life: str) -> list[Complaint]:
    """Play a complaint that a partner files by the interface, with its own number and the consent of the
    person. It reads the answer with its reasons, and follows the promise until the complaint is closed. Then
    the person ends the consent, and the partner reads only how the complaint stands."""
    partner = Partner(stack, life)
    text = next(one for one in partner.call("GET", "/v1/consents")["items"] if one["present"])
    said: Json = {
        "external_id": OWN,
        "consent": {"version": text["version"], "at": stamp(datetime.now(UTC) - timedelta(seconds=20))},
        "person": {"name": NAME, "email": mailbox("xie.yu")},
        "account": {
            "story": "买的吹风机用了一周就不出热风，门店让我找厂家，厂家说没有发票不修。",
            "order": "CF-20261108-77",
        },
        "matters": [{"type": "quality", "sub_type": "defect", "amount": yuan("329.00")}],
        "wishes": ["refund"],
        "hurt": "no",
        "consents": CONSENTS,
    }
    number = partner.call("POST", "/v1/complaints", said)["number"]
    again = partner.call("POST", "/v1/complaints", said)
    partner.expect("the same request again has the same number", again["number"] == number)
    try:
        partner.call("POST", "/v1/complaints", said | {"wishes": ["repair"]})
        raise Trouble("Other content under the same number was accepted, and should not be.")
    except Trouble as refused:
        partner.expect("other content under its number is refused by name", number in str(refused))
    [found] = partner.call("GET", f"/v1/cases?external_id={OWN}")["items"]
    partner.expect("it finds the complaint by its own number", found["number"] == number)
    case = Complaint(stack, life, number, {}, {"p1": NAME})
    case.tokens[NAME] = link(case, said["person"]["email"]).partition("?")[0]
    _answered(case)
    shared = partner.call("GET", f"/v1/cases/{number}")["shared"]
    reasons = [matter["reason"] for matter in shared["answer"]["matters"]]
    partner.expect("it reads the answer and its reason", reasons == ["热风元件一周内失效，属于质量问题。"])
    _kept(case)
    partner.expect("it was told of each step", {"answer", "confirm_done"} <= {*partner.follow()})
    [owed] = partner.call("GET", f"/v1/cases/{number}")["obligations"]
    partner.expect("it sees that the promise was kept", owed["state"] == "confirmed")
    closed = partner.call("GET", "/v1/cases?state=closed")["items"]
    partner.expect("its list of closed complaints has it", [one["number"] for one in closed] == [number])
    case.do(NAME, "end_partner_access")
    left = partner.call("GET", f"/v1/cases/{number}")
    partner.expect("after the person has ended it, it reads no words", left["shared"] is None)
    partner.end()
    return [case]


def _answered(case: Complaint) -> None:
    """Accept, investigate and answer the complaint, with a refund."""
    case.do("intake", "accept")
    case.do("lead", "assign", to=case.stack.staff["investigator"]["id"])
    case.do(
        "investigator",
        "file_report",
        findings=[{"matter": 1, "fact": "售后检测：热风元件断路。", "evidence": ["E1"]}],
        rights=dict.fromkeys(("know", "choose", "fair_trade", "safety"), "not_infringed"),
        rules=[{"law": "consumer_protection_2013", "article": "第二十四条"}],
        causes=["manufacture"],
        conclusions={"1": "upheld"},
        reasons={"1": "热风元件一周内失效，属于质量问题。"},
        remedies=[{"matter": 1, "kind": "refund", "by": today(2), "amount": yuan("329.00")}],
        terms="全额退款329元，原路退回。",
    )
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])


def _kept(case: Complaint) -> None:
    """Let the person accept the answer, and keep the promise, until the complaint is closed."""
    case.do(NAME, "accept_answer")
    paid = "已原路退回329元，平台流水尾号6612。"
    case.do("followup", "claim_done", obligation="O1", proof="payment_record", what=paid)
    case.do(NAME, "confirm_done", obligation="O1", remark="收到了。")
    case.wait_for_stage("closed", case.due("closing"))
