"""The settlement agreement as a document: the signed text in Chinese, and in English too if the text has
both."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from chalicelib.documents import MARK, Json
from chalicelib.documents.typesetting import ROOM, press
from chalicelib.domain.calendar import SHANGHAI, instant
from chalicelib.domain.timeline import canonical
from chalicelib.evidence.confined import Room
from chalicelib.locale import formats

FILE = "agreement.json"
"""The name of the JSON file that is attached to the PDF of an agreement."""
LONG = 700
"""The length of a clause, in characters as counted by `_room`, above which the clause may break over two
pages."""
LINE = 40
NUMERALS = "一二三四五六七八九"


class Seal(NamedTuple):
    """The seal as a document prints it: the name on its certificate, and the fingerprint of its public key
    (SHA-256, hex)."""

    name: str
    fingerprint: str


def render(
    text: Json,
    signatures: Sequence[Json],
    digest: str,
    in_force: datetime,
    verify_url: str,
    *,
    seal: Seal | None = None,
    room: Room = ROOM,
) -> bytes:
    """Return the agreement as PDF/A-3a and PDF/UA, with the text and the signatures attached as JSON. The
    same input gives the same bytes. Raises DocumentFailed if the agreement cannot be typeset.

    `text`: the stored text of the agreement, in which an empty value has no key. `signatures`: the signatures
    as the document prints them. `digest`: the sha256 of the canonical text. `in_force`: when the agreement
    took effect. `verify_url`: the page that checks documents. `seal`: the seal that will be put on the
    document, which the document mentions. `room`: the limits of memory and time for typesetting."""
    said = [
        _Document(language, text, signatures, digest, in_force, verify_url, seal)
        for language in text["languages"]
    ]
    view = {
        "number": text["number"],
        "mark": MARK + text["number"],
        "page": [one.of("page", n="{n}", of="{of}") for one in said],
        "parts": [one.part() for one in said],
        "file": {
            "name": FILE,
            "content": attached(text, signatures, digest, in_force),
            "about": said[0].of("title", text["kind"]),
        },
    }
    return press("agreement", view, in_force, room, exact=True)


def attached(text: Json, signatures: Sequence[Json], digest: str, in_force: datetime) -> str:
    """Return the JSON that is attached to the PDF: the text, the digest of its canonical form, the
    signatures, and when the agreement took effect. The arguments are those of `render`."""
    return canonical({"text": text, "digest": digest, "signatures": list(signatures), "in_force": in_force})


def _room(text: str) -> int:
    """Return the space that a text takes, in characters. Each line break counts as `LINE` characters, because
    the line before the break is not full."""
    return len(text) + LINE * text.count("\n")


class Wording:
    """The words of an agreement in one language. `text` is the stored text of the agreement."""

    def __init__(self, language: str, text: Json) -> None:
        self.language, self.text = language, text
        self.names = {party["id"]: str(party["name"]) for party in text["parties"]}

    def of(self, *path: str, **slots: object) -> str:
        """Return the label at `path` in the section `document` of our texts. `slots` are the values for its
        placeholders."""
        return formats.label(self.language, path[-1], "document", *path[:-1]).format(**slots)

    def party(self, party: Json) -> str:
        """Return the name of a party to the agreement, with the name of their representative if they have
        one."""
        by = party.get("represented_by")
        return self.of("party", "represented", name=party["name"], by=by) if by else str(party["name"])

    def kind(self, clause: Json) -> str:
        """Return the label for the kind of a clause's obligation."""
        return formats.label(self.language, clause["kind"], "obligation_kind")

    def when(self, clause: Json) -> str:
        """Return in words when a clause must be performed: by a day, or some days after another clause or
        after the entry into force."""
        if clause.get("by"):
            return self.of("duty", "by", day=self.day(clause["by"]))
        first, days = clause["after"].get("clause"), clause["after"]["days"]
        if not first:
            return self.of("duty", "in_force", days=days)
        return self.of("duty", "after", clause=formats.clause(self.language, first), days=days)

    def words(self, words: Json) -> str:
        """Return a person's own words in this language. `words` holds these words by language. If they exist
        only in Chinese, return the Chinese words with a remark that they are not translated."""
        return str(words.get(self.language) or self.of("untranslated", words=words["zh"]))

    def day(self, day: str) -> str:
        """Return a local date (ISO) in words, with its weekday."""
        return formats.day(self.language, datetime.combine(date.fromisoformat(day), time(12), SHANGHAI))

    def moment(self, at: datetime) -> str:
        """Return a past moment in words, in Beijing time."""
        return formats.moment(self.language, at, end=False)

    def money(self, fen: int | None) -> str:
        """Return an amount of `fen` in words; "" for None or zero."""
        return formats.money(self.language, fen) if fen else ""


