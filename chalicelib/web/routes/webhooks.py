"""Webhooks in the interface and on the page of administrators: endpoints, their secrets and their log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from chalice import Blueprint
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from chalicelib.domain.model.codes import Language
from chalicelib.hooks.endpoint import Endpoint
from chalicelib.hooks.target import LONGEST
from chalicelib.web import inputs, request_models, webhooks
from chalicelib.web.problems import Accepted, Created, answers

if TYPE_CHECKING:
    from chalicelib.web.api.answers import Deleted, Deliveries, Endpoints, NewEndpoint, NewSecret, TestSent
    from chalicelib.web.webhooks import EndpointAnswer

routes = Blueprint(__name__)
Mailbox = Annotated[str, Field(max_length=254), AfterValidator(request_models.CONTACTS["email"])]


class EndpointWanted(BaseModel):
    """An endpoint as it is to be. `url`: its address, by HTTPS on port 443, with a host name whose addresses
    are public. `contact`: the e-mail address that gets a letter when the endpoint is disabled. `language`:
    the language of that letter."""

    model_config = request_models.STRICT
    url: str = Field(max_length=LONGEST)
    contact: Mailbox
    language: Language = Language.ZH

    @property
    def wanted(self) -> webhooks.EndpointSettings:
        """Return the same as the use cases take it."""
        return webhooks.EndpointSettings(self.url, self.contact, self.language)


class EndpointAsked(EndpointWanted):
    """A new endpoint. `partner`: whose it is; only the administrator names it."""

    partner: str = Field("", pattern=r"^([a-z0-9][a-z0-9-]{1,39})?$")


class RangeAsked(BaseModel):
    """A time range whose webhooks are sent again, those of changes from `since` to `until`."""

    model_config = request_models.STRICT
    since: AwareDatetime
    until: AwareDatetime


@routes.route("/v1/webhooks", methods=["GET"])
@answers
def endpoints() -> Endpoints:
    """List the endpoints of webhooks: a partner its own, the administrator all. For partners, this and all
    below needs a key with the scope `hooks`."""
    caller = webhooks.manager(routes.current_request)
    return {"items": [webhooks.answer(one) for one in webhooks.of(caller)], "next": None}


@routes.route("/v1/webhooks", methods=["POST"], content_types=inputs.JSON)
@answers
def new_endpoint() -> Created[NewEndpoint]:
    """Create an endpoint. It gets a webhook for each change of the partner's complaints from now on, in the
    order of the entries. `secret` verifies them, as Standard Webhooks describes; it is shown only this once.
    A partner has five endpoints at most."""
    caller = webhooks.manager(routes.current_request)
    asked = EndpointAsked.model_validate_json(inputs.body(routes.current_request))
    endpoint, secret = webhooks.add(caller, asked.partner, asked.wanted)
    told = {**webhooks.answer(endpoint), "secret": secret}
    return Created(told, Location=f"/v1/webhooks/{endpoint.id}")  # type: ignore[arg-type]


@routes.route("/v1/webhooks/{id}", methods=["GET"])
@answers
def endpoint(id: str) -> EndpointAnswer:
    """Get an endpoint, with the state it is in and its first failure. `id`: the id of the endpoint."""
    return webhooks.answer(_found(id))


@routes.route("/v1/webhooks/{id}", methods=["PUT"], content_types=inputs.JSON)
@answers
def change_endpoint(id: str) -> EndpointAnswer:
    """Change the address of an endpoint, its contact and the language of its letters. The secret and the
    place in the changes stay. `id`: the id of the endpoint."""
    said = EndpointWanted.model_validate_json(inputs.body(routes.current_request))
    return webhooks.answer(webhooks.change(_found(id), said.wanted))


@routes.route("/v1/webhooks/{id}", methods=["DELETE"])
@answers
def delete_endpoint(id: str) -> Deleted:
    """Delete an endpoint. Its log can no longer be read, and ends by itself. `id`: the id of the endpoint."""
    webhooks.delete(_found(id))
    return {"deleted": True}


@routes.route("/v1/webhooks/{id}/pause", methods=["POST"], content_types=inputs.JSON)
@answers
def pause_endpoint(id: str) -> EndpointAnswer:
    """Send no webhooks to an endpoint until it is resumed. `id`: the id of the endpoint."""
    return webhooks.answer(webhooks.pause(_found(id)))


@routes.route("/v1/webhooks/{id}/resume", methods=["POST"], content_types=inputs.JSON)
@answers
def resume_endpoint(id: str) -> EndpointAnswer:
    """Send webhooks to an endpoint again, after it was paused or disabled. They go on with the first change
    that it did not take; changes are stored for 90 days. `id`: the id of the endpoint."""
    return webhooks.answer(webhooks.resume(_found(id)))


@routes.route("/v1/webhooks/{id}/secret", methods=["POST"], content_types=inputs.JSON)
@answers
def rotate_secret(id: str) -> Created[NewSecret]:
    """Give an endpoint a new secret, which is shown only this once. For a day, webhooks are signed with the
    one before, too, so a receiver can change over without missing one. `id`: the id of the endpoint."""
    changed, secret = webhooks.rotate(_found(id))
    return Created({"secret": secret, "secrets": webhooks.answer(changed)["secrets"]})


@routes.route("/v1/webhooks/{id}/test", methods=["POST"], content_types=inputs.JSON)
@answers
def test_endpoint(id: str) -> Accepted[TestSent]:
    """Have a test event sent to an endpoint within a minute, also if it is paused or disabled. The log tells
    what the endpoint answered. `id`: the id of the endpoint."""
    return Accepted({"webhook_id": webhooks.send_test(_found(id))})


@routes.route("/v1/webhooks/{id}/replay", methods=["POST"], content_types=inputs.JSON)
@answers
def replay_range(id: str) -> Accepted[EndpointAnswer]:
    """Have the webhooks of a time range sent again, with the ids they had. New ones go on. One range is
    replayed at a time. `id`: the id of the endpoint."""
    asked = RangeAsked.model_validate_json(inputs.body(routes.current_request))
    webhooks.replay(_found(id), asked.since, asked.until)
    return Accepted(webhooks.answer(_found(id)))


@routes.route("/v1/webhooks/{id}/deliveries", methods=["GET"])
@answers
def deliveries(id: str) -> Deliveries:
    """Read the log of the deliveries to an endpoint, the newest first. It is kept for 30 days. `next` is the
    `cursor` of the next page. `id`: the id of the endpoint."""
    request: Any = routes.current_request
    query = request.query_params or {}
    items, before = webhooks.log_page(_found(id), query.get("cursor", ""))
    return {"items": items, "next": before}


@routes.route("/v1/webhooks/{id}/deliveries/{webhook_id}", methods=["POST"], content_types=inputs.JSON)
@answers
def replay_webhook(id: str, webhook_id: str) -> Accepted[EndpointAnswer]:
    """Have one webhook of the log sent again, with the id it had. `id`: the id of the endpoint. `webhook_id`:
    the id of the webhook."""
    webhooks.replay_one(_found(id), webhook_id)
    return Accepted(webhooks.answer(_found(id)))


def _found(id: str) -> Endpoint:
    return webhooks.found(webhooks.manager(routes.current_request), id)
