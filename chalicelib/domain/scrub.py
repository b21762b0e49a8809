"""The scrubber: it removes what identifies people from a person's words, before others read the words. A
mask, which names the kind of the removed detail, takes the place of each detail.

A text is first folded (`folding`), so that disguised letters and digits become plain ones. Then details that
the case knows are found in any disguise (`disguises`). After that the rules for any text apply in their
order. The masked pieces are cut from the typed text, and the rest of the typed text stays unchanged.

A person reviews the result. They see the pieces that may still identify somebody (`doubts`). They can hide
more words, but add none."""

import re
from collections.abc import Iterable
from functools import cache

from chalicelib.domain import disguises
from chalicelib.domain.disguises import Find
from chalicelib.domain.folding import fold, folded
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
"""The text of each mask, in Chinese and in English. The key is the kind of the removed detail."""
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛"
    "伍韦申尤毕聂柴焦向柳邢岳齐梅莫庄辛管祝左涂谷祁耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍覃霍翁隋甘景薄单包柏宁柯"
    "阮桂闵解华丛岑付肖闫佟娄褚楚冉晏盖"
)
_HAN = "\u4e00-\u9fff"
_DIGITS = "零〇一二三四五六七八九两幺壹贰叁肆伍陆柒捌玖"
_DIGIT = rf"[\d{_DIGITS}]"
SPOKEN = f"[{_DIGITS}]"
"""A pattern for a digit that is written as a word, as it is spoken."""
_IBAN = (
    "A[DELTZ]|B[AEGHRY]|C[HRYZ]|D[EKO]|E[ES]|F[IOR]|G[BEILRT]|H[RU]|I[ELST]|K[WZ]|L[IUTV]|M[CDET]|N[LO]"
    "|P[KLT]|S[AEIKM]|T[NR]|UA"
)
"""A pattern for the countries whose bank accounts have an international number (IBAN, ISO 13616)."""
_GAP = rf"(?:(?:[-–—_/·*()（）]|[^\S\n]){{0,3}}|\.(?=\d)|[,，][^\S\n]?(?={_DIGIT}{{3}}))"
_BETWEEN = r"(?:[-.\s]|[^\S\n]{2})?"
"""A pattern for what people write between two groups of digits of a bank card."""
_DATE = (
    r"(?:19|20)\d\d[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?![-/.]?\d)"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d(?![-/.]?\d)"
)
_AMOUNT = r"(?:\d{1,3}(?:,\d{3}){1,2}(?:\.\d{1,2})?|\d{1,6}\.\d{1,2})(?![.,]?\d)"
_COUNTED = (
    r"\d{1,6}(?:[-~–—]\d{1,6})?\s?(?:[元块年月日天次个台%]"
    r"|yuan|RMB|days|hours|times)(?!\d)"
)
_HOTLINE = r"(?:12[0-9]{3}|100(?:00|10|86)|9[56]\d{3})(?!\d|[-\s.]\d)"
_STANDARD = (
    r"(?<![A-Za-z])(?:GB|ISO|IEC|EN|DB\d{0,2}|JB|QB|YY|HJ|CJ|SN|QC|[QT]/[A-Z]{2,8})(?:[/ ][A-Z])?\s?"
    r"\d{1,5}(?:\.\d{1,2})?(?:-\d{1,2}){0,2}(?:[-:](?:19|20)\d\d)?(?![-\d])"
)
_SIZE = r"(?<![\d-])\d{2,4}(?:\s?[x×X]\s?\d{2,4}){1,2}(?![-\d])"
_COUNT = r"(?:[甲乙丙丁]?\d{1,8}[甲乙丙丁]?|[一二三四五六七八九十百〇零两]{1,8}|[甲乙丙丁]|[A-Za-z])"
_NOT_IN_PLACES = (
    "我你您他她它们的了在到去从是为住这那哪个和与跟就被把给让说有没不也都还又很条往对叫等找问请来个"
)
PLACE = rf"(?:(?![{_NOT_IN_PLACES}])[{_HAN}])"
_WAY = "(?:(?<![频渠管通报味知])道|大街|胡同|路|街|巷|弄|里|村|段)"
_ESTATE = "(?:小区|花园|公寓|新村|家园|花苑|佳苑|名苑|大厦|宿舍|公馆|雅苑)"
_UNIT = "(?:号楼|号院|单元|弄|号|栋|幢|座|室|楼|层|房)"
_ROOM = rf"(?:[\s-]?{_DIGIT}{{3,4}}(?!{_DIGIT}|\.\d|\s?(?:[元块年月天个台多米户]|{_UNIT})))"
_UNITS = rf"(?:[\s,，、-]*{_COUNT}\s*{_UNIT}{_ROOM}?)"
_FURTHER = rf"(?:{_UNITS}(?:之{_DIGIT})?|\s?{_COUNT}\s?(?:门|组(?![织件成合])|队|委|村){_ROOM}?)"
_TAIL = r"(?:[\s-]?\d{1,3}(?:-\d{1,4}){1,2}(?!-?\d))"
_FAMILY = rf"(?:欧阳|司马|上官|诸葛|[{SURNAMES[:100]}])"
WORDS = (
    "谢谢|许[多诺可久]|任[何由意课]|高[级中档兴声价低峰度烧考压温速铁清]|金[牌额融]|马[上路虎桶]|于[是昨次今本上下当]|何[时必处种]|"
    "方[便面法式案才]|周[一二三四五六日末边围]|白[天拿跑等]|曾[经多承答表明提]|郑重|张[口嘴罗贴]|陆续|胡[说扯闹搞]|韩国|苏[州打]|程[序度]|"
    "江[苏湖]|夏天|钟头|范围|黄[色车人]|王八|孙[子女]|石[头油]|丁点|万[一般]"
)
"""A pattern for ordinary words that begin with a character of a family name. Such words are not taken for
names."""
NO_NAMES = "我你您他她它们的了在到去是这那个跟和就被让说没也都还又很找请"
"""Characters that end the search for a given name, because no given name has them, or because they are too
often another word."""
_NAME = rf"(?:(?!{WORDS}){_FAMILY}(?:(?![{NO_NAMES}])[{_HAN}]){{1,2}})"
_LINK_ENDS = f"{_HAN}，。；！？、）)】」》”’〔"
_TLD = "(?i:com|cn|net|org|gov|edu|io|cc|top|vip|shop|xyz|me|info|uk|example)"
_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_WORD = "[A-Za-z0-9][A-Za-z0-9_%+-]{0,63}"
_AT = r"[\s(\[{（【<]{0,3}(?:@|(?<=[\s(\[{（【<])(?i:at)(?=[\s)\]}）】>])|艾特|爱特|圈a|小老鼠)[\s)\]}）】>]{0,3}"
_DOT = r"(?:\.|[\s(\[{（【<]{0,3}(?:(?<=[\s(\[{（【<])(?i:dot)(?=[\s)\]}）】>])|点|點)[\s)\]}）】>]{0,3})"
ROAD = (
    "(?:Road|Rd|Street|St|Avenue|Ave|Lane|Ln|Drive|Boulevard|Blvd|Square|Court|Close"
    "|Lu|Jie|Xiang|Dadao|Hutong)"
)
INDOORS = (
    "(?:[Rr]oom|[Rr]m|[Ff]lat|[Aa]partment|[Aa]pt|[Uu]nit|[Bb]uilding|[Bb]ldg|[Hh]ouse|Tower|Block|[Ss]uite"
    "|Lane|Nong|P\\.?\\s?O\\.?\\s?[Bb]ox)"
)
"""A pattern for the English word before the number of a flat, a floor or a building."""


