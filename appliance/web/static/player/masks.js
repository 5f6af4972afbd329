// The masks over one camera's picture, opaque, from one moment to another. What is not known for certain is covered: the
// whole picture until a frame stands on the screen whose moment is known, at every seek, and for good where the masks
// cannot be read. While playing a mask comes a little early and goes a little late: a slow browser speaks of a frame before
// or after it shows it, and is to cover too much, never too little.
import { cleanPen, liesOver } from "./overlay.js";

const EVERY_MS = 100;
const MARGIN = 0.5;
const WHOLE = 1000;
const BLACK = "#000";

export class Masks {
  /** `masks`: those of this camera, {number, from, to, left, top, right, bottom}: seconds, permille. `onRemoved`. */
  constructor(figure, masks, onRemoved) {
    Object.assign(this, { onRemoved });
    this.picture = figure.querySelector(".picture");
    this.video = figure.querySelector("video");
    this.canvas = this.picture.querySelector(".masks");
    this.frames = null;
    this.stillAt = null;
    this.sees = false; // for whoever draws them: what lies below is seen through
    this.hidden = false; // the recorder itself covers what lies there
    this.draft = null;
    this.take(masks);
    this.timer = setInterval(() => this.draw(), EVERY_MS);
    new ResizeObserver(() => this.draw()).observe(this.picture);
  }

  stop() {
    clearInterval(this.timer);
  }

  take(masks) {
    this.masks = masks;
    this.draw();
  }

  // --- what stands on the screen ---

  /** Nobody can say what comes: something is sought, or the source was lost. */
  unknown() {
    this.frames = null;
    this.draw();
  }

  /** The frame at `at` stands there; `since`: or one from then on. */
  frame(at, since = at) {
    this.frames = [since, at];
    this.draw();
  }

  /** A still picture of `at` stands over the video. */
  still(at) {
    this.stillAt = at;
    this.draw();
  }

  noStill() {
    this.still(null);
  }

  // --- drawing ---

  get playing() {
    return !this.video.paused;
  }

  /** Whether a mask lies over anything that stands on the screen, or is about to. */
  covers(mask) {
    const spans = this.stillAt === null ? [] : [[this.stillAt, this.stillAt]];
    if (this.frames) {
      const [since, at] = this.frames;
      const margin = MARGIN * Math.max(1, this.video.playbackRate);
      spans.push(this.playing ? [since - margin, Math.max(at, this.video.currentTime) + margin] : [since, at]);
    }
    return spans.some(([since, until]) => mask.from <= until && since < mask.to);
  }

  get isWhole() {
    return this.masks === null || (!this.sees && this.masks.length > 0 && !this.frames && this.stillAt === null);
  }

  /** Where the picture lies in its frame, in CSS pixels: it keeps its shape. Null while that is not known. */
  box() {
    const { clientWidth: width, clientHeight: height } = this.picture;
    const image = this.picture.querySelector(".key-picture:not([hidden])");
    const [across, down] = image ? [image.naturalWidth, image.naturalHeight] : [this.video.videoWidth, this.video.videoHeight];
    if (!across || !down) return null;
    const scale = Math.min(width / across, height / down);
    const [wide, high] = [across * scale, down * scale];
    return { x: (width - wide) / 2, y: (height - high) / 2, wide, high };
  }

  draw() {
    if (!liesOver(this.canvas, this.picture)) return this.onRemoved();
    const pen = cleanPen(this.canvas);
    if (this.hidden) return;
    const box = this.box();
    if (this.isWhole || (!box && this.masks.length)) {
      pen.fillStyle = BLACK;
      pen.fillRect(0, 0, this.canvas.clientWidth, this.canvas.clientHeight);
      return;
    }
    for (const mask of box ? this.masks : []) if (this.covers(mask)) this.paint(pen, mask, this.inside(box, mask));
    if (box && this.draft) this.outline(pen, this.inside(box, this.draft));
  }

  /** The one that is being drawn. */
  outline(pen, { x, y, wide, high }) {
    pen.lineWidth = 2;
    pen.setLineDash([8, 5]);
    pen.strokeStyle = "#fff";
    pen.strokeRect(x + 1, y + 1, wide - 2, high - 2);
    pen.setLineDash([]);
  }

  /** A point of the screen in permille of the picture, inside it; null where there is none. */
  point(event) {
    const box = this.box();
    if (!box) return null;
    const at = this.picture.getBoundingClientRect();
    const inside = (value) => Math.round(Math.min(WHOLE, Math.max(0, value * WHOLE)));
    return { x: inside((event.clientX - at.left - box.x) / box.wide), y: inside((event.clientY - at.top - box.y) / box.high) };
  }

  /** A mask's rectangle on the screen, out to whole pixels. */
  inside(box, { left, top, right, bottom }) {
    const x = Math.floor(box.x + (box.wide * left) / WHOLE);
    const y = Math.floor(box.y + (box.high * top) / WHOLE);
    return { x, y, wide: Math.ceil(box.x + (box.wide * right) / WHOLE) - x, high: Math.ceil(box.y + (box.high * bottom) / WHOLE) - y };
  }

  paint(pen, mask, { x, y, wide, high }) {
    pen.fillStyle = this.sees ? "rgb(0 0 0 / 55%)" : BLACK;
    pen.fillRect(x, y, wide, high);
    if (!this.sees) return;
    pen.lineWidth = 2;
    pen.strokeStyle = "#ffd54a";
    pen.strokeRect(x + 1, y + 1, wide - 2, high - 2);
    pen.font = "600 15px sans-serif";
    pen.fillStyle = "#ffd54a";
    pen.fillText(String(mask.number), x + 6, y + 18);
  }
}

/** The masks of one camera out of what the keeper said, in seconds from the grant's start; null where any is no mask. */
export function masksOf(said, camera, startNs) {
  try {
    const seconds = (ns) => Number(BigInt(ns) - startNs) / 1e9;
    const mine = said.filter((mask) => mask.camera_no === camera).map(({ number, left, top, right, bottom, ...times }) => ({
      number, left, top, right, bottom, from: seconds(times.start_ns), to: seconds(times.end_ns),
    }));
    const sane = (mask) => mask.from < mask.to && mask.left >= 0 && mask.left < mask.right && mask.right <= WHOLE && mask.top >= 0 && mask.top < mask.bottom && mask.bottom <= WHOLE;
    return mine.every(sane) ? mine : null;
  } catch {
    return null;
  }
}
