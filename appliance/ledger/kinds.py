"""The kinds of ledger entry, all of them. ``docs/spec/ledger.md`` has the same table with each kind's fields."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["FINDINGS", "KINDS", "LEDGER_KEY", "LEDGER_RESTORED", "RECORD_ERASED"]

LEDGER_KEY = "ledger.key"
LEDGER_RESTORED = "ledger.restored"
RECORD_ERASED = "record.erased"
FINDINGS = frozenset({"finding.opened", "finding.cleared"})

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "installation.created": "The office was set up: its keys, its first people",
        LEDGER_KEY: "Another key signs the checkpoints from here on",
        LEDGER_RESTORED: "The ledger goes on from a backup, after the head named",
        RECORD_ERASED: "The sealed part of an earlier entry was erased",
        "correction.entered": "An earlier entry is wrong; this is what is right",
        "recorder.started": "The recorder started, with what the last stop cost",
        "recorder.stopped": "The recorder was stopped in order",
        "clock.changed": "The clock was set, or its trust changed",
        "clock.set": "Two people compared the clock with a reference and set it",
        "policy.changed": "Another retention policy is in force",
        "pack.proposed": "A policy pack was proposed: the office's rules as one file",
        "pack.approved": "Two people approved a policy pack; it counts from its day on and is never edited",
        "calendar.imported": "Another office calendar is in force",
        "brake.released": "Two people released the brake on mass destruction",
        "registry.changed": "Another list of cameras is in force",
        "settings.changed": "A setting was changed",
        "backup.made": "A backup was made",
        "head.issued": "A checkpoint left the box: printed, mailed or filed",
        "manifests.closed": "Buckets of one slot were closed: the hash of each manifest",
        "gap.noted": "A camera has no footage for a span, and why",
        "finding.opened": "A check found something wrong",
        "finding.cleared": "What a check found is over",
        "pressure.changed": "The disk is short of room, or no longer: what recording does about it",
        "inspection.begun": "A calendar day has its row in the inspection log",
        "inspection.proposed": "The tests proposed what the day's row says",
        "inspection.missed": "A day was over and nobody had signed its row",
        "inspection.signed": "A day's inspection was signed",
        "inspection.stamped": "The unit's head stamped rows of the inspection log",
        "inspection.filed": "A month's rows of the inspection log were filed",
        "ticket.opened": "A fault was reported for repair",
        "ticket.changed": "A repair went on: accepted, on site, verified or closed",
        "disk.adopted": "Another footage disk was taken into use at the console",
        "footage.moved": "All footage was copied to another place, which is in force from here on",
        "footage.cleared": "The files of the old place are removed; entered before any is",
        "scrub.done": "Closed buckets were read again and compared with their hashes",
        "person.added": "A person got an account",
        "person.changed": "A person's roles or post changed",
        "person.disabled": "A person's account was closed",
        "person.pledged": "A person's pledge of confidentiality was filed",
        "people.reviewed": "All accounts were reviewed",
        "password.changed": "A person changed their own password",
        "password.reset": "A person's password was voided and must be set anew",
        "totp.changed": "A person's second factor was enrolled anew",
        "keyholder.added": "A person or an envelope can open the vault",
        "keyholder.removed": "A person or an envelope can no longer open the vault",
        "login.counted": "Log-ins and failed log-ins since the last count",
        "session.opened": "A person logged in, alone or as the second",
        "session.ended": "A log-in ended",
        "case.received": "A request was received; its span is pinned from here on",
        "case.changed": "A step of a case that is neither receipt nor decision",
        "case.decided": "A case was decided",
        "case.closed": "A case was closed",
        "pin.set": "A span was pinned against destruction",
        "pin.ended": "A pin ended",
        "hold.set": "A span is held on a named ground",
        "hold.confirmed": "The director confirmed a hold",
        "hold.extended": "A hold was reviewed and goes on",
        "hold.dated": "The term of a hold set in untrusted time counts from here",
        "hold.released": "A hold was released",
        "hold.lapsed": "A hold lapsed: nobody confirmed or extended it in time",
        "hold.settled": "What became of the footage of a hold that ended",
        "scan.taken": "A scan of a signed paper was taken in; its sealed file lies in the store",
        "scan.struck": "A scan is wrong; it stays",
        "scan.used": "Somebody got a scan; entered before it goes out",
        "grant.opened": "Two people may see the footage of a case; entered before its keys are opened",
        "grant.refused": "A grant was asked for and refused",
        "grant.ended": "A grant ended",
        "footage.released": "A span may leave the box for the screen; entered before it does",
        "footage.shown": "What the player reports to have shown",
        "picture.released": "A live, reference or inspection picture may be shown; entered before it is",
        "copy.made": "A copy of footage was made",
        "copy.handed": "A copy was handed over",
        "copy.destroyed": "A copy was destroyed",
        "anchor.lost": "The anchor is given up as lost, and all keys with it; entered before a new one is made",
        "anchor.made": "The new anchor is in force",
        "statement.daily": "What each camera held, lacked and lost on a day",
        "destroy.intended": "Buckets are about to be destroyed; entered before anything is",
        "destroy.done": "Buckets are destroyed: the certificate",
        "destroy.repeated": "Destroyed footage came back with a backup or an older disk; entered before it goes again",
        "destroy.abandoned": "An intended destruction did not take place",
    }
)
"""Kind to what an entry of it says. An append of any other kind is refused."""
