// <or-player>: the viewing page's behaviour. Ties tracks, clock, timeline, watermark and the report of what was shown
// together, and goes dark at once when the viewing is over, for whatever reason.
import { clockText, dayText, parts } from "../roc.js";
import { Attendance, Leaving } from "./attendance.js";
import { Coverage } from "./coverage.js";
import { Curtain } from "./curtain.js";
import { EndForms, Ending } from "./ending.js";
import { GapList } from "./gaplist.js";
import { Gaps } from "./gaps.js";
import { readJump } from "./jump.js";
import { KeySheet, onKey, timelineActs } from "./keys.js";
import { Masking } from "./masking.js";
import { Marks } from "./marks.js";
import { Masks, masksOf } from "./masks.js";
import { Plates } from "./plates.js";
import { Playback } from "./playback.js";
import { Presence } from "./presence.js";
import { Preview } from "./preview.js";
import { Remaining } from "./remaining.js";
import { isAlone, toggleAlone } from "./screens.js";
import { Search } from "./search.js";
import { Shown } from "./shown.js";
import { Sound } from "./sound.js";
import "./timeline.js";
import { Track } from "./track.js";
import { Watermark } from "./watermark.js";
import { Zoom } from "./zoom.js";

const TOLD_MS = 5000;

class Player extends HTMLElement {
  async connectedCallback() {
    const data = JSON.parse(this.dataset.player);
    this.words = JSON.parse(this.dataset.words);
    this.language = this.dataset.lang;
    delete this.dataset.player;
    delete this.dataset.words;
    this.grant = { url: `/viewing/${data.grant}`, startNs: BigInt(data.start_ns), seconds: data.seconds };
    this.stage = this.querySelector("[data-stage]");
    this.sound = new Sound(this, this.querySelector('[data-do="sound"]'));
    this.plates = new Plates(this);
    this.curtain = new Curtain(this, this.words);
    this.gaps = new Gaps(this, new GapList(this.querySelector("[data-gaps]"), `${this.grant.url}/gaps`));
    this.cameras = data.cameras.map((camera) => new Coverage(camera, () => this.gaps.heard()));
    this.timeline = this.querySelector("or-timeline");
    this.timeline.setUp({ cameras: this.cameras, seconds: data.seconds, startNs: this.grant.startNs, language: this.language, words: this.words, overview: this.querySelector(".overview"), list: this.querySelector("[data-lanes]") });
    this.watermark = new Watermark(this.querySelector(".watermark"), this.watermarkLines(data), this.language, { removed: () => this.cover("tampered"), waits: () => this.tracks?.some((track) => track.seeking) });
    this.shown = new Shown(this.grant, { lost: () => this.cover("lost"), late: () => this.veil() });
    this.tracks = this.cameras.map((there) => this.makeTrack(there, data.masks));
    this.playback = new Playback(this.tracks, data.seconds, {
      moved: (at) => this.showMoment(at),
      playing: (playing) => this.showPlaying(playing),
      skipped: (from, to) => this.tell(this.plates.skippedText(from, to)),
      plate: (track, at) => this.plates.show(track, at),
      refused: (track) => this.sound.refused(track),
    });
    this.timeline.changed();
    this.marks = new Marks(this);
    this.preview = new Preview(this, this.querySelector(".preview"));
    this.keySheet = new KeySheet(this.querySelector("[data-help]"));
    this.remaining = new Remaining(this, data.ends, this.querySelector("[data-ends]"));
    this.zooms = this.querySelector("[data-masking]") ? [] : this.tracks.map((track) => new Zoom(track.figure.querySelector(".picture")));
    this.listen();
    const sheet = this.querySelector("[data-finish]");
    this.endForms = new EndForms(this, this.querySelectorAll("[data-end]"), sheet && new Ending(this, sheet));
    const searchDesk = this.querySelector("[data-search-desk]");
    if (searchDesk) this.search = new Search(this, searchDesk);
    const desk = this.querySelector("[data-masking]");
    if (desk) this.masking = new Masking(this, desk, data.masks);
    this.attendance = new Attendance(this, this.querySelector("[data-present]"));
    this.leaving = new Leaving(this);
    this.presence = new Presence(this.grant.url, {
      lost: () => this.cover("lost"),
      away: () => this.veil(),
      back: () => this.unveil(),
      told: (said) => this.attendance.told(said),
      signs: () => this.attendance.signs(),
    });
    this.others = new BroadcastChannel(this.grant.url);
    this.others.onmessage = () => this.cover("ended");
    await Promise.all(this.tracks.map((track) => track.open()));
    await this.begin(data.resume ?? 0);
    this.dataset.ready = "yes";
    this.presence.check();
  }

