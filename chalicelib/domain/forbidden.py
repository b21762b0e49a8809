"""What no agreement may say: found by its usual words, so that it is refused before anybody is asked to sign. People read the rest.

Civil Code 506 (no exclusion of liability for injury), 585 (penalty against loss); Consumer Protection Law 26; Personal Information
Protection Law 13.
"""
from __future__ import annotations

import re
from collections.abc import Iterable

from chalicelib.domain.codes import Forbidden

_GIVES_UP = r"(放弃|不得|不再|不予|不能|禁止|承诺不|保证不|无权)(?:(?!拒绝|阻|妨碍|报复)[^。；，\n]){0,12}"
_DANGER = r"(安全(问题|隐患|事故|风险)|隐患|缺陷|危险)"
PATTERNS: dict[Forbidden, tuple[re.Pattern[str], ...]] = {code: tuple(re.compile(text, re.IGNORECASE) for text in texts)
                                                          for code, texts in {
    Forbidden.RIGHTS: (
        _GIVES_UP + r"(投诉|举报|起诉|诉讼|仲裁|申诉|维权|追究|曝光|差评|如实评价|向[^。；，\n]{0,12}(反映|陈述|披露))",
        r"撤(回|销)[^。；，\n]{0,10}(12315|12345|监管|举报|投诉)",
        r"\b(waives?|gives? up|renounces?|shall not|will not|must not|may not)\b[^.;\n]{0,60}\b(complain|report|sue|suit|claim in court|"
        r"litigat\w*|arbitrat\w*|regulator|authorit\w+|review|speak)"),
    Forbidden.HAZARD: (
        r"(保密|不得(透露|公开|披露|告知)|隐瞒)[^。；\n]{0,20}" + _DANGER,
        _DANGER + r"[^。；\n]{0,20}(保密|不得(透露|公开|披露|告知)|隐瞒)",
        r"\b(confidential|secret|not disclose)\b[^.;\n]{0,60}\b(hazard|defect|danger|safety)"),
    Forbidden.INJURY: (
        r"(人身|伤害|受伤|死亡|伤亡)[^。；\n]{0,16}(不承担|免除|概不负责|免责|不负责)",
        r"(不承担|免除|概不负责|免责)[^。；\n]{0,16}(人身|伤害|受伤|死亡|伤亡)",
        r"\b(no|not|exclude\w*|limit\w*|without)\b[^.;\n]{0,30}\bliab\w+\b[^.;\n]{0,40}\b(injur\w+|death)"),
    Forbidden.OUTSIDERS: (r"(?<!\d)\d{17}[\dXx](?!\d)", r"(?<!\d)(?:\d[ -]?){15,18}\d(?!\d)"),
}.items()}
"""By what it is recognised: rights given up, silence about a danger, liability for injury, numbers of identity cards and accounts."""


def found(texts: Iterable[tuple[str, str | None]]) -> tuple[str, Forbidden] | None:
    """The first of these (field, text) that says what no agreement may say, and what; None when none does."""
    for field, text in texts:
        for code, patterns in PATTERNS.items():
            if text and any(pattern.search(text) for pattern in patterns):
                return field, code
    return None
