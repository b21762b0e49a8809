"""The script with which staff read a letter aloud on the telephone. It has complete sentences without marks
or links, and numbers in groups. It ends with the one thing to remember."""

import re
from collections.abc import Iterator

from chalicelib.letters import Rendered
from chalicelib.locale.formats import texts

RULED = re.compile(r"-{3,}|\* \* \*")
"""A line of dashes or signs alone, which marks a heading or divides parts."""
MARK = re.compile(r"^(?:> ?|- |\d+\. )+")
NUMBER = re.compile(r"(?<!\d)(\d{4})-(\d{4})-(\d{4})(?!\d)")
SENTENCE = {"zh": re.compile(r"(?<=[。？；])"), "en": re.compile(r"(?<=[.?;]) ")}
WRITTEN = re.compile(r"://|[0-9a-f]{64}")
"""Text that is not read aloud: a web address or a digest."""
LINK = re.compile(r"://\S+$")
"""The web address at the end of a line; such a line only leads to a page."""
OTHERS = {"zh": "English:", "en": "中文："}
"""A letter has one line in the other language. By the letter's language: how this line begins."""
MOMENT = {
    "zh": re.compile(r"\d{4}年\d{1,2}月\d{1,2}日（星期.）(?:\d\d:\d\d)?"),
    "en": re.compile(r"\w+day \d{1,2} \w+ \d{4}(?:, \d\d:\d\d)?"),
}
ENDS = "。？；：.?;:"


def spoken(language: str, letter: Rendered, number: str) -> str:
    """Return the script of a letter, paragraph by paragraph in full sentences. `number` is the number of the
    complaint, in groups of four digits.

    Last comes the one thing to remember: the time that the subject names, or else the number."""
    space = "" if language == "zh" else " "
    said = [space.join(_sentences(language, part)) for part in re.split(r"\n{2,}", letter.text)]
    words, found = texts(language)["spoken"], MOMENT[language].search(letter.subject)
    last = words["moment" if found else "number"].format(moment=found and found[0], number=number)
    text = "\n\n".join(filter(None, (*said, last))).replace(" – ", words["pause"])
    return NUMBER.sub(words["pause"].join((r"\1", r"\2", r"\3")), text)


def _sentences(language: str, paragraph: str) -> Iterator[str]:
    """Yield the sentences of a paragraph without what cannot be read aloud, such as web addresses and lines
    of dashes. Each line of the letter ends a sentence."""
    space = "" if language == "zh" else " "
    for line in paragraph.splitlines():
        words = MARK.sub("", line.strip())
        if not words or RULED.fullmatch(words) or LINK.search(words) or words.startswith(OTHERS[language]):
            continue
        kept = space.join(one for one in SENTENCE[language].split(words) if not WRITTEN.search(one)).strip()
        if kept:
            kept = kept[0].upper() + kept[1:].rstrip(",，")
            yield kept if kept[-1] in ENDS else kept + ("。" if language == "zh" else ".")
