"""Clauses that no agreement may contain. They are found by their usual words, and the text is refused before
anybody is asked to sign. Other faults are left to the people who read the text.

The sources are Civil Code 506 (no exclusion of liability for injury) and 585 (penalty against loss), Consumer
Protection Law 26, and Personal Information Protection Law 13."""

import re
from collections.abc import Iterable
from functools import cache

from chalicelib.domain.model.codes import Forbidden


def _near(most: int, unless: str, stops: str = "。；\n") -> str:
    """Return a pattern for at most `most` characters between two words of one sentence. `unless` is a pattern
    of words that make the sentence harmless, so they may not occur in between. `stops` are the characters
    that end a sentence."""
    return f"(?:(?!{unless})[^{stops}]){{0,{most}}}"


_CLAUSE, _SENTENCE = "。；，\n", ".;\n"
# the words for `Forbidden.RIGHTS`: somebody gives up rights
_PROTECTS = "拒绝|阻|妨|报复|打击|限制|影响|干[扰涉预]|要求|可以|有权"
_NOT = r"(?:放弃|不得(?!已|不)|禁止|无权|互不|(?:承诺|保证|同意)不)"
_NO_MORE = r"(?:不再|不能(?=再|向|以|就|对)|(?<!不得)不(?=[向到去就]|投诉|举报|起诉|申诉))"
_COMPLAINS = (
    r"(?:投诉|举报|起诉|诉讼|仲裁|申诉|维权|信访|曝光|差评|如实(?:评价|陈述|反映)|"
    r"追究[^。；，\n]{0,8}(?:法律|行政|刑事|任何|一切))(?!者|[^。；，\n]{0,12}(?:区别|歧视|报复|拒绝|而))"
)
_OWN = "协议|金额|条款|个人信息|隐私|商业秘密"
_TELLS = rf"向[^。；，\n]{{0,16}}(?:反映|陈述|披露|透露|爆料)(?![^。；，\n]{{0,8}}(?:{_OWN}))"
_UNTRUE = "不实|虚假|失实|歪曲|侮辱|诽谤|诋毁"
_WILL_NOT = (
    r"\b(?:waives?|gives? up|renounces?|relinquish\w*|forgo(?:es)?|refrains? "
    r"from|(?:shall|will|must|may) (?:not|never)|"
    r"cannot|no right to|(?:agrees?|undertakes?|promises?) not to|not (?:allowed|entitled) to|barred from)\b"
)
_HONEST = "retaliat|prevent|hinder|restrict|refus|discourag|penali[sz]|because|depend"
_COMPLAIN = (
    r"\b(?:complain\w*|report(?:ing)? (?:to|it|this|the (?:matter|case|company|business|seller))|sue"
    r"|suing|(?:law)?suits?|"
    r"claims? in court|litigat\w*|arbitrat\w*|regulators?|authorit(?:y|ies)|speak(?:ing)? (?:to|about|out)|"
    r"(?:negative|bad|critical|truthful) reviews?)\b"
)
# the words for `Forbidden.HAZARD`: somebody must keep a danger secret
_DANGER = r"(?:安全(?:问题|隐患|事故|风险)|隐患|缺陷|危险(?!驾驶)|漏电|起火|自燃|爆炸|鼓包|过热|中毒|失灵)"
_TELL = "(?:透露|公开|披露|告知|告诉|宣扬|上报|反映)"
_SILENT = rf"(?:保密|(?<!不得)(?<!不)隐瞒|不(?:得|予|对外)?{_TELL})"
_OPEN = rf"但|除|不包括|不影响|不限|不在|不属于|拒绝|拖延|阻|可以|有权|{_OWN}"
_RISK = r"\b(?:hazards?|defect\w*|dangers?|dangerous|safety)\b"
_SECRET = r"\b(?:confidential|secret|not (?:disclose|reveal|tell|mention))\b"
# the words for `Forbidden.INJURY`: nobody is liable for an injury
_HARM = (
    r"(?<!无人)(?<!没有人)(?<!未造成)(?<!未发生)(?:人身(?:伤害|损害|伤亡)?|(?<!人身)(?:伤害|伤亡)|受伤|死亡)"
)
_FREE = r"(?<!不)(?<!不得)(?:不承担|不负责|概不负责|免除|免责)"
_CAPPED = "(?:无关|自负|(?:自行|自己)承担|为限|不超过|封顶|上限)"
_KEPT = "不免除|不影响|不包括|可以|另行"
_ASIDE = r"(?:^|(?<=[.;\n]))(?![^.;\n]*\bnothing\b)[^.;\n]*?"
_INJURY = r"\b(?:injur\w+|death)"