_NETWORK = (
    r"(?:微[^\w\s]{0,2}信|薇信|威信|[vV]信|微博|扣扣|企鹅号?|抖音|快手|小红书|支付宝|旺旺|闲鱼|工号|会员号|电报|"
    r"(?<![A-Za-z])(?i:weixin|wechat|[vw]x|qq|telegram|tg|whatsapp|instagram|facebook|skype)(?![A-Za-z]))"
    r"(?:群|号|账号|帐号)?"
)
"""A pattern for what people call a network on which they have an account, such as WeChat."""
_CALLED = (
    r"(?:\s?(?:是|为|叫|加|搜|我|号码?|账号|帐号|昵称|[:：=❤♥❥@(（【\[「“\"]|(?i:id|no\.?|is|handle|account|name|"
    r"number)(?![A-Za-z]))\s?|(?<=[信薇博])\s)"
)
"""A pattern for what stands between the name of a network and the account."""


@frozen
class MaskRule:
    """A rule that finds one kind of identifying detail by a pattern. `mask` is the kind of detail, "" for
    text that must stay. If the pattern has a group `it`, only the text of this group is masked."""

    mask: str
    pattern: str


RULES = (
    MaskRule(
        "card",
        rf"[A-Z]{{2}}(?<={_IBAN})(?<![A-Za-z0-9]..)"
        rf"\d\d(?:\s?[A-Z\d]{{4}})(?:\s?\d{{4}}){{2,6}}(?:\s?[A-Z\d]{{1,4}})?{_AFTER}",
    ),
    MaskRule("", _STANDARD),
    MaskRule("", _SIZE),
    MaskRule("link", rf"(?:https?://|www\.)[^\s{_LINK_ENDS}]+"),
    MaskRule("mail", r"[A-Za-z0-9._%+-]{1,64}\s?@\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    MaskRule(
        "mail",
        rf"{_BEFORE}{_WORD}(?:{_DOT}{_WORD}){{0,3}}{_AT}{_WORD}(?:{_DOT}{_WORD}){{0,2}}{_DOT}{_TLD}{_AFTER}",
    ),
    MaskRule("link", rf"{_BEFORE}(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}{_TLD}{_AFTER}(?:/[^\s{_LINK_ENDS}]*)?"),
    MaskRule("identity", r"(?<!\d)\d{6}[-\s]?\d{4}[-\s]?\d{4}[-\s]?\d{3}[\dXx](?![\dA-Za-z])"),
    MaskRule("identity", rf"{_BEFORE}(?i:[cdeghmps])[-\s]?\d{{4}}[-\s]?\d{{4}}{_AFTER}"),
    MaskRule(
        "identity",
        rf"{_BEFORE}(?:[A-Z]{{1,2}}\s?\d{{6}}\s?[(（][\dA][)）]|[A-Z]{{3}}\d{{12}}{_AFTER})"
        r"|(?<![\d/])[157](?:\d{6}\s?[(（]\d[)）]|/\d{6}/\d(?![\d/]))|[军士文武]字第?\d{6,8}号?",
    ),
    MaskRule("identity", rf"{SPOKEN}(?<!{SPOKEN}.)(?:\s?{SPOKEN}){{16}}\s?(?:{SPOKEN}|[Xx])(?!{SPOKEN})"),
    MaskRule("card", rf"{SPOKEN}(?<!{SPOKEN}.)(?:\s?{SPOKEN}){{15,18}}(?!{SPOKEN})"),
    MaskRule(
        "identity",
        r"(?:(?:身份|通行|台胞|回乡|居住|居留|军官)证|证件|护照|(?i:passport|id card))"
        r"(?:\s?(?:号码?|[是为:：]|(?i:number|no\.?|is)))*\s?"
        rf"(?P<it>[A-Za-z]{{0,2}}\d{{7,9}}){_AFTER}",
    ),
    MaskRule("phone", r"(?<!\d)(?:(?:\+|00)?86[-\s]?)?1[3-9](?:[-\s.]{0,2}\d){9}(?!\d)"),
    MaskRule(
        "phone",
        r"(?<!\d)(?<!\d[-\s])(?:(?:\+"
        r"|00)?86[-\s]?)?[(（]?0\d{2,3}[)）]?[-\s]?\d{3,4}[-\s]?\d{4}(?:[-转\s]{1,2}\d{1,6})?(?!\d)",
    ),
    MaskRule("phone", r"(?<!\d)[48]00(?:[-\s]?\d){7}(?!\d)"),
    MaskRule("phone", r"(?<!\d)1[3-9]\d(?:[\W_]{1,3}\d{4}){2}(?!\d)"),
    MaskRule("phone", r"(?<!\d)1[3-9]\d{1,5}[*xX×●○]{3,8}\d{2,4}(?!\d)"),
    MaskRule("phone", r"\+\d(?:[-\s.()]{0,2}\d){6,14}(?!\d)"),
    MaskRule("identity", r"(?<!\d)\d{15}(?!\d)"),
    MaskRule(
        "card",
        rf"(?<![A-Za-z\d])(?:\d{{4}}(?:{_BETWEEN}\d{{4}}){{2,3}}(?:{_BETWEEN}\d{{1,3}})?(?!\d)"
        rf"|3[47]\d\d{_BETWEEN}\d{{6}}{_BETWEEN}\d{{5}}(?!\d)|\d{{12,19}}(?![A-Za-z\d]))",
    ),
    MaskRule(
        "plate",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]"
        r"\s?[A-Za-z][·•.\s-]?(?:[A-Za-z0-9]\s?){4,5}[A-Za-z0-9学警港澳领挂试超](?![A-Za-z0-9])",
    ),
    MaskRule("account", rf"{_BEFORE}wxid_[A-Za-z0-9_-]{{4,}}"),
    MaskRule(
        "account",
        rf"{_NETWORK}{_CALLED}{{1,6}}"
        r"(?P<it>[A-Za-z0-9][-_.A-Za-z0-9]{2,}[A-Za-z0-9](?:\s[A-Z][a-z]+){0,2})",
    ),
    MaskRule(
        "account",
        rf"{_NETWORK}{_CALLED}{{0,6}}(?P<it>(?=[A-Za-z_.-]{{0,30}}[\d_])[A-Za-z0-9][-_.A-Za-z0-9]{{3,}})",
    ),
    MaskRule("account", rf"{_NETWORK}{_CALLED}{{0,6}}(?P<it>{_DIGIT}{{5,12}})"),
    MaskRule(
        "number",
        r"(?i:单号|订单|运单|编号|合同号|发票号|保单号|案号|序列号|尾号|卡号|账号|帐号|order|tracking|invoice|contract)"
        r"(?:\s?(?:是|为|[:：=#]|号|no\.?|number|id))*\s?(?P<it>[A-Za-z]{0,4}[-#]?\d[-A-Za-z0-9]{2,})",
    ),
    MaskRule("number", rf"{_BEFORE}[A-Z]{{1,4}}[-\s]?(?!(?:19|20)\d\d[-/.])\d(?:[-\s]?\d){{8,}}{_AFTER}"),
    MaskRule("number", rf"{_BEFORE}[A-Za-z][A-Za-z_-]{{0,20}}\d{{7,}}[A-Za-z0-9_-]*{_AFTER}"),
    MaskRule(
        "number", rf"{_BEFORE}(?=[0-9_-]{{0,40}}[A-Za-z])(?:[A-Za-z_-]{{0,20}}\d){{10}}[A-Za-z0-9_-]*{_AFTER}"
    ),
    MaskRule(
        "address", rf"{PLACE}{{0,8}}(?<!\d)(?<!\d-)\d{{1,3}}-\d{{1,2}}-(?!(?:19|20)\d\d)\d{{3,4}}(?!-?\d)"
    ),
    MaskRule("", rf"(?<!\d)(?<!\d[-,./\s])(?:{_DATE}|{_AMOUNT}|{_COUNTED}|{_HOTLINE})"),
    MaskRule("phone", rf"(?<!\d)(?!\d{{7,}}(?!{_DIGIT})){_DIGIT}(?:{_GAP}{_DIGIT}){{6,}}"),
    MaskRule("number", r"(?<!\d)\d{7,}(?!\d)"),
    MaskRule(
        "address",
        rf"{PLACE}{{1,12}}?(?:{_WAY}|[园苑区庭府湾镇乡])(?:{_FURTHER}+{_TAIL}?|\d{{1,4}}[甲乙丙丁]?{_TAIL})",
    ),
    MaskRule(
        "address",
        rf"(?:住在|家住|住|位于|地址[是为:：\s]*|寄到|送到)(?P<it>[{_HAN}]{{2,14}}?(?:{_WAY}|{_ESTATE}){_UNITS}*)",
    ),
    MaskRule("address", rf"{PLACE}{{2,8}}?{_ESTATE}{_UNITS}*"),
    MaskRule(
        "address",
        rf"{_COUNT}\s*(?:(?:号楼|栋|幢|号院|座){_ROOM}?{_UNITS}*|单元{_ROOM}|(?:单元|弄|号){_UNITS}+)"
        r"|(?<!\d)\d{1,8}\s?室|[甲乙丙丁]\d{1,4}号(?!线)",
    ),
    MaskRule(
        "address",
        rf"{_BEFORE}\d+[A-Za-z]?,?\s+(?:[A-Z][a-z]+\s+){{1,3}}{ROAD}\b\.?(?:\s[NS][EW]\b)?"
        rf"|{_BEFORE}(?:[A-Z][a-z]+\s+){{1,3}}{ROAD}\b\.?,?\s+(?:No\.?\s*)?\d{{1,5}}{_AFTER}",
    ),
    MaskRule(
        "address",
        rf"\b(?:{INDOORS}\.?\s+(?:[Nn]o\.?\s*)?\d+[A-Za-z]?|\d{{1,3}}/F"
        r"|[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2})\b",
    ),
    MaskRule(
        "name",
        rf"(?!(?<=谢)谢)(?:欧阳|司马|上官|诸葛|[{SURNAMES}]|{_NAME})"
        r"(?=先生|女士|小姐|太太|师傅|经理|老师|医生|主任|店长|主管|总(?![是共之的体额算数结部])|阿姨|大姐|大哥)",
    ),
    MaskRule("name", rf"(?:我叫|名叫|本人|姓名[是为:：\s]*)(?P<it>[{SURNAMES}][{_HAN}]{{1,2}}?)(?![{_HAN}])"),
    MaskRule(
        "name", rf"(?:店员|经理|店长|老[板公婆]|丈夫|妻子|儿子|女儿|叫|姓名[是为:：\s]*)(?P<it>{_NAME})"
    ),
    MaskRule("name", rf"(?<![大最缩变])[小老](?!{WORDS}|[于高白方田叶金])[{SURNAMES[:100]}](?!子)"),
    MaskRule("name", rf"(?<=客服|店员|店长|经理|师傅|员工|主管)(?:小|老|阿)[{SURNAMES}]"),
    MaskRule("name", r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.?\s+(?P<it>[A-Z][A-Za-z'-]+(?:\s[A-Z][A-Za-z'-]+)?)"),
)
"""The rules for any text. They apply after the details that the case knows. Text that a rule without a mask
matches stays: dates, amounts, counts."""
PASSES = 8
"""The most rounds of masking for one text. A text is masked again because a mask can make another detail
recognisable."""


