"""The rules that choose the team of a complaint and the department of a question, in the interface and on the
desk."""

from __future__ import annotations

from typing import Annotated, Any

from chalice import Blueprint
from pydantic import BaseModel, ConfigDict, StringConstraints

from chalicelib.access.authorization import HOUSE
from chalicelib.domain.model.codes import Role
from chalicelib.domain.routing import Routing, RoutingChange, Rule
from chalicelib.web import callers, inputs
from chalicelib.web.problems import Answer, answers, forbid_unless
from chalicelib.web.routes import roster
from chalicelib.web.routes.api import seen_version
from chalicelib.wiring import product

routes = Blueprint(__name__)
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
SHOWN = 20
"""How many changes of the rules are listed at once."""
NEWEST = 999_999
"""A version higher than any that the rules can have."""


class Rules(BaseModel):
    """The rules in the order in which they are tried. A rule sends complaints or questions to the team `to`.
    Its other fields are criteria, each a list of codes; an empty list fits everything. `default` gets the
    complaints that no rule matches; "" stands for the team of the policy. `version` grows with each
    change."""

    model_config = ConfigDict(defer_build=True)

    rules: tuple[Rule, ...] = ()
    default: str = ""
    version: int = 0


class Changes(BaseModel):
    """Changes of the rules, the newest first. A change has its time `at`, who made it, the reason `why`, and
    the rules before and after."""

    model_config = ConfigDict(defer_build=True)

    changes: tuple[RoutingChange, ...]


class NewRules(roster.RosterRequest):
    """All rules from now on, and the `reason` for the change."""

    rules: tuple[Rule, ...] = ()
    default: str = ""
    reason: Reason


@routes.route("/v1/routing", methods=["GET"])
@answers
def rules() -> Answer[Rules]:
    """Get the rules that choose the team of a complaint and the department of a question. For staff."""
    forbid_unless(callers.bearer(routes.current_request).roles & HOUSE)
    return _told(product.file.fresh_roster()[0].routing)


@routes.route("/v1/routing", methods=["PUT"], content_types=inputs.JSON)
@answers
def set_rules() -> Answer[Rules]:
    """Replace all rules; for the administrator. With `If-Match` and the ETag last seen, the answer is 409 if
    somebody else has changed the rules since. Rules that cannot work are refused with their place: an unknown
    code or team, a team that is closed or has no people, or a rule that can never match."""
    request = routes.current_request
    caller = callers.bearer(request)
    forbid_unless(caller.roles & Role.ADMINISTRATOR)
    said = NewRules.model_validate_json(inputs.body(request, inputs.MOST_ENTRIES))
    new = Routing(said.rules, said.default)
    return _told(product.cover.rule(caller, lambda _: new, said.reason, seen_version(request)))


@routes.route("/v1/routing/changes", methods=["GET"])
@answers
def rule_changes() -> Answer[Changes]:
    """List the last changes of the rules, the newest first: who, when, why, and the rules before and after.
    For staff. With `before`, only changes that made an earlier version are listed."""
    request: Any = routes.current_request
    forbid_unless(callers.bearer(request).roles & HOUSE)
    before = inputs.whole_number((request.query_params or {}).get("before", ""))
    return Answer(Changes(changes=tuple(product.file.rule_changes(before or NEWEST, SHOWN))))


def _told(found: Routing) -> Answer[Rules]:
    return Answer(
        Rules(rules=found.rules, default=found.default, version=found.version), ETag=f'"{found.version}"'
    )
