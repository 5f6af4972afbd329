// Drawing masks: a draft that pointer, keys and form change alike, the lane and the list of what stands. While it is a
// draft nothing is entered and everything can be taken back; what is entered is the keeper's before it is shown here.
import { freshAct } from "./act.js";
import { clockText, parts } from "../roc.js";
import { Draft } from "./draft.js";
import { readJump } from "./jump.js";
import { MaskBox } from "./maskbox.js";
import { MaskLane, nextBare } from "./masklane.js";
import { masksOf } from "./masks.js";
import { MaskSteps } from "./masksteps.js";
import { coveredBy } from "./motion.js";

const EDGES = ["left", "top", "width", "height"];
const MS = 1000;
const MOST_UNDONE = 100;

export class Masking {
  /** `desk`: the section with form and list; `said`: the masks as the keeper told them. */
  constructor(player, desk, said) {
    Object.assign(this, { player, desk, draft: new Draft(), changes: [], acts: [], outlined: true });
    this.form = desk.querySelector("[data-mask-form]");
    this.rows = desk.querySelector("tbody");
    this.row = desk.querySelector("template");
    this.lane = new MaskLane(player.querySelector("[data-mask-lane]"), player.timeline, player.cameras, player.words, {
      pick: (camera, number) => this.pick(camera, number),
      seek: (at, unlessInside) => this.goTo(at, unlessInside),
    });
    this.steps = new MaskSteps(player, desk.querySelector("[data-mask-steps]"));
    const asSeen = desk.querySelector("[data-as-seen]");
    asSeen.addEventListener("change", () => this.see(!asSeen.checked));
    desk.addEventListener("click", (event) => this.click(event));
    if (this.form) this.listen();
    this.take(said);
    asSeen.checked = desk.dataset.drawn === "yes"; // whoever confirms looks at what comes of it
    this.see(!asSeen.checked);
  }

