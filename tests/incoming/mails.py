"""Builders of incoming mails in raw bytes, each with the words that the reader must find."""

from __future__ import annotations

from base64 import b64encode
from quopri import encodestring
from typing import Any, NamedTuple

from chalicelib.incoming.mail import Receiver

SHOP = "noreply@mail.example-shop.cn"
PERSON = "lihua@example-post.cn"
OWN = Receiver(("amazonses.com",), (SHOP, "@reply.example-shop.cn"))
OURS_ZH = (
    "尊敬的李华：\n\n您的投诉 26-000123 已经受理，我们将在三个工作日内告知进展。\n\n示例商城 消费者服务部"
)
OURS_EN = (
    "Dear Li Hua,\n\nWe have accepted your complaint 26-000123 and will report in three days.\n\nExample Shop"
)
QUOTED = ("已经受理", "have accepted", "消费者服务部", "26-000123")
"""Words of our letters, which no cut text may hold."""
SAID_ZH = "您好，发票我今天寄出了。\n退款请打到原来的银行卡。"
SAID_EN = "Hello, I posted the invoice today.\nPlease refund to the same card."


def header(text: str, charset: str = "utf-8") -> str:
    """Return a text as an encoded word."""
    return f"=?{charset}?B?{b64encode(text.encode(charset)).decode()}?="


def part(body: str | bytes, kind: str, charset: str = "utf-8", how: str = "base64", more: str = "") -> bytes:
    """Return a part of a mail. `how` is the transfer encoding, `more` are further headers."""
    content = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode(charset or "utf-8")
    coded = {"base64": _base64, "quoted-printable": _printable}.get(how, bytes)(content)
    labelled = f'; charset="{charset}"' if charset and kind.startswith("text/") else ""
    head = f"Content-Type: {kind}{labelled}\r\nContent-Transfer-Encoding: {how}\r\n{more}\r\n"
    return head.encode() + coded


def _base64(content: bytes) -> bytes:
    coded = b64encode(content)
    return b"\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))


