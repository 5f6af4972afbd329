// The mask that is being drawn or changed, as pointer, keys and form change it alike, and the frame around it. Nothing of it
// is entered here, and each change can be taken back.
import { clockText, parts } from "../roc.js";
import { Draft } from "./draft.js";
import { MaskBox } from "./maskbox.js";
import { coveredBy } from "./motion.js";

const MS = 1000;
const MOST_UNDONE = 100;

export class MaskEditor {
  /** `desk`: the section with the form; `form`: its fields. `on`: {changed(), problem(text)}. */
  constructor(player, desk, form, on) {
    Object.assign(this, { player, desk, form, on, draft: new Draft(), changes: [], outlined: true });
  }

  /** Begins with a mask of the first camera, over the whole range. */
  start() {
    this.boxes = new Map(this.tracks.map((track) => [track.number, this.boxOf(track)]));
    for (const track of this.tracks) track.masks.onDrawn = () => this.follow(track);
    this.select(new Draft({ camera: this.tracks[0].number }), { from: 0, to: this.player.grant.seconds });
    this.form.element.addEventListener("focusin", () => { this.typing = false; });
    this.form.element.addEventListener("input", (event) => this.typedIn(event.target.name));
  }

  get tracks() {
    return this.player.tracks;
  }

  get track() {
    return this.tracks.find(({ number }) => number === this.draft.camera) ?? this.tracks[0];
  }

  /** Whether there are changes that were not entered. */
  get isChanged() {
    return this.changes.length > 0;
  }

  /** The moment that is looked at, of the frame that stands there. */
  momentOf(track) {
    return track.masks.now ?? (track.lastFrame >= 0 ? track.lastFrame : this.player.playback.position);
  }

  get now() {
    return this.momentOf(this.track);
  }

  // --- which mask ---

  /** Works on this draft from now on; `times`: from and to, in seconds. */
  select(draft, times = {}) {
    Object.assign(this, { draft, changes: [] });
    this.form.field("camera").value = draft.camera;
    this.form.fillTimes(times);
    this.show();
  }

  /** A mask that stands, to be changed. */
  pick(camera, number) {
    if (!number || number === this.draft.number) return;
    if (this.isChanged) return this.on.problem(this.player.words["mask-unsaved"]);
    const track = this.tracks.find((each) => each.number === camera);
    const mask = track?.masks.masks?.find((each) => each.number === number);
    if (!mask) return;
    this.on.problem("");
    this.select(Draft.of(mask, camera), { from: mask.from, to: mask.to });
  }

  /** This one was just entered: its changes are none any more. */
  choose(camera, number) {
    this.changes = [];
    this.draft = new Draft();
    this.pick(camera, number);
  }

  /** This one is no more; 0: none went. */
  gone(number) {
    if (number && this.draft.number === number) this.discard();
    this.show();
  }

  discard() {
    this.select(new Draft({ camera: this.draft.camera }));
    this.clear();
  }

  clear() {
    this.form.clearPlace();
    this.show();
  }

  // --- its changes ---

  /** Keeps what stands for Ctrl+Z; to be called before each change. */
  begin() {
    this.changes.push({ draft: this.draft.copy(), from: this.form.field("from").value, to: this.form.field("to").value });
    this.changes.splice(0, this.changes.length - MOST_UNDONE);
  }

  /** Takes the last change back. Whether there was one. */
  undo() {
    const change = this.changes.pop();
    if (!change) return false;
    this.draft = change.draft;
    for (const name of ["from", "to"]) this.form.field(name).value = change[name];
    this.form.field("camera").value = change.draft.camera;
    if (this.draft.isEmpty) this.clear();
    this.show();
    return true;
  }

  put(edges) {
    const { now } = this;
    this.draft.put(now, edges);
    if (this.draft.moves) this.reach(now);
    this.show();
  }

  /** A mask that moves lasts at least until this moment, and from it on. */
  reach(now) {
    const [from, to] = [this.form.moment("from"), this.form.moment("to")];
    if (from !== null && now < from) this.form.fillTimes({ from: Math.floor(now * MS) / MS });
    if (to !== null && now >= to) this.form.fillTimes({ to: this.ends(this.track) });
  }

  ends(track) {
    return Math.min(this.player.grant.seconds, Math.ceil(track.frameEnd * MS) / MS);
  }