def scrub(
    text: str,
    language: str,
    *,
    names: Iterable[str] = (),
    numbers: Iterable[str] = (),
    places: Iterable[str] = (),
    keep: Iterable[str] = (),
) -> str:
    """Return the text with a mask in place of each identifying detail. The masks are in `language`. Details
    are the matches of `RULES`, and these details that the case knows: `names` of people, `numbers` (of
    orders, telephones, mailboxes) and `places`.

    Words in `keep`, such as the name of a shop, stay unless they contain digits. A text without such details
    is returned unchanged."""
    numbers = [*numbers]
    mails = [number for number in numbers if "@" in number]
    phones = [number for number in numbers if number.startswith("+")]
    others = [number for number in numbers if number not in (*mails, *phones)]
    finds = [
        ("", _stays(keep)),
        *(("mail", find) for known in mails for find in disguises.mailbox(known)),
        # find mail addresses and links before names, because a name may be a part of a mail address or link
        *(rule for rule in rules() if rule[0] in ("mail", "link")),
        *(("phone", find) for find in disguises.telephones(phones)),
        *(("number", find) for find in disguises.numbers(others)),
        *(("address", find) for known in places for find in disguises.place(known)),
        *(("name", find) for known in _longest_first(names) for find in disguises.name(known)),
        *(rule for rule in rules() if rule[0] not in ("mail", "link")),
    ]
    for _ in range(PASSES):
        masked = masked_once(text, language, finds)
        if masked == text:
            break
        text = masked
    return text


