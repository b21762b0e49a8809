"""The Chalice application: it registers every route group of the site, and the functions that schedules and
queues wake."""

from __future__ import annotations

import sys

from chalice import Chalice

from chalicelib.web import pages
from chalicelib.web.api import openapi
from chalicelib.web.routes import (
    about,
    actions,
    address,
    administration,
    api,
    board,
    calendars,
    canned,
    case_record,
    changes,
    consumer,
    copies as copy_routes,
    desk,
    desk_calls,
    desk_cases,
    desk_complain,
    desk_find,
    desk_lists,
    easy,
    enclosures,
    figures as figure_routes,
    filed,
    files as file_routes,
    forewords,
    handover_link,
    keys as key_routes,
    mediators,
    question,
    reads as read_routes,
    record as record_routes,
    reference,
    reports,
    roster as roster_routes,
    routing as routing_routes,
    sessions as session_routes,
    signs,
    stories as story_routes,
    suggestions as suggestion_routes,
    team_figures,
    texts,
    trainings,
    verify as verify_routes,
    webhook_pages,
    webhooks as webhook_routes,
    what_if,
)
from chalicelib.workers import handlers

if sys.argv[0].endswith("chalice") and "deploy" in sys.argv:
    # `chalice deploy` would make the functions only: no tables, no queues, no alarms.
    sys.exit("Use make deploy: chalice deploy leaves out tables, queues and rights. See infra/RUNBOOK.md.")

app = Chalice(app_name="redress", configure_logs=False)
app.api.binary_types[:] = []
app.register_blueprint(handlers.woken)
app.register_middleware(pages.observe, "http")
for routes in (
    api.routes,
    openapi.routes,
    consumer.routes,
    enclosures.routes,
    copy_routes.routes,
    about.routes,
    easy.routes,
    address.routes,
    texts.routes,
    changes.routes,
    handover_link.routes,
    question.routes,
    desk.routes,
    desk_find.routes,
    desk_lists.routes,
    board.routes,
    calendars.routes,
    desk_cases.routes,
    desk_calls.routes,
    desk_complain.routes,
    actions.routes,
    trainings.routes,
    filed.routes,
    file_routes.routes,
    roster_routes.routes,
    routing_routes.routes,
    canned.routes,
    administration.routes,
    case_record.routes,
    mediators.routes,
    verify_routes.routes,
    story_routes.routes,
    figure_routes.routes,
    record_routes.routes,
    read_routes.routes,
    session_routes.routes,
    signs.routes,
    key_routes.routes,
    suggestion_routes.routes,
    reports.routes,
    forewords.routes,
    team_figures.routes,
    reference.routes,
    webhook_routes.routes,
    webhook_pages.routes,
    what_if.routes,
):
    app.register_blueprint(routes)
