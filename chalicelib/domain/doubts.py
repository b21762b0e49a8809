"""Find the pieces of a scrubbed story that may still identify a person. The reviewer of the story sees these
pieces and decides whether to hide them."""

import re
from functools import cache
from typing import NamedTuple

from chalicelib.domain.disguises import HAN, NUMERALS
from chalicelib.domain.folding import fold
from chalicelib.domain.scrub import NO_NAMES, PLACE, ROAD, SURNAMES, WORDS, masked

_FAMILY = rf"(?:欧阳|司马|上官|诸葛|[{SURNAMES}])"
_GIVEN = rf"(?:(?![{NO_NAMES}])[{HAN}])"
_NAME = rf"(?:(?!{WORDS}){_FAMILY}{_GIVEN}{{1,2}})"
_TITLE = (
    "先生|女士|小姐|太太|夫人|师傅|经理|老师|医生|大夫|主任|店长|主管|总监|总(?![是共之的体额算数结部])|阿姨|大姐|"
    "大哥|科长|处长|局长|院长|校长|律师|法官|警官|教授|博士|护士|会计|秘书|老板|叔叔|叔|伯伯|哥|姐|嫂|大爷|大妈|"
    "大娘|大叔|大婶|奶奶|爷爷|姨"
)
_WORK = (
    "客服|店员|店长|经理|老板娘?|师傅|主管|员工|销售员?|导购|收银员?|保安|司机|快递员|送货员|安装工?|维修工?|"
    "技术员|工程师|医生|护士|老师|律师|中介|房东|房主|业主|物业|主播|负责人|法人|店主|邻居|同事|朋友|同学|室友|战友|代理人?|老伴|[总员工长监师]"
)
_FAMILY_TIES = (
    "老公|老婆|丈夫|妻子|爱人|对象|男友|女友|男朋友|女朋友|儿子|女儿|爸爸?|妈妈?|父亲|母亲|爷爷|奶奶|外公|外婆|"
    "姥姥|姥爷|公公|婆婆|岳父|岳母|哥哥?|姐姐?|弟弟?|妹妹?|叔叔?|阿姨|舅舅?|姑姑|姨妈?|侄子|外甥|孙子|孙女|孩子|"
    "表哥|表姐|表弟|表妹|堂哥|闺女|媳妇|女婿|奶奶"
)
_SPEAKS = (
    "说|讲|答应|承诺|保证|骂|吼|告诉|让我|叫我|推[诿脱]|回复|拒绝|拒不|来修|上门|接的|接待|接手|打[了来人]|收了|"
    "收的|签的|签字|负责|经办|辱骂|威胁|恐吓|忽悠|敷衍|态度|当着|挂[了断]|本人|的手|的脚|就是|又|也"
)
_NETWORK = "微信|微博|抖音|快手|小红书|公众号|视频号|直播间|知乎|[Bb]站|贴吧|闲鱼|QQ群?|qq群?|账号|帐号|昵称|网名|[Ii][Dd]|ins"
_CAPITAL = r"[A-Z][a-z]{1,30}(?:['-][A-Z]?[a-z]{1,30}){0,3}"
_WHOLE = rf"{_CAPITAL}(?:\s[A-Z]\.?(?=\s))?(?:\s(?:de|van|von|bin|al|O')?\s?{_CAPITAL}){{0,2}}"
_TIES = (
    "husband|wife|son|daughter|mother|father|mum|mom|dad|brother|sister|friend|neighbou?r|colleague|boss|"
    "landlord|landlady|partner|girlfriend|boyfriend|uncle|aunt|cousin|grandson|granddaughter|grandmother|"
    "grandfather|child|flatmate|roommate|manager|technician|agent|supervisor|owner|driver|cashier|assistant|"
    "clerk|engineer|plumber|lawyer|doctor|nurse|sales(?:wo)?man|courier|guard|rep|guy|(?:wo)?man"
)
_TOLD = r"(?:said|says|told|refused|promised|called|answered|laughed|shouted|swore|signed|wrote|hung|from)"
_ASKED = (
    r"(?:[Ww]ith|[Bb]y|[Tt]o|[Ff]rom|[Tt]old|[Aa]sked|[Aa]sk|[Cc]ontact|[Cc]alled|[Nn]amed|[Tt]hank|[Mm]et)"
)
_SITES = (
    "facebook|instagram|twitter|tiktok|youtube|telegram|whatsapp|wechat|snapchat|linkedin|discord|"
    "threads|reddit"
)
_GIVEN_NAMES = (
    "Aaron|Adam|Ahmed|Alan|Alex|Alice|Amanda|Amir|Amy|Andrea|Andrew|Angela|Anna|Anne|Anthony|Barbara|"
    "Ben|Brenda|Brian|Bruce|Carl|Carol|Catherine|Charles|Chloe|Chris|Christine|Claire|Colin|Daniel|"
    "Dave|David|Deborah|Dennis|Derek|Diana|Donald|Donna|Edward|Eleanor|Elena|Elizabeth|Ella|Emily|"
    "Emma|Eric|Fatima|Fiona|Frank|Gary|Gavin|George|Gina|Gordon|Graham|Grace|Hannah|Harry|Hassan|"
    "Heather|Helen|Henry|Ian|Ivan|Jack|Jacob|James|Jamie|Jane|Janet|Jason|Jeff|Jennifer|Jessica|Jim|"
    "Joan|Joanna|Joe|John|Jonathan|Joseph|Joyce|Judy|Julia|Julie|Karen|Kate|Katie|Keith|Kelly|"
    "Kenneth|Kevin|Kim|Larry|Laura|Lauren|Leo|Lily|Linda|Lisa|Louise|Lucy|Luke|Maria|Marie|Martin|"
    "Mary|Matthew|Megan|Melissa|Michael|Michelle|Mike|Mohammed|Muhammad|Nancy|Natalie|Neil|Nick|"
    "Nicole|Nigel|Nina|Olivia|Omar|Oscar|Patricia|Patrick|Paul|Peter|Philip|Priya|Rachel|Raj|Rebecca|"
    "Richard|Robert|Roger|Ronald|Ruth|Ryan|Samantha|Samuel|Sandra|Sanjay|Sarah|Scott|Sharon|Simon|"
    "Sophie|Stephanie|Stephen|Steve|Stuart|Susan|Terry|Theresa|Thomas|Tim|Tina|Tom|Tony|Tracy|"
    "Vanessa|Victoria|Vincent|Walter|Wendy|William|Yvonne|Zoe"
)
"""Frequent given names of people who write in English, as a pattern."""
_NO_PERSON = (
    r"(?!(?:The|This|That|These|They|There|Their|Then|When|What|Where|Who|Why|How|Here|He|She|It|We|You|My|"
    r"Your|Our|In|On|At|For|But|And|Not|No|Yes|So|If|As|An?|Monday|Tuesday|Wednesday|Thursday|Friday|"
    r"Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Customer|Service|Support|Article|Civil|Code|Law|Court|Chinese?|English|British|Beijing|Shanghai|London|"
    r"Apple|Samsung|Huawei|Amazon)(?![a-z]))"
)
_DIGIT = f"[0-9{''.join(NUMERALS.values())}]"
_ROADS = "(?:大道|大街|胡同|路|街|巷|弄)"


