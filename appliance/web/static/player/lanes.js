// A lane for each camera, painted: recorded, outside the grant, not yet in force, gaps with their cause, masks. However
// many gaps there are, none is ever without a trace: those too short to be seen darken their column by how much they take
// of it.
import { lengthText } from "../roc.js";

const HIGH = [[4, 22, 4, 12], [6, 17, 3, 11], [Infinity, 13, 2, 10]];
const SEEN = 3;
const FAINTEST = 0.4;
const HATCH = 8;
const MASK_HIGH = 4;
const LABEL_PADDING = 6;

/** [height, gap, letters] of a lane where there are `count`. */
function sizesFor(count) {
  return HIGH.find(([most]) => count <= most).slice(1);
}

/** Which of `runs`, [start, end, …] in order, is the first to end after `at`. */
function firstAfter(runs, at) {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle][1] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Lanes {
  /** `cameras`: the coverage of each; `words`: what is written into gaps. */
  constructor(cameras, words) {
    Object.assign(this, { cameras, words });
    [this.high, this.apart, this.letters] = sizesFor(cameras.length);
  }

  get height() {
    return this.cameras.length * (this.high + this.apart);
  }

  /** The camera whose lane lies at `y`, from the top of the first; null between and outside. */
  cameraAt(y) {
    return this.cameras[Math.floor(y / (this.high + this.apart))] ?? null;
  }

  /** `look`: {colour, font}. The first lane's top is at `top`. */
  paint(pen, scale, width, top, look) {
    Object.assign(this, { pen, scale, width, look });
    this.hatch = this.pattern(look.colour);
    this.cameras.forEach((camera, row) => this.paintLane(camera, top + row * (this.high + this.apart)));
  }

  /** Those of `runs` in view, as [left, right, run] in pixels; `from`: the first to look at, of runs that overlap. */
  *inView(runs, from = firstAfter(runs, this.scale.from)) {
    const { scale, width } = this;
    for (let at = from; at < runs.length && runs[at][0] < scale.to; at += 1) {
      const [start, end] = runs[at];
      yield [Math.max(0, scale.x(start, width)), Math.min(width, scale.x(end, width)), runs[at]];
    }
  }

  paintLane(camera, y) {
    const { pen, look, high } = this;
    const { colour } = look;
    this.paintOutside(y);
    this.fill(camera.granted, y, colour.lane);
    this.fill(camera.spans, y, colour.kept);
    for (const [left, right] of this.inView(camera.leadIns)) this.paintLeadIn(left, right, y);
    const missing = new Float32Array(Math.ceil(this.width) + 1);
    const large = [];
    for (const [left, right, gap] of this.inView(camera.gaps)) {
      if (right - left >= SEEN) large.push([left, right, gap]);
      else missing[Math.floor(left)] += Math.max(0.05, right - left);
    }
    for (const [left, right, [start, end, seconds]] of this.inView(camera.mixed)) {
      const share = seconds / (end - start);
      for (let column = Math.floor(left); column < right; column += 1) missing[column] += share * Math.min(1, right - column, right - left);
    }
    pen.fillStyle = colour.gap;
    missing.forEach((share, column) => {
      if (!share) return;
      pen.globalAlpha = FAINTEST + (1 - FAINTEST) * Math.min(1, share);
      pen.fillRect(column, y, 1, high);
    });
    pen.globalAlpha = 1;
    for (const [left, right, gap] of large) gap[3] === false ? this.paintNotYet(left, right, y, gap) : this.paintGap(left, right, y, gap);
    this.paintMasks(camera.masked, y);
    this.paintLabel(camera.camera_no, y);
  }

  fill(runs, y, colour) {
    this.pen.fillStyle = colour;
    for (const [left, right] of this.inView(runs)) this.pen.fillRect(left, y, Math.max(1, right - left), this.high);
  }

  /** Nothing was granted here: an empty line. */
  paintOutside(y) {
    const { pen, width, high, look } = this;
    pen.fillStyle = look.colour.outside;
    pen.fillRect(0, y, width, high);
    pen.fillStyle = look.colour["outside-ink"];
    for (let at = 3; at < width; at += 7) pen.fillRect(at, y + high / 2 - 0.5, 2, 1);
  }

  /** The camera was not there yet: an empty frame, and no loss. */
  paintNotYet(left, right, y, [, , cause]) {
    const { pen, high, look } = this;
    pen.fillStyle = look.colour.lane;
    pen.fillRect(left, y, right - left, high);
    pen.strokeStyle = look.colour["outside-ink"];
    pen.lineWidth = 1;
    pen.setLineDash([4, 3]);
    pen.strokeRect(left + 0.5, y + 0.5, Math.max(0, right - left - 1), high - 1);
    pen.setLineDash([]);
    this.write(cause, left, right, y, look.colour.lane, look.colour["ink-soft"]);
  }

  /** Dotted up to a bar where the first whole picture stands; at least wide enough to be seen. */
  paintLeadIn(left, end, y) {
    const { pen, high, look } = this;
    const right = Math.max(end, left + 5);
    pen.fillStyle = look.colour.lane;
    pen.fillRect(left, y, right - left, high);
    pen.fillStyle = look.colour.kept;
    for (let at = right - 6; at >= left; at -= 5) pen.fillRect(at, y + high / 2 - 1, 2, 2);
    pen.fillStyle = look.colour.ink;
    pen.fillRect(right - 2, y, 2, high);
  }

  paintGap(left, right, y, [start, end, cause]) {
    const { pen, high, look } = this;
    pen.fillStyle = look.colour["gap-ground"];
    pen.fillRect(left, y, right - left, high);
    pen.fillStyle = this.hatch;
    pen.fillRect(left, y, right - left, high);
    pen.strokeStyle = look.colour.gap;
    pen.lineWidth = 1;
    pen.strokeRect(left + 0.5, y + 0.5, Math.max(0, right - left - 1), high - 1);
    this.write(`${cause} ${lengthText(end - start, this.words)}`, left, right, y, look.colour["gap-ground"], look.colour.ink);
  }

  /** In the middle of what is seen of it and beside the label, where it fits. */
  write(text, left, right, y, ground, ink) {
    const { pen, high, letters } = this;
    pen.font = `500 ${letters}px ${this.look.font}`;
    pen.textBaseline = "middle";
    const from = Math.max(left, this.labelEnd);
    const long = pen.measureText(text).width;
    if (long + 24 > right - from) return;
    const at = from + (right - from - long) / 2;
    pen.fillStyle = ground;
    pen.fillRect(at - 5, y + 1, long + 10, high - 2);
    pen.fillStyle = ink;
    pen.fillText(text, at, y + high / 2 + 0.5);
  }

  /** Black along the bottom, as on the picture. */
  paintMasks(runs, y) {
    const { pen, high, look } = this;
    for (const [left, right] of this.inView(runs, 0)) {
      if (right < left) continue;
      pen.fillStyle = look.colour.ink;
      pen.fillRect(left, y + high - MASK_HIGH - 1, Math.max(2, right - left), 1);
      pen.fillStyle = "#000";
      pen.fillRect(left, y + high - MASK_HIGH, Math.max(2, right - left), MASK_HIGH);
    }
  }

  get labelEnd() {
    return 10 + LABEL_PADDING * 2 + 6 * this.letters * 0.62;
  }

  /** `pen`: of what is painted over the lane. */
  paintLabel(label, y, pen = this.pen) {
    const { high, letters } = this;
    pen.font = `600 ${letters}px ${this.look.font}`;
    pen.textBaseline = "middle";
    pen.globalAlpha = 0.86;
    pen.beginPath();
    pen.roundRect(3, y + 1.5, pen.measureText(label).width + LABEL_PADDING * 2, high - 3, 3);
    pen.fillStyle = "#0b1015";
    pen.fill();
    pen.globalAlpha = 1;
    pen.fillStyle = "#fff";
    pen.fillText(label, 3 + LABEL_PADDING, y + high / 2 + 0.5);
  }

  /** Slanted lines, which meet from tile to tile. */
  pattern(colour) {
    const tile = Object.assign(document.createElement("canvas"), { width: HATCH, height: HATCH });
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour.gap;
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1.4;
    for (const shift of [-HATCH, 0, HATCH]) {
      pen.beginPath();
      pen.moveTo(shift - 1, HATCH + 1);
      pen.lineTo(shift + HATCH + 1, -1);
      pen.stroke();
    }
    return this.pen.createPattern(tile, "repeat");
  }
}
