// <or-live>: cameras as they are now. Asks for what came since the last time, twice a second, and goes dark at once when
// the look is over, for whatever reason. A page that nobody sees asks for nothing.
import { clockText, dayText, parts } from "../roc.js";
import { Curtain } from "./curtain.js";
import { LiveScreen } from "./livescreen.js";
import { isAlone, playable, toggleAlone } from "./screens.js";
import { Watermark } from "./watermark.js";

const EVERY_MS = 400;
const LOOK_MS = 250;
const PATIENCE_MS = 8000;
const SOON_MS = 120000;
const SILENT_MS = 20000; // as in services/live/views.py: whom the keeper has not heard for so long looks no more

class Live extends HTMLElement {
  connectedCallback() {
    const data = JSON.parse(this.dataset.player);
    this.words = JSON.parse(this.dataset.words);
    this.language = this.dataset.lang;
    delete this.dataset.player;
    delete this.dataset.words;
    this.url = `/live/${data.view}`;
    this.originNs = BigInt(data.origin_ns);
    this.heard(data.left_ms);
    this.codecs = playable();
    this.stage = this.querySelector("[data-stage]");
    this.curtain = new Curtain(this, this.words);
    this.watermark = new Watermark(this.querySelector(".watermark"), [this.say("watermark", { name: data.display })], this.language, { removed: () => this.tampered() });
    this.screens = [...this.querySelectorAll("[data-camera]")].map((figure) => new LiveScreen(figure, { frame: (screen, at) => this.onFrame(screen, at) }));
    this.states = {};
    this.listen();
    this.beginAnew();
    this.asking = setTimeout(() => this.ask(), 0);
    this.looking = setInterval(() => this.look(), LOOK_MS);
  }

  say(code, values = {}) {
    return this.words[code].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  /** A new name for this page: the keeper then begins every camera at a key frame. */
  beginAnew() {
    this.reader = crypto.randomUUID().replaceAll("-", "");
  }

  // --- pictures ---

  async ask() {
    const begun = performance.now();
    if (!document.hidden) await this.fetch().catch(() => null);
    if (!this.curtain.kind) this.asking = setTimeout(() => this.ask(), Math.max(50, EVERY_MS - (performance.now() - begun)));
  }

  async fetch() {
    if (this.screens.some((screen) => screen.wantsAnew)) {
      for (const screen of this.screens) screen.wantsAnew = false;
      this.beginAnew();
    }
    const query = new URLSearchParams({ reader: this.reader, codecs: this.codecs });
    const answer = await fetch(`${this.url}/pictures?${query}`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if ([401, 403, 404].includes(answer.status)) return this.cover("lost");
    if (!answer.ok) return;
    this.heard(Number(answer.headers.get("X-Left-Ms")));
    this.ahead = Number((BigInt(answer.headers.get("X-Now-Ns")) - this.originNs) / 1000000n) / 1000 - performance.now() / 1000;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let at = 0;
    for (const part of JSON.parse(answer.headers.get("X-Parts"))) {
      const screen = this.screens.find((each) => each.number === part.camera_no);
      this.states[part.camera_no] = part.state;
      if (part.bytes && !this.curtain.kind) screen?.take(part.mime, bytes.subarray(at, at + part.bytes));
      at += part.bytes;
    }
  }

  heard(leftMs) {
    this.heardAt = performance.now();
    this.until = this.heardAt + leftMs;
  }

  // --- what is shown ---

  nsAt(seconds) {
    return this.originNs + BigInt(Math.round(seconds * 1e6)) * 1000n;
  }

  onFrame(screen, at) {
    if (this.curtain.kind || screen !== this.lead()) return;
    const now = this.querySelector("[data-now]");
    const p = parts(this.nsAt(at));
    now.querySelector(".now-day").textContent = dayText(p, this.language);
    now.querySelector(".now-clock").textContent = clockText(p);
    now.dataset.ns = String(this.nsAt(at));
  }

  /** The camera whose time is shown: the one that is alone, else the first that is live. */
  lead() {
    return this.screens.find(isAlone) ?? this.screens.find((screen) => screen.isLive) ?? this.screens[0];
  }

  look() {
    if (this.curtain.kind) return;
    if (performance.now() > Math.min(this.until, this.heardAt + SILENT_MS)) return this.cover("lost");
    for (const screen of this.screens) this.showPlate(screen);
    const lead = this.lead();
    const live = lead.isLive;
    this.dataset.live = live ? "yes" : "no";
    const late = live ? performance.now() / 1000 + this.ahead - lead.lastFrame.at : 0;
    this.querySelector("[data-late]").textContent = live ? this.say("late", { seconds: Math.max(0, late).toFixed(1) }) : this.words["late-none"];
    this.showLeft(this.until - performance.now());
  }

  showPlate(screen) {
    const state = this.words[`state-${this.states[screen.number]}`];
    if (screen.unplayable) return screen.showPlate(this.words.unplayable);
    if (screen.isLive) return screen.showPlate(null);
    if (!screen.lastFrame) return state ? screen.showPlate(state) : undefined;
    screen.showPlate(state ?? this.words.stopped, this.say("stopped-since", { time: clockText(parts(this.nsAt(screen.lastFrame.at))) }));
  }

  showLeft(ms) {
    const seconds = Math.floor(ms / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const left = this.querySelector("[data-left]");
    left.textContent = this.say("left", { time });
    const soon = ms < SOON_MS;
    if (soon && !left.hasAttribute("data-soon")) this.announce(this.say("soon", { time }));
    left.toggleAttribute("data-soon", soon);
  }

  announce(text) {
    this.querySelector("[data-say]").textContent = text;
  }

  // --- what the person does ---

  listen() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) this.act(button.dataset.do);
      const solo = event.target.closest("[data-solo]");
      if (solo) this.solo(this.screens.find((screen) => screen.number === solo.dataset.solo));
    });
    this.querySelector("[data-extend]").addEventListener("submit", (event) => this.extend(event));
    this.querySelector("[data-end]").addEventListener("submit", () => this.cover("ended"));
    this.stage.addEventListener("contextmenu", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("visibilitychange", () => document.hidden || this.beginAnew());
  }

