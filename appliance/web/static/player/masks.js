// The masks over one camera's picture, opaque, from one moment to another, where each is then. What is not known for certain is covered: the
// whole picture until a frame stands on the screen whose moment is known, at every seek, and for good where the masks
// cannot be read. While playing a mask comes a little early and goes a little late: a slow browser speaks of a frame before
// or after it shows it, and is to cover too much, never too little.
import { coveredBy } from "./motion.js";
import { cleanPen, liesOver } from "./overlay.js";

const EVERY_MS = 100;
const LONGEST_MS = 1000;
const MARGIN = 0.5;
const HALVES = 0.02; // seconds between the halves of an interlaced picture
const WHOLE = 1000;
const BLACK = "#000";

export class Masks {
  /** `masks`: those of this camera, {number, from, to, left, top, right, bottom, keys}: seconds, permille; `keys`: of one
   * that moves. `onRemoved`. */
  constructor(figure, masks, onRemoved) {
    Object.assign(this, { onRemoved });
    this.picture = figure.querySelector(".picture");
    this.video = figure.querySelector("video");
    this.canvas = this.picture.querySelector(".masks");
    this.frames = null;
    this.stillAt = null;
    this.sees = false; // for whoever draws them: what lies below is seen through
    this.hidden = false; // the recorder itself covers what lies there
    this.draft = null; // the rectangle that is being drawn
    this.drawn = null; // whose it is, 0 for none yet; null: nothing is drawn
    this.onDrawn = null;
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

  /** The frame at `at` stands there, until `until`; `since`: or one from then on. */
  frame(at, since = at, until = at) {
    this.frames = [since, at, until];
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

  /** The moments of what stands on the screen, or is about to, as [since, at, until]: `until` the next picture comes. */
  get moments() {
    const moments = this.stillAt === null ? [] : [[this.stillAt, this.stillAt, this.stillAt + HALVES]];
    if (this.frames) {
      const [since, at, until] = this.frames;
      const margin = MARGIN * Math.max(1, this.video.playbackRate);
      const later = Math.max(at, this.video.currentTime) + margin;
      moments.push(this.playing ? [since - margin, later, later] : [since, at, Math.max(at, until)]);
    }
    return moments;
  }

  /** Whether a mask lies over anything of that. */
  covers(mask) {
    return this.moments.some(([since, at]) => mask.from <= at && since < mask.to);
  }

  /** Where it lies, for each of them; for whoever draws, where it is at the moment itself. */
  places(mask) {
    const over = this.moments.filter(([since, at]) => mask.from <= at && since < mask.to);
    if (!this.sees) return over.map(([since, , until]) => coveredBy(mask, since, until));
    return over.length ? [coveredBy(mask, this.now, this.now)] : [];
  }

  /** The moment that is looked at; null while nobody knows. */
  get now() {
    return this.stillAt ?? this.frames?.[1] ?? null;
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
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const box = this.hidden ? null : this.box();
    const isWhole = !this.hidden && (this.isWhole || (!box && this.masks.length > 0));
    const over = isWhole || !box ? [] : this.masks.filter((mask) => mask.number !== this.drawn);
    const places = over.flatMap((mask) => this.places(mask).map((place) => [mask, this.inside(box, place)]));
    if (this.stands([width, height, devicePixelRatio, this.hidden, isWhole, ...places.map(([, place]) => place)])) return;
    const pen = cleanPen(this.canvas);
    if (this.hidden) return;
    if (isWhole) {
      pen.fillStyle = BLACK;
      pen.fillRect(0, 0, width, height);
      return;
    }
    for (const [mask, place] of places) this.paint(pen, mask, place);
    if (box && this.draft) this.outline(pen, this.inside(box, this.draft));
    this.onDrawn?.();
  }

  /** Whether the same is painted already, a second ago at most: a browser without a graphics card composes the whole
   * picture again for every change. While masks are drawn never. */
  stands(looks) {
    const [now, said] = [performance.now(), this.sees || this.draft || this.onDrawn ? null : JSON.stringify(looks)];
    if (said !== null && said === this.looks && now - this.paintedMs < LONGEST_MS) return true;
    Object.assign(this, { looks: said, paintedMs: now });
    return false;
  }

  /** The one that is being drawn. */
  outline(pen, { x, y, wide, high }) {
    pen.fillStyle = "rgb(0 0 0 / 40%)";
    pen.fillRect(x, y, wide, high);
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
    const key = ([at, left, top, right, bottom]) => ({ at: seconds(at), left, top, right, bottom });
    const mine = said.filter((mask) => mask.camera_no === camera).map(({ number, left, top, right, bottom, positions, ...times }) => ({
      number, left, top, right, bottom, from: seconds(times.start_ns), to: seconds(times.end_ns), keys: positions.map(key),
    }));
    const lies = ({ left, top, right, bottom }) => left >= 0 && left < right && right <= WHOLE && top >= 0 && top < bottom && bottom <= WHOLE;
    const moves = (keys) => keys.length !== 1 && keys.every((each, index) => lies(each) && (index === 0 || keys[index - 1].at < each.at));
    return mine.every((mask) => mask.from < mask.to && lies(mask) && moves(mask.keys)) ? mine : null;
  } catch {
    return null;
  }
}
