// Drawing masks: ties the editor of one mask, what is entered, the table and the lane of what stands, and the way on. Whoever
// confirms has no editor. What is entered is the keeper's before it is shown here.
import { clockText, parts } from "../roc.js";
import { MaskEditor } from "./maskeditor.js";
import { MaskEntry } from "./maskentry.js";
import { MaskForm } from "./maskform.js";
import { MaskLane, nextBare } from "./masklane.js";
import { MaskList } from "./masklist.js";
import { masksOf } from "./masks.js";
import { MaskSteps } from "./masksteps.js";

export class Masking {
  /** `desk`: the section with form and list; `said`: the masks as the keeper told them. */
  constructor(player, desk, said) {
    Object.assign(this, { player, desk, editor: null });
    this.list = new MaskList(player, desk);
    this.lane = new MaskLane(player.querySelector("[data-mask-lane]"), player.timeline, player.cameras, player.words, {
      pick: (camera, number) => this.editor?.pick(camera, number),
      seek: (at, unlessInside) => this.goTo(at, unlessInside),
    });
    this.steps = new MaskSteps(player, desk.querySelector("[data-mask-steps]"));
    this.entry = new MaskEntry(player, desk, said, {
      taken: (masks) => this.taken(masks),
      entered: (number) => this.editor.choose(this.entry.find(number).camera_no, number),
      removed: (number) => this.editor.gone(number),
      problem: (text) => this.problem(text),
    });
    const asSeen = desk.querySelector("[data-as-seen]");
    asSeen.addEventListener("change", () => this.see(!asSeen.checked));
    desk.addEventListener("click", (event) => this.click(event));
    const form = desk.querySelector("[data-mask-form]");
    if (form) this.edit(form);
    this.take(said);
    asSeen.checked = desk.dataset.drawn === "yes"; // whoever confirms looks at what comes of it
    this.see(!asSeen.checked);
  }

  edit(form) {
    this.editor = new MaskEditor(this.player, this.desk, new MaskForm(this.player, form), {
      changed: () => this.changed(),
      problem: (text) => this.problem(text),
    });
    this.editor.start();
    form.addEventListener("submit", (event) => this.draw(event));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  get tracks() {
    return this.player.tracks;
  }

  problem(text) {
    this.desk.querySelector(".problem[role=alert]").textContent = text;
  }

  // --- how it is looked at ---

  /** Outlined for whoever draws, or covered by the recorder as in the viewing. */
  async see(outlined) {
    const { grant, playback } = this.player;
    this.show(outlined);
    if (outlined === !grant.covered) return;
    grant.covered = !outlined;
    if (this.player.dataset.ready === "yes") await this.anew(playback.position);
  }

  show(outlined) {
    if (this.editor) this.editor.outlined = outlined;
    for (const { masks } of this.tracks) {
      masks.sees = true;
      masks.hidden = !outlined;
      masks.draw();
    }
    this.editor?.lay();
  }

  /** The pictures are others than those that were fetched. */
  async anew(at) {
    this.player.pause();
    await Promise.all(this.tracks.map((track) => track.again()));
    await this.player.seek(at);
  }

  // --- what stands ---

  take(said) {
    const { startNs } = this.player.grant;
    for (const track of this.tracks) {
      const mine = masksOf(said, track.number, startNs);
      track.masks.take(mine);
      track.there.takeMasks(mine);
    }
    this.player.timeline.changed();
    this.list.show(said);
    this.showLane();
  }

  /** The keeper entered something: other masks stand, and pictures that it covers are others. */
  taken(said) {
    this.take(said);
    if (this.player.grant.covered) this.anew(this.player.playback.position);
  }

  /** What lies over a camera as it would be entered now: what stands, and the draft. */
  standing(track) {
    const stored = track.masks.masks ?? [];
    return this.editor ? this.editor.among(stored, track) : stored;
  }

  showLane() {
    this.lane.take(this.tracks.map((track) => ({ camera: track.number, spans: track.spans, masks: this.standing(track) })));
  }

  /** The draft is another. */
  changed() {
    this.desk.querySelector('[data-edit="undo"]').disabled = !this.editor.isChanged && !this.entry.canTakeBack;
    this.showLane();
  }

  // --- what the person does ---

  click(event) {
    const button = event.target.closest("[data-mask], [data-edit]");
    if (!button || this.player.covered) return;
    const acts = {
      "from-here": () => this.editor.fromHere(),
      "to-here": () => this.editor.toHere(),
      go: () => this.go(Number(button.dataset.number)),
      remove: () => this.remove(Number(button.dataset.number), button),
      key: () => this.editor.addKey(),
      "key-off": () => this.editor.removeKey(),
      undo: () => this.undo(),
      discard: () => this.editor.discard(),
      bare: () => this.nextBare(),
      finish: () => this.finish(),
    };
    acts[button.dataset.mask ?? button.dataset.edit]?.();
  }

  key(event) {
    if (this.player.covered || event.altKey || event.target.closest?.("input, select, textarea, dialog")) return;
    const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    const plain = { h: () => this.editor.addKey(), u: () => this.nextBare() }[event.key.toLowerCase()];
    const action = isUndo ? () => this.undo() : event.ctrlKey || event.metaKey ? null : plain;
    if (!action) return;
    event.preventDefault();
    action();
  }

  async draw(event) {
    event.preventDefault();
    const fields = this.editor.fields();
    if (fields) await this.entry.enter(fields, this.editor.draft.number);
  }

  async remove(number, button) {
    const { editor } = this;
    if (editor.isChanged && editor.draft.number !== number) return this.problem(this.player.words["mask-unsaved"]);
    if (await this.entry.remove(number)) (this.list.firstButton ?? editor.form.field("camera")).focus();
  }

  /** The last change of the draft; without one, the last that was entered. */
  async undo() {
    if (!this.editor.undo()) await this.entry.takeBack();
  }

  finish() {
    if (this.editor?.isChanged) return this.problem(this.player.words["mask-unsaved"]);
    this.steps.open();
  }

  // --- going about ---

  go(number) {
    const mask = this.entry.find(number);
    this.editor?.pick(mask.camera_no, number);
    this.player.seek(Number(BigInt(mask.start_ns) - this.player.grant.startNs) / 1e9);
  }

  /** `unlessInside`: not where the moment shown is one of the chosen mask's already. */
  goTo(at, unlessInside = false) {
    const { editor } = this;
    const [from, to] = unlessInside && editor ? [editor.form.moment("from"), editor.form.moment("to")] : [0, 0];
    if (editor && from <= editor.now && editor.now < to) return;
    this.player.seek(at);
  }

  /** The next moment of the chosen camera that is to be masked and has none; of the others where it has none left. */
  nextBare() {
    const mine = this.editor?.track ?? this.tracks[0];
    const found = [mine, ...this.tracks.filter((track) => track !== mine)].map((track) => {
      const at = track === mine ? this.player.playback.position : -1;
      return { track, at: nextBare(track.spans, this.standing(track), at) };
    }).find(({ at }) => at !== null);
    if (!found) return this.player.announce(this.player.words["mask-none-bare"]);
    this.player.seek(found.at);
    this.player.announce(this.player.say("mask-bare", { camera: found.track.number, time: clockText(parts(this.player.nsAt(found.at)), 3) }));
  }
}