  /** From the frame that stands there on. */
  fromHere() {
    this.begin();
    this.form.fillTimes({ from: Math.floor(this.now * MS) / MS });
    this.show();
  }

  /** Until the end of the frame that stands there. */
  toHere() {
    this.begin();
    this.form.fillTimes({ to: this.ends(this.track) });
    this.show();
  }

  addKey() {
    if (this.draft.isEmpty) return this.on.problem(this.player.words["mask-where"]);
    this.on.problem("");
    this.player.pause();
    this.begin();
    this.draft.addKey(this.now);
    this.reach(this.now);
    this.show();
    this.player.announce(this.player.say("mask-key-added", { time: clockText(parts(this.player.nsAt(this.now)), 3), count: this.draft.keys.length }));
  }

  removeKey() {
    this.begin();
    this.draft.removeKey(this.now);
    this.show();
  }

  typedIn(name) {
    if (!this.form.isOfMask(name)) return;
    if (!this.typing) this.begin();
    this.typing = true;
    if (name === "camera") this.draft.camera = this.form.field("camera").value;
    const edges = this.form.isOfPlace(name) && this.form.typed();
    if (edges) this.draft.put(this.now, edges);
    this.show(this.form.isOfPlace(name));
  }

  // --- on the picture ---

  /** A new one is drawn, the chosen one dragged, another one chosen. */
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
    if (this.draft.number && this.isChanged) {
      this.on.problem(this.player.words["mask-unsaved"]);
      return false;
    }
    this.on.problem("");
    if (this.draft.number) this.select(new Draft({ camera: track.number }));
    this.begin();
    if (!this.draft.moves || this.draft.camera !== track.number) this.draft = new Draft({ camera: track.number });
    this.form.field("camera").value = track.number;
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

  // --- what is seen of it ---

  /** Frame, fields and buttons as the draft is; `isTyped`: the fields of its place are left alone. */
  show(isTyped = false) {
    if (!isTyped) this.form.fillPlace(this.draft.place(this.now));
    this.lay();
    const { draft } = this;
    this.desk.querySelector("[data-mask-title]").textContent = draft.number ? this.player.say("mask-changes", { number: draft.number }) : this.player.words["mask-new"];
    this.desk.querySelector("[data-mask-draw]").textContent = this.player.words[draft.number ? "mask-save" : "mask-add"];
    this.form.element.toggleAttribute("data-changed", this.isChanged);
    this.desk.querySelector('[data-edit="discard"]').disabled = draft.isEmpty && !this.isChanged;
    this.desk.querySelector('[data-edit="key"]').disabled = draft.isEmpty;
    this.on.changed();
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
    if (this.draft.moves && !this.form.isOfPlace(document.activeElement?.name)) this.form.fillPlace(this.draft.place(this.now));
  }

  // --- what would be entered ---

  /** What lies over a camera with the draft among what is `stored`, in the place of the mask that it changes. */
  among(stored, track) {
    const others = stored.filter(({ number }) => number !== this.draft.number);
    if (this.draft.camera !== track.number || this.draft.isEmpty) return others;
    const [from, to] = [this.form.moment("from"), this.form.moment("to")];
    if (from === null || to === null || from >= to) return others;
    return [...others, { number: this.draft.number, from, to, keys: this.draft.moves ? this.draft.keys : [], isDraft: true }];
  }

  /** The fields that are sent; undefined where something is still to be typed, which is said. */
  fields() {
    const { form } = this;
    const [edges, from, to] = [form.typed(), form.moment("from"), form.moment("to")];
    for (const [name, value] of Object.entries({ from, to })) form.field(name).setAttribute("aria-invalid", String(value === null));
    if (from === null || to === null) return this.on.problem(this.player.words["mask-time"]);
    if (!edges) return this.on.problem(this.player.words["mask-where"]);
    const [start_ns, end_ns] = [from, to].map((at) => String(this.player.nsAt(at)));
    const positions = from < to ? this.draft.positions(from, to) : [];
    const text = positions.map(({ at, ...place }) => [this.player.nsAt(at), place.left, place.top, place.right, place.bottom].join(" ")).join(",");
    return { camera_no: form.field("camera").value, start_ns, end_ns, ...edges, ...(text && { positions: text }) };
  }
}