  /** Goes to where it stood last, else to the first picture there is. A stretch that turns out to hold none is passed
   * over. */
  async begin(resume) {
    const from = (at) => Math.min(...this.tracks.map((track) => (track.coverage(at) ? at : track.nextStart(at))));
    let at = from(resume);
    while (at !== Infinity) {
      const found = await this.seek(at);
      const next = from(at);
      if (found !== null || next === at || this.playback.position !== at) return;
      at = next;
    }
    await this.seek(0);
  }

  /** `said`: the masks of the case, null where nothing was ordered to be masked. */
  makeTrack(there, said) {
    const figure = this.querySelector(`[data-camera="${CSS.escape(there.camera_no)}"]`);
    const mine = said === null ? null : masksOf(said, there.camera_no, this.grant.startNs);
    there.takeMasks(mine);
    const masks = said === null ? null : new Masks(figure, mine, () => this.cover("tampered"));
    return new Track(figure, there, this.grant, masks, {
      frame: (track, at) => this.onFrame(track, at),
      lost: () => this.cover("lost"),
      away: () => this.announceAway(true),
      back: () => this.announceAway(false),
    });
  }

  /** The case by its number, those who came to see it, and the two who attend; the moment is added as it is drawn. */
  watermarkLines(data) {
    const named = (code, people) => (people.length ? [this.say(code, { names: people.join(" · ") })] : []);
    const masking = data.purpose === "masking" ? [this.words["watermark-masking"]] : [];
    return [this.say("watermark", { case: data.case }), ...masking, ...named("watermark-viewers", data.viewers), ...named("watermark-attending", data.attending)];
  }

