"""The script with which staff read a letter aloud on the telephone. The script has complete sentences without
marks or links, and numbers in groups. The script ends with the one thing to remember."""

import re
from collections.abc import Iterator

from chalicelib.letters import Rendered
from chalicelib.locale.formats import texts

RULED = re.compile(r"-{3,}|\* \* \*")
"""The pattern of a line that only divides parts: dashes or stars."""
MARK = re.compile(r"^(?:> ?|- |\d+\. )+")
NUMBER = re.compile(r"(?<!\d)(\d{4})-(\d{4})-(\d{4})(?!\d)")
SENTENCE = {"zh": re.compile(r"(?<=[。？；])"), "en": re.compile(r"(?<=[.?;]) ")}
WRITTEN = re.compile(r"://|[0-9a-f]{64}")
"""The pattern of what cannot be read aloud: a web address or a digest."""
LINK = re.compile(r"://\S+$")
"""The pattern of a web address at the end of a line. Such a line only leads to a page, so it is not read
aloud."""
OTHERS = {"zh": "English:", "en": "中文："}
"""The first words of the one line that each letter has in the other language. The key is the letter's
language. This line is not read aloud."""
MOMENT = {
    "zh": re.compile(r"\d{4}年\d{1,2}月\d{1,2}日（星期.）(?:\d\d:\d\d)?"),
    "en": re.compile(r"\w+day \d{1,2} \w+ \d{4}(?:, \d\d:\d\d)?"),
}
ENDS = "。？；：.?;:"


def spoken(language: str, letter: Rendered, number: str) -> str:
    """Return the script of a letter as text, paragraph by paragraph in full sentences. `number` is the number
    of the complaint, in groups of four digits.

    The script ends with the one thing to remember: the time that the subject of the letter names, or else the
    number."""
    space = "" if language == "zh" else " "
    said = [space.join(_sentences(language, part)) for part in re.split(r"\n{2,}", letter.text)]
    words, found = texts(language)["spoken"], MOMENT[language].search(letter.subject)
    last = words["moment" if found else "number"].format(moment=found and found[0], number=number)
    text = "\n\n".join(filter(None, (*said, last))).replace(" – ", words["pause"])
    return NUMBER.sub(words["pause"].join((r"\1", r"\2", r"\3")), text)


def _sentences(language: str, paragraph: str) -> Iterator[str]:
    """Yield the sentences of a paragraph of a letter. Each line of the paragraph ends a sentence. What cannot
    be read aloud is left out, such as web addresses and lines of dashes."""
    space = "" if language == "zh" else " "
    for line in paragraph.splitlines():
        words = MARK.sub("", line.strip())
        if not words or RULED.fullmatch(words) or LINK.search(words) or words.startswith(OTHERS[language]):
            continue
        kept = space.join(one for one in SENTENCE[language].split(words) if not WRITTEN.search(one)).strip()
        if kept:
            kept = kept[0].upper() + kept[1:].rstrip(",，")
            yield kept if kept[-1] in ENDS else kept + ("。" if language == "zh" else ".")