MOST_NAMES = 100
"""At most this many of the names found are searched for in the rest of the text; the longest names are
taken."""


class DoubtfulPiece(NamedTuple):
    """A piece of a text that may identify a person. It stands from `start` up to but not including `end`.
    `why` is the reason."""

    start: int
    end: int
    why: str


PATTERNS = (
    ("person", rf"(?P<it>{_FAMILY}{_GIVEN}{{0,2}}?)\s?(?:{_TITLE})"),
    ("person", rf"(?:{_WORK}|{_FAMILY_TIES})(?:姓名|名字|名)?(?:叫做?|是|为|，|,|:|：)?\s?(?P<it>{_NAME})"),
    ("person", rf"(?:名?叫做?|名字是|姓名[是为:：\s]{{0,3}}|我是|本人)(?P<it>{_FAMILY}{_GIVEN}{{1,2}})"),
    (
        "person",
        rf"(?:^|(?<=[^{HAN}])|(?<=[和与跟找被让向对给由是问后来]))(?P<it>{_NAME})"
        rf"(?={_SPEAKS}|[和与跟、，。！？,!?\s]|$)",
    ),
    ("person", rf"姓(?P<it>[{SURNAMES}])(?![{HAN}]?名)"),
    ("person", rf"(?P<it>[{SURNAMES}]某{{1,2}}[{HAN}]?)"),
    (
        "person",
        rf"(?<![大最缩变从])(?P<it>[小老阿][{SURNAMES}])(?=[{_SPEAKS.replace('|', '')}和、，。！？\s]|$)",
    ),
    ("person", rf"(?<![{HAN}])(?P<it>阿[{HAN}])(?=[{HAN}，。！？\s]|$)"),
    ("person", rf"(?<![{HAN}])(?P<it>([{HAN}])\2)(?=说|在|也|我|来|的)"),
    (
        "person",
        rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Officer|Judge|Captain)\b\.?\s+(?P<it>{_WHOLE})",
    ),
    (
        "person",
        rf"\b(?i:{_TIES})\b,?\s+(?:(?:is|was)\s+)?(?:(?:named|called)\s+)?(?P<it>{_NO_PERSON}{_WHOLE})",
    ),
    (
        "person",
        rf"\b(?:named|called|name is|name was|I am|I'm|this is|signed,?)\s+(?P<it>{_NO_PERSON}{_WHOLE})",
    ),
    ("person", rf"\b{_ASKED}\s+(?P<it>{_NO_PERSON}{_WHOLE})"),
    ("person", rf"(?P<it>{_NO_PERSON}\b{_WHOLE})(?=\s{_TOLD}\b)"),
    ("person", rf"\b(?:{_GIVEN_NAMES})\b(?:\s{_CAPITAL})?"),
    ("person", rf"(?:名?叫做?|叫|位|名)\s?(?P<it>{_WHOLE})"),
    ("handle", r"(?<![A-Za-z0-9])@\s?[\w.-]{2,30}"),
    ("handle", r"(?<![\w.@])[a-z]{2,20}(?:\.[a-z]{2,20}){2,4}(?![\w.])"),
    (
        "handle",
        rf"(?:{_NETWORK})(?:号|名|上|里|账号|群)?\s?(?:搜索?|叫做?|找|关注|是|为|名为|[:：])\s?[“「『\"'《【]?"
        rf"(?P<it>[\w❤-]{{2,20}})",
    ),
    ("handle", r"(?:公众号|视频号|直播间|超话)\s?[“「『\"'《【]?(?P<it>[\w]{2,16})"),
    (
        "handle",
        rf"(?i:{_SITES})"
        r"\s?(?:is|as|at|under|page|account|name|channel|[:：@])+\s?[“\"']?"
        r"(?P<it>[\w.@-]{1,60}(?:\s[A-Z][\w.-]{1,30}){0,2})",
    ),
    ("person", r"\b[A-Z][a-z]+,?\s(?:[A-Z]\.\s?){1,3}"),
    (
        "handle",
        r"(?<![\w.])(?:[A-Za-z]{1,30}\.[A-Za-z.]{1,30}|[A-Za-z]{5,30})\d{2,6}(?![\w.])|\b\w{2,30}#\d{4}\b",
    ),
    ("handle", r"(?<![A-Za-z0-9])(?=[A-Za-z0-9-]{0,30}_)[A-Za-z0-9_-]{4,}"),
    (
        "number",
        r"(?<![A-Za-z0-9.,-])(?=[A-Za-z-]{0,20}\d)(?=[\d-]{0,20}[A-Za-z])[A-Za-z0-9-]{6,}(?![A-Za-z0-9])",
    ),
    ("number", r"(?<![\d.,:/-])\d{2}(?:-\d{2}){2}(?![\d-])"),
    ("number", rf"(?<![\d.,])(?:尾号|末[位四]|后四位|开头|前三位)\D{{0,4}}(?P<it>{_DIGIT}{{3,6}})"),
    ("number", r"(?<![\d.,:/¥$£€-])\d{6}(?![\d.,:/]|\s?(?:[元块年月天个万台户]|yuan))"),
    ("address", rf"(?:{PLACE}{{2,6}}(?:省|自治区))?{PLACE}{{2,5}}市{PLACE}{{1,5}}[区县镇]"),
    ("address", rf"{PLACE}{{2,4}}(?:省|自治区){PLACE}{{1,4}}[市州县]"),
    (
        "address",
        rf"(?:住在?|家在|搬到|位于|就在|[在到去从])"
        rf"(?P<it>{PLACE}{{2,6}}(?:{_ROADS}|村|小区|花园|公寓|新村|大厦|广场|镇))",
    ),
    ("address", rf"{PLACE}{{2,6}}{_ROADS}\s?{_DIGIT}{{1,5}}"),
    ("address", rf"\b(?:\d+[A-Za-z]?,?\s+)?(?:{_CAPITAL}\s+){{1,3}}{ROAD}\b"),
    (
        "address",
        rf"\b\d+[A-Za-z]?,?\s+(?:{_CAPITAL}\s+){{1,3}}(?:Lu|Jie|Dadao|Xiang|Nong|Hutong|Way|Place|Hill)\b",
    ),
    ("address", r"\b(?:P\.?O\.? Box|信箱)\s?\d{1,6}\b"),
    ("address", r"\b[A-Z]{1,2}\d[\dA-Z]?\s\d[A-Z]{2}\b"),
    ("address", r"\b[A-Z]{2}\s\d{5}(?:-\d{4})?\b"),
)
"""Pairs of a reason and a pattern for pieces that may identify a person. If the pattern has a group `it`,
only the text of this group is the piece."""


