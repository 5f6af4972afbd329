// When each picture of a track is due, read from the fragments themselves before they go to the browser. What a browser
// says of a frame is not enough: after a seek in a pause Firefox and WebKit give the moment that was sought as its time.
// Boxes: ISO/IEC 14496-12.

const ROUNDING = 0.0001; // a browser rounds times to a microsecond; a mask or a jump to a millisecond (SNAP)
const SNAP = 0.001;
const INSIDE = 0.002;
const LONGEST_FRAME = 1.1;

const kindAt = (view, at) => String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5), view.getUint8(at + 6), view.getUint8(at + 7));

/** [kind, first byte of its content, end] of each box in [from, until). */
function* boxes(view, from, until) {
  for (let at = from; at < until; ) {
    if (at + 8 > until) throw new RangeError("fragment: a box ends within its header");
    const long = view.getUint32(at) === 1;
    const head = long ? 16 : 8;
    const end = at + (long ? Number(view.getBigUint64(at + 8)) : view.getUint32(at));
    if (end < at + head || end > until) throw new RangeError(`fragment: box ${kindAt(view, at)} is longer than what holds it`);
    yield [kindAt(view, at), at + head, end];
    at = end;
  }
}

/** The content of the first box of this kind, as [from, until]; null where there is none. */
function find(view, [from, until], ...path) {
  for (const [kind, start, end] of boxes(view, from, until)) {
    if (kind === path[0]) return path.length === 1 ? [start, end] : find(view, [start, end], ...path.slice(1));
  }
  return null;
}

/** Reads a stream of fragmented MP4 as it comes, in pieces of any length. */
export class FragmentReader {
  /** `onFrame(start, end)`: each picture in the order of decoding, in seconds. */
  constructor(onFrame) {
    this.onFrame = onFrame;
    this.tracks = new Map();
    this.held = new Uint8Array(0);
    this.passing = 0;
  }

  /** Takes the next bytes. Throws RangeError where they are no fragmented MP4. */
  push(bytes) {
    const passed = Math.min(this.passing, bytes.length);
    this.passing -= passed;
    let data = bytes.subarray(passed);
    if (this.held.length) {
      const joined = new Uint8Array(this.held.length + data.length);
      joined.set(this.held);
      joined.set(data, this.held.length);
      data = joined;
    }
    this.held = data.slice(this.take(data));
  }