PATTERNS: dict[Forbidden, tuple[str, ...]] = {
    Forbidden.HAZARD: (
        _SILENT + _near(20, _OPEN) + _DANGER,
        _DANGER + _near(20, _OPEN) + _SILENT,
        "不[得向]" + _near(30, _OPEN) + _DANGER + _near(10, _OPEN) + _TELL,
        "不[得向]" + _near(20, _OPEN) + _TELL + _near(20, _OPEN) + _DANGER,
        _SECRET + _near(60, r"\b(?:but|except|other than|does not|not cover)\b", _SENTENCE) + _RISK,
        _RISK + _near(40, r"\b(?:but|except|not cover)\b", _SENTENCE) + _SECRET,
    ),
    Forbidden.RIGHTS: (
        _NOT + _near(40, _PROTECTS, _CLAUSE) + _COMPLAINS,
        _NO_MORE + _near(30, f"{_PROTECTS}|后|才|遂|答复", _CLAUSE) + _COMPLAINS,
        f"(?:{_NOT}|{_NO_MORE})" + _near(20, f"{_PROTECTS}|{_OWN}", _CLAUSE) + _TELLS,
        r"(?<!无需)(?<!不必)(?<!无须)(?<!要求消费者)撤[回销][^。；，\n]{0,16}(?:12315|12345|监管|举报|投诉)",
        "(?:有权|可以)要求消费者撤[回销]|息诉",
        "(?:停止|终止)" + _near(10, "处理|受理|侵害", _CLAUSE) + "(?:投诉|举报|申诉|信访)",
        "(?:删除|修改|撤下|改[为成])" + _near(12, _UNTRUE, _CLAUSE) + "(?:差评|负面评价|好评)",
        "不[得再会]"
        + _near(20, _UNTRUE, _CLAUSE)
        + "(?:发布|发表|散布|传播|作出)"
        + _near(16, _UNTRUE, _CLAUSE)
        + "(?:不利|负面|批评|差评|言论)",
        "(?:如|若|一旦)"
        + _near(12, "可以|有权|未|不|逾期", _CLAUSE)
        + "(?:投诉|举报|起诉|曝光)(?![^。；\n]{0,6}(?:属实|成立|查实))"
        + "[^。；\n]{0,24}(?:退还|返还|退回|赔偿|违约金)",
        _WILL_NOT + _near(80, _HONEST, _SENTENCE) + _COMPLAIN,
        r"\b(?:withdraws|(?:shall|will|must|agrees? to|undertakes? to) "
        r"withdraw)\b[^.;\n]{0,40}\b(?:complaint|report|12315|12345)",
        r"\b(?:delete|remove|take down)s?\b"
        + _near(30, "untrue|false|incorrect|defam", _SENTENCE)
        + r"\b(?:negative|bad|critical) \w+",
    ),
    Forbidden.INJURY: (
        _HARM + _near(16, _KEPT) + f"(?:{_FREE}|{_CAPPED})",
        _FREE + _near(16, _KEPT) + _HARM,
        "(?:自行|自愿|自己)承担" + _near(20, _KEPT) + _HARM,
        _ASIDE + r"\b(?:no|not(?! (?:exclude|limit|affect|restrict))|without|(?<!not "
        r")(?:exclude|limit|release|waive|disclaim)s?)\b"
        + rf"[^.;\n]{{0,40}}\bliab\w+\b[^.;\n]{{0,40}}{_INJURY}",
        rf"\bliab\w+\b[^.;\n]{{0,40}}{_INJURY}[^.;\n]{{0,40}}\b(?:is limited|limited "
        rf"to|capped|excluded|not exceed)\b",
        rf"\b(?:assume|bear|accept)s?\b[^.;\n]{{0,20}}\brisks?\b[^.;\n]{{0,20}}{_INJURY}",
    ),
    Forbidden.OUTSIDERS: (
        r"(?<!\d)\d{6}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX](?!\d)",
        r"(?:卡号|[账帐][号户]|银行卡|\baccount\b|\bcard\b)[^。；.;\n\d]{0,12}(?:\d[ -]?){11,18}\d",
    ),
}
"""The patterns of each kind of forbidden clause: secrecy about a danger, waiver of rights, no liability for
injury, and numbers of identity cards or accounts. The key is the kind."""


SPACED = r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])"
"""A pattern for spaces between Chinese characters. They do not change the meaning, so they are removed before
a text is matched. It is compiled at its first use, because that takes a millisecond."""


@cache
def _patterns() -> dict[Forbidden, tuple[re.Pattern[str], ...]]:
    """Return the compiled patterns of each kind of forbidden clause. Compiling waits until a text is first
    examined, so that programs that examine no text start faster."""
    return {
        code: tuple(re.compile(text, re.IGNORECASE) for text in texts) for code, texts in PATTERNS.items()
    }


def forbidden_clause(texts: Iterable[tuple[str, str | None]]) -> tuple[str, Forbidden] | None:
    """Return the field of the first text that has a forbidden clause, and the kind of the clause. Return None
    if no text has one. `texts` are pairs of a field's name and its text; a text may be None."""
    for field, said in texts:
        text = re.sub(SPACED, "", said or "")
        for code, patterns in _patterns().items():
            if any(pattern.search(text) for pattern in patterns):
                return field, code
    return None
