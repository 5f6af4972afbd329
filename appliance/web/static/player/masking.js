// Drawing masks: a form that keyboard and pointer fill alike, and the list of what stands. What is drawn is entered by
// the keeper before it is shown here.
import { freshAct } from "./act.js";
import { clockText, parts } from "../roc.js";
import { readJump } from "./jump.js";
import { masksOf } from "./masks.js";

const EDGES = ["left", "top", "width", "height"];
const MS = 1000;

export class Masking {
  /** `desk`: the section with form and list; `said`: the masks as the keeper told them. */
  constructor(player, desk, said) {
    Object.assign(this, { player, desk });
    this.form = desk.querySelector("[data-mask-form]");
    this.rows = desk.querySelector("tbody");
    this.row = desk.querySelector("template");
    desk.querySelector("[data-as-seen]").addEventListener("change", (event) => this.see(!event.target.checked));
    desk.addEventListener("click", (event) => this.click(event));
    if (this.form) this.listen();
    this.take(said);
    this.see(true);
  }

  listen() {
    this.fill({ from: 0, to: this.player.grant.seconds });
    this.form.addEventListener("submit", (event) => this.draw(event));
    this.form.addEventListener("input", () => this.showDraft());
    for (const track of this.player.tracks) this.followPointer(track);
  }

  get tracks() {
    return this.player.tracks;
  }

  /** Outlined for whoever draws, or covered by the recorder as in the viewing. */
  async see(outlined) {
    const { grant, playback } = this.player;
    this.show(outlined);
    if (outlined === !grant.covered) return;
    grant.covered = !outlined;
    await this.anew(playback.position);
  }

  show(outlined) {
    for (const { masks } of this.tracks) {
      masks.sees = true;
      masks.hidden = !outlined;
      masks.draw();
    }
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
    for (const track of this.tracks) track.masks.take(masksOf(said, track.number, startNs));
    this.rows.replaceChildren(...said.map((mask) => this.line(mask)));
    this.desk.querySelector("[data-mask-none]").hidden = said.length > 0;
    this.desk.querySelector("[data-mask-list]").hidden = said.length === 0;
  }

  line(mask) {
    const line = this.row.content.firstElementChild.cloneNode(true);
    const percent = (permille) => `${permille / 10} %`;
    const texts = {
      number: mask.number, camera_no: mask.camera_no, from: this.clock(BigInt(mask.start_ns)), to: this.clock(BigInt(mask.end_ns)),
      place: this.player.say("mask-place", { left: percent(mask.left), top: percent(mask.top), width: percent(mask.right - mask.left), height: percent(mask.bottom - mask.top) }),
    };
    for (const [field, text] of Object.entries(texts)) line.querySelector(`[data-field="${field}"]`).textContent = text;
    for (const button of line.querySelectorAll("button")) {
      button.dataset.number = mask.number;
      button.setAttribute("aria-label", this.player.say(button.dataset.mask === "go" ? "mask-go" : "mask-remove", { number: mask.number }));
    }
    return line;
  }

  clock(ns) {
    return clockText(parts(ns), 3);
  }

  // --- the form ---

  field(name) {
    return this.form.elements[name];
  }

  fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const isTime = name === "from" || name === "to";
      this.field(name).value = isTime ? this.clock(this.player.nsAt(value)) : String(value);
    }
    this.showDraft();
  }

  /** The rectangle that is typed, in permille; null where it is none yet. */
  typed() {
    const [left, top, width, height] = EDGES.map((name) => (this.field(name).value === "" ? NaN : Math.round(Number(this.field(name).value.normalize("NFKC")) * 10)));
    const edges = { left, top, right: left + width, bottom: top + height };
    return Object.values(edges).every(Number.isFinite) && width > 0 && height > 0 ? edges : null;
  }

  showDraft() {
    const camera = this.field("camera").value;
    for (const { masks, number } of this.tracks) {
      masks.draft = number === camera ? this.typed() : null;
      masks.draw();
    }
  }

  followPointer(track) {
    const { picture } = track.masks;
    picture.classList.add("draws");
    let from = null;
    picture.addEventListener("pointerdown", (event) => {
      from = event.button === 0 ? track.masks.point(event) : null;
      if (!from) return;
      this.player.pause();
      picture.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    picture.addEventListener("pointermove", (event) => {
      const to = from && track.masks.point(event);
      if (!to) return;
      const [left, top] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
      this.field("camera").value = track.number;
      this.fill({ left: left / 10, top: top / 10, width: Math.abs(to.x - from.x) / 10, height: Math.abs(to.y - from.y) / 10 });
    });
    for (const name of ["pointerup", "pointercancel"]) picture.addEventListener(name, () => { from = null; });
  }

  click(event) {
    const button = event.target.closest("[data-mask]");
    if (!button || this.player.covered) return;
    const track = this.tracks.find(({ number }) => number === this.form?.elements.camera.value) ?? this.tracks[0];
    const at = track.lastFrame >= 0 ? track.lastFrame : this.player.playback.position;
    if (button.dataset.mask === "from-here") this.fill({ from: Math.floor(at * MS) / MS });
    if (button.dataset.mask === "to-here") this.fill({ to: Math.min(this.player.grant.seconds, Math.ceil(track.frameEnd * MS) / MS) });
    if (button.dataset.mask === "go") this.go(Number(button.dataset.number));
    if (button.dataset.mask === "remove") this.remove(button);
  }

  go(number) {
    const mask = this.said.find((each) => each.number === number);
    this.player.seek(Number(BigInt(mask.start_ns) - this.player.grant.startNs) / 1e9);
  }

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
    if (await this.send("", { camera_no: this.field("camera").value, start_ns, end_ns, ...edges })) {
      for (const name of EDGES) this.field(name).value = "";
      this.showDraft();
      this.player.announce(this.player.words["mask-drawn"]);
    }
  }

  async remove(button) {
    if (await this.send("/remove", { mask: button.dataset.number })) {
      this.player.announce(this.player.say("mask-removed", { number: button.dataset.number }));
      (this.rows.querySelector("button") ?? this.field("camera")).focus();
    }
  }

  /** The fields that say whose mask it is, where two people are here. */
  whose(more = "") {
    return [...this.desk.querySelectorAll(`[name="seat"]${more}, [name="password"]${more}`)];
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