  key(event) {
    if (this.curtain.kind || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea")) return;
    const action = { f: "fullscreen", m: "sound" }[event.key.toLowerCase()];
    if (action) this.act(action);
  }

  act(name) {
    if (this.curtain.kind) return;
    if (name === "sound") this.hear(!this.sound);
    if (name === "fullscreen") document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen();
  }

  /** Sound of one camera at a time, of the one whose time is shown. */
  hear(sound) {
    const button = this.querySelector('[data-do="sound"]');
    if (!button) return;
    this.sound = sound;
    for (const screen of this.screens) screen.video.muted = !sound || screen !== this.lead();
    button.setAttribute("aria-pressed", String(sound));
  }

  /** One camera over the whole stage, or all of them again. */
  solo(chosen) {
    if (!chosen || this.screens.length < 2) return;
    toggleAlone(this.stage, this.screens, chosen);
    this.hear(this.sound);
  }

  async extend(event) {
    event.preventDefault();
    const form = event.target;
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
    const done = answer?.type === "opaqueredirect";
    this.announce(this.words[done ? "extended" : "not-extended"]);
    if (!done) return;
    form.reset();
    form.elements.act.value = crypto.randomUUID().replaceAll("-", "");
  }

  // --- the end ---

  tampered() {
    this.cover("tampered");
    fetch(`${this.url}/end`, { method: "POST", body: new URLSearchParams() }).catch(() => null);
  }

  /** Dark at once and for good: every element emptied, every address revoked, nothing asked any more. */
  cover(kind) {
    if (this.curtain.isFinal) return;
    this.curtain.draw(kind);
    clearTimeout(this.asking);
    clearInterval(this.looking);
    for (const screen of this.screens) screen.close();
    this.watermark.stop();
    this.dataset.live = "no";
    if (kind !== "ended") this.querySelector(".curtain a").focus();
  }
}
customElements.define("or-live", Live);
