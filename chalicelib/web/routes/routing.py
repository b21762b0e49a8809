"""The rules that choose the team of a complaint and the department of a question, in the interface and on the
desk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from chalice import Blueprint, Response
from pydantic import BaseModel, ConfigDict, Field

from chalicelib.access.authorization import HOUSE, Caller
from chalicelib.cases.casework import Unavailable
from chalicelib.domain.roster import Roster
from chalicelib.domain.routing import CODES, Routing, RoutingChange, Rule, dry_run
from chalicelib.figures import filed
from chalicelib.locale.formats import date_called, label, texts
from chalicelib.web import callers, desk_drafts, forms, inputs, pages
from chalicelib.web.problems import Answer, Problem, answers, forbid_unless, problem
from chalicelib.web.routes import desk, roster
from chalicelib.web.routes.api import replaced_version
from chalicelib.wiring import product

routes = Blueprint(__name__)
SHOWN = 20
"""The maximum number of changes of the rules on one page."""
NEWEST = 999_999
"""A version higher than any that the rules can have."""
SECTIONS = {
    "problems": "type",
    "goods": "goods_class",
    "services": "service_class",
    "regions": "region",
    "channels": "channel",
    "languages": "spoken_language",
    "severities": "severity",
}
"""Criterion → section of `locale/` with the labels of its codes. Companies are named as they are."""


class Rules(BaseModel):
    """The rules in the order in which they are tried. A rule sends complaints or questions to the team `to`.
    Its other fields are criteria, each a list of codes; an empty list fits everything. `default` gets the
    complaints that no rule matches; "" stands for the team of the policy. `version` grows with each change.
    `rules`: the rules."""

    model_config = ConfigDict(defer_build=True)

    rules: tuple[Rule, ...] = ()
    default: str = ""
    version: int = 0


class Changes(BaseModel):
    """Changes of the rules, the newest first. A change has its time `at`, who made it, the reason `why`, and
    the rules before and after. `changes`: the changes."""

    model_config = ConfigDict(defer_build=True)

    changes: tuple[RoutingChange, ...]


class NewRules(roster.RosterRequest):
    """All rules from now on, and the `reason` for the change. `default`: the id of the team for complaints
    that no rule matches. `rules`: the rules."""

    rules: tuple[Rule, ...] = ()
    default: str = ""
    reason: roster.Reason


@routes.route("/v1/routing", methods=["GET"])
@answers
def rules() -> Answer[Rules]:
    """Get the rules that choose the team of a complaint and the department of a question. For staff."""
    forbid_unless(callers.bearer(routes.current_request).roles & HOUSE)
    return _told(product.file.fresh_roster()[0].routing)


@routes.route("/v1/routing", methods=["PUT"], content_types=inputs.JSON)
@answers
def set_rules() -> Answer[Rules]:
    """Replace all rules; for the administrator. `If-Match` has the ETag last seen. The answer is 412 if
    somebody else has changed the rules since. Without the header the answer is 428, except for the first
    rules; `*` overwrites any rules. Rules that cannot work are refused with their place: an unknown code or
    team, a team that is closed or has no people, or a rule that can never match."""
    request = routes.current_request
    caller = callers.bearer(request)
    forbid_unless(caller.administers)
    said = NewRules.model_validate_json(inputs.body(request, inputs.MOST_ENTRIES))
    new = Routing(said.rules, said.default)
    seen = replaced_version(request, product.file.fresh_roster()[0].routing.version)
    return _told(product.cover.rule(caller, lambda _: new, said.reason, seen))


@routes.route("/v1/routing/changes", methods=["GET"])
@answers
def rule_changes() -> Answer[Changes]:
    """List the last changes of the rules, the newest first: who, when, why, and the rules before and after.
    For staff. With `before`, only changes that made an earlier version are listed."""
    request: Any = routes.current_request
    forbid_unless(callers.bearer(request).roles & HOUSE)
    before = inputs.whole_number((request.query_params or {}).get("before", ""))
    return Answer(Changes(changes=tuple(product.file.rule_changes(before or NEWEST, SHOWN))))


class RuleChange(roster.RosterRequest):
    """A change of the rules on the desk, by a person who saw the rules in this `version`."""

    version: int
    reason: roster.Reason


class RuleRequest(RuleChange):
    """A rule to be saved as rule `n`; without `n`, as a new last rule."""

    n: int | None = None
    rule: Rule


class RuleNumber(RuleChange):
    """A rule, by its number from 1, to be moved or deleted."""

    n: int


class DefaultRequest(RuleChange):
    """The team that gets complaints that no rule matches. Empty: the team of the policy."""

    to: str = Field("", max_length=40)


class RuleForm(NamedTuple):
    """The declaration of a kind of change of the rules. `asks`: the request model. `do(rules, request)`:
    returns the changed rules. `fields`: the fields of the form besides the reason, name → widget."""

    asks: type[RuleChange]
    do: Callable[[Routing, Any], Routing]
    fields: Mapping[str, str]


NUMBER = {"n": "hidden"}
DEEDS = {
    "rule": RuleForm(
        RuleRequest,
        lambda rules, said: rules.with_rule(said.rule, said.n),
        {**NUMBER, "to": "select", **dict.fromkeys(CODES, "many")},
    ),
    "sooner": RuleForm(RuleNumber, lambda rules, said: rules.moved(said.n, said.n - 1), NUMBER),
    "later": RuleForm(RuleNumber, lambda rules, said: rules.moved(said.n, said.n + 1), NUMBER),
    "delete": RuleForm(RuleNumber, lambda rules, said: rules.without(said.n), NUMBER),
    "default": RuleForm(
        DefaultRequest, lambda rules, said: Routing(rules.rules, said.to, rules.version), {"to": "select"}
    ),
}
KINDS = {"n": "number", "version": "number"}


@routes.route("/desk/routing", methods=pages.GET)
@desk.staffed
def rules_page(request: Any, caller: Caller) -> Response:
    """Show the rules in order as sentences, where the complaints of the last 90 days would go by them, and
    the changes of the rules. `before`: show only changes that made an earlier version."""
    query, language = request.query_params or {}, pages.language(request)
    forbid_unless(caller.roles & HOUSE)
    found, _ = product.file.fresh_roster()
    before = inputs.whole_number(query.get("before", "")) or NEWEST
    made = product.file.rule_changes(before, SHOWN)
    done = query.get("done", "")
    return desk.page(
        request,
        caller,
        "routing.html",
        said=[sentence(language, rule, found) for rule in found.routing.rules],
        default=found.team_name(product.cover.default_team(found.routing), language),
        routing=found.routing,
        trial=_trial(language, found),
        made=[_made(language, one, found) for one in made],
        names=roster.names(found),
        older=made[-1].after.version if len(made) == SHOWN else None,
        back=before != NEWEST,
        done=done if done in DEEDS else "",
        administers=caller.administers,
    )


@routes.route("/desk/routing/{deed}", methods=pages.GET)
@desk.staffed
def ask_rule(request: Any, caller: Caller, deed: str) -> Response:
    """Show the form for a change of the rules. `deed`: the name of the change, a key of `DEEDS`."""
    query = request.query_params or {}
    if deed not in DEEDS or (deed not in ("rule", "default") and not query.get("n")):
        return pages.redirect("/desk/routing")
    forbid_unless(caller.administers)
    rules = product.file.fresh_roster()[0].routing
    said = [("version", str(rules.version))]
    if deed == "default":
        said.append(("to", rules.default))
    elif n := inputs.whole_number(query.get("n", "")):
        rule = rules.rule(n)
        said += [("n", str(n)), ("to", rule.to)]
        said += [(name, code) for name in CODES for code in getattr(rule, name)]
    return _form(request, caller, deed, pages.Form(said))


@routes.route("/desk/routing/{deed}", methods=["POST"], content_types=pages.FORM)
@desk.staffed_form(lambda _, __: {"reason": "text"})
def change_rule(request: Any, caller: Caller, deed: str) -> Response:
    """Change the rules, or only try a change. `deed`: the name of the change, a key of `DEEDS`.

    A tried change is not saved: the form is shown again, with the numbers of complaints that each team would
    get. After an error, the form is shown again with everything typed."""
    form = pages.form(request)
    forbid_unless(deed in DEEDS and caller.administers)
    wanted = DEEDS[deed]
    try:
        kinds = {**wanted.fields, "reason": "text", **KINDS}
        values = forms.posted_values(form, kinds)
        if deed == "rule":
            values["rule"] = {name: values.pop(name) for name in ("to", *CODES) if name in values}
        if form["try"]:
            values.setdefault("reason", "-")
        said: Any = wanted.asks.model_validate_json(json.dumps(values, ensure_ascii=False))
        if form["try"]:
            found, _ = product.file.fresh_roster()
            new = product.cover.proposed(found, lambda rules: wanted.do(rules, said), said.version)
            return _form(request, caller, deed, form, trial=_trial(pages.language(request), new))
        product.cover.rule(caller, lambda rules: wanted.do(rules, said), said.reason, said.version)
    except pages.KEPT as error:
        return _form(request, caller, deed, form, error)
    return pages.redirect(f"/desk/routing?done={deed}")


def sentence(language: str, rule: Rule, found: Roster) -> str:
    """Return a rule as a sentence: which complaints or questions go where."""
    words = texts(language)["page"]["routing"]
    asked = {name: [_code(language, name, code) for code in getattr(rule, name)] for name in CODES}
    asked["goods"] += asked.pop("services")
    conditions = words["and"].join(
        words["condition"].format(what=words["what"][name], codes=_one_of(words, codes))
        for name, codes in asked.items()
        if codes
    )
    kind = "_".join(sorted(found.duties(rule.to)))
    some = "some" if conditions else "all"
    said: str = words[some][kind].format(conditions=conditions, team=found.team_name(rule.to, language))
    return said


def _code(language: str, name: str, code: str) -> str:
    # companies have no labels, and a code of a newer release has none here
    return label(language, code, SECTIONS[name]) if code in CODES[name] else code


def _trial(language: str, found: Roster) -> dict[str, Any] | None:
    """Return where the complaints of the last 90 days would go by the rules of this roster. Return None while
    nothing is counted. The result has a row for each team, and the numbers by rule.

    This costs one read, of the counts that the nightly run has made."""
    try:
        lately = filed.read(json.loads(product.shelf.read(filed.ROUTING)))
    except Unavailable:  # the counts do not exist before the first nightly run
        return None
    if lately is None:
        return None
    goes = dry_run(lately.filed, found, product.policy.team)
    return {
        "until": date_called(language, lately.until),
        "total": sum(goes.gets.values()),
        "unknown": sum(one.n for one in lately.filed if not one.facts.languages),
        "by_rule": goes.by_rule,
        "handle": {id for id in found.teams if "cases" in found.duties(id)},
        "rows": [
            {
                "team": found.team_name(team, language),
                "had": goes.had.get(team, 0),
                "gets": goes.gets.get(team, 0),
                "people": len(found.handling(team)),
                "each": round(goes.gets.get(team, 0) / max(1, len(found.handling(team))), 1),
            }
            for team in sorted({*goes.had, *goes.gets}, key=lambda team: -goes.gets.get(team, 0))
        ],
    }


def _made(language: str, change: RoutingChange, found: Roster) -> dict[str, Any]:
    """Return a change of the rules as its page shows it. `gone` and `new` are the rules that the change
    removed and added, as sentences. Both are empty if only the order changed."""
    before, after = change.before, change.after
    default = found.team_name(product.cover.default_team(after), language)

    def only(of: Routing, other: Routing) -> Iterator[str]:
        yield from (sentence(language, rule, found) for rule in of.rules if rule not in other.rules)

    return {
        "change": change,
        "gone": [*only(before, after)],
        "new": [*only(after, before)],
        "ordered": before.rules != after.rules and {*before.rules} == {*after.rules},
        "then": [sentence(language, rule, found) for rule in after.rules],
        "then_default": default,
        "default": default if before.default != after.default else "",
    }


def _form(
    request: Any,
    caller: Caller,
    deed: str,
    form: pages.Form,
    error: Exception | None = None,
    trial: dict[str, Any] | None = None,
) -> Response:
    opened, draft = desk_drafts.open_form(request, caller.who, desk.address(request), form)
    form = opened or form
    language, (found, _) = pages.language(request), product.file.fresh_roster()
    wrong = problem(language, error) if error else None
    errors, labels = _placed(wrong), texts(language)["page"]["routing"]["field"]
    fields = [
        forms.Field(
            name,
            widget,
            "" if widget == "hidden" else labels[f"{deed}_to" if name == "to" else name],
            required=name == "reason" or (name == "to" and deed == "rule"),
            options=tuple(_options(language, deed, name, found)),
            values=tuple(form.all(name)),
            error=errors.get(name, ""),
        )
        for name, widget in {**DEEDS[deed].fields, "reason": "text"}.items()
    ]
    n = inputs.whole_number(form["n"])
    rules = found.routing.rules
    return desk.page(
        request,
        caller,
        "routing_form.html",
        wrong.status if wrong else 200,
        deed=deed,
        draft=draft,
        n=n,
        rule=sentence(language, rules[n - 1], found) if n and n <= len(rules) else "",
        version=form["version"],
        fields=fields,
        problem=wrong,
        lines=forms.summary(
            language, fields, [{"pointer": f"/{name}", "message": said} for name, said in errors.items()]
        ),
        chosen=partial(_chosen, language),
        trial=trial,
        tried=form["try"] and not wrong,
    )


def _chosen(language: str, field: forms.Field) -> str:
    """Return the labels of the chosen options of a field, or the word for any."""
    words = texts(language)["page"]["routing"]
    chosen = [one.label for one in field.options if one.code in field.values]
    return _one_of(words, chosen) or str(words["any"])


def _one_of(words: Mapping[str, Any], labels: list[str]) -> str:
    """Return labels as a list in words, with "or" before the last one; "" for no labels."""
    head = str(words["comma"]).join(labels[:-1])
    return str(words["or"]).join(filter(None, (head, *labels[-1:])))


def _placed(wrong: Problem | None) -> dict[str, str]:
    """Return the message of each error by the field at which the form shows it. The place of an error in the
    rules is `rules/2/goods/0`, and the field is then `goods`. A whole rule stands for its team."""
    found: dict[str, str] = {}
    for one in wrong.errors if wrong else []:
        steps = one["pointer"][1:].split("/")
        name = next((step for step in steps if step in CODES), "")
        found.setdefault(name or ("to" if steps[0] in ("rule", "rules") else steps[0]), one["message"])
    return found


def _options(language: str, deed: str, name: str, found: Roster) -> Iterator[forms.Option]:
    """Yield the options of a field. A default must be a team with cases."""
    if name == "to":
        for id, team in found.teams.items():
            if not team.closed and (deed == "rule" or "cases" in found.duties(id)):
                yield forms.Option(id, team.label[language])
    elif name == "companies":
        yield from (forms.Option(one, one) for one in product.policy.companies)
    elif name in CODES:
        order = list(texts(language)[SECTIONS[name]])
        yield from (
            forms.Option(code, _code(language, name, code)) for code in sorted(CODES[name], key=order.index)
        )


def _told(found: Routing) -> Answer[Rules]:
    return Answer(
        Rules(rules=found.rules, default=found.default, version=found.version), ETag=f'"{found.version}"'
    )