def doubts(text: str) -> list[DoubtfulPiece]:
    """Return the pieces of a text that may still identify a person, in the order of the text. Overlapping
    pieces become one piece, with the reason of the first. A name that was found at one place is returned at
    every other place too."""
    read = fold(masked().sub(lambda found: "\0" * len(found[0]), text))
    found = set[tuple[int, int, str]]()
    for why, pattern in _compiled():
        for match in pattern.finditer(read.text):
            found.add((*match.span("it" if "it" in pattern.groupindex else 0), why))
    names = {read.text[start:end] for start, end, why in found if why == "person" and end - start > 1}
    if names:
        again = "|".join(map(re.escape, sorted(names, key=len, reverse=True)[:MOST_NAMES]))
        for match in re.finditer(rf"(?<![A-Za-z])(?:{again})(?![A-Za-z])", read.text):
            found.add((*match.span(), "person"))
    together: list[DoubtfulPiece] = []
    for start, end, why in sorted(found):
        if start == end or "\0" in read.text[start:end]:
            continue
        one = DoubtfulPiece(*read.span(start, end), why)
        if together and one.start < together[-1].end:
            together[-1] = together[-1]._replace(end=max(together[-1].end, one.end))
        else:
            together.append(one)
    return together


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((why, re.compile(pattern)) for why, pattern in PATTERNS)
