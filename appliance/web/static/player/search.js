// Search in the granted minutes, on a press: a region drawn on a picture or typed, how far it is, and the moments in
// which its pixels changed, in a list and on the time line. The keeper searches and keeps what is found; here it only
// stands on the page.
import { clockText, parts } from "../roc.js";

const EDGES = ["left", "top", "width", "height"];
const WHOLE = 1000;
const LEAST = 5;
const NUDGE = 10;
const ASK_MS = 500;
const COLOUR = "#c9a6ff";

export class Search {
  constructor(player, desk) {
    Object.assign(this, { player, desk, words: JSON.parse(desk.dataset.words) });
    delete desk.dataset.words;
    this.button = player.querySelector('[data-do="search"]');
    this.form = desk.querySelector("form");
    this.list = desk.querySelector("ol");
    this.row = desk.querySelector("template");
    this.area = Object.assign(document.createElement("div"), { className: "search-area" });
    this.region = { left: 350, top: 350, right: 650, bottom: 650 };
    this.fill();
    this.listen();
  }

  listen() {
    this.form.addEventListener("submit", (event) => this.begin(event));
    this.form.addEventListener("input", () => this.typed());
    this.form.addEventListener("keydown", (event) => this.nudge(event));
    this.desk.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
    this.desk.addEventListener("click", (event) => this.click(event));
    const { stage } = this.player;
    stage.addEventListener("pointerdown", (event) => this.press(event), true);
    stage.addEventListener("pointermove", (event) => this.drag(event), true);
    for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, () => { this.from = null; }, true);
    stage.addEventListener("loadedmetadata", () => this.draw(), true);
    new ResizeObserver(() => this.draw()).observe(stage);
  }

  say(code, values = {}) {
    return this.words[code].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // --- open and closed ---

  get isOpen() {
    return !this.desk.hidden;
  }

  toggle(open = !this.isOpen) {
    this.desk.hidden = !open;
    this.player.dataset.search = open ? "yes" : "no";
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) {
      this.area.remove();
      return this.button.focus();
    }
    this.choose(this.player.alone ?? this.track ?? this.player.playback.lead ?? this.player.tracks[0]);
    this.desk.focus();
    this.showRange();
    if (!this.said) this.ask();
  }

  /** The picture that is searched. */
  choose(track) {
    this.track = track;
    this.desk.querySelector("[data-search-camera]").textContent = track.number;
    track.figure.querySelector(".picture").append(this.area);
    this.draw();
  }

  /** Called when a camera is enlarged, or all of them stand there again. */
  enlarged(track) {
    if (this.isOpen && track) this.choose(track);
    else this.draw();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.area.remove();
    this.list.replaceChildren();
    this.player.timeline.found = [];
    this.player.timeline.paint();
    for (const control of this.desk.querySelectorAll("button, input")) control.disabled = true;
  }

  // --- the region ---

  field(name) {
    return this.form.elements[name];
  }

  fill() {
    const { left, top, right, bottom } = this.region;
    for (const [name, value] of Object.entries({ left, top, width: right - left, height: bottom - top })) this.field(name).value = String(value / 10);
    this.draw();
  }

  /** What is typed; where it is no region the last one stays on the picture. */
  typed() {
    const [left, top, width, height] = EDGES.map((name) => Math.round(Number(this.field(name).value.normalize("NFKC") || NaN) * 10));
    const region = { left, top, right: left + width, bottom: top + height };
    const isOne = Object.values(region).every((edge) => edge >= 0 && edge <= WHOLE) && Math.min(width, height) >= LEAST;
    this.problem("");
    if (!isOne) return null;
    this.region = region;
    this.draw();
    return region;
  }

  /** Arrows up and down move an edge by a hundredth of the picture. */
  nudge(event) {
    const by = { ArrowUp: NUDGE, ArrowDown: -NUDGE }[event.key];
    if (!by || !EDGES.includes(event.target.name)) return;
    event.preventDefault();
    const value = Math.round(Number(event.target.value.normalize("NFKC") || 0) * 10) + by;
    event.target.value = String(Math.min(WHOLE, Math.max(0, value)) / 10);
    this.typed();
  }

  /** Where the picture lies in its frame, in CSS pixels: it keeps its shape. */
  box() {
    const picture = this.track.figure.querySelector(".picture");
    const { clientWidth: width, clientHeight: height } = picture;
    const { videoWidth: across, videoHeight: down } = this.track.video;
    const scale = across && down ? Math.min(width / across, height / down) : 0;
    const [wide, high] = scale ? [across * scale, down * scale] : [width, height];
    return { picture, x: (width - wide) / 2, y: (height - high) / 2, wide, high };
  }

  draw() {
    if (!this.track || !this.isOpen) return;
    const { x, y, wide, high } = this.box();
    const { left, top, right, bottom } = this.region;
    const pixels = { left: x + (wide * left) / WHOLE, top: y + (high * top) / WHOLE, width: (wide * (right - left)) / WHOLE, height: (high * (bottom - top)) / WHOLE };
    for (const [name, value] of Object.entries(pixels)) this.area.style.setProperty(`--${name}`, `${value}px`);
  }

  /** A point of the screen in permille of the picture, through what it is zoomed by. */
  point(event) {
    const { picture, x, y, wide, high } = this.box();
    const at = picture.getBoundingClientRect();
    const zoom = this.player.zooms[this.player.tracks.indexOf(this.track)] ?? { factor: 1, x: 0, y: 0 };
    const inside = (value) => Math.round(Math.min(WHOLE, Math.max(0, value * WHOLE)));
    return { x: inside(((event.clientX - at.left - zoom.x) / zoom.factor - x) / wide), y: inside(((event.clientY - at.top - zoom.y) / zoom.factor - y) / high) };
  }

  press(event) {
    const figure = event.target.closest("[data-camera]");
    if (!this.isOpen || this.player.covered || event.button || !figure || !event.target.closest(".picture")) return;
    event.stopPropagation();
    event.preventDefault();
    this.player.pause();
    this.choose(this.player.tracks.find((track) => track.figure === figure));
    this.player.stage.setPointerCapture(event.pointerId);
    this.from = this.point(event);
  }

  drag(event) {
    if (!this.from) return;
    event.stopPropagation();
    const to = this.point(event);
    const region = { left: Math.min(this.from.x, to.x), top: Math.min(this.from.y, to.y), right: Math.max(this.from.x, to.x), bottom: Math.max(this.from.y, to.y) };
    if (region.right - region.left < LEAST || region.bottom - region.top < LEAST) return;
    this.region = region;
    this.problem("");
    this.fill();
  }

  // --- searching ---

  /** Between the marks, where both are set; else all of the granted minutes. */
  get range() {
    const { from, until } = this.player.marks;
    return from === null || until === null ? null : [this.player.nsAt(from), this.player.nsAt(until)];
  }

  showRange() {
    const { range } = this;
    const [from, to] = (range ?? []).map((ns) => clockText(parts(ns)));
    this.desk.querySelector("[data-search-range]").textContent = range ? this.say("between", { from, to }) : this.words.all;
  }

  begin(event) {
    event.preventDefault();
    if (this.player.covered) return;
    const region = this.typed();
    if (!region) return this.problem(this.words.where);
    const { range } = this;
    this.send("", { camera_no: this.track.number, ...region, ...(range && { start_ns: range[0], end_ns: range[1] }) });
  }

  click(event) {
    const button = event.target.closest("button");
    if (!button || this.player.covered) return;
    if (button.dataset.search === "cancel") this.send("/cancel", {});
    if (button.dataset.search === "close") this.toggle(false);
    if (button.dataset.at) this.go(button);
  }

  /** To the last picture before the change; what plays goes on from there. */
  go(button) {
    for (const each of this.list.querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
    button.setAttribute("aria-current", "true");
    this.player.seek(this.seconds(button.dataset.at));
  }

  seconds(ns) {
    return Number(BigInt(ns) - this.player.grant.startNs) / 1e9;
  }

  problem(text) {
    this.desk.querySelector(".problem").textContent = text;
  }

  async send(path, fields) {
    this.problem("");
    const body = new URLSearchParams(fields);
    await this.take(fetch(`${this.player.grant.url}/search${path}`, { method: "POST", body }));
  }

  async ask() {
    await this.take(fetch(`${this.player.grant.url}/search`, { cache: "no-store" }));
  }

  /** What the keeper says of it; while it searches it is asked again. */
  async take(asked) {
    clearTimeout(this.timer);
    const answer = await asked.catch(() => null);
    if (this.stopped) return;
    if ([401, 403, 404].includes(answer?.status)) return this.player.cover("lost");
    const said = await answer?.json().catch(() => null);
    if (answer?.status === 200) this.show(said);
    else if (answer?.status === 400) this.problem(said.message);
    if (this.said?.state === "running" && !this.stopped) this.timer = setTimeout(() => this.ask(), ASK_MS);
  }

  show(said) {
    const ended = this.said?.state === "running" && said.state !== "running";
    this.said = said;
    const isRunning = said.state === "running";
    this.desk.dataset.state = said.state;
    this.form.querySelector("[data-search-begin]").textContent = isRunning ? this.words.anew : this.words.begin;
    this.desk.querySelector("[data-search-now]").hidden = said.state === "none";
    this.desk.querySelector('[data-search="cancel"]').hidden = !isRunning;
    this.showProgress(said);
    this.desk.querySelector("[data-search-notes]").replaceChildren(...this.notes(said).map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    this.showFound(said);
    if (ended) this.player.announce(this.headline(said));
  }

  showProgress({ state, looked, total }) {
    const bar = this.desk.querySelector("progress");
    bar.hidden = state !== "running";
    if (total) Object.assign(bar, { max: total, value: looked });
    else bar.removeAttribute("value");
    const share = total ? Math.floor((100 * looked) / total) : 0;
    const text = state === "running" ? this.say("progress", { looked, total, share }) : this.headline(this.said);
    this.desk.querySelector("[data-search-headline]").textContent = text;
  }

  headline({ state, found, total, more, why }) {
    if (state === "none") return "";
    if (state === "stopped") return why;
    if (state === "done" && !total) return this.words.nothing;
    const count = more ? `${found.length}+` : found.length;
    return this.say(state === "cancelled" ? "cancelled" : found.length ? "found" : "none", { count });
  }

  /** What such a search cannot find. */
  notes({ state, total, step, masked, more, camera_no }) {
    if (state === "none" || !total) return [];
    const seconds = step >= 10 ? Math.round(step) : Math.round(step * 10) / 10;
    return [this.say("step", { camera: camera_no, seconds }), ...(masked ? [this.words.masked] : []), ...(more ? [this.words.more] : [])];
  }

  showFound({ found, camera_no }) {
    const current = this.list.querySelector("[aria-current]")?.dataset.at;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.at : null;
    this.list.replaceChildren(...found.map((change) => this.line(change)));
    this.list.querySelector(`[data-at="${current}"]`)?.setAttribute("aria-current", "true");
    this.list.querySelector(`[data-at="${focused}"]`)?.focus();
    const { timeline } = this.player;
    timeline.found = found.map((change) => ({ camera_no, from: this.seconds(change.start_ns), to: this.seconds(change.end_ns), colour: COLOUR }));
    timeline.paint();
  }

  line({ start_ns, end_ns, stays }) {
    const line = this.row.content.firstElementChild.cloneNode(true);
    const button = line.querySelector("button");
    const [from, to] = [start_ns, end_ns].map((ns) => clockText(parts(BigInt(ns))));
    button.dataset.at = start_ns;
    line.querySelector("[data-field=time]").textContent = `${from} – ${to}`;
    const kind = line.querySelector("[data-field=kind]");
    kind.textContent = stays === null ? "" : this.words[stays ? "stays" : "passes"];
    kind.dataset.stays = String(stays);
    return line;
  }
}
