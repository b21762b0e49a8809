"""Takes out of people's own words what tells who they are, before others read them: each piece is replaced by
a mask that says what it was.

The rules are tried at each place in their order. In doubt too much is taken out: a person looks at the text
afterwards, and can only take out more.
"""

import re
import unicodedata
from collections.abc import Iterable

from chalicelib.domain.frozen import frozen

MASKS = {
    "name": ("姓名", "name"),
    "phone": ("电话", "phone"),
    "mail": ("邮箱", "e-mail"),
    "identity": ("证件号", "ID number"),
    "card": ("银行卡号", "card number"),
    "plate": ("车牌", "plate"),
    "number": ("单号", "number"),
    "account": ("账号", "account"),
    "link": ("网址", "link"),
    "address": ("地址", "address"),
    "hidden": ("略", "left out"),
}
"""The text of each mask, in Chinese and in English."""
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛"
    "伍韦申尤毕聂柴焦向柳邢岳齐梅莫庄辛管祝左涂谷祁耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍覃霍翁隋甘景薄单包柏宁柯"
    "阮桂闵解华丛岑"
)
_HAN = "\u4e00-\u9fff"
_DIGITS = "零〇一二三四五六七八九两幺壹贰叁肆伍陆柒捌玖"
_DIGIT = rf"[\d{_DIGITS}]"
_GAP = rf"(?:(?:[-–—_/·*()（）]|[^\S\n]){{0,3}}|\.(?=\d)|[,，][^\S\n]?(?={_DIGIT}{{3}}))"
_DATE = (
    r"(?:19|20)\d\d[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?![-/.]?\d)"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d(?![-/.]?\d)"
)
_AMOUNT = r"(?:\d{1,3}(?:,\d{3}){1,2}(?:\.\d{1,2})?|\d{1,6}\.\d{1,2})(?![.,]?\d)"
_COUNTED = (
    r"\d{1,6}(?:[-~–—]\d{1,6})?\s?(?:[元块年月日天次个台%]"
    r"|yuan|RMB|days|hours|times|(?<=12315)|(?<=12345))(?!\d)"
)
_COUNT = r"(?:\d{1,8}|[一二三四五六七八九十百〇零两]{1,8}|[甲乙丙丁]|[A-Za-z])"
_NOT_IN_PLACES = (
    "我你您他她它们的了在到去从是为住这那哪个和与跟就被把给让说有没不也都还又很条往对叫等找问请来个"
)
_PLACE = rf"(?:(?![{_NOT_IN_PLACES}])[{_HAN}])"
_WAY = "(?:大道|大街|胡同|路|街|巷|弄|里|村|段)"
_ESTATE = "(?:小区|花园|公寓|新村|家园|花苑|佳苑|名苑|大厦|宿舍|公馆|雅苑)"
_UNIT = "(?:号楼|号院|单元|弄|号|栋|幢|座|室|楼|层|房)"
_ROOM = rf"(?:[\s-]?{_DIGIT}{{3,4}}(?!{_DIGIT}|\.\d|\s?(?:[元块年月天个台多米户]|{_UNIT})))"
_UNITS = rf"(?:[\s,，、-]*{_COUNT}\s*{_UNIT}{_ROOM}?)"
_FAMILY = rf"(?:欧阳|司马|上官|诸葛|[{_SURNAMES[:100]}])"
_WORDS = (
    "谢谢|许[多诺可久]|任[何由意课]|高[级中档兴声价低峰度烧考]|金[牌额融]|马[上路虎桶]|于[是昨次今本上下当]|何[时必处种]|方[便面法式案才]|"
    "周[一二三四五六日末边围]|白[天拿跑等]|曾[经多承答表明提]|郑重|张[口嘴罗贴]|陆续|胡[说扯闹搞]|韩国|苏[州打]|程[序度]|江[苏湖]|夏天|钟头|"
    "范围|黄[色车人]|王八|孙[子女]|石[头油]|丁点|万[一般]"
)
"""Ordinary words that begin like a name."""
_NAME = rf"(?:(?!{_WORDS}){_FAMILY}(?:(?![我你您他她它们的了在到去是这那个跟和就被让说没也都还又很找请])[{_HAN}]){{1,2}})"
_LINK_ENDS = f"{_HAN}，。；！？、）)】」》”’〔"
_TLD = "(?:com|cn|net|org|gov|edu|io|cc|top|vip|shop|xyz|me|info|example)"
_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_ROAD = "(?:Road|Rd|Street|St|Avenue|Ave|Lane|Ln|Drive|Boulevard|Blvd|Square|Court|Close)"


