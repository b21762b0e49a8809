"""A demo complaint of a person who only writes mails and telephones."""

import re
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr

from infra.local import run
from infra.local.demo_stage import (
    GRACE,
    LOOK_EVERY,
    Complaint,
    Json,
    Stack,
    Trouble,
    mailbox,
    picture,
    say,
    today,
    yuan,
)

NAME, OWN = "周桂兰", mailbox("zhou.guilan")
PUBLIC = f"complaints@{run.PARAMETERS['ReplyDomain']}"
STORY = """您好！！我上月在你们家网店买的破壁机（单号在家里的纸上，回头找），
用了没几次就漏水，打客服打了三四次，一会说让寄回去一会说过了时间
    …气死我了，照片发给你们看。   退钱！！

发自我的iPhone"""


def mailed(stack: Stack, life: str) -> list[Complaint]:
    """Play a complaint of a person who only writes mails and telephones. It begins as a mail with a photo to
    the public address. The person answers what we ask by replying to the letter, and what the reply quotes is
    cut off. An acceptance by mail does not count, but it holds the window. Staff call, read the acceptance
    out, and record it. The person confirms the refund on the telephone, and the complaint is closed."""
    case = _opened(stack, life)
    _asked(case)
    _answered(case)
    _accepted(case)
    _kept(case)
    return [case]