  say(code, values = {}) {
    return this.words[code].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // --- for tests and for other scripts of this page ---

  /** Goes to a moment in nanoseconds; resolves with {mediaTime, wallNs, milliseconds} at its first presented frame. */
  async seekTo(ns) {
    const begun = performance.now();
    const mediaTime = await this.seek(Number(BigInt(ns) - this.grant.startNs) / 1e9);
    return mediaTime === null ? null : { mediaTime, wallNs: String(this.nsAt(mediaTime)), milliseconds: performance.now() - begun };
  }

  nsAt(seconds) {
    return this.grant.startNs + BigInt(Math.round(seconds * 1e6)) * 1000n;
  }

  seek(seconds) {
    this.timeline.follows = true;
    const found = this.playback.seek(seconds);
    found.then(() => this.shown.flush()); // behind the picture: beside the request for it, both would take longer
    return found;
  }

  // --- what the person does ---

  listen() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) this.act(button.dataset.do);
      const solo = event.target.closest("[data-solo]");
      if (solo) this.solo(this.tracks.findIndex((track) => track.number === solo.dataset.solo));
    });
    this.querySelector("[data-speed]").addEventListener("change", (event) => this.playback.setRate(Number(event.target.value)));
    this.querySelector("[data-jump]").addEventListener("submit", (event) => this.jump(event));
    for (const field of this.querySelectorAll("[data-light]")) field.addEventListener("input", () => this.light());
    this.querySelector("[data-look-reset]")?.addEventListener("click", () => this.resetLook());
    this.timeline.addEventListener("scrub", (event) => this.scrub(event.detail));
    this.timeline.addEventListener("seek", (event) => this.drop(event.detail));
    this.timeline.addEventListener("view", () => this.gaps.askFiner());
    this.stage.addEventListener("dblclick", (event) => {
      const figure = event.target.closest("[data-camera]");
      if (figure && !this.masking) this.solo(this.tracks.findIndex((track) => track.figure === figure));
    });
    this.stage.addEventListener("contextmenu", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => onKey(this, event));
    document.addEventListener("visibilitychange", () => document.hidden && this.pause());
    window.addEventListener("pagehide", () => this.shown.flush());
  }

  act(name) {
    if (this.covered) return;
    const { playback } = this;
    if (name === "toggle") playback.playing ? this.pause() : playback.play();
    if (name === "frame-on" || name === "frame-back") this.step(name === "frame-on" ? 1 : -1);
    if (name === "sound") this.sound.toggle();
    if (name === "fullscreen") this.toggleFullscreen();
    if (name === "back-ten" || name === "on-ten") this.gaps.jumpBy(name === "on-ten" ? 10 : -10);
    if (name === "mark-in" || name === "mark-out") this.marks.set(name);
    if (name === "loop") this.marks.toggle();
    if (name === "panel") this.togglePanel();
    if (name === "search") this.search?.toggle();
    if (name === "help") this.keySheet.toggle();
    if (name === "skip") this.gaps.toggleSkip();
    if (name === "gap-on" || name === "gap-back") this.gaps.goTo(name === "gap-on" ? 1 : -1);
    timelineActs(this.timeline)[name]?.();
    if (name === "next") this.seek(playback.edges().find((edge) => edge > playback.position + 0.05) ?? playback.seconds);
    if (name === "previous") this.seek(playback.edges().findLast((edge) => edge < playback.position - 0.5) ?? 0);
  }

  /** The picture as it is: whole, and as bright as it came. */
  resetLook() {
    for (const zoom of this.zooms) zoom.reset();
    for (const field of this.querySelectorAll("[data-light]")) field.value = 100;
    this.light();
  }

  /** For the eye alone: nothing that is fetched or entered changes by it. */
  light() {
    for (const field of this.querySelectorAll("[data-light]")) this.stage.style.setProperty(`--${field.dataset.light}`, `${field.value}%`);
  }

  /** The list of gaps, over the stage where the window has no place below it. */
  togglePanel() {
    const open = this.dataset.panel !== "yes";
    this.dataset.panel = open ? "yes" : "no";
    this.querySelector('[data-do="panel"]').setAttribute("aria-expanded", String(open));
  }

  async toggleFullscreen() {
    const asked = document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen?.();
    await Promise.resolve(asked ?? Promise.reject()).catch(() => this.announce(this.words["fullscreen-refused"]));
  }

  /** One camera over the whole stage, or all of them again. What is hidden is not counted as shown. */
  solo(index) {
    if (!this.tracks[index] || this.tracks.length < 2) return;
    toggleAlone(this.stage, this.tracks, this.tracks[index]);
    this.playback.prefer(this.alone);
    this.search?.enlarged(this.alone);
    this.sound.follow();
    this.shown.flush();
  }

  /** The camera that fills the stage by itself. */
  get alone() {
    return this.tracks.find(isAlone);
  }

  pause(lands = true) {
    this.playback.pause(lands);
    this.shown.flush();
  }

  async step(direction) {
    this.playback.pause();
    const lead = this.playback.lead;
    if (!lead) return;
    const at = await lead.step(direction);
    if (at === null) return;
    this.playback.position = at;
    for (const track of this.tracks) if (track !== lead && track.coverage(at)) track.seek(at);
    this.showMoment(at);
  }

  scrub(at) {
    if (this.covered) return;
    if (this.playback.playing) {
      this.resume = true;
      this.pause(false);
    }
    this.playback.position = at;
    for (const track of this.tracks) track.coverage(at) ? track.still.show(at) : track.still.hide();
    this.showMoment(at);
  }

  async drop(at) {
    if (this.covered) return;
    const resume = this.resume;
    this.resume = false;
    await this.seek(at);
    for (const track of this.tracks) track.still.hide();
    if (resume) this.playback.play();
  }

  jump(event) {
    event.preventDefault();
    const field = event.target.querySelector("input");
    const found = readJump(field.value, this.grant.startNs, this.grant.seconds);
    const problem = found.problem ? this.words[`jump-${found.problem}`] : "";
    event.target.querySelector(".problem").textContent = problem;
    field.setAttribute("aria-invalid", problem ? "true" : "false");
    if (!problem) this.seek(found.at);
  }

  // --- what is shown ---

  onFrame(track, at) {
    if (this.covered) return;
    if (track.figure.checkVisibility({ visibilityProperty: true })) this.shown.frame(track.number, at);
    track.figure.dataset.frame = at;
    if (track === this.playback?.lead) this.showClock(at);
  }

  showMoment(at) {
    this.marks.passed(at);
    this.timeline.moveTo(at);
    if (this.sound.on) this.sound.follow();
    if (!this.playback?.lead || !this.playback.playing) this.showClock(at);
  }

  /** The time of the frame on the screen, exact to it. */
  showClock(at) {
    const p = parts(this.nsAt(at));
    const now = this.querySelector("[data-now]");
    now.querySelector(".now-day").textContent = dayText(p, this.language);
    now.querySelector(".now-clock").textContent = clockText(p, 3);
    now.dataset.ns = String(this.nsAt(at));
  }

  showPlaying(playing) {
    this.dataset.playing = playing ? "yes" : "no";
    this.querySelector(".play").setAttribute("aria-label", this.words[playing ? "pause" : "play"]);
    if (!playing) this.shown.flush();
  }

  /** For the eye as well as the ear: over the pictures for some seconds. */
  tell(text) {
    this.announce(text);
    const place = this.querySelector("[data-told]");
    place.textContent = text;
    place.hidden = !text;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => { place.hidden = true; }, TOLD_MS);
  }

  announce(text) {
    this.querySelector("[data-say]").textContent = text;
  }

  announceAway(away) {
    if (this.away === away) return;
    this.away = away;
    if (away) this.announce(this.words["away-note"]);
    else if (this.querySelector("[data-say]").textContent === this.words["away-note"]) this.announce("");
    this.stage.dataset.away = away ? "yes" : "no";
  }

  // --- the end ---

  get covered() {
    return this.curtain.kind;
  }

  /** What lies over the page for a moment goes: the pictures are covered. */
  closeSmall() {
    this.preview?.leave();
    this.keySheet?.close();
  }

  /** Covered while nobody can say that the viewing lives, or what is seen cannot be entered: nothing unrecorded is seen. */
  veil() {
    if (this.curtain.isFinal || this.curtain.has("veiled")) return;
    this.pause();
    this.curtain.lower("veiled");
  }

  /** The keeper says that it lives; once everything seen so far is entered, the picture may come back. */
  async unveil() {
    if (this.curtain.has("veiled") && (await this.shown.flush())) this.curtain.lift("veiled");
  }

  /** Dark at once and for good: every element emptied, every address revoked, nothing fetched any more. */
  cover(kind, values = {}) {
    if (this.curtain.isFinal) return;
    this.curtain.draw(kind, values);
    this.playback?.stop();
    this.dataset.playing = "no";
    for (const track of this.tracks ?? []) track.close();
    this.watermark?.stop();
    this.lastReport = this.shown.flush();
    this.shown.stop();
    this.presence?.stop();
    this.attendance?.stop();
    this.search?.stop();
    this.remaining?.stop();
    for (const control of this.querySelectorAll(".console button, .console select, .console input")) control.disabled = true;
    this.timeline.setAttribute("aria-disabled", "true");
  }

  finished() {
    for (const each of this.querySelectorAll("[data-end], [data-leave]")) each.hidden = true;
    this.querySelector(".curtain-out").focus();
    this.dataset.ended = "yes";
  }
}
customElements.define("or-player", Player);