class _Document(Wording):
    """An agreement in one language, as sections for the template."""

    def __init__(
        self,
        language: str,
        text: Json,
        signatures: Sequence[Json],
        digest: str,
        in_force: datetime,
        url: str,
        seal: Seal | None,
    ) -> None:
        super().__init__(language, text)
        self.signatures = signatures
        self.digest = digest
        self.in_force = in_force
        self.url = url
        self.seal = seal

    def part(self) -> dict[str, Any]:
        """Return this language's part of the document, as the template takes it: the title and the numbered
        sections."""
        sections = [
            {**section, "title": self._numbered(n, section["title"])}
            for n, section in enumerate(self._sections())
        ]
        return {"language": self.language, "title": self.of("title", self.text["kind"]), "sections": sections}

    def _sections(self) -> Iterator[dict[str, Any]]:
        yield self._section("about", {"kind": "facts", "rows": list(self._about())})
        yield self._section(
            "parties",
            {
                "kind": "facts",
                "rows": [
                    [self.of("party", party["side"]), self.party(party)] for party in self.text["parties"]
                ],
            },
        )
        if self.text.get("mediator"):
            yield self._section(
                "mediator", {"kind": "facts", "rows": list(self._mediator(self.text["mediator"]))}
            )
        yield self._section("facts", {"kind": "text", "text": self.words(self.text["facts"])})
        yield self._section(
            "duties",
            {"kind": "plain", "text": self.of("duties"), "sticky": True},
            *map(self._duty, self.text["clauses"]),
        )
        if self.text.get("remarks"):
            yield self._section("remarks", {"kind": "text", "text": self.words(self.text["remarks"])})
        yield self._section("effect", {"kind": "list", "items": list(self._effect())})
        yield {**self._section("signatures", self._signed()), "apart": True}
        yield self._section("proof", {"kind": "digest", "text": self.digest}, *self._proof())

    def _section(self, name: str, *shown: dict[str, Any]) -> dict[str, Any]:
        return {"title": self.of("section", name), "shown": list(shown)}

    def _numbered(self, n: int, title: str) -> str:
        return f"{NUMERALS[n]}、{title}" if self.language == "zh" else f"{n + 1}. {title}"

    def _about(self) -> Iterator[list[str]]:
        complaint = self.text["complaint"]
        yield [self.of("about", "number"), self.text["number"]]
        yield [self.of("about", "complaint"), complaint["number"]]
        yield [self.of("about", "received_on"), self.day(complaint["received_on"])]
        for name in ("product", "order"):
            if complaint.get(name):
                yield [self.of("about", name), complaint[name]]
        yield [self.of("about", "nature"), formats.label(self.language, complaint["nature"], "nature")]
        yield [self.of("about", "drafted_on"), self.day(self.text["drafted_on"])]
        yield [self.of("about", "in_force"), self.moment(self.in_force)]

    def _mediator(self, mediator: Json) -> Iterator[list[str]]:
        for name in ("name", "body"):
            yield [self.of("mediator", name), mediator[name]]
        yield [self.of("mediator", "lawful"), self.of("mediator", "yes" if mediator["lawful"] else "no")]
        for name in ("qualification", "number"):
            yield [self.of("mediator", name), mediator[name]]

    def _duty(self, clause: Json) -> dict[str, Any]:
        amount = clause.get("amount")
        title = self.of(
            "duty",
            "paid" if amount else "title",
            clause=formats.clause(self.language, clause["id"]).capitalize(),
            kind=self.kind(clause),
            amount=self.money(amount),
        )
        sides = [
            [
                self.of("duty", "debtor"),
                self.names[clause["debtor"]],
                self.of("duty", "creditor"),
                self.names[clause["creditor"]],
            ]
        ]
        rows = [
            *sides,
            [self.of("duty", "what"), self.words(clause["what"])],
            [
                self.of("duty", "when"),
                self.when(clause),
                self.of("duty", "cure"),
                self.of("duty", "days", days=clause["cure_days"]),
            ],
            [
                self.of("duty", "proof"),
                formats.label(self.language, clause["proof"], "proof"),
                self.of("duty", "confirms"),
                self.of("duty", f"by_{clause['confirms']}", name=self.names[clause["creditor"]]),
            ],
            [self.of("duty", "otherwise"), self._otherwise(clause)],
        ]
        return {
            "kind": "duty",
            "title": title,
            "rows": rows,
            "long": sum(map(_room, (cell for row in rows for cell in row))) > LONG,
        }

    def _otherwise(self, clause: Json) -> str:
        if not clause.get("measure"):
            return self.of("duty", "law")
        return self.of(
            "duty",
            "penalty" if clause.get("penalty") else "measure",
            measure=formats.label(self.language, clause["measure"], "measure"),
            amount=self.money(clause.get("penalty")),
        )

    def _effect(self) -> Iterator[str]:
        mediator = self.text.get("mediator")
        yield self.of("effect", "free")
        yield self.of("effect", "in_force", at=self.moment(self.in_force))
        if least := self.text.get("least_days"):
            yield self.of("effect", "least", days=least)
        yield self.of("effect", "binding" if self.text["kind"] == "mediation" else "contract")
        if mediator and mediator["lawful"]:
            yield self.of("effect", "confirmation")
        if self.text.get("replaces"):
            yield self.of(
                "effect",
                "replaces",
                promises=self.of("effect", "and").join(map(self._promise, self.text["replaces"])),
            )
        yield self.of("effect", "rights")
        if len(self.text["languages"]) > 1:
            yield self.of("effect", "languages")
        yield self.of("effect", "copies")

    def _promise(self, owed: Json) -> str:
        """Return in words an earlier obligation (`owed`) that the agreement replaces: its id, kind and
        amount."""
        return " ".join(filter(None, (owed["id"], self.kind(owed), self.money(owed.get("amount")))))

    def _signed(self) -> dict[str, Any]:
        rows = [
            [
                self._signer(one),
                formats.label(self.language, one["role"], "role"),
                self.moment(instant(one["at"])),
                self.of("signature", one["way"]),
            ]
            for one in self.signatures
        ]
        return {
            "kind": "grid",
            "widths": [26, 19.5, 34, 20.5],
            "rows": rows,
            "head": [self.of("signature", name) for name in ("who", "role", "at", "way")],
        }

    def _signer(self, one: Json) -> str:
        return (
            f"{one['name']}\n{self.of('signature', 'for', name=one['for'])}"
            if one.get("for")
            else str(one["name"])
        )

    def _proof(self) -> Iterator[dict[str, Any]]:
        yield {"kind": "plain", "text": self.of("proof", "signed", file=FILE)}
        if self.seal:
            yield {"kind": "plain", "text": self.of("proof", "seal", seal=self.seal.name)}
        yield {"kind": "plain", "text": self.of("proof", "verify", url=self.url)}
        if self.seal:
            yield {"kind": "plain", "text": self.of("proof", "fingerprint")}
            yield {"kind": "digest", "text": self.seal.fingerprint}
