"""The key store and the vault key while the keeper runs: tries again what failed, puts right what it can, and makes
findings of the rest."""

from __future__ import annotations

import contextlib

from appliance.core.errors import Damaged, Unavailable, VaultMismatch
from appliance.core.messages import Said, coded
from appliance.core.model import Span
from appliance.installation.verification import without_key
from appliance.keeper.findings import Findings
from appliance.keeper.log import say
from appliance.keeper.stores import Stores
from appliance.keeper.tasks.damage import by_camera
from appliance.services.people.keyholders import Keyholders
from appliance.storage.files import Fs
from appliance.vault.keys.generationlog import GenerationLog
from appliance.vault.keys.vaultkey import VaultKeyFile, put_catalogue_right, put_suite_right
from appliance.vault.ring.destruction import Destruction
from appliance.vault.ring.recovery import Recovered, Recovery

__all__ = ["KeyTasks"]


class KeyTasks:
    """Over the key store, the slots of people and the vault key of one office."""

    def __init__(
        self,
        fs: Fs,
        stores: Stores,
        keyholders: Keyholders,
        vault_key: VaultKeyFile,
        generations: GenerationLog,
        recovery: Recovery,
        destruction: Destruction,
        findings: Findings,
    ) -> None:
        self._fs, self._stores, self._store = fs, stores, stores.office.key_store
        self._keyholders, self._vault_key, self._generations = keyholders, vault_key, generations
        self._recovery, self._destruction, self._findings = recovery, destruction, findings

    def open_again(self) -> None:
        """Where the key store is shut or takes no change, tries once more to open it, and then does what a start would
        have done. Does nothing while it is open."""
        store = self._store
        if not self._wrong():
            return
        try:
            store.open_again()
            try:
                self.check()
            except Damaged as error:
                store.shut_down(str(error))
                raise
            say("the key store opens again")
            self.report_troubles(self._recovery.at_start())
            self.finish_destructions()
        except (Damaged, Unavailable) as error:
            say(f"the key store does not open yet: {error}")
        self.report()

    def _wrong(self) -> str:
        """Why it is shut or takes no change; "" when all is well."""
        try:
            self._store.check_open()
        except Unavailable as error:
            return str(error)
        return ""

    def check(self) -> None:
        """After an opening: an older store is refused, a newer one than the ledger knows entered, slots of closed
        accounts voided. Nothing of it is done on the word of a ledger that is not what the keeper left. Raises
        Damaged."""
        if wrong := self._stores.last_head.wrong:
            raise Damaged(wrong)
        self._stores.office.check_not_put_back(self._stores.ledger)
        self.enter_generation()
        if voided := self._keyholders.settle():
            say(f"voided {len(voided)} vault slots of closed accounts")

    def finish_destructions(self) -> tuple[str, ...]:
        finished: tuple[str, ...] = ()
        unsettled = ""
        try:
            finished = self._destruction.finish_at_start()
        except (Damaged, Unavailable) as error:
            unsettled = f"an interrupted destruction cannot be settled: {error}"
        self._findings.set("destruction-unsettled", "storage", unsettled)
        return finished

    def report(self) -> None:
        """A store that is shut tells nothing of its shards and slots, so what was found of them before stands."""
        store, findings = self._store, self._findings
        wrong = self._wrong()
        findings.set("keys-shut", "storage", wrong if store.shut else "")
        findings.set("keys-closed", "storage", "" if store.shut else wrong)
        if store.shut:
            return
        for shard, why in store.damaged.items():
            findings.open(f"keys-damaged-{shard}", "storage", why)
        findings.set("keys-leftover", "storage", store.leftover)
        few = "fewer than two people can open the vault; enrol another"
        findings.set("keyholders", "storage", few if self._keyholders.count() < 2 else "")

    def tell_keyless(self) -> None:
        """Makes a finding of footage whose key is gone though nobody destroyed it. While the key store is shut nobody
        knows what it lacks, so the finding stays as it was. Raises Unavailable."""
        store = self._store
        if store.shut:
            return
        text: Said = ""
        if found := without_key(self._stores.ring, self._stores.ring.index, store, self._stores.ledger):
            which = by_camera(
                (each.camera_no, Span(each.start_ns, max(each.end_ns, each.start_ns + 1))) for each in found
            )
            text = coded("found-keys-missing", count=len(found), cameras=which)
        self._findings.set("keys-missing", "storage", text)

    def enter_generation(self) -> None:
        """At start, after each change of slots and every few seconds. What cannot be entered now is entered later."""
        with contextlib.suppress(Unavailable):
            self._generations.enter()

    def check_vault_key(self) -> None:
        """At start, every few seconds and at each allocation: the vault key in ``boot/`` is the one that the ledger
        names. Another key there is a finding, and the office's own is put back where the keeper has it; until then the
        recorder seals nothing to the other. The same holds for the keeper's own key, to which emergency records are
        sealed, and for the choice of cipher."""
        office, why = self._stores.office, ""
        try:
            if found := put_catalogue_right(
                self._fs, office.layout.boot, office.box_keys.catalogue_public, office.box_keys.registry_key
            ):
                self._findings.open("catalogue-key-altered", "storage", found)
            if self._stores.last_head.wrong:
                return  # nothing is signed on the word of a ledger that is not what the keeper left
            if found := put_suite_right(self._fs, office.layout.boot, self._stores.ledger):
                self._findings.open("suite-altered", "storage", found)
            if found := self._vault_key.put_right():
                self._findings.open("vault-altered", "storage", found)
        except (VaultMismatch, Unavailable, OSError) as error:
            why = str(error)
        self._findings.set("vault-key", "storage", why)

    def report_troubles(self, found: Recovered) -> None:
        """What recovery could not settle, a finding each."""
        for trouble in found.troubles:
            self._findings.open(f"{trouble.what}-{trouble.name}", "storage", f"{trouble.name}: {trouble.detail}")
