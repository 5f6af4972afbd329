// The timeline: what footage there is of each camera, gaps drawn as gaps, and the moment that is shown. A canvas for the
// eye; for everybody a slider whose aria-valuetext says the full time, and a list of what each lane shows. Keys are the
// player's.
import { clockText, dayText, lengthText, parts, signsOf } from "../roc.js";
import { Lanes } from "./lanes.js";
import { Overview } from "./overview.js";
import { TimelineInput } from "./timelineinput.js";
import { Timescale } from "./timescale.js";

const AXIS = 24;
const TICKS_APART = 84;
const NEAR_EDGE = 0.04;
const LEAD = 0.1;
const COLOURS = ["lane", "kept", "gap", "gap-ground", "ink", "ink-soft", "head", "window", "outside", "outside-ink"];

class Timeline extends HTMLElement {
  /** `cameras`: the coverage of each; `overview`: the bar's canvas; `list`: where each lane is said in words. */
  setUp({ cameras, seconds, startNs, language, words, overview, list }) {
    Object.assign(this, { cameras, language, words, list });
    this.canvas = this.querySelector("canvas");
    this.scale = new Timescale(seconds, startNs);
    this.lanes = new Lanes(cameras, words);
    this.at = 0;
    this.pointer = null;
    this.follows = true;
    this.input = new TimelineInput(this);
    this.overview = new Overview(this, overview);
    new ResizeObserver(() => this.paint()).observe(this);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.changed());
    this.changed();
  }

  get view() {
    return [this.scale.from, this.scale.to];
  }

  get isOff() {
    return this.getAttribute("aria-disabled") === "true";
  }

  // --- the moment ---

  moveTo(seconds) {
    this.at = seconds;
    const went = this.follow();
    const p = parts(this.scale.ns(seconds));
    const lacks = this.cameras.filter((camera) => !camera.at(seconds)).map((camera) => camera.camera_no);
    const without = lacks.length ? this.words["no-picture-of"].replace("{cameras}", lacks.join(signsOf(this.language).comma)) : "";
    this.setAttribute("aria-valuenow", String(Math.floor(seconds)));
    this.setAttribute("aria-valuetext", [`${dayText(p, this.language)} ${clockText(p)}`, without].filter(Boolean).join(" "));
    this.paint(went);
    if (went) this.dispatchEvent(new CustomEvent("view"));
  }

  /** The view goes on where the head comes to its edge, unless somebody moved it away; whether it did. */
  follow() {
    const { scale } = this;
    if (this.dragging || !this.follows) return false;
    const isIn = scale.from <= this.at && this.at <= (scale.to >= scale.seconds ? scale.to : scale.to - scale.span * NEAR_EDGE);
    return !isIn && scale.show(this.at - scale.span * LEAD, scale.span);
  }

  // --- the view ---

  show(from, span) {
    if (!this.scale.show(from, span)) return;
    this.follows = this.scale.holds(this.at);
    this.viewed();
  }

  pan(from) {
    this.show(from, this.scale.span);
  }

  zoom(factor, around = this.scale.holds(this.at) ? this.at : (this.scale.from + this.scale.to) / 2) {
    if (!this.scale.zoom(factor, around)) return;
    this.follows = this.scale.holds(this.at);
    this.viewed();
  }

  fit() {
    this.show(0, this.scale.seconds);
  }

  /** Another part is in view: what is told coarsely of it may be asked for again. */
  viewed() {
    this.paint();
    this.dispatchEvent(new CustomEvent("view"));
  }

  // --- what the pointer does ---

  scrub(seconds) {
    this.moveTo(seconds);
    this.dispatchEvent(new CustomEvent("scrub", { detail: seconds }));
  }

  drop(seconds) {
    this.dragging = false;
    this.dispatchEvent(new CustomEvent("seek", { detail: seconds }));
  }

  /** A mouse is over it; `seconds` null: no more. */
  hover(seconds, event = null) {
    const was = this.pointer;
    this.pointer = seconds;
    if (was === null && seconds === null) return;
    const camera = event && this.lanes.cameraAt(event.clientY - this.getBoundingClientRect().top - AXIS);
    this.dispatchEvent(new CustomEvent("hover", { detail: seconds === null ? null : { seconds, camera, x: event.clientX } }));
    this.paint(false);
  }

  // --- painting ---

  /** What there is of the cameras is another. */
  changed() {
    this.overview.stale();
    this.say();
    this.paint();
  }

  /** `all`: the lanes, too, and not the head alone. */
  paint(all = true) {
    this.isStale ||= all;
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      this.paintNow();
    });
  }

  paintNow() {
    const { canvas, clientWidth: width } = this;
    const height = AXIS + this.lanes.height;
    if (!width) return;
    canvas.style.height = `${height}px`;
    const [wide, high] = [width, height].map((size) => Math.round(size * devicePixelRatio));
    if (canvas.width !== wide || canvas.height !== high) {
      Object.assign(canvas, { width: wide, height: high });
      this.isStale = true;
    }
    const look = this.look();
    if (this.isStale) this.sheet = this.ground(width, height, look);
    this.isStale = false;
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, wide, high);
    pen.drawImage(this.sheet, 0, 0);
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const x = (seconds) => this.scale.x(seconds, width);
    if (this.pointer !== null) {
      pen.fillStyle = look.colour["ink-soft"];
      pen.fillRect(x(this.pointer), AXIS - 4, 1, height);
    }
    this.paintFound(pen, x, look);
    this.paintMarks(pen, x, height, look);
    this.paintHead(pen, x(this.at), height, look);
    this.overview.paint(look);
    this.dispatchEvent(new CustomEvent("painted"));
  }

  look() {
    const style = getComputedStyle(this);
    return { font: style.fontFamily, colour: Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--timeline-${name}`)])) };
  }

  /** Axis and lanes, which stay while the head moves. */
  ground(width, height, look) {
    const sheet = Object.assign(document.createElement("canvas"), { width: this.canvas.width, height: this.canvas.height });
    const pen = sheet.getContext("2d");
    pen.scale(devicePixelRatio, devicePixelRatio);
    this.lanes.paint(pen, this.scale, width, AXIS, look);
    this.paintAxis(pen, width, height, look);
    return sheet;
  }

  paintAxis(pen, width, height, look) {
    pen.textBaseline = "middle";
    for (const { at, label, isDay } of this.scale.ticks(width, TICKS_APART)) {
      const x = this.scale.x(at, width);
      pen.font = `${isDay ? 600 : 400} 12px ${look.font}`;
      pen.fillStyle = look.colour.window;
      pen.globalAlpha = isDay ? 0.4 : 0.14;
      pen.fillRect(Math.round(x), AXIS - 6, 1, height - AXIS + 6);
      pen.globalAlpha = 1;
      pen.fillStyle = look.colour[isDay ? "ink" : "ink-soft"];
      const half = pen.measureText(label).width / 2;
      if (x - half > 0 && x + half < width) pen.fillText(label, x - half, 9);
    }
  }

  /** What is marked: a bracket at each end. */
  paintMarks(pen, x, height, look) {
    pen.strokeStyle = look.colour.head;
    pen.lineWidth = 2;
    for (const [at, inward] of [[this.marks?.[0], 6], [this.marks?.[1], -6]]) {
      if (at === null || at === undefined) continue;
      pen.beginPath();
      pen.moveTo(x(at) + inward, AXIS - 4);
      pen.lineTo(x(at), AXIS - 4);
      pen.lineTo(x(at), height - 1);
      pen.lineTo(x(at) + inward, height - 1);
      pen.stroke();
    }
  }

  /** What a search found: a bar in the lane of its camera, at least wide enough to be seen. */
  paintFound(pen, x, look) {
    const { apart, high } = this.lanes;
    for (const { camera_no, from, to, colour } of this.found ?? []) {
      const y = AXIS + this.cameras.findIndex((camera) => camera.camera_no === camera_no) * (high + apart);
      const wide = Math.max(4, x(to) - x(from));
      pen.fillStyle = look.colour["gap-ground"];
      pen.fillRect(x(from) - 1, y, wide + 2, high);
      pen.fillStyle = colour;
      pen.fillRect(x(from), y, wide, high);
      this.lanes.paintLabel(camera_no, y, pen);
    }
  }

  paintHead(pen, at, height, look) {
    pen.fillStyle = look.colour.head;
    pen.fillRect(at - 1, AXIS - 8, 2, height);
    pen.beginPath();
    pen.moveTo(at - 6, AXIS - 10);
    pen.lineTo(at + 6, AXIS - 10);
    pen.lineTo(at, AXIS - 2);
    pen.fill();
  }

  // --- in words ---

  /** What each lane shows, for whoever does not see it. */
  say() {
    const say = (code, values) => this.words[code].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    const total = (runs, seconds = ([start, end]) => end - start) => runs.reduce((sum, run) => sum + seconds(run), 0);
    const length = (seconds) => lengthText(seconds, this.words);
    this.list.replaceChildren(...this.cameras.map((camera) => {
      const gaps = camera.gaps.filter((gap) => gap[3] !== false);
      const missing = total(gaps) + total(camera.mixed, (run) => run[2]);
      const count = gaps.length + total(camera.mixed, (run) => run[3]);
      const kept = total(camera.spans) - total(camera.mixed, (run) => run[2]);
      const notYet = total(camera.gaps.filter((gap) => gap[3] === false));
      const outside = this.scale.seconds - total(camera.granted);
      const said = [
        kept > 0 ? say("lane-kept", { length: length(kept) }) : "",
        count ? say("lane-gaps", { count, length: length(missing) }) : this.words["lane-no-gap"],
        notYet ? say("lane-not-yet", { length: length(notYet) }) : "",
        outside >= 1 ? say("lane-outside", { length: length(outside) }) : "",
        camera.masked.length ? say("lane-masks", { count: camera.masked.length }) : "",
      ];
      const { colon, semicolon } = signsOf(this.language);
      return Object.assign(document.createElement("li"), { textContent: `${camera.camera_no}${colon}${said.filter(Boolean).join(semicolon)}` });
    }));
  }
}
customElements.define("or-timeline", Timeline);
