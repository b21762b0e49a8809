"""A demo complaint about another business. It is passed on with the consumer's consent, and followed until a
business has taken it."""

from infra.local.demo_stage import CONSENTS, Complaint, Stack, Trouble, file, mailbox, today, yuan

SENT = "空调9月12日由贵店维修，收据7712，收费380元。维修以后仍不制冷。请上门检查，并答复沈宜。"


def forwarded(stack: Stack, life: str) -> list[Complaint]:
    """Play a complaint about a repair shop that is not ours. Staff show the consumer the whole text and pass
    it on once she agrees. The first shop refuses, the second one takes it. She gets its number."""
    case = file(
        stack,
        life,
        "沈宜",
        {
            "person": {"name": "沈宜", "email": mailbox("shen.yi")},
            "account": {
                "story": "空调是在你们平台买的，可是修的人是外面维修店的，修完还是不制冷，你们别又推来推去。",
                "product": "壁挂空调",
            },
            "matters": [{"type": "quality", "sub_type": "poor_service", "amount": yuan("380.00")}],
            "wishes": ["redo"],
            "hurt": "no",
            "consents": CONSENTS,
        },
    )
    _proposed(case, "城东家电维修中心", "电话0571-88001234")
    case.refused("intake", "send_forward", forward="W1")
    _sent(case, "W1")
    case.refused("intake", "refer_outside", company="城西维修", contact="电话1", sent=SENT, kept="无")
    case.refused("intake", "record_forward", forward="W1", takes=False, on=today())
    case.do(
        "intake", "record_forward", forward="W1", takes=False, on=today(), reason="这张收据不是我们开的。"
    )
    _proposed(case, "城西家电服务站", "电话0571-88005678")
    _sent(case, "W2")
    case.refused("intake", "record_forward", forward="W2", takes=True, on=today())
    case.do(
        "intake",
        "record_forward",
        forward="W2",
        takes=True,
        on=today(),
        number="CX-2026-118",
        contact="何师傅，电话0571-88005679",
    )
    case.do(
        "intake",
        "decline",
        grounds={"1": "not_our_business"},
        reasons={"1": "维修由城西家电服务站负责，我们没有收过您的维修费。"},
        instead={"1": "城西家电服务站，编号CX-2026-118，电话0571-88005679"},
        routes=["samr_12315"],
    )
    if [one["state"] for one in case.look()["forwards"]] != ["not_taken", "confirmed"]:
        raise Trouble("The second shop should have taken the complaint.")
    return [case]


def _proposed(case: Complaint, company: str, contact: str) -> None:
    """Propose to pass the complaint on to a business."""
    case.do(
        "intake",
        "refer_outside",
        company=company,
        contact=contact,
        sent=SENT,
        kept="我们核对平台上的保修条款，并把它告诉您。",
    )


def _sent(case: Complaint, forward: str) -> None:
    """Let the consumer agree to a proposal, and pass the complaint on."""
    case.do("沈宜", "consent_forward", forward=forward, agrees=True)
    case.do("intake", "send_forward", forward=forward)
