"""Every route of the site, who may use it, and what it answers: the table that the app is built from.

``needs``: *nobody*, *anybody* (who is here is asked, and it may be nobody), *session* (the keeper is asked who is
here before the handler runs) or *token* (a well-formed token is handed to the keeper, which judges it in the very
call). What a person may do with an object is always the keeper's answer. ``answers``: *page*, *data* (JSON), *media*,
*image*, *socket* or *file*; navigations get no *data*, *media* or *image*, so none of their addresses works in a tab
of its own. ``again``: a submit that is refused is kept and shown by its page's address (``forms/resubmission.py``);
False where nothing but secrets or a file is sent. ``most_bytes``: of a form without a file.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import web

from appliance.web.forms.body import FORM_BYTES
from appliance.web.pages import guide, site_map
from appliance.web.pages.cameras import clock as camera_clock
from appliance.web.pages.cameras import draft as camera_draft
from appliance.web.pages.cameras import guide as camera_guide
from appliance.web.pages.cameras import page as cameras
from appliance.web.pages.cameras import papers as camera_papers
from appliance.web.pages.cameras import pictures as camera_pictures
from appliance.web.pages.cameras import postings as camera_postings
from appliance.web.pages.cameras import reviews as camera_reviews
from appliance.web.pages.cases import act as case_act
from appliance.web.pages.cases import agency_copy
from appliance.web.pages.cases import copy as case_copy
from appliance.web.pages.cases import ink as case_ink
from appliance.web.pages.cases import listing as case_list
from appliance.web.pages.cases import page as case_page
from appliance.web.pages.duties import page as duties
from appliance.web.pages.holds import form_page as hold_form_page
from appliance.web.pages.holds import page as holds
from appliance.web.pages.inspection import health as inspection_health
from appliance.web.pages.inspection import month as inspection_month
from appliance.web.pages.inspection import page as inspection
from appliance.web.pages.inspection import ticket_paper
from appliance.web.pages.inspection import tickets as inspection_tickets
from appliance.web.pages.intake import choose as intake_choose
from appliance.web.pages.intake import page as intake_page
from appliance.web.pages.ledger import access, statements
from appliance.web.pages.ledger import page as ledger
from appliance.web.pages.live import page as live
from appliance.web.pages.live import pictures as live_pictures
from appliance.web.pages.live import records as live_records
from appliance.web.pages.login import account, login, trust
from appliance.web.pages.office_rules import editor as pack_editor
from appliance.web.pages.office_rules import packs
from appliance.web.pages.office_rules import page as rules
from appliance.web.pages.papers import archive, case_file, of_cases
from appliance.web.pages.papers import page as papers
from appliance.web.pages.people import handover
from appliance.web.pages.people import page as people
from appliance.web.pages.registers import page as registers
from appliance.web.pages.registers import papers as register_papers
from appliance.web.pages.registers import yearly
from appliance.web.pages.scans import page as scans
from appliance.web.pages.stations import page as stations
from appliance.web.pages.status import page as status
from appliance.web.pages.tour import page as tour
from appliance.web.pages.viewing import attendance, ending, masks, media, search
from appliance.web.pages.viewing import page as viewing

__all__ = ["ROUTES", "Route"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Route(NamedTuple):
    method: str
    path: str
    handler: Handler
    needs: str = "session"
    answers: str = "page"
    again: bool = True
    most_bytes: int = FORM_BYTES


ROUTES: tuple[Route, ...] = (
    Route("GET", "/login", login.show, needs="nobody"),
    Route("POST", "/login", login.submit, needs="nobody", again=False),
    Route("POST", "/login/first", account.finish_first, needs="nobody", again=False),
    Route("POST", "/login/key", login.key_request, needs="nobody", answers="data"),
    Route("POST", "/join", login.join, again=False),
    Route("POST", "/logout", login.leave, needs="nobody", again=False),
    Route("POST", "/language", login.choose_language, needs="nobody", again=False),
    Route("GET", "/map", site_map.show, needs="anybody"),
    Route("GET", "/guide", guide.show, needs="anybody"),
    Route("GET", "/trust", trust.show, needs="anybody"),
    Route("GET", "/trust/ca.crt", trust.certificate, needs="nobody", answers="file"),
    Route("GET", "/", status.show),
    Route("GET", "/status/now", status.now, needs="token", answers="data"),
    Route("GET", "/status/live", status.live, needs="token", answers="socket"),
    Route("GET", "/tour", tour.show),
    Route("POST", "/tour/sample", tour.make_sample),
    Route("GET", "/cases", case_list.listing),
    Route("GET", "/duties", duties.show),
    Route("GET", "/cases/new", intake_choose.choose),
    Route("GET", "/cases/new/{form}", intake_page.show),
    Route("POST", "/cases/new/{form}", intake_page.submit, needs="token"),
    Route("POST", "/cases/new/{form}/draft", intake_page.save_draft, answers="data"),
    Route("POST", "/cases/new/{form}/discard", intake_page.discard),
    Route("GET", "/cases/{case}", case_page.show),
    Route("GET", "/cases/{case}/papers/{paper}/{kind}", of_cases.of_case, answers="file"),
    Route("POST", "/cases/{case}/file", case_file.make, answers="file"),
    Route("GET", "/registers/{month}/{kind}", of_cases.month_register, answers="file"),
    Route("POST", "/cases/{case}/show", case_page.show_identifiers),
    Route("POST", "/cases/{case}/act", case_act.submit, needs="token"),
    Route("GET", "/cases/{case}/ink", case_ink.show),
    Route("POST", "/cases/{case}/ink", case_ink.submit),
    Route("POST", "/cases/{case}/act/draft", case_act.save_draft, answers="data"),
    Route("POST", "/cases/{case}/act/discard", case_act.discard),
    Route("POST", "/cases/{case}/view", case_act.open_viewing),
    Route("POST", "/cases/{case}/mask", case_act.open_masking),
    Route("POST", "/cases/{case}/copy", case_copy.make),
    Route("GET", "/cases/{case}/copy/state", case_copy.state, needs="token", answers="data"),
    Route("POST", "/cases/{case}/copy/stop", case_copy.stop),
    Route("POST", "/cases/{case}/agency-copy", agency_copy.make),
    Route("GET", "/cases/{case}/agency-copy/state", agency_copy.state, needs="token", answers="data"),
    Route("POST", "/cases/{case}/agency-copy/stop", agency_copy.stop),
    Route("POST", "/cases/{case}/agency-copy/passphrase", agency_copy.passphrase),
    Route("POST", "/cases/{case}/agency-copy/read", agency_copy.read),
    Route("GET", "/cameras", cameras.listing),
    Route("POST", "/cameras", cameras.publish),
    Route("GET", "/cameras/list.{kind}", cameras.file, answers="file"),
    Route("GET", "/cameras/postings.{kind}", camera_postings.paper, answers="file"),
    Route("GET", "/cameras/review", camera_reviews.show),
    Route("GET", "/cameras/review.{kind}", camera_reviews.paper, answers="file"),
    Route("GET", "/cameras/guide", camera_guide.show),
    Route("POST", "/cameras/guide", camera_guide.submit, again=False),
    Route("GET", "/cameras/new", camera_draft.show),
    Route("POST", "/cameras/new", camera_draft.submit),
    Route("GET", "/cameras/{camera}", cameras.show),
    Route("POST", "/cameras/{camera}/act", cameras.act),
    Route("GET", "/cameras/{camera}/{version}/{paper}.{kind}", camera_papers.paper, answers="file"),
    Route("POST", "/cameras/{camera}/picture", camera_pictures.reference),
    Route("POST", "/cameras/{camera}/clock", camera_clock.set_clock),
    Route("GET", "/pictures/{picture}", camera_pictures.picture, needs="token", answers="image"),
    Route("GET", "/inspection", inspection.today),
    Route("GET", "/inspection/health", inspection_health.show),
    Route("GET", "/inspection/month", inspection_month.show),
    Route("GET", "/inspection/month/{month}", inspection_month.show),
    Route("POST", "/inspection/month/{month}/stamp", inspection_month.stamp),
    Route("POST", "/inspection/month/{month}/file", inspection_month.file_rows),
    Route("GET", "/inspection/month/{month}/{kind}", inspection_month.paper, answers="file"),
    Route("GET", "/inspection/tickets/new", inspection_tickets.new),
    Route("POST", "/inspection/tickets/new", inspection_tickets.report),
    Route("GET", "/inspection/tickets/{ticket}", inspection_tickets.show),
    Route("POST", "/inspection/tickets/{ticket}/step", inspection_tickets.advance),
    Route("GET", "/inspection/tickets/{ticket}/paper.{kind}", ticket_paper.paper, answers="file"),
    Route("GET", "/inspection/{day}", inspection.show),
    Route("POST", "/inspection/{day}/look", inspection.look),
    Route("POST", "/inspection/{day}/pictures", inspection.pictures),
    Route("POST", "/inspection/{day}/propose", inspection.propose),
    Route("POST", "/inspection/{day}/sign", inspection.sign),
    Route("GET", "/statistics", yearly.show),
    Route("GET", "/statistics/{year}/{kind}", yearly.paper, answers="file"),
    Route("GET", "/register", registers.overview),
    Route("GET", "/register/live/looks.{kind}", live_records.paper, answers="file"),
    Route("GET", "/register/{register}", registers.lines),
    Route("GET", "/register/{register}/new", registers.new),
    Route("POST", "/register/{register}/new", registers.begin),
    Route("GET", "/register/{register}/{item}", registers.show),
    Route("POST", "/register/{register}/{item}/act", registers.act),
    Route("GET", "/register/{register}/{item}/paper.{kind}", register_papers.paper, answers="file"),
    Route("GET", "/holds", holds.listing),
    Route("GET", "/holds/new", hold_form_page.show),
    Route("POST", "/holds/new", hold_form_page.submit, needs="token"),
    Route("POST", "/holds/new/draft", hold_form_page.save_draft, answers="data"),
    Route("POST", "/holds/new/discard", hold_form_page.discard),
    Route("GET", "/holds/{hold}", holds.show),
    Route("POST", "/holds/{hold}/confirm", holds.confirm),
    Route("POST", "/holds/{hold}/extend", holds.extend),
    Route("POST", "/holds/{hold}/release", holds.release),
    Route("GET", "/scans/{subject}/{number}", scans.listing),
    Route("POST", "/scans/{subject}/{number}", scans.take, again=False),
    Route("GET", "/scan/{scan}", scans.show),
    Route("GET", "/scan/{scan}/page/{page}", scans.picture, answers="file"),
    Route("POST", "/scan/{scan}/original", scans.original, answers="file"),
    Route("POST", "/scan/{scan}/strike", scans.strike),
    Route("POST", "/scan/{scan}/destroy", scans.destroy),
    Route("GET", "/viewing/{grant}", viewing.show),
    Route("POST", "/viewing/{grant}/end", viewing.end, needs="token", again=False),
    Route("GET", "/viewing/{grant}/seen", ending.seen, needs="token", answers="data"),
    Route("POST", "/viewing/{grant}/finish", ending.finish, answers="data"),
    Route("POST", "/viewing/{grant}/mistaken", ending.mistaken, needs="token", answers="data"),
    Route("POST", "/viewing/{grant}/shown", media.shown, needs="token", answers="data"),
    Route("GET", "/viewing/{grant}/here", attendance.here, needs="token", answers="data"),
    Route("POST", "/viewing/{grant}/present", attendance.present, needs="token", answers="data"),
    Route("POST", "/viewing/leave", attendance.leave, answers="data", again=False),
    Route("POST", "/viewing/return", attendance.come_back, answers="data"),
    Route("GET", "/viewing/{grant}/gaps", viewing.gaps, needs="token", answers="data"),
    Route("POST", "/viewing/{grant}/masks", masks.draw, answers="data"),
    Route("POST", "/viewing/{grant}/masks/remove", masks.remove, answers="data"),
    Route("POST", "/viewing/{grant}/search", search.begin, answers="data"),
    Route("GET", "/viewing/{grant}/search", search.state, needs="token", answers="data"),
    Route("POST", "/viewing/{grant}/search/cancel", search.cancel, needs="token", answers="data", again=False),
    Route("GET", "/viewing/{grant}/media", media.footage, needs="token", answers="media"),
    Route("GET", "/viewing/{grant}/key", media.key_picture, needs="token", answers="media"),
    Route("GET", "/live", live.choose),
    Route("POST", "/live", live.begin),
    Route("GET", "/live/{view}", live.show),
    Route("GET", "/live/{view}/pictures", live_pictures.pictures, needs="token", answers="media"),
    Route("POST", "/live/{view}/extend", live.extend, again=False),
    Route("POST", "/live/{view}/end", live.end, needs="token", again=False),
    Route("GET", "/statements", statements.listing),
    Route("GET", "/statements/{day}", statements.show),
    Route("GET", "/statements/{day}/signed", statements.signed, answers="file"),
    Route("GET", "/destructions/{done}", statements.certificate),
    Route("GET", "/destructions/{done}/{bucket}", statements.item),
    Route("GET", "/papers", papers.listing),
    Route("GET", "/papers/{form}/{kind}", papers.blank, answers="file"),
    Route("GET", "/archive", archive.show),
    Route("POST", "/archive/{month}", archive.export, answers="file"),
    Route("GET", "/ledger", ledger.show),
    Route("GET", "/access", access.show),
    Route("GET", "/access/csv", access.csv_file, answers="file"),
    Route("GET", "/account", account.show),
    Route("POST", "/account/password", account.password, again=False),
    Route("POST", "/account/factor", account.start_factor, again=False),
    Route("POST", "/account/factor/prove", account.finish_factor, again=False),
    Route("POST", "/account/key", account.start_key, again=False),
    Route("POST", "/account/key/prove", account.finish_key, again=False),
    Route("POST", "/account/key/remove", account.remove_key, again=False),
    Route("GET", "/people", people.listing),
    Route("POST", "/people/review", people.review),
    Route("GET", "/people/new", people.new),
    Route("POST", "/people/new", people.submit),
    Route("GET", "/people/{name}", people.show),
    Route("GET", "/people/{name}/handover", handover.show),
    Route("POST", "/people/{name}/handover", handover.sign),
    Route("GET", "/people/{name}/handover/{kind}", handover.paper, answers="file"),
    Route("POST", "/people/{name}/{act}", people.change),
    Route("GET", "/stations", stations.listing),
    Route("POST", "/stations", stations.enrol),
    Route("POST", "/stations/report", stations.report, needs="nobody", answers="data", again=False),
    Route("GET", "/stations/{number}/certificate", stations.certificate, answers="file"),
    Route("POST", "/stations/revoke", stations.revoke),
    Route("GET", "/rules/text", packs.text),
    Route("GET", "/rules/edit", pack_editor.show),
    Route("POST", "/rules/edit", pack_editor.submit, most_bytes=pack_editor.MOST_BYTES),
    Route("POST", "/rules/edit/draft", pack_editor.save_draft, answers="data"),
    Route("POST", "/rules/edit/discard", pack_editor.discard),
    Route("GET", "/rules/edit/file", pack_editor.file, answers="file"),
    Route("POST", "/rules/edit/file", pack_editor.read_file),
    Route("GET", "/rules/edit/difference", pack_editor.difference),
    Route("POST", "/rules/edit/difference", pack_editor.propose),
    Route("GET", "/rules/packs", packs.listing),
    Route("POST", "/rules/packs", packs.propose),
    Route("GET", "/rules/packs/{name}", packs.compare),
    Route("GET", "/rules/packs/{name}/file", packs.file, answers="file"),
    Route("POST", "/rules/packs/{name}/approve", packs.approve),
    Route("GET", "/rules", rules.show),
    Route("POST", "/rules/{rule}", rules.change),
)
