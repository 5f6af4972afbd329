// What is entered of masks: one that is drawn, one that takes the place of another, one that goes. It is the keeper's before
// it is shown here. What was entered is taken back by its contrary, which is an entry too.
import { freshAct } from "./act.js";

export class MaskEntry {
  /** `said`: the masks as the keeper told them. `on`: {taken(said), entered(number), removed(number), problem(text)};
   * removed: 0 where an act was taken back and no mask went. */
  constructor(player, desk, said, on) {
    Object.assign(this, { player, desk, said, on, acts: [] });
  }

  /** Whether something that was entered here can be taken back. */
  get canTakeBack() {
    return this.acts.length > 0;
  }

  /** A mask as the keeper told it. */
  find(number) {
    return this.said.find((mask) => mask.number === number);
  }

  get newest() {
    return Math.max(0, ...this.said.map((mask) => mask.number));
  }

  /** Enters one, in the place of `replaces`; 0: of none. What takes it back is kept. Whether it was. */
  async enter(fields, replaces, isUndo = false) {
    const before = this.find(replaces);
    if (!(await this.send("", { ...fields, ...(replaces && { replaces }) }))) return false;
    const number = this.newest;
    if (!isUndo) this.acts.push(before ? { again: fieldsOf(before), instead: number, was: replaces } : { instead: number });
    this.player.announce(this.player.words["mask-drawn"]);
    this.on.entered(number);
    return true;
  }

  /** Whether it went. */
  async remove(number) {
    const before = this.find(number);
    if (!(await this.send("/remove", { mask: number }))) return false;
    this.acts.push({ again: fieldsOf(before), instead: 0, was: number });
    this.on.removed(number);
    this.player.announce(this.player.say("mask-removed", { number }));
    return true;
  }

  /** The last that was entered. A mask that comes again has another number: what was done to it before is taken back of
   * that one. */
  async takeBack() {
    const act = this.acts.at(-1);
    if (!act) return;
    const { again, instead, was } = act;
    const done = again ? await this.enter(again, instead, true) : await this.send("/remove", { mask: instead });
    if (!done) return;
    this.acts.splice(this.acts.lastIndexOf(act), 1);
    for (const each of this.acts) if (again && each.instead === was) each.instead = this.newest;
    this.on.removed(again ? 0 : instead);
    this.player.announce(this.player.words["mask-undone"]);
  }

  /** The fields that say whose mask it is, where two people are here. */
  whose(more = "") {
    return [...this.desk.querySelectorAll(`[data-mask-who] [name="seat"]${more}, [data-mask-who] [name="password"]${more}`)];
  }

  /** Who draws or removes, and the own password: typed for each, and not kept. */
  who() {
    return Object.fromEntries(this.whose().map((field) => [field.name, field.value]));
  }

  /** Whether it was entered; what stands now is taken over. A password that is missing is marked, and nothing is sent. */
  async send(path, fields) {
    this.on.problem("");
    if (!this.whose().every((field) => field.checkValidity())) return false;
    const body = new URLSearchParams({ act: freshAct(), ...fields, ...this.who() });
    const answer = await fetch(`${this.player.grant.url}/masks${path}`, { method: "POST", body }).catch(() => null);
    if ([401, 403, 404].includes(answer?.status)) return this.player.cover("lost");
    const said = await answer?.json().catch(() => null);
    for (const field of this.whose('[type="password"]')) field.value = "";
    if (answer?.status === 200) {
      this.said = said.masks;
      this.on.taken(said.masks);
    } else this.on.problem(said?.message ?? this.player.words["away-note"]);
    return answer?.status === 200;
  }
}

/** What draws a mask again as it was. */
function fieldsOf({ camera_no, start_ns, end_ns, left, top, right, bottom, positions }) {
  return { camera_no, start_ns, end_ns, left, top, right, bottom, ...(positions.length && { positions: positions.map((each) => each.join(" ")).join(",") }) };
}