def _printable(content: bytes) -> bytes:
    return encodestring(content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def several(kind: str, *parts: bytes, boundary: str = "----=_Part_1") -> bytes:
    """Return parts in one part."""
    lines = b"".join(b"--" + boundary.encode() + b"\r\n" + one + b"\r\n" for one in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'
    return head.encode() + lines + b"--" + boundary.encode() + b"--\r\n"


def alternative(plain: str, html: str, **how: Any) -> bytes:
    """Return a text in two forms."""
    return several(
        "alternative", part(plain, "text/plain", **how), part(html, "text/html", **how), boundary="alt_1"
    )


def mail(
    content: bytes,
    subject: str = "Re: 26-000123",
    sender: str = f"Li Hua <{PERSON}>",
    to: str = SHOP,
    more: str = "",
    above: str = "",
) -> bytes:
    """Return a mail. `content` begins with the headers of the body; `above` are the lines of our server."""
    head = (
        f"{above}From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n"
        f"Date: Sat, 3 Oct 2026 18:30:00 +0800\r\nMessage-ID: <m1@example-post.cn>\r\n"
        f"{more}MIME-Version: 1.0\r\n"
    )
    return head.encode("utf-8", "surrogateescape") + content


def verdict(results: str, server: str = "amazonses.com", more: str = "") -> str:
    """Return the lines that SES writes above a mail, and the first line of the sender's own server."""
    return (
        "Return-Path: <lihua@example-post.cn>\r\n"
        "Received: from mx.example-post.cn (mx.example-post.cn [192.0.2.7])\r\n"
        " by inbound-smtp.eu-west-1.amazonaws.com with SMTP id abc123\r\n"
        f" for r-7k2m@reply.example-shop.cn;\r\n Sat, 03 Oct 2026 10:30:05 +0000 (UTC)\r\n"
        f"X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n{more}"
        f"Authentication-Results: {server};\r\n {results}\r\n"
        "X-SES-RECEIPT: AEFB\r\n"
        "Received: from phone ([198.51.100.4]) by mx.example-post.cn; Sat, 3 Oct 2026 18:30:01 +0800\r\n"
    )


def html(text: str) -> str:
    """Return a text as programs write it in HTML."""
    return "".join(f"<div>{line or '<br>'}</div>" for line in text.split("\n"))


def quote_lines(text: str, mark: str = "> ") -> str:
    """Return a text as quoted lines."""
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


class Reply(NamedTuple):
    """An answer to one of our letters, as a mail program writes it, and the words of its writer."""

    name: str
    body: bytes
    said: str
    subject: str = "Re: 26-000123"


def _top(name: str, between: str, said: str = SAID_ZH, ours: str = OURS_ZH, **how: Any) -> Reply:
    """Return an answer above a quoted letter that is not marked line by line."""
    return Reply(name, part(f"{said}\n\n{between}\n{ours}\n", "text/plain", **how), said)


def _zh_block(sender: str = f"示例商城 <{SHOP}>", sent: str = "发送时间") -> str:
    return f"发件人: {sender}\n{sent}: 2026年10月3日(星期六) 下午6:28\n收件人: 李华 <{PERSON}>\n主题: 26-000123 已受理"


NETEASE_CARD = (
    '<div class="ntes-mailmaster-quote" style="padding-top: 1px">'
    '<div style="margin-top: 2em">---- 回复的原邮件 ----</div><table>'
    f"<tr><td>发件人</td><td>示例商城&lt;{SHOP}&gt;</td></tr><tr><td>日期</td><td>2026年10月03日 18:28</td></tr>"
    f"<tr><td>收件人</td><td>{PERSON}</td></tr><tr><td>主题</td><td>26-000123</td></tr></table>"
    f"{html(OURS_ZH)}</div>"
)
GMAIL_ZH = f"示例商城 <{SHOP}> 于2026年10月3日周六 下午6:28写道："
GMAIL_HK = f"示例商城 <{SHOP}> 於 2026年10月3日週六 下午6:28寫道："
GMAIL_EN = f"On Sat, Oct 3, 2026 at 6:28 PM Example Shop <{SHOP}> wrote:"
IPHONE_ZH = f"在 2026年10月3日，下午6:28，示例商城 <{SHOP}> 写道："
IPHONE_EN = f"On Oct 3, 2026, at 6:28 PM, Example Shop <{SHOP}> wrote:"
OUTLOOK_EN = (
    f"From: Example Shop <{SHOP}>\nSent: Saturday, October 3, 2026 6:28 PM\nTo: Li Hua <{PERSON}>\n"
    "Subject: 26-000123 accepted"
)
FOXMAIL = (
    '<blockquote style="margin-Top: 0px; margin-Bottom: 0px; margin-Left: 0.5em"><div>&nbsp;</div>'
    '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    '<div style="background:#efefef">'
    f"<div><b>发件人：</b>&nbsp;<a>示例商城</a></div><div><b>发送时间：</b>&nbsp;2026-10-03&nbsp;18:28</div>"
    f"<div><b>收件人：</b>&nbsp;李华</div><div><b>主题：</b>&nbsp;26-000123</div></div></div>"
    f"{html(OURS_ZH)}</blockquote>"
)
OUTLOOK_WEB = (
    '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
    f'<div id="divRplyFwdMsg" dir="ltr"><font><b>发件人:</b> 示例商城 &lt;{SHOP}&gt;<br><b>发送时间:</b> '
    f"2026年10月3日 18:28<br><b>收件人:</b> 李华<br><b>主题:</b> 26-000123</font><div>&nbsp;</div></div>{html(OURS_ZH)}"
)
OUTLOOK_DESKTOP = (
    "<div class=WordSection1><p class=MsoNormal><span style='font-size:11.0pt'>{0}<o:p></o:p></span></p>"
    "<p class=MsoNormal>{1}<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
    "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>"
    "<b><span>From:</span></b> Example Shop &lt;noreply@mail.example-shop.cn&gt; <br><b>Sent:</b> Saturday, "
    "October 3, 2026 6:28 PM<br><b>To:</b> Li Hua<br><b>Subject:</b> 26-000123<o:p></o:p></p></div>"
    "<p class=MsoNormal>We have accepted your complaint 26-000123.<o:p></o:p></p></div>"
)
QQ_NEW = (
    '<article><div style="display:flex" contenteditable="false">'
    '<div style="color:#959DA6">原始邮件</div><hr></div>'
    '<table data-uneditable="true"><tbody><tr><td><div><span>发件人：</span><span>示例商城</span> '
    f"<span>&lt;{SHOP}&gt;</span></div><div><span>发件时间：</span><span>2026年10月3日 18:28</span></div>"
    f"<div><span>收件人：</span>李华</div></td></tr></tbody></table>{html(OURS_ZH)}</article>"
)
_first, _second = SAID_ZH.split("\n")
_yes, _please = SAID_EN.split("\n")
IN_LINE = f"{IPHONE_ZH}\n> 您的投诉 26-000123 已经受理。\n{_first}\n> 我们将在三个工作日内告知进展。\n> 消费者服务部\n{_second}\n"

REPLIES = [
    # 163 and 126: the web page, the program for phones and computers
    Reply(
        "163_web_html",
        alternative(
            f'{SAID_ZH}\n\n\nAt 2026-10-03 18:28:31, "示例商城" <{SHOP}> wrote:\n{quote_lines(OURS_ZH, ">")}',
            f'<div style="line-height:1.7">{html(SAID_ZH)}</div><div id="divNeteaseMailCard"></div>'
            f'<p>At 2026-10-03 18:28:31, "示例商城" &lt;{SHOP}&gt; wrote:</p>'
            f'<blockquote id="isReplyContent" style="PADDING-LEFT: 1ex">{html(OURS_ZH)}</blockquote>',
            charset="gbk",
        ),
        SAID_ZH,
    ),
    Reply(
        "163_web_zh_html_only",
        part(
            f'{html(SAID_ZH)}<p>在 2026-10-03 18:28:31，"示例商城" &lt;{SHOP}&gt; 写道：</p>'
            f'<blockquote id="isReplyContent">{html(OURS_ZH)}</blockquote>',
            "text/html",
            charset="gbk",
        ),
        SAID_ZH,
    ),
    Reply("163_master_html", part(html(SAID_ZH) + NETEASE_CARD, "text/html"), SAID_ZH),
    _top(
        "163_master_plain",
        f"---- 回复的原邮件 ----\n| 发件人 | 示例商城<{SHOP}> |\n| 日期 | 2026年10月03日 18:28 |\n"
        f"| 收件人 | {PERSON} |\n| 主题 | 26-000123 |",
    ),
    _top(
        "126_master_plain_en",
        f"---- Replied Message ----\n| From | Example Shop<{SHOP}> |\n| Date | 10/03/2026 18:28 |\n"
        f"| To | {PERSON} |\n| Subject | 26-000123 |",
        SAID_EN,
        OURS_EN,
    ),
    _top("126_web_plain_unmarked", f'在 2026-10-03 18:28:31，"示例商城" <{SHOP}> 写道：', charset="gb18030"),
    # QQ: the older page, the newer one, the phone
    _top("qq_web_plain", f"------------------ 原始邮件 ------------------\n{_zh_block()}", charset="gb18030"),
    Reply(
        "qq_web_html",
        part(
            f"{html(SAID_ZH)}<div><br></div><div>------------------&nbsp;原始邮件&nbsp;------------------</div>"
            f'<div style="background:#efefef"><div><b>发件人:</b> "示例商城"&lt;{SHOP}&gt;;</div>'
            f'<div><b>发送时间:</b> 2026年10月3日(星期六) 晚上6:28</div><div><b>收件人:</b> "李华"&lt;{PERSON}&gt;;</div>'
            f"<div><b>主题:</b> 26-000123</div></div>{html(OURS_ZH)}"
            '<style type="text/css">.qmbox style { display: none !important; }</style>',
            "text/html",
            charset="gb18030",
        ),
        SAID_ZH,
    ),
    Reply("qq_new_html", part(html(SAID_ZH) + QQ_NEW, "text/html"), SAID_ZH),
    _top(
        "qq_new_plain_en",
        f"         Original\n         \n       \n"
        f"From:Example Shop <{SHOP}>\nSent Time:Oct 3, 2026 18:28\nTo:Li Hua",
        SAID_EN,
        OURS_EN,
    ),
    _top("qq_web_en", f"------------------ Original ------------------\n{OUTLOOK_EN}", SAID_EN, OURS_EN),
    _top("qq_phone", f"发自我的iPhone\n\n\n------------------ 原始邮件 ------------------\n{_zh_block()}"),
    # Foxmail
    Reply("foxmail_html", part(html(SAID_ZH) + FOXMAIL, "text/html", charset="gb2312"), SAID_ZH),
    _top("foxmail_plain", f"\n{_zh_block(sent='发送时间').replace(': ', '： ')}", charset="gb2312"),
    # Gmail
    Reply("gmail_zh", part(f"{SAID_ZH}\n\n{GMAIL_ZH}\n\n{quote_lines(OURS_ZH)}\n", "text/plain"), SAID_ZH),
    Reply("gmail_en", part(f"{SAID_EN}\n\n{GMAIL_EN}\n\n{quote_lines(OURS_EN)}\n", "text/plain"), SAID_EN),
    Reply(
        "gmail_wrapped",
        part(
            f"{SAID_EN}\n\n{GMAIL_EN.replace(' <', chr(10) + '<')}\n\n{quote_lines(OURS_EN)}\n", "text/plain"
        ),
        SAID_EN,
    ),
    Reply(
        "gmail_zh_wrapped",
        part(
            f"{SAID_ZH}\n\n示例商城消费者服务 <{SHOP}>\n于2026年10月3日周六 下午6:28写道：\n\n{quote_lines(OURS_ZH)}\n",
            "text/plain",
        ),
        SAID_ZH,
    ),
    Reply(
        "gmail_html",
        part(
            f'<div dir="ltr">{html(SAID_ZH)}</div><br><div class="gmail_quote gmail_quote_container"><div '
            f'dir="ltr" class="gmail_attr">示例商城 &lt;<a href="mailto:{SHOP}">{SHOP}</a>&gt; 于'
            f"2026年10月3日周六 下午6:28写道：<br></div>"
            f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{html(OURS_ZH)}</blockquote></div>',
            "text/html",
        ),
        SAID_ZH,
    ),
    Reply(
        "gmail_bottom", part(f"{GMAIL_EN}\n\n{quote_lines(OURS_EN)}\n\n{SAID_EN}\n", "text/plain"), SAID_EN
    ),
    # Outlook: desktop, web, phone
    _top("outlook_desktop_plain", OUTLOOK_EN, SAID_EN, OURS_EN, charset="us-ascii", how="quoted-printable"),
    Reply(
        "outlook_desktop_html",
        part(OUTLOOK_DESKTOP.format(_yes, _please), "text/html", charset="us-ascii", how="quoted-printable"),
        SAID_EN,
    ),
    _top("outlook_desktop_zh", f"-----邮件原件-----\n{_zh_block()}", charset="gb2312"),
    _top("outlook_old", f"-----Original Message-----\n{OUTLOOK_EN}", SAID_EN, OURS_EN),
    _top(
        "outlook_zh_hant",
        f"寄件者: 示例商城 <{SHOP}>\n寄件日期: 2026年10月3日 18:28\n收件者: 李華\n主旨: 26-000123",
        charset="big5",
        said="您好，發票我今天寄出了。\n退款請匯到原來的帳戶。",
        ours="您的投訴 26-000123 收到了。",
    ),
    Reply("outlook_web_html", part(html(SAID_ZH) + OUTLOOK_WEB, "text/html", charset="gb2312"), SAID_ZH),
    _top("outlook_web_plain", f"________________________________\n{_zh_block()}"),
    _top(
        "outlook_phone",
        f"获取 Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n{_zh_block()}",
    ),
    _top(
        "outlook_phone_en",
        f"Get Outlook for Android\n________________________________\n{OUTLOOK_EN}",
        SAID_EN,
        OURS_EN,
    ),
    # Apple Mail and the iPhone
    Reply(
        "apple_mail_zh",
        part(f"{SAID_ZH}\n\n> {IPHONE_ZH.removeprefix('在 ')}\n> \n{quote_lines(OURS_ZH)}\n", "text/plain"),
        SAID_ZH,
    ),
    Reply(
        "apple_mail_html",
        part(
            f'<html><body>{html(SAID_ZH)}<br><div><blockquote type="cite"><div>2026年10月3日 18:28，示例商城 '
            f"&lt;{SHOP}&gt; 写道：</div><br><div>{html(OURS_ZH)}</div></blockquote></div></body></html>",
            "text/html",
        ),
        SAID_ZH,
    ),
    Reply(
        "iphone_zh",
        part(f"{SAID_ZH}\n\n发自我的 iPhone\n\n{IPHONE_ZH}\n\n{quote_lines('﻿' + OURS_ZH)}\n", "text/plain"),
        SAID_ZH,
    ),
    Reply(
        "iphone_en",
        part(
            f"{SAID_EN}\n\nSent from my iPhone\n\n{quote_lines(IPHONE_EN)}\n>\n{quote_lines(OURS_EN)}\n",
            "text/plain",
        ),
        SAID_EN,
    ),
    Reply("iphone_in_line", part(IN_LINE, "text/plain"), f"{_first}\n\n{_second}"),
    # phones of Huawei, Xiaomi, Samsung
    _top("huawei", f"发自我的华为手机\n\n\n-------- 原始邮件 --------\n{_zh_block(sent='日期')}"),
    _top("xiaomi", f"发自我的小米手机\n在 2026-10-03 18:28，示例商城 <{SHOP}> 写道："),
    _top("samsung", f"从我的 Galaxy 发送\n\n-------- 原始信息 --------\n{_zh_block(sent='日期')}"),
    _top(
        "samsung_en",
        f"Sent from my Galaxy\n\n-------- Original message --------\n{OUTLOOK_EN}",
        SAID_EN,
        OURS_EN,
    ),
    # others that consumers use
    _top("sina", f"----- 原始邮件 -----\n{_zh_block(sent='日期')}", charset="gbk"),
    Reply(
        "mail139",
        part(
            f'{html(SAID_ZH)}<hr id="replySplit"><div id="reply139content"><div>'
            f"------------------&nbsp;原始邮件&nbsp;"
            f"------------------</div><div><b>发件人:</b>&nbsp;{SHOP}</div>{html(OURS_ZH)}</div>",
            "text/html",
        ),
        SAID_ZH,
    ),
    Reply(
        "yahoo_hk",
        part(
            f'{html(SAID_ZH)}<div id="yahoo_quoted_21" class="yahoo_quoted"><div>示例商城 (&lt;{SHOP}&gt;) 在 '
            f"2026年10月3日星期六 下午06:28:53 [GMT+8] 寫道：</div>{html(OURS_ZH)}</div>",
            "text/html",
        ),
        SAID_ZH,
    ),
    Reply(
        "thunderbird",
        part(
            f"{SAID_EN}\n\nOn 03.10.26 18:28, Example Shop <{SHOP}> wrote:\n{quote_lines(OURS_EN)}\n",
            "text/plain",
        ),
        SAID_EN,
    ),
    _top(
        "protonmail",
        f"‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\n星期六, 十月 3, 2026 6:28 晚上，示例商城 <{SHOP}> 来信：",
    ),
    _top("zoho", f"---- 在 星期六, 03 十月 2026 18:28:32 +0800 示例商城 <{SHOP}> 撰写 ----"),
    _top("yandex", f'03.10.2026, 18:28, "Example Shop" <{SHOP}>:', SAID_EN, OURS_EN),
    _top(
        "aliyun",
        "------------------------------------------------------------------\n"
        f"发件人：示例商城 <{SHOP}>\n发送时间：2026年10月3日(星期六) 18:28\n"
        f"收件人：李华 <{PERSON}>\n主\u3000题：26-000123",
    ),
    _top(
        "coremail",
        f'-----原始邮件-----\n发件人:"示例商城" <{SHOP}>\n发送时间:2026-10-03 18:28:31 (星期六)\n'
        "收件人: 李华\n抄送:\n主题: 26",
    ),
    _top("qq_mobile", f"---原始邮件---\n{_zh_block()}"),
    _top(
        "feishu",
        f'发件人: "示例商城"<{SHOP}>\n日期: 2026年10月3日 (周六) 18:28\n主题: 26-000123\n收件人: {PERSON}',
    ),
    _top(
        "outlook_mac",
        f"From: Example Shop <{SHOP}>\nDate: Saturday, October 3, 2026 at 18:28\nTo: Li Hua\nSubject: 26",
        SAID_EN,
        OURS_EN,
    ),
    Reply(
        "gmail_ja",
        part(
            f"{SAID_EN}\n\n2026年10月3日(土) 18:28 Example Shop <{SHOP}>:\n\n{quote_lines(OURS_EN)}\n",
            "text/plain",
        ),
        SAID_EN,
    ),
    Reply("gmail_hk", part(f"{SAID_ZH}\n\n{GMAIL_HK}\n\n{quote_lines(OURS_ZH)}\n", "text/plain"), SAID_ZH),
    Reply(
        "thunderbird_zh",
        part(f"{SAID_ZH}\n\n在 2026/10/3 18:28, 示例商城 写道:\n{quote_lines(OURS_ZH)}\n", "text/plain"),
        SAID_ZH,
    ),
    Reply("quotes_without_writer", part(f"{quote_lines(OURS_ZH)}\n{SAID_ZH}\n", "text/plain"), SAID_ZH),
    # small differences between releases of the same programs
    Reply(
        "ios17_zh_plain",
        part(
            f"收到，谢谢\n\n> 在 2026年10月3日，18:28，示例商城 <{SHOP}> 写道：\n> \n> 尊敬的\n", "text/plain"
        ),
        "收到，谢谢",
    ),
    Reply(
        "ios_html",
        part(
            '<html><body dir="auto"><div dir="ltr">收到</div><div dir="ltr"><br><blockquote typ'
            f'e="cite">在 2026年10月3日，18:28，示例商城 &lt;{SHOP}&gt; 写道：<br><br></blockquote></div><b'
            'lockquote type="cite"><div dir="ltr">﻿您的投诉</div></blockquote></body></html>',
            "text/html",
        ),
        "收到",
    ),
    Reply(
        "android_gmail_auto",
        part(
            '<div dir="auto">收到</div><br><div class="gmail_quote"><div dir="ltr" class="gmail'
            f'_attr">示例商城 &lt;{SHOP}&gt;于2026年10月3日 周六18:28写道：<br></div><blockquote class="gma'
            'il_quote">您的投诉</blockquote></div>',
            "text/html",
        ),
        "收到",
    ),
    Reply(
        "outlook_ios_html",
        part(
            '<div>收到</div><div id="ms-outlook-mobile-signature">获取 <a href="https://aka.ms/o0'
            'ukef">Outlook for iOS</a></div><div id="mail-editor-reference-message-container"'
            f'><hr><div id="divRplyFwdMsg"><strong>发件人:</strong> 示例商城 &lt;{SHOP}&gt;<br><stron'
            "g>发送时间:</strong> Saturday, October 3, 2026 6:28:31 PM<br><strong>收件人:</strong> x"
            "<br><strong>主题:</strong> y</div>您的投诉</div>",
            "text/html",
        ),
        "收到",
    ),
    Reply(
        "mail_for_windows",
        part(
            '<p>收到</p><p>从 Windows 版<a href="x">邮件</a>发送</p><div style="border-top:solid"><p>'
            "<b>发件人: </b><a>示例商城</a><br><b>发送时间: </b>2026年10月3日 18:28<br><b>收件人: </b>x<br><b>"
            "主题: </b>y</p></div><p>您的投诉</p>",
            "text/html",
        ),
        "收到",
    ),
    Reply(
        "honor",
        part(
            f"收到\n\n\n\n发自我的荣耀手机\n\n\n-------- 原始邮件 --------\n发件人： 示例商城 <{SHOP}>\n日期： 2026年10月"
            "3日周六 18:28\n收件人： x\n主 题： y\n您的投诉",
            "text/plain",
        ),
        "收到",
    ),
    Reply(
        "huawei_html",
        part(
            '<div>收到</div><div id="signature">发自华为手机</div><blockquote><div>-------- 原始邮件 ----'
            f"----</div><div>发件人：{SHOP}</div><div>日期：2026</div><div>收件人：x</div><div>主题：y</div>"
            "您的投诉</blockquote>",
            "text/html",
        ),
        "收到",
    ),
    Reply(
        "xiaomi_html",
        part(
            f"收到<br>在 {SHOP}，2026年10月3日 下午6:28写道：<br><blockquote>您的投诉</blockquote>",
            "text/html",
        ),
        "收到",
    ),
    Reply(
        "qq_writes",
        part(f"收到\n\n示例商城<{SHOP}>在2026年10月3日 周六 18:28写道：\n您的投诉", "text/plain"),
        "收到",
    ),
    Reply(
        "126_at",
        part(
            f'收到\n\n\n\n\n\n\n\nAt 2026-10-03 18:28:31, "示例商城" <{SHOP}> wrote:\n>您的投诉\n>\n',
            "text/plain",
        ),
        "收到",
    ),
    Reply(
        "163_zh_new",
        part(
            f"收到\n\n\n---- 回复的原邮件 ----\n发件人示例商城<{SHOP}>\n发送日期2026年10月3日 18:28\n收件人x\n主题y\n您的投诉",
            "text/plain",
        ),
        "收到",
    ),
    Reply(
        "exchange_caution",
        part(
            f"收到\n\nFrom: Example Shop [mailto:{SHOP}]\nSent: Saturday, October 3, 2026 6:28 P"
            "M\nTo: x\nCc: z\nSubject: y\n\nWe have",
            "text/plain",
        ),
        "收到",
    ),
    Reply(
        "samsung_html",
        part(
            "<p>收到</p><div>从我的Galaxy发送</div><div>-------- 原始信息 --------</div><div>由：示例商城 &lt;"
            f"{SHOP}&gt;</div><div>日期：2026/10/3 18:28 (GMT+08:00)</div><div>收件人：x</div><div>主题"
            "：y</div><div>您的投诉</div>",
            "text/html",
        ),
        "收到",
    ),
    Reply(
        "outlook_zh_tw",
        part(
            f"收到\n\n-----Original Message-----\n寄件者: 示例商城 [mailto:{SHOP}] \n寄件日期: 2026\n收件者: x"
            "\n主旨: y\n\n您的投诉",
            "text/plain",
        ),
        "收到",
    ),
    Reply(
        "yahoo_en",
        part(
            "ok thanks\n\n    On Saturday, October 3, 2026 at 06:28:53 PM GMT+8, Example Shop"
            f" <{SHOP}> wrote:  \n \n We have accepted",
            "text/plain",
        ),
        "ok thanks",
    ),
    Reply(
        "netease_mac",
        part(f"收到\n\n在2026年10月03日 18:28，示例商城<{SHOP}> 写道：\n您的投诉", "text/plain"),
        "收到",
    ),
    # answers within our letter that are marked by nothing: everything is kept but the headers
    Reply(
        "outlook_answers_below",
        part(
            f"请见下方红字。\n\n{_zh_block()}\n\n请问发票寄出了吗？\n{_first}\n退款退到哪里？\n{_second}\n",
            "text/plain",
        ),
        f"请见下方红字。\n\n\n请问发票寄出了吗？\n{_first}\n退款退到哪里？\n{_second}",
    ),
    # other encodings
    Reply("utf16", part(f"{SAID_ZH}\n", "text/plain", charset="utf-16"), SAID_ZH),
    Reply("utf16_be_unmarked", part(f"{SAID_ZH}\n", "text/plain", charset="utf-16-be"), SAID_ZH),
    Reply(
        "iso_2022_jp",
        part("領収書を送りました。\n返金をお願いします。", "text/plain", charset="iso-2022-jp", how="7bit"),
        "領収書を送りました。\n返金をお願いします。",
    ),
    Reply("hz", part(SAID_ZH, "text/plain", charset="hz", how="7bit"), SAID_ZH),
    Reply("utf7", part(SAID_ZH, "text/plain", charset="utf-7", how="7bit"), SAID_ZH),
    Reply(
        "shift_jis",
        part("領収書を送りました。", "text/plain", charset="shift_jis", how="8bit"),
        "領収書を送りました。",
    ),
    Reply(
        "quoted_printable_gbk", part(SAID_ZH, "text/plain", charset="gbk", how="quoted-printable"), SAID_ZH
    ),
    # wrong labels
    *(
        Reply(
            f"bytes_of_{real}_called_{label or 'nothing'}".replace("-", "_"),
            part(
                SAID_ZH.replace("\n", "\r\n").encode(real),
                f"text/plain{label and '; charset='}{label}",
                "",
                "8bit",
            ),
            SAID_ZH,
        )
        for real, label in [
            ("gbk", "us-ascii"),
            ("gb18030", "us-ascii"),
            ("utf-8", "us-ascii"),
            ("utf-8", "gb2312"),
            ("utf-8", "gbk"),
            ("utf-8", "big5"),
            ("gbk", "utf-8"),
            ("gb18030", "gb2312"),
            ("gbk", "iso-8859-1"),
            ("utf-8", "iso-8859-1"),
            ("gbk", ""),
            ("utf-8", ""),
            ("gbk", "unknown-8bit"),
            ("utf-8", "no-such-set"),
            ("utf-8", "zlib"),
            ("utf-16-le", ""),
        ]
    ),
]
