"""The key store and the vault key in a running keeper: tried again, put right, and what of them is a finding."""

from __future__ import annotations

import contextlib

from appliance.core.errors import Damaged, Unavailable, VaultMismatch
from appliance.core.messages import Said, coded
from appliance.core.model import Span
from appliance.installation.verification import without_key
from appliance.keeper.context import Keeper
from appliance.keeper.log import say
from appliance.keeper.tasks.damage import by_camera
from appliance.vault.keys.keystore import KeyStore
from appliance.vault.keys.vaultkey import put_catalogue_right, put_suite_right
from appliance.vault.ring.recovery import Recovered

__all__ = [
    "check_keys",
    "check_vault_key",
    "enter_generation",
    "finish_destructions",
    "open_keys_again",
    "report_keys",
    "report_troubles",
    "tell_keyless",
]


def open_keys_again(keeper: Keeper) -> None:
    """Tries a key store once more that is shut or takes no change, and then does what a start would have done with it;
    when it is open there is nothing to do."""
    store = keeper.stores.office.key_store
    if not _wrong_with(store):
        return
    try:
        store.open_again()
        try:
            check_keys(keeper)
        except Damaged as error:
            store.shut_down(str(error))
            raise
        say("the key store opens again")
        report_troubles(keeper, keeper.recovery.at_start())
        finish_destructions(keeper)
    except (Damaged, Unavailable) as error:
        say(f"the key store does not open yet: {error}")
    report_keys(keeper)


def _wrong_with(store: KeyStore) -> str:
    """Why it is shut or takes no change; "" when all is well."""
    try:
        store.check_open()
    except Unavailable as error:
        return str(error)
    return ""


def check_keys(keeper: Keeper) -> None:
    """After an opening: an older store is refused, a newer one than the ledger knows entered, slots of closed accounts
    voided. None is taken on the word of a ledger that is not what the keeper left, nor is a case. Raises Damaged."""
    if wrong := keeper.stores.last_head.wrong:
        raise Damaged(wrong)
    keeper.stores.office.check_not_put_back(keeper.ledger)
    enter_generation(keeper)
    if voided := keeper.keyholders.settle():
        say(f"voided {len(voided)} vault slots of closed accounts")


def finish_destructions(keeper: Keeper) -> tuple[str, ...]:
    finished: tuple[str, ...] = ()
    unsettled = ""
    try:
        finished = keeper.destruction.finish_at_start()
    except (Damaged, Unavailable) as error:
        unsettled = f"an interrupted destruction cannot be settled: {error}"
    keeper.findings.set("destruction-unsettled", "storage", unsettled)
    return finished


def report_keys(keeper: Keeper) -> None:
    """A store that is shut tells nothing of its shards and slots, so what was found of them before stands."""
    store, findings = keeper.stores.office.key_store, keeper.findings
    wrong = _wrong_with(store)
    findings.set("keys-shut", "storage", wrong if store.shut else "")
    findings.set("keys-closed", "storage", "" if store.shut else wrong)
    if store.shut:
        return
    for shard, why in store.damaged.items():
        findings.open(f"keys-damaged-{shard}", "storage", why)
    findings.set("keys-leftover", "storage", store.leftover)
    few = "fewer than two people can open the vault; enrol another"
    findings.set("keyholders", "storage", few if keeper.keyholders.count() < 2 else "")


def tell_keyless(keeper: Keeper) -> None:
    """Footage whose key is gone and was not destroyed. What a shut key store lacks is not known, so what was found
    before stands. Raises Unavailable."""
    store = keeper.stores.office.key_store
    if store.shut:
        return
    text: Said = ""
    if found := without_key(keeper.ring, keeper.ring.index, store, keeper.ledger):
        which = by_camera((each.camera_no, Span(each.start_ns, max(each.end_ns, each.start_ns + 1))) for each in found)
        text = coded("found-keys-missing", count=len(found), cameras=which)
    keeper.findings.set("keys-missing", "storage", text)


def enter_generation(keeper: Keeper) -> None:
    """At start, after each change of slots and every few seconds. What cannot be entered now is entered later."""
    with contextlib.suppress(Unavailable):
        keeper.generations.enter()


def check_vault_key(keeper: Keeper) -> None:
    """At start, every few seconds and at each allocation: the vault key in ``boot/`` is the one that the ledger names.
    Another is a finding, and the office's own is put back where the keeper has it; until then the recorder seals
    nothing to it. So with the keeper's own key, to which emergency records are sealed, and with the cipher."""
    office, why = keeper.stores.office, ""
    try:
        if found := put_catalogue_right(
            keeper.fs, office.layout.boot, office.box_keys.catalogue_public, office.box_keys.registry_key
        ):
            keeper.findings.open("catalogue-key-altered", "storage", found)
        if keeper.stores.last_head.wrong:
            return  # nothing is signed on the word of a ledger that is not what the keeper left
        if found := put_suite_right(keeper.fs, office.layout.boot, keeper.ledger):
            keeper.findings.open("suite-altered", "storage", found)
        if found := keeper.vault_key.put_right():
            keeper.findings.open("vault-altered", "storage", found)
    except (VaultMismatch, Unavailable, OSError) as error:
        why = str(error)
    keeper.findings.set("vault-key", "storage", why)


def report_troubles(keeper: Keeper, found: Recovered) -> None:
    """What recovery could not settle, a finding each."""
    for trouble in found.troubles:
        keeper.findings.open(f"{trouble.what}-{trouble.name}", "storage", f"{trouble.name}: {trouble.detail}")
