"""Everything that answers on the keeper's socket, made from the keeper's parts."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from appliance import __version__
from appliance.keeper.adapters.recorder import known_cameras, recorder_ports
from appliance.keeper.adapters.scan import scan_subjects
from appliance.keeper.adapters.status import status_ports
from appliance.keeper.context import Keeper
from appliance.keeper.tasks.verified import counted, tell_verified
from appliance.keeper.verifying import verification
from appliance.protocol.endpoint import Served
from appliance.protocol.login import Office
from appliance.rules.inspection.rows import UNSIGNED
from appliance.services.access.handlers import AccessHandlers
from appliance.services.cameras.clocks import CameraClocks
from appliance.services.cameras.handlers import CameraHandlers
from appliance.services.cameras.inquiry_handlers import InquiryHandlers
from appliance.services.cameras.picture_handlers import PictureHandlers
from appliance.services.cameras.publication_handlers import PublicationHandlers
from appliance.services.cameras.reference_handlers import ReferenceHandlers
from appliance.services.cameras.releasing import PictureReleases
from appliance.services.cases.archive_handlers import ArchiveHandlers
from appliance.services.cases.handlers import CaseHandlers
from appliance.services.copies.agency.handlers import AgencyCopyHandlers
from appliance.services.copies.handlers import CopyHandlers
from appliance.services.duties.handlers import DutyHandlers
from appliance.services.duties.handover_handlers import HandoverHandlers
from appliance.services.holds.handlers import HoldHandlers
from appliance.services.inspection.handlers import InspectionHandlers
from appliance.services.live.handlers import LiveHandlers
from appliance.services.office_rules.pack_handlers import PackHandlers
from appliance.services.office_rules.rule_handlers import RuleHandlers
from appliance.services.people.account_handlers import AccountHandlers
from appliance.services.people.handlers import PeopleHandlers
from appliance.services.people.login_handlers import LoginHandlers
from appliance.services.people.rights import Rights
from appliance.services.recording.footage_handlers import FootageHandlers
from appliance.services.recording.handlers import RecorderHandlers
from appliance.services.registers.handlers import RegisterHandlers
from appliance.services.scans.handlers import ScanHandlers
from appliance.services.scans.ink_acts import InkActs
from appliance.services.selftests.handlers import SelfTestHandlers
from appliance.services.statements.handlers import StatementHandlers
from appliance.services.stations.handlers import StationHandlers
from appliance.services.status.handlers import StatusHandlers
from appliance.services.status.ledger_handlers import LedgerHandlers
from appliance.services.status.notice_handlers import NoticeHandlers
from appliance.services.status.verify_handlers import VerifyHandlers
from appliance.services.tour.handlers import TourHandlers
from appliance.services.tour.sample import Samples
from appliance.services.viewing.endings import ViewingEndHandlers
from appliance.services.viewing.handlers import ViewingHandlers
from appliance.services.viewing.mask_handlers import MaskHandlers
from appliance.services.viewing.record import ViewingRecords
from appliance.services.viewing.search_handlers import SearchHandlers

__all__ = ["served_by"]


def served_by(keeper: Keeper) -> Mapping[str, Served]:
    """By the endpoint's name."""
    rights, ink = Rights(keeper.logins), InkActs(keeper.people.book, keeper.scans, keeper.clock)
    releases = PictureReleases(
        keeper.stores.acts,
        keeper.ledger,
        keeper.pictures,
        viewing=lambda session_id: bool(keeper.grants.of_session(session_id)),
    )
    clocks = CameraClocks(
        keeper.stores.acts,
        keeper.ledger,
        keeper.inquiries,
        service_at=keeper.searches.service_at,
        trusted=lambda: keeper.trusted,
    )
    accounts = keeper.stores.office.accounts

    def end_grants(session_id: str) -> None:
        keeper.grants.end_of_session(session_id, "log-out")

    def close_views(session_id: str, left: str) -> None:
        keeper.grants.end_of_session(session_id, "log-out", left=left)
        keeper.live.end_of_session(session_id)

    viewings = ViewingRecords(
        keeper.stores.acts,
        keeper.ledger,
        keeper.playback.shown_so_far,
        name_of=keeper.cases.world.name_of,
        place_of=keeper.stations.place_of,
        locations=keeper.cameras.locations,
    )

    def office() -> Office:
        return Office(
            office_name=keeper.packs.in_force().pack.office.name,
            trial=keeper.stores.office.office.trial,
            version=__version__,
            words=keeper.recorder.words,
            gives_copies=keeper.cases.world.gives_copies(),
        )

    cases = CaseHandlers(
        rights,
        ink,
        keeper.cases,
        keeper.case_list,
        keeper.case_uses,
        keeper.exports,
        keeper.clockwork,
        keeper.ledger,
        grant_of=keeper.grants.id_of,
        opening=keeper.grants.opening,
        is_over=keeper.grants.is_over,
        end_stale=keeper.grants.end_stale,
        viewing_of=viewings.of,
    )
    samples = Samples(
        keeper.stores.acts,
        keeper.ledger,
        keeper.clock,
        cameras=lambda: [camera.camera_no for camera in keeper.registry.cameras],
        footage=keeper.ring.footage_in,
        perform=cases.act,
    )
    handlers = (
        AccessHandlers(
            rights,
            keeper.access_log,
            keeper.ledger,
            case_key=keeper.cases.checked_key,
            display=keeper.people.book.display,
        ),
        ArchiveHandlers(rights, keeper.exports, keeper.case_list, today=keeper.people.book.today),
        cases,
        TourHandlers(
            rights,
            samples,
            keeper.cases,
            keeper.people.book,
            keeper.ledger,
            trial=keeper.stores.office.office.trial,
        ),
        AccountHandlers(
            rights,
            keeper.own_accounts,
            accounts,
            keeper.keyholders,
            keeper.security_keys,
            keeper.logins,
            end_grants=end_grants,
        ),
        DutyHandlers(keeper.logins, keeper.duty_board),
        HandoverHandlers(rights, keeper.people, keeper.keyholders, keeper.stores.acts, keeper.handovers),
        HoldHandlers(
            rights,
            ink,
            keeper.holds,
            keeper.ledger,
            keeper.clock,
            case_key=lambda case: keeper.cases.checked_key(keeper.ledger.numbered().get(case, case)),
            kept_bytes=keeper.hold_watch.kept_bytes,
            store_bytes=lambda: keeper.fs.total_bytes(keeper.settings.layout.ring),
        ),
        InspectionHandlers(
            rights,
            ink,
            keeper.inspections,
            keeper.clock,
            acting_of=keeper.people.book.acting_of,
            camera_numbers=lambda: [camera.camera_no for camera in keeper.registry.cameras],
        ),
        RegisterHandlers(
            rights,
            ink,
            keeper.registers,
            keeper.clock,
            acting_of=keeper.people.book.acting_of,
            name_of=keeper.people.book.display,
            locations=keeper.cameras.locations,
            advance_ticket=keeper.inspections.advance,
            tell_clocks=keeper.tasks.registers.tell_clocks,
        ),
        ScanHandlers(
            rights,
            keeper.scans,
            keeper.uploads,
            keeper.looker,
            keeper.fs,
            subjects=scan_subjects(keeper),
            exporter=keeper.exports.exporter,
            on_damage=keeper.tasks.scans.check,
            time_trusted=keeper.destruction.time_trusted,
            today=keeper.people.book.today,
        ),
        StationHandlers(
            rights, keeper.stations, keeper.station_reports, keeper.clock, end_grants=keeper.grants.end_stale
        ),
        StatementHandlers(
            rights,
            keeper.statements,
            keeper.year_figures,
            keeper.ledger,
            keeper.ring,
            keeper.cameras,
            keeper.clock,
            created_ns=keeper.stores.office.office.created_ns,
        ),
        LedgerHandlers(rights, keeper.ledger),
        NoticeHandlers(
            findings=lambda: ((each.key, each.box, each.since_ns) for each in keeper.findings.all()),
            open_finding=keeper.findings.open,
            set_finding=keeper.findings.set,
            registry=lambda: keeper.registry,
        ),
        PackHandlers(rights, keeper.packs, keeper.ledger, keeper.stores.acts),
        FootageHandlers(
            keeper.recorder,
            keeper.ring,
            keeper.recovery,
            keeper.stores.office.key_store,
            keeper.vault_key,
            keeper.findings,
            keeper.clock,
            known_cameras=lambda: known_cameras(keeper),
            check_vault_key=keeper.tasks.keys.check_vault_key,
            report_troubles=keeper.tasks.keys.report_troubles,
        ),
        RecorderHandlers(
            keeper.recorder,
            recorder_ports(
                keeper,
                write_registry=keeper.tasks.registry_file.write_changed,
                report_troubles=keeper.tasks.keys.report_troubles,
            ),
            keeper.searches,
            keeper.recovery,
            keeper.findings,
            keeper.ledger,
            keeper.clock,
        ),
        RuleHandlers(
            rights,
            keeper.rules,
            keeper.stores.acts,
            keeper.ring,
            keeper.destruction,
            keeper.clock,
            clock_assumed=keeper.settings.assume_trusted_clock,
            trusted=lambda: keeper.trusted,
            is_braked=lambda: keeper.findings.is_open("retention-brake"),
            pack_version=keeper.packs.latest_version,
        ),
        StatusHandlers(
            rights,
            status_ports(keeper),
            keeper.cameras,
            keeper.ring,
            keeper.scrub,
            keeper.ledger,
            keeper.fs,
            keeper.clock,
            ring_folder=keeper.settings.layout.ring,
            scrub_bytes_per_second=keeper.settings.scrub_bytes_per_second,
        ),
        VerifyHandlers(
            keeper.verifying,
            steps=lambda on_end: verification(
                keeper.stores, on_end, functools.partial(tell_verified, keeper.findings, keeper.tasks.keys)
            ),
            counted=counted,
        ),
        LiveHandlers(
            rights,
            keeper.live,
            keeper.ledger,
            keeper.stores.acts,
            keeper.clock,
            registry=lambda: keeper.registry,
            states=lambda: keeper.recorder.states,
            display=keeper.people.book.display,
        ),
        CameraHandlers(
            rights,
            ink,
            keeper.cameras,
            keeper.references,
            keeper.searches,
            keeper.people.book,
            clocks,
            devices=lambda: keeper.recorder.devices,
            days_with=keeper.space.with_camera,
            settle=keeper.tasks.cameras.settle_references,
            state=lambda number: keeper.recorder.states.get(number),
        ),
        InquiryHandlers(rights, keeper.inquiries, keeper.searches, keeper.cameras, clocks),
        PictureHandlers(
            rights,
            releases,
            keeper.pictures,
            keeper.clock,
            fleet=lambda: keeper.cameras.fleet,
            registry=lambda: keeper.registry,
            states=lambda: keeper.recorder.states,
            unsigned=lambda day: keeper.inspections.day(day).row.state in UNSIGNED,
        ),
        PublicationHandlers(
            rights,
            keeper.publications,
            keeper.cameras,
            keeper.packs,
            keeper.clock,
            follow=keeper.tasks.cameras.tell_board,
        ),
        ReferenceHandlers(
            rights,
            releases,
            keeper.pictures,
            keeper.references,
            keeper.ledger,
            keeper.findings,
            fleet=lambda: keeper.cameras.fleet,
            may_open=keeper.references_opened.take,
        ),
        SelfTestHandlers(
            rights,
            keeper.self_tests,
            keeper.findings,
            keeper.clock,
            registry=lambda: keeper.registry,
            states=lambda: keeper.recorder.states,
            figures=lambda: keeper.recorder.box,
            note=keeper.trends.take,
            trends=keeper.trends.trends,
        ),
        LoginHandlers(
            rights,
            keeper.logins,
            keeper.security_keys,
            keeper.stores.acts,
            keeper.ledger,
            office=office,
            sees_live=lambda seat: bool(keeper.live.bases([seat])),
            close_views=close_views,
        ),
        PeopleHandlers(rights, keeper.people, accounts, keeper.keyholders, keeper.stores.acts),
        CopyHandlers(rights, keeper.cases, keeper.copies, keeper.copy_maker),
        AgencyCopyHandlers(rights, keeper.cases, keeper.agency_copies),
        MaskHandlers(rights, keeper.grants, keeper.masks, keeper.cases),
        ViewingHandlers(
            rights,
            keeper.grants,
            keeper.playback,
            keeper.late_reports,
            keeper.masks,
            keeper.cases,
            keeper.cameras,
            keeper.clock,
        ),
        SearchHandlers(keeper.grants, keeper.change_searches),
        ViewingEndHandlers(
            rights,
            keeper.grants,
            keeper.cases,
            keeper.clockwork,
            keeper.registers,
            keeper.holds,
            keeper.clock,
            end_stale=keeper.grants.end_stale,
        ),
    )
    return {served.endpoint.name: served for each in handlers for served in each.served()}
