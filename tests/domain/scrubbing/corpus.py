"""The sentences with which scrubbing is measured, and what the case in them knows."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from chalicelib.domain.doubts import doubts
from chalicelib.domain.scrub import scrub

KNOWN = {
    "names": ("王小芳", "Sarah Thompson", "陈建国", "欧阳明月"),
    "numbers": (
        "+8613800138000",
        "+447911123456",
        "057188886666",
        "lanlan.wang@example.com",
        "sarah.t@mail.example",
        "TB2026011288765",
    ),
    "places": ("浙江省杭州市西湖区文三路90号2单元301室", "14 Maple Street, Flat 3"),
    "keep": ("梧桐家电", "梧桐家电旗舰店"),
}
"""What the case knows: who complains, who speaks for them, the company's contact, telephones, mailboxes, the
order, addresses, the shop."""


@dataclass(frozen=True)
class Sentence:
    """A sentence, and what of it must be taken out, must be shown or taken out, and must stay."""

    text: str
    gone: tuple[str, ...] = ()
    mark: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    @property
    def harmless(self) -> bool:
        """Whether nothing in it tells who anybody is."""
        return not (self.gone or self.mark)

    @property
    def language(self) -> str:
        """The language of the masks."""
        return "zh" if any("\u4e00" <= sign <= "\u9fff" for sign in self.text) else "en"

    def scrubbed(self) -> str:
        """The sentence as it is shown to the reviewer."""
        return scrub(self.text, self.language, **KNOWN)

    def shown(self) -> list[str]:
        """What of it the reviewer is shown."""
        left = self.scrubbed()
        return [left[one.start : one.end] for one in doubts(left)]

    def leftovers(self) -> list[str]:
        """The pieces that the case knows and that were not taken out."""
        left = self.scrubbed()
        return [piece for piece in self.gone if _left(piece, left)]

    def missed(self) -> list[str]:
        """The pieces that neither were taken out nor are shown."""
        left = self.scrubbed()
        for one in sorted(doubts(left), reverse=True):
            left = left[: one.start] + "■" + left[one.end :]
        return [piece for piece in (*self.gone, *self.mark) if _left(piece, left)]

    def hurt(self) -> list[str]:
        """The pieces that must stay and do not."""
        left = self.scrubbed()
        return [piece for piece in self.keep if piece not in left]


TITLES = re.compile(r"经理|主管|主任|科长|律师|女士|先生|\b(?:Mr|Mrs|Ms|Dr)\b\.? ?")
"""What people are called by beside their name: it may stay."""


def _left(piece: str, text: str) -> bool:
    """Whether half of a piece, or more in one, can still be read in a text."""
    piece = TITLES.sub("", piece)
    if len(piece) == 1:
        return piece in text
    half = max((len(piece) + 1) // 2, 2)
    return any(piece[at : at + half] in text for at in range(len(piece) - half + 1))


def sentences(part: str) -> list[Sentence]:
    """The sentences of one part of the corpus, by the name of its file."""
    found = tomllib.loads(Path(__file__).with_name(f"{part}.toml").read_text("utf-8"))["sentence"]
    return [
        Sentence(one["text"], *(tuple(one.get(name, ())) for name in ("gone", "mark", "keep")))
        for one in found
    ]


def pieces(found: list[Sentence]) -> int:
    """How many pieces there are to find."""
    return sum(len(one.gone) + len(one.mark) for one in found)