@frozen
class Rule:
    """One kind of thing that is taken out: the mask it becomes, and how it is recognised; where the pattern
    has a group `it`, only that is taken out."""

    mask: str
    pattern: str


RULES = (
    Rule("link", rf"(?:https?://|www\.)[^\s{_LINK_ENDS}]+"),
    Rule("mail", r"[A-Za-z0-9._%+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    Rule("link", rf"{_BEFORE}(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}{_TLD}{_AFTER}(?:/[^\s{_LINK_ENDS}]*)?"),
    Rule("identity", r"(?<!\d)\d{6}[-\s]?\d{4}[-\s]?\d{4}[-\s]?\d{3}[\dXx](?![\dA-Za-z])"),
    Rule("identity", rf"{_BEFORE}(?i:[deghmps])[-\s]?\d{{4}}[-\s]?\d{{4}}{_AFTER}"),
    Rule("phone", r"(?<!\d)(?:(?:\+|00)?86[-\s]?)?1[3-9](?:[-\s.]{0,2}\d){9}(?!\d)"),
    Rule(
        "phone",
        r"(?<!\d)(?<!\d[-\s])(?:(?:\+"
        r"|00)?86[-\s]?)?[(（]?0\d{2,3}[)）]?[-\s]?\d{3,4}[-\s]?\d{4}(?:[-转\s]{1,2}\d{1,6})?(?!\d)",
    ),
    Rule("phone", r"(?<!\d)[48]00(?:[-\s]?\d){7}(?!\d)"),
    Rule("phone", r"\+\d(?:[-\s.()]{0,2}\d){6,14}(?!\d)"),
    Rule("identity", r"(?<!\d)\d{15}(?!\d)"),
    Rule("card", r"(?<![A-Za-z\d])\d{4}(?:[-\s]?\d{4}){2,3}(?:[-\s]?\d{1,3})?(?!\d)"),
    Rule("card", r"(?<![A-Za-z\d])\d{12,19}(?![A-Za-z\d])"),
    Rule(
        "plate",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]"
        r"[A-Za-z][·•.\s-]?[A-Za-z0-9]{4,5}[A-Za-z0-9学警港澳领挂试超]",
    ),
    Rule(
        "account",
        r"(?i:微信号?|薇信|威信|weixin|wechat|(?<![a-z])[vw]x|QQ号?|扣扣|抖音号?|支付宝(?:账号)?|旺旺|工号|会员号)"
        r"(?:\s?(?:是|为|[:：=]|id|号|加|no\.?))*\s?(?P<it>[A-Za-z0-9][-_A-Za-z0-9]{3,})",
    ),
    Rule(
        "number",
        r"(?i:单号|订单|运单|编号|合同号|发票号|保单号|案号|序列号|尾号|卡号|账号|帐号|order|tracking|invoice|contract)"
        r"(?:\s?(?:是|为|[:：=#]|号|no\.?|number|id))*\s?(?P<it>[A-Za-z]{0,4}[-#]?\d[-A-Za-z0-9]{2,})",
    ),
    Rule("number", rf"{_BEFORE}(?=[A-Za-z]{{0,40}}\d)(?=\d{{0,40}}[A-Za-z])[A-Za-z0-9]{{6,}}{_AFTER}"),
    Rule(
        "number",
        rf"{_BEFORE}(?=[A-Za-z0-9_-]{{6}})(?=[0-9_-]{{0,40}}[A-Za-z])"
        rf"(?:[A-Za-z_-]{{0,20}}\d){{3}}[A-Za-z0-9_-]*{_AFTER}",
    ),
    Rule("address", rf"{_PLACE}{{0,8}}(?<!\d)(?<!\d-)\d{{1,3}}-\d{{1,2}}-(?!(?:19|20)\d\d)\d{{3,4}}(?!-?\d)"),
    Rule("", rf"(?<!\d)(?<!\d[-,./\s])(?:{_DATE}|{_AMOUNT}|{_COUNTED})"),
    Rule("phone", rf"(?<!\d)(?!\d{{7,}}(?!{_DIGIT})){_DIGIT}(?:{_GAP}{_DIGIT}){{6,}}"),
    Rule("number", r"(?<!\d)\d{7,}(?!\d)"),
    Rule("address", rf"{_PLACE}{{1,12}}?(?:{_WAY}|[园苑区庭府湾]){_UNITS}+"),
    Rule(
        "address",
        rf"(?:住在|家住|住|位于|地址[是为:：\s]*|寄到|送到)(?P<it>[{_HAN}]{{2,14}}?(?:{_WAY}|{_ESTATE}){_UNITS}*)",
    ),
    Rule("address", rf"{_PLACE}{{2,8}}?{_ESTATE}{_UNITS}*"),
    Rule(
        "address",
        rf"{_COUNT}\s*(?:(?:号楼|栋|幢|号院|座){_ROOM}?{_UNITS}*|单元{_ROOM}|(?:单元|弄|号){_UNITS}+)|\d+\s*室",
    ),
    Rule("address", rf"{_BEFORE}\d+[A-Za-z]?,?\s+(?:[A-Z][a-z]+\s+){{1,3}}{_ROAD}\b\.?"),
    Rule(
        "address",
        r"\b(?:[Rr]oom|[Ff]lat|[Aa]partment"
        r"|[Aa]pt\.?|[Uu]nit|[Bb]uilding|[Hh]ouse)\s+(?:[Nn]o\.?\s*)?\d+[A-Za-z]?\b",
    ),
    Rule(
        "name",
        rf"(?!(?<=谢)谢)(?:欧阳|司马|上官|诸葛|[{_SURNAMES}]|{_NAME})"
        r"(?=先生|女士|小姐|太太|师傅|经理|老师|医生|主任|店长|主管|总(?![是共之的体额算数结部])|阿姨|大姐|大哥)",
    ),
    Rule("name", rf"(?:我叫|名叫|本人|姓名[是为:：\s]*)(?P<it>[{_SURNAMES}][{_HAN}]{{1,2}}?)(?![{_HAN}])"),
    Rule("name", rf"(?:店员|经理|店长|老[板公婆]|丈夫|妻子|儿子|女儿|叫|姓名[是为:：\s]*)(?P<it>{_NAME})"),
    Rule("name", rf"(?<![大最缩变])[小老](?!{_WORDS}|[于高白方田叶金])[{_SURNAMES[:100]}]"),
    Rule("name", rf"(?<=客服|店员|店长|经理|师傅|员工|主管)(?:小|老|阿)[{_SURNAMES}]"),
    Rule("name", r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.?\s+(?P<it>[A-Z][A-Za-z'-]+(?:\s[A-Z][A-Za-z'-]+)?)"),
)
"""The rules for any text; what is known from the case is taken out before them. What has no mask stays:
dates, amounts, counts."""
_FULL = str.maketrans(
    {
        code: code - 0xFEE0
        for code in (
            *range(0xFF10, 0xFF1A),
            *range(0xFF21, 0xFF3B),
            *range(0xFF41, 0xFF5B),
            *map(ord, "＠．－＋＿／"),
        )
    }
)
"""Full-width letters and digits, as they are written within Chinese text."""