def has_card(text: str) -> bool:
    """Return whether a text has the number of a bank card or of an identity card."""
    read = fold(text).text
    return any(any(find(read)) for code, find in rules() if code in ("card", "identity"))


def _stays(keep: Iterable[str]) -> Find:
    """Return a finder for text that must not be masked: the masks that are already there, and the words of
    `keep`."""
    masks = [mask(code, one) for code in MASKS for one in ("zh", "en")]
    stays = (word for word in map(folded, keep) if len(word) > 1 and not re.search(r"\d", word))
    return disguises.literally([*masks, *stays])


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted({name.strip() for name in names if len(name.strip()) > 1}, key=len, reverse=True)


@cache
def rules() -> tuple[tuple[str, Find], ...]:
    """Return the rules for any text in their order, as pairs of the kind of detail and its finder."""
    return tuple((rule.mask, _finding(re.compile(rule.pattern))) for rule in RULES)


def _finding(pattern: re.Pattern[str]) -> Find:
    group: str | int = "it" if "it" in pattern.groupindex else 0
    return lambda text: (found.span(group) for found in pattern.finditer(text))


def mask_pieces(text: str, pieces: Iterable[str], language: str) -> str:
    """Return the text with the mask "hidden" in place of each of these pieces. The longest piece is replaced
    first."""
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece, mask("hidden", language))
    return text


