"""The counterparts of our measures: figures of others that mean the same, or nearly the same. The
counterparts have versions with days of validity, because returns change. A report uses the version that is
valid at the end of its period, and names it. The words are in `locale/`, in the file
`pages/measures.json`."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Source(StrEnum):
    """Who publishes a counterpart or asks for it. `FCA_DISP`: the return of the Financial Conduct Authority
    in DISP 1 Annex 1. `FCA_2027`: its one return of PS25/19. `FOS`: the half-yearly data of the Financial
    Ombudsman Service. `CFPB`: the complaint database of the Consumer Financial Protection Bureau. `ISO`: ISO
    10002:2018."""

    FCA_DISP = "fca_disp"
    FCA_2027 = "fca_2027"
    FOS = "fos"
    CFPB = "cfpb"
    ISO = "iso"


class Fit(StrEnum):
    """How a counterpart fits a measure. `SAME`: it means the same. `PARTLY`: its meaning is near. `UNLIKE`:
    its name is near, but it must not be compared. `ASKED`: it is a rule that asks for such a measure."""

    SAME = "same"
    PARTLY = "partly"
    UNLIKE = "unlike"
    ASKED = "asked"


class Version(NamedTuple):
    """A version of the counterparts. `since` and `until`: its first and its last day. The newest version has
    no last day. `sources`: whose counterparts it has."""

    name: str
    since: date
    until: date | None
    sources: tuple[Source, ...]


_OTHERS = (Source.FOS, Source.CFPB, Source.ISO)
VERSIONS: Mapping[str, Version] = {
    version.name: version
    for version in (
        Version("1", date(2016, 6, 30), date(2026, 12, 31), (Source.FCA_DISP, *_OTHERS)),
        Version("2", date(2027, 1, 1), None, (Source.FCA_2027, *_OTHERS)),
    )
}
"""The versions by name, the oldest first. The return of DISP 1 Annex 1 in this form began on 30 June 2016.
From 1 January 2027 on, the return of PS25/19 replaces it."""
_FCA_SAME = {Source.FCA_DISP: Fit.SAME, Source.FCA_2027: Fit.SAME}
_FCA_PARTLY = {Source.FCA_DISP: Fit.PARTLY, Source.FCA_2027: Fit.PARTLY}
_ISO = {Source.ISO: Fit.ASKED}
COUNTERPARTS: Mapping[str, Mapping[Source, Fit]] = {
    "received": {**_FCA_SAME, Source.FOS: Fit.PARTLY, Source.CFPB: Fit.PARTLY, **_ISO},
    "closed": {**_FCA_SAME, Source.FOS: Fit.PARTLY, Source.CFPB: Fit.PARTLY, **_ISO},
    "upheld": {**_FCA_SAME, Source.FOS: Fit.PARTLY, Source.CFPB: Fit.PARTLY, **_ISO},
    "redress": {**_FCA_PARTLY, **_ISO},
    "per_customer": {**_FCA_PARTLY, **_ISO},
    "in_time": {**_FCA_PARTLY, Source.CFPB: Fit.UNLIKE, **_ISO},
    "open": {**_FCA_PARTLY, Source.CFPB: Fit.PARTLY, **_ISO},
    "causes": {**_FCA_PARTLY, Source.CFPB: Fit.PARTLY, **_ISO},
    "process": _ISO,
    "satisfaction": _ISO,
    "improvement": _ISO,
}
"""The counterparts of each group of measures, by source. A source that is not there has no counterpart."""

OF_FACETS: Mapping[str, Mapping[Source, Fit]] = {
    "type": {Source.CFPB: Fit.PARTLY},
    "channel": {Source.CFPB: Fit.PARTLY},
    "class": {**_FCA_PARTLY, Source.FOS: Fit.PARTLY, Source.CFPB: Fit.PARTLY, **_ISO},
    "company": {Source.FOS: Fit.PARTLY, Source.CFPB: Fit.SAME},
    "region": {Source.CFPB: Fit.PARTLY},
    "help": {Source.FCA_2027: Fit.PARTLY, Source.CFPB: Fit.PARTLY},
}
"""The counterparts of breakdowns (facets), by source."""


def valid_on(day: date) -> Version:
    """Return the version of the counterparts that is valid on a day. The oldest one serves earlier days."""
    return [version for version in VERSIONS.values() if version.since <= day or version.name == "1"][-1]