def scrub(
    text: str,
    language: str,
    *,
    names: Iterable[str] = (),
    numbers: Iterable[str] = (),
    places: Iterable[str] = (),
    keep: Iterable[str] = (),
) -> str:
    """The text with a mask in place of everything that a rule finds, and of what is known: `names` of people,
    `numbers` (of orders, of phones), `places`. Words to `keep`, such as the name of a shop, stay unless they
    hold digits."""
    said = "".join(c for c in text.translate(_FULL) if unicodedata.category(c) not in ("Cf", "Cs"))
    masks = [mask(code, one) for code in MASKS for one in ("zh", "en")]
    stays = [*masks, *(word for word in keep if len(word) > 1 and not re.search(r"\d", word))]
    numbers = list(numbers)
    national = [number.removeprefix("+86") for number in numbers if number.startswith("+86")]
    found = [
        ("", "|".join(map(re.escape, sorted(stays, key=len, reverse=True)))),
        *(
            (code, _known(words))
            for code, words in (
                ("name", _named(names)),
                ("number", numbers),
                ("phone", national),
                ("address", places),
            )
        ),
        *((rule.mask, rule.pattern) for rule in RULES),
    ]
    return _masked(said, language, [(code, re.compile(pattern)) for code, pattern in found if pattern])


def hidden(text: str, pieces: Iterable[str], language: str) -> str:
    """The text with these pieces of it masked, the longest first."""
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece, mask("hidden", language))
    return text


