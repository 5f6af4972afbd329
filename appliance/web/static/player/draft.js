// The mask that is being drawn or changed, before it is entered: where it is, and when. It knows nothing of the page.
import { edgesOf, placeAt, sameEdges } from "./motion.js";

const LEAST = 5;
const WHOLE = 1000;
const SAME = 0.002; // seconds: a key of this frame

export class Draft {
  /** `number`: of the mask that it takes the place of, 0 for a new one; `moves`: each change is of the moment shown. */
  constructor({ number = 0, camera = "", keys = [], moves = false } = {}) {
    Object.assign(this, { number, camera, keys, moves });
  }

  /** Of a mask that stands. A rectangle held at its start or its end needs no key there. */
  static of(mask, camera) {
    const keys = mask.keys.length ? mask.keys.map((key) => ({ ...key })) : [{ at: mask.from, ...edgesOf(mask) }];
    if (keys.length > 2 && sameEdges(keys[0], keys[1])) keys.shift();
    if (keys.length > 2 && sameEdges(keys.at(-1), keys.at(-2))) keys.pop();
    return new Draft({ number: mask.number, camera, keys, moves: mask.keys.length > 0 });
  }

  copy() {
    return new Draft({ ...this, keys: this.keys.map((key) => ({ ...key })) });
  }

  get isEmpty() {
    return this.keys.length === 0;
  }

  /** Where it is at a moment, in whole permille; null where nothing is drawn yet. */
  place(at) {
    return this.isEmpty ? null : rounded(placeAt(this.keys, at));
  }

  keyAt(at) {
    return this.keys.find((key) => Math.abs(key.at - at) < SAME) ?? null;
  }

  /** Puts it there: at this moment alone where it moves, else always. */
  put(at, edges) {
    const key = { at: this.keyAt(at)?.at ?? at, ...edgesOf(edges) };
    this.keys = this.moves ? [...this.keys.filter((each) => each.at !== key.at), key].sort((one, other) => one.at - other.at) : [{ ...key, at: this.keys[0]?.at ?? at }];
  }

  /** From now on it moves, and is here at this moment. */
  addKey(at) {
    const edges = this.place(at);
    if (!this.moves) this.keys = [];
    this.moves = true;
    this.put(at, edges);
  }

  removeKey(at) {
    const key = this.keyAt(at);
    if (!key || this.keys.length < 2) return;
    this.keys = this.keys.filter((each) => each !== key);
    this.moves = this.keys.length > 1;
  }

  /** What is entered, from one moment to another: the first and last position are those moments'. Empty: it stands still. */
  positions(from, to) {
    if (!this.moves || this.keys.every((key) => sameEdges(key, this.keys[0]))) return [];
    const between = this.keys.filter((key) => from < key.at && key.at < to);
    return [{ at: from, ...this.place(from) }, ...between, { at: to, ...this.place(to) }];
  }
}

/** Moved by so much, and no further than the picture's edge. */
export function moved({ left, top, right, bottom }, across, down) {
  const x = Math.min(WHOLE - right, Math.max(-left, across));
  const y = Math.min(WHOLE - bottom, Math.max(-top, down));
  return { left: left + x, top: top + y, right: right + x, bottom: bottom + y };
}

/** With the edges that `handle` names, such as "top left", moved by so much; never smaller than a mask may be. */
export function resized(edges, handle, across, down) {
  const found = { ...edges };
  const within = (value, least, most) => Math.min(most, Math.max(least, value));
  if (handle.includes("left")) found.left = within(edges.left + across, 0, edges.right - LEAST);
  if (handle.includes("right")) found.right = within(edges.right + across, edges.left + LEAST, WHOLE);
  if (handle.includes("top")) found.top = within(edges.top + down, 0, edges.bottom - LEAST);
  if (handle.includes("bottom")) found.bottom = within(edges.bottom + down, edges.top + LEAST, WHOLE);
  return found;
}

/** Out to whole permille. */
function rounded({ left, top, right, bottom }) {
  return { left: Math.floor(left), top: Math.floor(top), right: Math.ceil(right), bottom: Math.ceil(bottom) };
}