  listen() {
    this.boxes = new Map(this.tracks.map((track) => [track.number, this.boxOf(track)]));
    for (const track of this.tracks) track.masks.onDrawn = () => this.follow(track);
    this.select(new Draft({ camera: this.tracks[0].number }));
    this.fill({ from: 0, to: this.player.grant.seconds });
    this.form.addEventListener("submit", (event) => this.draw(event));
    this.form.addEventListener("focusin", () => { this.typing = false; });
    this.form.addEventListener("input", (event) => this.typedIn(event.target.name));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  get tracks() {
    return this.player.tracks;
  }

  get track() {
    return this.tracks.find(({ number }) => number === this.draft.camera) ?? this.tracks[0];
  }

  /** The moment that is looked at, of the frame that stands there. */
  momentOf(track) {
    return track.masks.now ?? (track.lastFrame >= 0 ? track.lastFrame : this.player.playback.position);
  }

  get now() {
    return this.momentOf(this.track);
  }

  /** Outlined for whoever draws, or covered by the recorder as in the viewing. */
  async see(outlined) {
    const { grant, playback } = this.player;
    this.show(outlined);
    if (outlined === !grant.covered) return;
    grant.covered = !outlined;
    if (this.player.dataset.ready === "yes") await this.anew(playback.position);
  }

  show(outlined) {
    this.outlined = outlined;
    for (const { masks } of this.tracks) {
      masks.sees = true;
      masks.hidden = !outlined;
      masks.draw();
    }
    if (this.form) this.lay();
  }

  /** The pictures are others than those that were fetched. */
  async anew(at) {
    this.player.pause();
    await Promise.all(this.tracks.map((track) => track.again()));
    await this.player.seek(at);
  }

  // --- what stands ---

  take(said) {
    this.said = said;
    const { startNs } = this.player.grant;
    for (const track of this.tracks) {
      const mine = masksOf(said, track.number, startNs);
      track.masks.take(mine);
      track.there.takeMasks(mine);
    }
    this.player.timeline.changed();
    this.rows.replaceChildren(...said.map((mask) => this.line(mask)));
    this.desk.querySelector("[data-mask-none]").hidden = said.length > 0;
    this.desk.querySelector("[data-mask-list]").hidden = said.length === 0;
    this.showLane();
  }

  line(mask) {
    const line = this.row.content.firstElementChild.cloneNode(true);
    const percent = (permille) => `${permille / 10} %`;
    const place = this.player.say("mask-place", { left: percent(mask.left), top: percent(mask.top), width: percent(mask.right - mask.left), height: percent(mask.bottom - mask.top) });
    const texts = {
      number: mask.number, camera_no: mask.camera_no, from: this.clock(BigInt(mask.start_ns)), to: this.clock(BigInt(mask.end_ns)),
      place: mask.positions.length ? this.player.say("mask-moves", { count: mask.positions.length, place }) : place,
    };
    for (const [field, text] of Object.entries(texts)) line.querySelector(`[data-field="${field}"]`).textContent = text;
    for (const button of line.querySelectorAll("button")) {
      button.dataset.number = mask.number;
      button.setAttribute("aria-label", this.player.say(`mask-${button.dataset.mask}`, { number: mask.number }));
    }
    return line;
  }

  clock(ns) {
    return clockText(parts(ns), 3);
  }

  /** What lies over a camera as it would be entered now: what stands, and the draft. */
  standing(track) {
    const stored = (track.masks.masks ?? []).filter(({ number }) => !this.form || number !== this.draft.number);
    if (!this.form || this.draft.camera !== track.number || this.draft.isEmpty) return stored;
    const [from, to] = [this.moment("from"), this.moment("to")];
    if (from === null || to === null || from >= to) return stored;
    return [...stored, { number: this.draft.number, from, to, keys: this.draft.moves ? this.draft.keys : [], isDraft: true }];
  }

  showLane() {
    this.lane.take(this.tracks.map((track) => ({ camera: track.number, spans: track.spans, masks: this.standing(track) })));
  }

  // --- the draft ---

  /** Works on this draft from now on; `from` and `to` as they are typed. */
  select(draft, times = null) {
    Object.assign(this, { draft, changes: [] });
    this.field("camera").value = draft.camera;
    if (times) this.fill(times);
    this.showDraft();
  }

  /** A mask that stands, to be changed. */
  pick(camera, number) {
    if (!this.form || !number || number === this.draft.number) return;
    if (this.changes.length) return this.problem(this.player.words["mask-unsaved"]);
    const track = this.tracks.find((each) => each.number === camera);
    const mask = track?.masks.masks?.find((each) => each.number === number);
    if (!mask) return;
    this.problem("");
    this.select(Draft.of(mask, camera), { from: mask.from, to: mask.to });
  }

  /** Keeps what stands for Ctrl+Z; to be called before each change. */
  begin() {
    this.changes.push({ draft: this.draft.copy(), from: this.field("from").value, to: this.field("to").value });
    this.changes.splice(0, this.changes.length - MOST_UNDONE);
  }

  put(edges) {
    const { now } = this;
    this.draft.put(now, edges);
    if (this.draft.moves) this.reach(now);
    this.showDraft();
  }

  /** A mask that moves lasts at least until this moment, and from it on. */
  reach(now) {
    const [from, to] = [this.moment("from"), this.moment("to")];
    if (from !== null && now < from) this.fillTimes({ from: Math.floor(now * MS) / MS });
    if (to !== null && now >= to) this.fillTimes({ to: this.ends(this.track) });
  }

  ends(track) {
    return Math.min(this.player.grant.seconds, Math.ceil(track.frameEnd * MS) / MS);
  }

  /** On the picture: a new one is drawn, the chosen one dragged, another one chosen. */
  boxOf(track) {
    return new MaskBox(track.masks, this.player.words["mask-box"], {
      begin: (isOfBox, repeats) => this.beginAt(track, isOfBox, repeats),
      put: (edges) => this.put(edges),
      pick: (point) => this.pickAt(track, point),
    });
  }

  beginAt(track, isOfBox, repeats = false) {
    if (this.player.covered || !this.outlined) return false;
    this.player.pause();
    if (isOfBox) return repeats || this.begin();
    if (this.draft.number && this.changes.length) {
      this.problem(this.player.words["mask-unsaved"]);
      return false;
    }
    this.problem("");
    if (this.draft.number) this.select(new Draft({ camera: track.number }));
    this.begin();
    if (!this.draft.moves || this.draft.camera !== track.number) this.draft = new Draft({ camera: track.number });
    this.field("camera").value = track.number;
    return true;
  }

  pickAt(track, { x, y }) {
    const at = this.momentOf(track);
    const found = track.masks.masks?.findLast((mask) => {
      const place = coveredBy(mask, at, at);
      return mask.from <= at && at < mask.to && place.left <= x && x < place.right && place.top <= y && y < place.bottom;
    });
    if (found) this.pick(track.number, found.number);
  }

  addKey() {
    if (this.draft.isEmpty) return this.problem(this.player.words["mask-where"]);
    this.problem("");
    this.player.pause();
    this.begin();
    this.draft.addKey(this.now);
    this.reach(this.now);
    this.showDraft();
    this.player.announce(this.player.say("mask-key-added", { time: this.clock(this.player.nsAt(this.now)), count: this.draft.keys.length }));
  }

  removeKey() {
    this.begin();
    this.draft.removeKey(this.now);
    this.showDraft();
  }

  discard() {
    this.select(new Draft({ camera: this.draft.camera }));
    this.clear();
  }

  clear() {
    for (const name of EDGES) this.field(name).value = "";
    this.showDraft();
  }

  // --- the form ---

  field(name) {
    return this.form.elements[name];
  }

  fill(values) {
    this.fillTimes(values);
    this.showDraft();
  }

  fillTimes(values) {
    for (const [name, value] of Object.entries(values)) this.field(name).value = this.clock(this.player.nsAt(value));
  }

  /** The rectangle that is typed, in permille; null where it is none yet. */
  typed() {
    const [left, top, width, height] = EDGES.map((name) => (this.field(name).value === "" ? NaN : Math.round(Number(this.field(name).value.normalize("NFKC")) * 10)));
    const edges = { left, top, right: left + width, bottom: top + height };
    return Object.values(edges).every(Number.isFinite) && width > 0 && height > 0 ? edges : null;
  }

  typedIn(name) {
    if (!["camera", ...EDGES, "from", "to"].includes(name)) return;
    if (!this.typing) this.begin();
    this.typing = true;
    if (name === "camera") this.draft.camera = this.field("camera").value;
    const edges = EDGES.includes(name) && this.typed();
    if (edges) this.draft.put(this.now, edges);
    this.showDraft(EDGES.includes(name));
  }

  /** Frame, fields, buttons and lane as the draft is; `isTyped`: the fields of its place are left alone. */
  showDraft(isTyped = false) {
    if (!isTyped) this.fillPlace();
    this.lay();
    const { draft } = this;
    this.desk.querySelector("[data-mask-title]").textContent = draft.number ? this.player.say("mask-changes", { number: draft.number }) : this.player.words["mask-new"];
    this.desk.querySelector("[data-mask-draw]").textContent = this.player.words[draft.number ? "mask-save" : "mask-add"];
    this.form.toggleAttribute("data-changed", this.changes.length > 0);
    this.desk.querySelector('[data-edit="discard"]').disabled = draft.isEmpty && !this.changes.length;
    this.desk.querySelector('[data-edit="undo"]').disabled = !this.changes.length && !this.acts.length;
    this.desk.querySelector('[data-edit="key"]').disabled = draft.isEmpty;
    this.showLane();
  }

  fillPlace() {
    const place = this.draft.place(this.now);
    if (!place) return;
    const values = { left: place.left, top: place.top, width: place.right - place.left, height: place.bottom - place.top };
    for (const [name, value] of Object.entries(values)) this.field(name).value = String(value / 10);
  }

  /** The frame lies where the draft is at the moment that stands there. */
  lay() {
    for (const track of this.tracks) {
      const mine = track.number === this.draft.camera && this.outlined && !this.player.covered;
      const place = mine ? this.draft.place(this.momentOf(track)) : null;
      const isKey = this.draft.moves && Boolean(this.draft.keyAt(this.momentOf(track)));
      track.masks.drawn = mine ? this.draft.number || null : null;
      track.masks.draft = place;
      this.boxes.get(track.number).lay(place, this.draft.number, isKey);
      if (mine) this.desk.querySelector('[data-edit="key-off"]').disabled = !isKey || this.draft.keys.length < 2;
    }
  }

  /** Called whenever the masks of a track were drawn: another moment may stand there, or another size. */
  follow(track) {
    if (track.number !== this.draft.camera) return;
    const at = this.momentOf(track);
    const { clientWidth: wide, clientHeight: high } = track.masks.picture;
    const seen = `${at} ${wide} ${high} ${track.masks.box() !== null}`;
    if (seen === this.seen) return;
    this.seen = seen;
    this.lay();
    track.masks.draw();
    if (this.draft.moves && !EDGES.includes(document.activeElement?.name)) this.fillPlace();
  }

  click(event) {
    const button = event.target.closest("[data-mask], [data-edit]");
    if (!button || this.player.covered) return;
    const acts = {
      "from-here": () => this.setTime("from", Math.floor(this.now * MS) / MS),
      "to-here": () => this.setTime("to", this.ends(this.track)),
      go: () => this.go(Number(button.dataset.number)),
      remove: () => this.remove(Number(button.dataset.number), button),
      key: () => this.addKey(),
      "key-off": () => this.removeKey(),
      undo: () => this.undo(),
      discard: () => this.discard(),
      bare: () => this.nextBare(),
      finish: () => this.finish(),
    };
    acts[button.dataset.mask ?? button.dataset.edit]?.();
  }

  key(event) {
    if (this.player.covered || event.altKey || event.target.closest?.("input, select, textarea, dialog")) return;
    const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    const plain = { h: () => this.addKey(), u: () => this.nextBare() }[event.key.toLowerCase()];
    const action = isUndo ? () => this.undo() : event.ctrlKey || event.metaKey ? null : plain;
    if (!action) return;
    event.preventDefault();
    action();
  }

  setTime(name, value) {
    this.begin();
    this.fill({ [name]: value });
  }

  // --- going about ---

  go(number) {
    const mask = this.said.find((each) => each.number === number);
    this.pick(mask.camera_no, number);
    this.player.seek(Number(BigInt(mask.start_ns) - this.player.grant.startNs) / 1e9);
  }

  /** `unlessInside`: not where the moment shown is one of the chosen mask's already. */
  goTo(at, unlessInside = false) {
    const [from, to] = unlessInside && this.form ? [this.moment("from"), this.moment("to")] : [0, 0];
    if (from <= this.now && this.now < to) return;
    this.player.seek(at);
  }

  /** The next moment of the chosen camera that is to be masked and has none; of the others where it has none left. */
  nextBare() {
    const mine = this.track;
    const found = [mine, ...this.tracks.filter((track) => track !== mine)].map((track) => {
      const at = track === mine ? this.player.playback.position : -1;
      return { track, at: nextBare(track.spans, this.standing(track), at) };
    }).find(({ at }) => at !== null);
    if (!found) return this.player.announce(this.player.words["mask-none-bare"]);
    this.player.seek(found.at);
    this.player.announce(this.player.say("mask-bare", { camera: found.track.number, time: this.clock(this.player.nsAt(found.at)) }));
  }

  finish() {
    if (this.changes.length) return this.problem(this.player.words["mask-unsaved"]);
    this.steps.open();
  }

  // --- what is entered ---

  /** A moment that was typed, in seconds; null where it is none. The end of the range is one, too. */
  moment(name) {
    const { startNs, seconds } = this.player.grant;
    const found = readJump(this.field(name).value, startNs, seconds + 1);
    return found.problem ? null : Math.min(found.at, seconds);
  }

  async draw(event) {
    event.preventDefault();
    const [edges, from, to] = [this.typed(), this.moment("from"), this.moment("to")];
    for (const [name, value] of Object.entries({ from, to })) this.field(name).setAttribute("aria-invalid", String(value === null));
    if (from === null || to === null) return this.problem(this.player.words["mask-time"]);
    if (!edges) return this.problem(this.player.words["mask-where"]);
    const [start_ns, end_ns] = [from, to].map((at) => String(this.player.nsAt(at)));
    const positions = from < to ? this.draft.positions(from, to) : [];
    const text = positions.map(({ at, ...place }) => [this.player.nsAt(at), place.left, place.top, place.right, place.bottom].join(" ")).join(",");
    await this.enter({ camera_no: this.field("camera").value, start_ns, end_ns, ...edges, ...(text && { positions: text }) }, this.draft.number);
  }

  /** Enters one, in the place of `replaces`; 0: of none. What takes it back is kept. Whether it was. */
  async enter(fields, replaces, isUndo = false) {
    const before = this.said.find(({ number }) => number === replaces);
    if (!(await this.send("", { ...fields, ...(replaces && { replaces }) }))) return false;
    const number = Math.max(...this.said.map((mask) => mask.number));
    if (!isUndo) this.acts.push(before ? { again: fieldsOf(before), instead: number, was: replaces } : { instead: number });
    this.player.announce(this.player.words["mask-drawn"]);
    this.choose(number);
    return true;
  }

  choose(number) {
    this.changes = [];
    const mask = this.said.find((each) => each.number === number);
    this.draft = new Draft();
    this.pick(mask.camera_no, number);
  }

  async remove(number, button) {
    if (this.changes.length && this.draft.number !== number) return this.problem(this.player.words["mask-unsaved"]);
    const before = this.said.find((each) => each.number === number);
    if (!(await this.send("/remove", { mask: number }))) return;
    this.acts.push({ again: fieldsOf(before), instead: 0, was: number });
    if (this.draft.number === number) this.discard();
    this.showDraft();
    this.player.announce(this.player.say("mask-removed", { number }));
    if (button) (this.rows.querySelector("button") ?? this.field("camera")).focus();
  }

  /** The last change of the draft; without one, the last that was entered, by its contrary, which is an entry too. */
  async undo() {
    const change = this.changes.pop();
    if (change) {
      this.draft = change.draft;
      for (const name of ["from", "to"]) this.field(name).value = change[name];
      this.field("camera").value = change.draft.camera;
      if (this.draft.isEmpty) this.clear();
      return this.showDraft();
    }
    await this.takeBack();
  }

  /** A mask that comes again has another number: what was done to it before is taken back of that one. */
  async takeBack() {
    const act = this.acts.at(-1);
    if (!act) return;
    const { again, instead, was } = act;
    const done = again ? await this.enter(again, instead, true) : await this.send("/remove", { mask: instead });
    if (!done) return;
    this.acts.splice(this.acts.lastIndexOf(act), 1);
    const number = Math.max(0, ...this.said.map((mask) => mask.number));
    for (const each of this.acts) if (again && each.instead === was) each.instead = number;
    if (!again && this.draft.number === instead) this.discard();
    this.showDraft();
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

  problem(text) {
    this.desk.querySelector(".problem").textContent = text;
  }

  /** Whether it was entered; what stands now is taken over. */
  async send(path, fields) {
    this.problem("");
    const body = new URLSearchParams({ act: freshAct(), ...fields, ...this.who() });
    const answer = await fetch(`${this.player.grant.url}/masks${path}`, { method: "POST", body }).catch(() => null);
    if ([401, 403, 404].includes(answer?.status)) return this.player.cover("lost");
    const said = await answer?.json().catch(() => null);
    for (const field of this.whose('[type="password"]')) field.value = "";
    if (answer?.status === 200) {
      this.take(said.masks);
      if (this.player.grant.covered) this.anew(this.player.playback.position);
    } else this.problem(said?.message ?? this.player.words["away-note"]);
    return answer?.status === 200;
  }
}

/** What draws a mask again as it was. */
function fieldsOf({ camera_no, start_ns, end_ns, left, top, right, bottom, positions }) {
  return { camera_no, start_ns, end_ns, left, top, right, bottom, ...(positions.length && { positions: positions.map((each) => each.join(" ")).join(",") }) };
}