def mask(code: str, language: str) -> str:
    """The mask that stands in place of something that was taken out."""
    return f"〔{MASKS[code][language != 'zh']}〕"


def _masked(text: str, language: str, rules: list[tuple[str, re.Pattern[str]]]) -> str:
    """The text masked rule by rule. No rule looks inside a mask: what an earlier rule has put, and what is to
    stay, is left as it is."""
    parts: list[tuple[bool, str]] = [(False, text)]
    for code, pattern in rules:
        parts = [
            piece
            for done, part in parts
            for piece in ([(True, part)] if done else _split(part, code, pattern, language))
        ]
    return "".join(part for _, part in parts)


def _split(text: str, code: str, pattern: re.Pattern[str], language: str) -> list[tuple[bool, str]]:
    found, end = [], 0
    for match in pattern.finditer(text):
        start, stop = match.span("it" if "it" in pattern.groupindex else 0)
        found += [(False, text[end:start]), (True, mask(code, language) if code else text[start:stop])]
        end = stop
    return [*found, (False, text[end:])]


def _named(names: Iterable[str]) -> list[str]:
    """The names, and the parts of them by which people are called: the given name of a Chinese name, each
    part of any other."""
    found: list[str] = []
    for name in names:
        han = re.fullmatch(rf"[{_HAN}]{{3,4}}", name)
        found += [
            name,
            *([name[-2:]] if han else [part for part in re.split(r"[\s·.,]+", name) if len(part) > 1]),
        ]
    return found


def _known(words: Iterable[str]) -> str:
    """A pattern for words that are known, also where somebody has put spaces, dots or dashes between their
    letters."""
    said = sorted({word.strip() for word in words if len(word.strip()) > 1}, key=len, reverse=True)
    return "|".join(_as_written(word) for word in said)


def _as_written(word: str) -> str:
    """A pattern for a known word. It matches small letters too, but not where these could be another word:
    Sun is a name only with its capital. A word that begins or ends with a Latin letter does not match within
    a longer word."""
    spaced = r"[-\s·•.*]{0,2}".join(map(re.escape, re.sub(r"\s", "", word)))
    before = r"(?<![A-Za-z])" if re.match("[A-Za-z]", word) else ""
    after = r"(?![A-Za-z])" if re.search("[A-Za-z]$", word) else ""
    return (
        before
        + (rf"(?:{spaced}|{spaced.upper()})" if word.isascii() and word.isalpha() else rf"(?i:{spaced})")
        + after
    )