  /** Reads every box that is whole and passes over what holds no times; how many bytes were used. */
  take(data) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let at = 0;
    while (at + 16 <= data.length) {
      const length = view.getUint32(at) === 1 ? Number(view.getBigUint64(at + 8)) : view.getUint32(at);
      if (length < 8) throw new RangeError("fragment: a box without a length");
      const kind = kindAt(view, at);
      const holdsTimes = kind === "moov" || kind === "moof";
      if (holdsTimes && at + length > data.length) return at;
      const [, start, end] = holdsTimes ? boxes(view, at, at + length).next().value : [];
      if (kind === "moov") this.readHead(view, [start, end]);
      if (kind === "moof") this.readFragment(view, [start, end]);
      this.passing = Math.max(0, at + length - data.length);
      at += length;
    }
    return Math.min(at, data.length);
  }

  /** `moov`: which tracks are pictures, in what units, and what holds where a fragment does not say. */
  readHead(view, moov) {
    this.tracks.clear();
    for (const [kind, start, end] of boxes(view, ...moov)) {
      if (kind !== "trak") continue;
      const [header] = find(view, [start, end], "tkhd");
      const [media] = find(view, [start, end], "mdia", "mdhd");
      const [handler] = find(view, [start, end], "mdia", "hdlr");
      const id = view.getUint32(header + (view.getUint8(header) === 1 ? 20 : 12));
      const scale = view.getUint32(media + (view.getUint8(media) === 1 ? 20 : 12));
      if (kindAt(view, handler + 4) === "vide") this.tracks.set(id, { scale, length: 0 });
    }
    for (const [kind, start] of boxes(view, ...(find(view, moov, "mvex") ?? [0, 0]))) {
      const track = kind === "trex" && this.tracks.get(view.getUint32(start + 4));
      if (track) track.length = view.getUint32(start + 12);
    }
  }

  readFragment(view, moof) {
    for (const [kind, start, end] of boxes(view, ...moof)) if (kind === "traf") this.readRuns(view, [start, end]);
  }

  /** `traf`: what `tfhd` sets for all, `tfdt` says of the first, and each `trun` of each. */
  readRuns(view, traf) {
    const [header] = find(view, traf, "tfhd");
    const track = this.tracks.get(view.getUint32(header + 4));
    if (!track) return;
    const flags = view.getUint32(header) & 0xffffff;
    const usual = flags & 0x8 ? view.getUint32(header + 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0)) : track.length;
    const [decoded] = find(view, traf, "tfdt");
    let time = view.getUint8(decoded) === 1 ? Number(view.getBigUint64(decoded + 4)) : view.getUint32(decoded + 4);
    for (const [kind, start] of boxes(view, ...traf)) if (kind === "trun") time = this.readRun(view, start, { time, usual, scale: track.scale });
  }

  /** Where the next run begins, in ticks. */
  readRun(view, from, { time: begun, usual, scale }) {
    const [flags, count] = [view.getUint32(from) & 0xffffff, view.getUint32(from + 4)];
    const signed = view.getUint8(from) > 0;
    let at = from + 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
    const next = (flag) => {
      if (!(flags & flag)) return null;
      at += 4;
      return at - 4;
    };
    let time = begun;
    for (let number = 0; number < count; number += 1) {
      const length = next(0x100);
      next(0x200);
      next(0x400);
      const offset = next(0x800);
      const lasts = length === null ? usual : view.getUint32(length);
      const start = time + (offset === null ? 0 : signed ? view.getInt32(offset) : view.getUint32(offset));
      this.onFrame(start / scale, (start + lasts) / scale);
      time += lasts;
    }
    return time;
  }
}

/** The pictures of one track that were given to the browser, [start, end] each, by their times. */
export class FrameTimes {
  constructor() {
    this.frames = [];
  }

  /** A reader of what is appended next. What it meets gives way to what was there as in the browser (Media Source
   * Extensions, coded frame processing). */
  reader() {
    this.highest = -Infinity;
    return new FragmentReader((start, end) => this.add(start, end));
  }

  add(start, end) {
    const inOrder = this.highest <= start + ROUNDING;
    const lowest = inOrder && start - this.highest < end - start ? this.highest : start;
    const [from, until] = [lowest - ROUNDING, Math.max(start + ROUNDING, inOrder ? end - ROUNDING : 0)].map((at) => this.first(at));
    this.frames.splice(from, until - from, [start, end]);
    this.highest = Math.max(this.highest, end);
  }

  /** Forgets what ends before `at`, but for the last. */
  forgetBefore(at) {
    this.frames.splice(0, Math.max(0, this.first(at) - 2));
  }

  /** Which is the first to begin at `at` or later. */
  first(at) {
    let [low, high] = [0, this.frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.frames[middle][0] < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The frame, [start, end], of which a browser speaks when it says `mediaTime`; null where none was given to it. Its
   * end is where the next one begins, where that follows: pictures out of order are decoded for other lengths. */
  at(mediaTime) {
    const number = this.first(mediaTime + ROUNDING);
    const [frame, next] = [this.frames[number - 1], this.frames[number]];
    if (!frame || mediaTime >= frame[1] + LONGEST_FRAME) return null;
    return [frame[0], next && next[0] < frame[1] + LONGEST_FRAME ? next[0] : frame[1]];
  }

  /** The moment to seek so that the frame of `at` comes in every browser: away from where it meets another, since each
   * rounds otherwise. A frame that begins within a millisecond of it counts as its own. Null where no frame is known. */
  inside(at) {
    const frame = this.at(at + SNAP);
    if (!frame || at >= frame[1]) return null;
    const before = this.frames[this.first(frame[0]) - 1];
    const margin = Math.min(INSIDE, (frame[1] - frame[0]) / 2);
    const meets = before && frame[0] - before[1] < LONGEST_FRAME;
    return Math.min(meets ? Math.max(at, frame[0] + margin) : at, frame[1] - margin);
  }
}
