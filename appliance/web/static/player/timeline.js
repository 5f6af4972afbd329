// The timeline: what footage there is of each camera, gaps drawn as gaps, and the moment that is shown. A canvas for the
// eye, a slider for everybody: aria-valuetext says the full time. Keys are the player's.
import { clockText, dayText, lengthText, parts } from "../roc.js";

const LANE = 22;
const LANE_GAP = 4;
const AXIS = 24;
const OVERVIEW = 12;
const SHORTEST_VIEW = 20;
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

class Timeline extends HTMLElement {
  setUp({ cameras, seconds, startNs, language, words }) {
    Object.assign(this, { cameras, seconds, startNs, language, words });
    this.canvas = this.querySelector("canvas");
    this.view = [0, seconds];
    this.at = 0;
    this.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.addEventListener("pointerdown", (event) => this.grab(event));
    this.addEventListener("pointermove", (event) => this.hover(event));
    this.addEventListener("pointerleave", () => { this.pointer = null; this.paint(); });
    new ResizeObserver(() => this.paint()).observe(this);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  ns(seconds) {
    return this.startNs + BigInt(Math.floor(seconds * 1e6)) * 1000n;
  }

  moveTo(seconds) {
    this.at = seconds;
    const [from, to] = this.view;
    const span = to - from;
    if (!this.dragging && (seconds < from || seconds > to - span * 0.04)) this.show(seconds - span * 0.1, span);
    const p = parts(this.ns(seconds));
    this.setAttribute("aria-valuenow", String(Math.floor(seconds)));
    this.setAttribute("aria-valuetext", `${dayText(p, this.language)} ${clockText(p)}`);
    this.paint();
  }

  show(from, span) {
    const length = Math.min(this.seconds, Math.max(Math.min(SHORTEST_VIEW, this.seconds), span));
    const start = Math.min(Math.max(0, from), this.seconds - length);
    this.view = [start, start + length];
    this.paint();
  }

  zoom(factor, around = this.at) {
    const [from, to] = this.view;
    const span = (to - from) * factor;
    this.show(around - ((around - from) / (to - from)) * span, span);
  }

  // --- pointer ---

  secondsAt(event) {
    const box = this.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const overview = this.zoomed && event.clientY - box.top < OVERVIEW + 4;
    const [from, to] = overview ? [0, this.seconds] : this.view;
    return Math.min(Math.max(0, from + share * (to - from)), this.seconds - 0.001);
  }

  wheel(event) {
    event.preventDefault();
    const [from, to] = this.view;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.show(from + ((event.deltaX || event.deltaY) / 600) * (to - from), to - from);
    else this.zoom(Math.exp(event.deltaY / 500), this.secondsAt(event));
  }

  grab(event) {
    if (event.button !== 0) return;
    this.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.scrub(event);
    const move = (moved) => this.scrub(moved);
    const drop = (dropped) => {
      this.removeEventListener("pointermove", move);
      this.dragging = false;
      this.dispatchEvent(new CustomEvent("seek", { detail: this.secondsAt(dropped) }));
    };
    this.addEventListener("pointermove", move);
    this.addEventListener("pointerup", drop, { once: true });
    this.addEventListener("pointercancel", drop, { once: true });
  }

  /** At the edge of the view dragging goes on: the view moves along. */
  scrub(event) {
    const box = this.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const [from, to] = this.view;
    if (share < 0.02 || share > 0.98) this.show(from + (share < 0.5 ? -0.03 : 0.03) * (to - from), to - from);
    const at = this.secondsAt(event);
    this.moveTo(at);
    this.dispatchEvent(new CustomEvent("scrub", { detail: at }));
  }

  hover(event) {
    this.pointer = event.pointerType === "mouse" && !this.dragging ? this.secondsAt(event) : null;
    this.paint();
  }

  // --- painting ---

  get zoomed() {
    return this.view[1] - this.view[0] < this.seconds - 0.01;
  }

  paint() {
    this.due ??= requestAnimationFrame(() => {
      this.due = undefined;
      this.paintNow();
    });
  }

  paintNow() {
    const width = this.clientWidth;
    const top = this.zoomed ? OVERVIEW + 8 : 0;
    const height = top + AXIS + this.cameras.length * (LANE + LANE_GAP);
    const scale = devicePixelRatio;
    this.canvas.style.height = `${height}px`;
    if (this.canvas.width !== Math.round(width * scale) || this.canvas.height !== Math.round(height * scale)) {
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(height * scale);
    }
    const style = getComputedStyle(this);
    this.colour = Object.fromEntries(["lane", "kept", "gap", "gap-ground", "ink", "ink-soft", "head", "window"].map((name) => [name, style.getPropertyValue(`--timeline-${name}`)]));
    this.font = style.fontFamily;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const [from, to] = this.view;
    const x = (seconds) => ((seconds - from) / (to - from)) * width;
    if (this.zoomed) this.paintOverview(pen, width);
    this.paintAxis(pen, x, top, height, to - from, width);
    this.cameras.forEach((camera, row) => this.paintLane(pen, camera, x, top + AXIS + row * (LANE + LANE_GAP), width));
    if (this.pointer !== null && this.pointer !== undefined) this.paintPointer(pen, x(this.pointer), top, height, width);
    for (const change of this.found ?? []) this.paintFound(pen, change, x, top + AXIS);
    this.paintMarks(pen, x, top, height);
    this.paintHead(pen, x(this.at), top, height);
    this.dispatchEvent(new CustomEvent("painted"));
  }

  paintOverview(pen, width) {
    const x = (seconds) => (seconds / this.seconds) * width;
    pen.fillStyle = this.colour.lane;
    pen.fillRect(0, 2, width, OVERVIEW - 4);
    for (const camera of this.cameras) for (const [start, end] of camera.spans) {
      pen.fillStyle = this.colour.kept;
      pen.globalAlpha = 0.7 / this.cameras.length + 0.2;
      pen.fillRect(x(start), 2, Math.max(1, x(end) - x(start)), OVERVIEW - 4);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = this.colour.window;
    pen.lineWidth = 2;
    pen.strokeRect(x(this.view[0]) + 1, 1, Math.max(6, x(this.view[1]) - x(this.view[0]) - 2), OVERVIEW - 2);
    pen.fillStyle = this.colour.head;
    pen.fillRect(x(this.at) - 1, 0, 2, OVERVIEW);
  }

  paintAxis(pen, x, top, height, span, width) {
    const step = TICKS.find((tick) => (tick / span) * width > 84) ?? 86400;
    const startSeconds = Number((this.startNs / 1000000n + 28800000n) % 86400000n) / 1000;
    pen.font = `12px ${this.font}`;
    pen.textBaseline = "middle";
    const first = Math.ceil((startSeconds + this.view[0]) / step) * step - startSeconds;
    for (let at = first; at <= this.view[1]; at += step) {
      const p = parts(this.ns(at + 0.0005));
      const label = step < 60 ? clockText(p) : clockText(p).slice(0, 5);
      pen.fillStyle = this.colour.lane;
      pen.fillRect(x(at), top + AXIS - 6, 1, height - top - AXIS + 6);
      pen.fillStyle = this.colour["ink-soft"];
      const half = pen.measureText(label).width / 2;
      if (x(at) - half > 0 && x(at) + half < width) pen.fillText(label, x(at) - half, top + 9);
    }
  }

  paintLane(pen, camera, x, y, width) {
    const box = (start, end, colour) => {
      const left = Math.max(0, x(start));
      const right = Math.min(width, x(end));
      if (right <= 0 || left >= width) return null;
      pen.fillStyle = colour;
      pen.fillRect(left, y, Math.max(1, right - left), LANE);
      return [left, Math.max(1, right - left)];
    };
    box(0, this.seconds, this.colour.lane);
    for (const [start, end] of camera.spans) box(start, end, this.colour.kept);
    for (const [start, end] of camera.leadIns) this.paintLeadIn(pen, box(start, end, this.colour.lane), y);
    for (const [start, end, cause] of camera.gaps) {
      const drawn = box(start, end, this.colour["gap-ground"]);
      if (drawn) this.paintGap(pen, drawn[0], y, drawn[1], `${cause} ${lengthText(end - start, this.words)}`);
    }
    pen.font = `600 12px ${this.font}`;
    pen.textBaseline = "middle";
    const label = camera.camera_no;
    pen.fillStyle = this.colour.window;
    pen.globalAlpha = 0.86;
    pen.beginPath();
    pen.roundRect(4, y + 3, pen.measureText(label).width + 12, LANE - 6, 4);
    pen.fillStyle = "#0b1015";
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = "#fff";
    pen.fillText(label, 10, y + LANE / 2 + 1);
  }

  /** Dotted up to a bar where the first whole picture stands; at least wide enough to be seen. */
  paintLeadIn(pen, drawn, y) {
    if (!drawn) return;
    const right = Math.max(drawn[0] + drawn[1], drawn[0] + 5);
    pen.fillStyle = this.colour.lane;
    pen.fillRect(drawn[0], y, right - drawn[0], LANE);
    pen.fillStyle = this.colour.kept;
    for (let at = right - 6; at >= drawn[0]; at -= 5) pen.fillRect(at, y + LANE / 2 - 1, 2, 2);
    pen.fillStyle = this.colour.ink;
    pen.fillRect(right - 2, y, 2, LANE);
  }

  paintGap(pen, left, y, wide, text) {
    pen.save();
    pen.beginPath();
    pen.rect(left, y, wide, LANE);
    pen.clip();
    pen.strokeStyle = this.colour.gap;
    pen.lineWidth = 1.5;
    pen.globalAlpha = 0.55;
    for (let at = left - LANE - (left % 8); at < left + wide; at += 8) {
      pen.beginPath();
      pen.moveTo(at, y + LANE);
      pen.lineTo(at + LANE, y);
      pen.stroke();
    }
    pen.globalAlpha = 1;
    pen.strokeRect(left + 0.75, y + 0.75, Math.max(0, wide - 1.5), LANE - 1.5);
    pen.font = `500 12px ${this.font}`;
    const length = pen.measureText(text).width;
    if (length + 56 < wide) {
      const start = Math.max(left + 48, left + (wide - length) / 2);
      pen.fillStyle = this.colour["gap-ground"];
      pen.fillRect(start - 6, y + 3, length + 12, LANE - 6);
      pen.fillStyle = this.colour.ink;
      pen.fillText(text, start, y + LANE / 2 + 1);
    }
    pen.restore();
  }

  paintPointer(pen, at, top, height, width) {
    pen.fillStyle = this.colour["ink-soft"];
    pen.fillRect(at, top + AXIS - 4, 1, height);
    const label = clockText(parts(this.ns(this.pointer)));
    pen.font = `600 12px ${this.font}`;
    const wide = pen.measureText(label).width + 12;
    const left = Math.min(Math.max(0, at - wide / 2), width - wide);
    pen.fillStyle = this.colour.ink;
    pen.beginPath();
    pen.roundRect(left, top, wide, 18, 4);
    pen.fill();
    pen.fillStyle = "#0b1015";
    pen.fillText(label, left + 6, top + 10);
  }

  /** What is marked: a bracket at each end. */
  paintMarks(pen, x, top, height) {
    pen.strokeStyle = this.colour.head;
    pen.lineWidth = 2;
    for (const [at, inward] of [[this.marks?.[0], 6], [this.marks?.[1], -6]]) {
      if (at === null || at === undefined) continue;
      pen.beginPath();
      pen.moveTo(x(at) + inward, top + AXIS - 4);
      pen.lineTo(x(at), top + AXIS - 4);
      pen.lineTo(x(at), height - 1);
      pen.lineTo(x(at) + inward, height - 1);
      pen.stroke();
    }
  }

  /** What a search found: a bar along the lane of its camera, at least wide enough to be seen. */
  paintFound(pen, { camera_no, from, to, colour }, x, top) {
    const y = top + this.cameras.findIndex((camera) => camera.camera_no === camera_no) * (LANE + LANE_GAP);
    pen.fillStyle = colour;
    pen.fillRect(x(from), y, Math.max(3, x(to) - x(from)), 5);
    pen.fillRect(x(from), y + LANE - 5, Math.max(3, x(to) - x(from)), 5);
    pen.globalAlpha = 0.35;
    pen.fillRect(x(from), y, Math.max(3, x(to) - x(from)), LANE);
    pen.globalAlpha = 1;
  }

  paintHead(pen, at, top, height) {
    pen.fillStyle = this.colour.head;
    pen.fillRect(at - 1, top + AXIS - 8, 2, height);
    pen.beginPath();
    pen.moveTo(at - 6, top + AXIS - 10);
    pen.lineTo(at + 6, top + AXIS - 10);
    pen.lineTo(at, top + AXIS - 2);
    pen.fill();
  }
}
customElements.define("or-timeline", Timeline);