@cache
def masked() -> re.Pattern[str]:
    """Return a pattern that matches every mask, in both languages."""
    return re.compile("|".join(re.escape(mask(code, one)) for code in MASKS for one in ("zh", "en")))


def mask(code: str, language: str) -> str:
    """Return the mask for a kind of detail (`code`, a key of `MASKS`) in this language."""
    return f"〔{MASKS[code][language != 'zh']}〕"


def masked_once(typed: str, language: str, finds: Iterable[tuple[str, Find]]) -> str:
    """Return the typed text after one round of masking. `finds` are pairs of a kind of detail and a finder;
    the kind "" marks text that must stay. A finder does not look into text that an earlier finder has
    found."""
    read = fold(typed)
    rest: list[tuple[int, int]] = [(0, len(read.text))]
    masks: list[tuple[int, int, str]] = []
    for code, find in finds:
        left: list[tuple[int, int]] = []
        for start, end in rest:
            at = 0
            for first, last in sorted(find(read.text[start:end])):
                if at <= first < last:
                    left += [(start + at, start + first)] if at < first else []
                    masks += [(start + first, start + last, code)] if code else []
                    at = last
            left += [(start + at, end)] if start + at < end else []
        rest = left
    said, at = "", 0
    for start, end, code in sorted(masks):
        first, last = read.span(start, end)
        said += typed[at : max(at, first)] + mask(code, language)
        at = max(at, last)
    return said + typed[at:]