def _opened(stack: Stack, life: str) -> Complaint:
    """Write to the public address, and wait for the receipt and for the letter that asks for the rest."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"{NAME} <{OWN}>", PUBLIC, "漏水！！"
    mail["Message-ID"] = make_msgid(domain="mail.example")
    mail.set_content(STORY, charset="gb18030", cte="base64")
    mail.add_attachment(picture(), maintype="image", subtype="jpeg", filename="漏水.jpg")
    _post(mail=mail.as_bytes())
    say(life, f"{NAME} writes a mail with a photo to {PUBLIC}")
    until = datetime.now(UTC) + GRACE
    while not (number := _number(stack)):
        if datetime.now(UTC) > until:
            raise Trouble(f"The mail to {PUBLIC} opened no complaint.")
        stack.over.wait(LOOK_EVERY)
    case = Complaint(stack, life, number, {NAME: ""}, {"p1": NAME})
    case.confirm(NAME)
    _told(case, "作为投诉登记")
    case.wait(
        "the photo of the mail to be checked and kept",
        lambda: any(piece["kind"] == "file" for piece in case.look()["evidence"]),
        datetime.now(UTC) + timedelta(seconds=30),
    )
    return case


def _asked(case: Complaint) -> None:
    """Ask for the missing facts. The answer comes by mail, with our letter quoted below."""
    case.do(
        "intake",
        "ask_information",
        items=["order_number", "purchase_proof"],
        why="没有订单号，查不到这台破壁机的购买时间和价格。",
    )
    words = "单号找到了：PB-1108-23，十一月八号买的，499元。电话13700137000，白天打。"
    _reply(case, "查不到这台破壁机", words)
    _wait_for_words(case, "give_information", "answer", words)
    case.do("intake", "change_contact", party="p1", phone="13700137000")


def _answered(case: Complaint) -> None:
    """Accept, investigate and answer the complaint, with a refund."""
    case.do("intake", "accept")
    case.do("lead", "assign", to=case.stack.staff["investigator"]["id"])
    photo = next(piece["id"] for piece in case.look()["evidence"] if piece["kind"] == "file")
    case.do(
        "investigator",
        "file_report",
        findings=[{"matter": 1, "fact": "照片显示刀座密封圈破损，机身漏水。", "evidence": [photo]}],
        rights=dict.fromkeys(("know", "choose", "fair_trade", "safety"), "not_infringed"),
        rules=[{"law": "consumer_protection_2013", "article": "第二十四条"}],
        causes=["manufacture"],
        conclusions={"1": "upheld"},
        reasons={"1": "密封圈一个月内破损，属于质量问题。"},
        remedies=[{"matter": 1, "kind": "refund", "by": today(2), "amount": yuan("499.00")}],
        terms="全额退款499元，原路退回；旧机由快递上门取回，运费由我方承担。",
    )
    case.do("lead", "answer", routes=["samr_12315", "association", "court"])


def _accepted(case: Complaint) -> None:
    """Accept the answer by mail, which does not count, then on the telephone."""
    words = "行吧，我同意，就这么办。"
    _reply(case, "旧机由快递上门取回", words)
    _wait_for_words(case, "message", "text", words)
    _told(case, "作为留言记入了投诉")
    case.due("message_reply")
    if case.look()["stage"] != "answered":
        raise Trouble("A mail should accept nothing.")
    say(case.life, "✓ the mail accepted nothing; it waits for a reply")
    case.do(
        "intake", "message", text="收到您的邮件。接受答复要在页面上办，或者由我们打电话给您念一遍，您说同意。"
    )
    case.refused("intake", "accept_answer", party="p1")
    case.do("intake", "accept_answer", party="p1", read_back=True)


def _kept(case: Complaint) -> None:
    """Keep the promise. The person confirms on the telephone that the money came."""
    case.do("followup", "take")
    paid = "已原路退回499元，平台流水尾号3108。"
    case.do("followup", "claim_done", obligation="O1", proof="payment_record", what=paid)
    case.do("followup2", "confirm_done", obligation="O1", remark="电话确认：499元收到了，旧机也取走了。")
    case.wait_for_stage("closed", case.due("closing"))


def _number(stack: Stack) -> str:
    """Return the number of the complaint about which the person got a letter; "" before the first letter."""
    texts = (mail["BodyText"] for mail in stack.letters("") if OWN in mail["To"])
    return next((found[1] for text in texts if (found := re.search(r"/address/(\d{12})/", text))), "")


def _letters(case: Complaint) -> list[Json]:
    """Return the letters of the case to the person, the oldest first."""
    return [mail for mail in case.stack.letters(case.number) if OWN in mail["To"]]


def _told(case: Complaint, words: str) -> None:
    """Wait for a letter to the person that has these words."""
    case.wait(
        f"a letter to {NAME} that says “{words}”",
        lambda: any(words in mail["BodyText"] for mail in _letters(case)),
        datetime.now(UTC),
    )


def _reply(case: Complaint, about: str, words: str) -> None:
    """Reply to the newest letter of the case, once there is one whose text has the words `about`, as a mail
    program does that quotes the letter below."""
    _told(case, about)
    letter = next(mail for mail in reversed(_letters(case)) if about in mail["BodyText"])
    quoted = (
        "\n\n\n------------------ 原始邮件 ------------------\n"
        f'发件人: "消费者投诉处理" <{run.PARAMETERS["MailFrom"]}>;\n'
        f"发送时间: {today()} 10:00\n收件人: {OWN};\n主题: {letter['Subject']}\n\n{letter['BodyText']}"
    )
    to = parseaddr(letter["ReplyTo"])[1]
    _post(sender=OWN, to=to, subject=f"回复：{letter['Subject']}", text=words + quoted)
    say(case.life, f"{NAME} replies to the letter “{letter['Subject']}”: {words}")


def _wait_for_words(case: Complaint, move: str, field: str, words: str) -> None:
    """Wait until a mail is on the timeline as this move, with nothing but these words."""

    def there() -> list[Json]:
        return [entry for entry in case.entries() if entry["move"] == move]

    case.wait(f"the mail to be recorded ({move})", there, datetime.now(UTC))
    if (said := there()[-1]["words"].get(field)) != words:
        raise Trouble(f"The mail should be recorded without what it quotes, and is: {said}")


def _post(**fields: str | bytes) -> None:
    """Let a mail arrive, as the page with the local mailbox does: a whole mail, or a reply to a letter."""
    edge = uuid.uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + (value.encode() if isinstance(value, str) else value)
        for name, value in fields.items()
    ]
    body = b"\r\n".join((*parts, f"--{edge}--\r\n".encode()))
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    urllib.request.urlopen(
        urllib.request.Request(f"{run.EMULATOR}/_local/mail", body, kind), timeout=60
    ).close()
