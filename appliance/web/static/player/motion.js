// Where a mask that moves is at a moment, and all that it covers between two: the twin of core/motion.py, in seconds.
// Rounding goes out, and a little further than there: this lies over what is covered already.

const EDGES = ["left", "top", "right", "bottom"];
const OUT = 0.01;

/** The rectangle at a moment, not rounded; before the first position that one, after the last the last. `keys`: at least
 * one {at, left, top, right, bottom}, their moments rising. */
export function placeAt(keys, at) {
  const later = keys.findIndex((key) => key.at > at);
  if (later === 0) return edgesOf(keys[0]);
  if (later < 0) return edgesOf(keys.at(-1));
  const [one, other] = [keys[later - 1], keys[later]];
  const share = (at - one.at) / (other.at - one.at);
  return Object.fromEntries(EDGES.map((edge) => [edge, one[edge] + (other[edge] - one[edge]) * share]));
}

/** The smallest rectangle that holds all that it covers from one moment to another, both included, in whole permille. */
export function swept(keys, since, until) {
  const found = [placeAt(keys, since), placeAt(keys, until), ...keys.filter(({ at }) => since <= at && at <= until)];
  const [least, most] = [(edge) => Math.min(...found.map((each) => each[edge])), (edge) => Math.max(...found.map((each) => each[edge]))];
  return outward({ left: least("left"), top: least("top"), right: most("right"), bottom: most("bottom") });
}

/** Out to whole permille, inside the picture. */
export function outward({ left, top, right, bottom }) {
  return {
    left: Math.max(0, Math.floor(left - OUT)), top: Math.max(0, Math.floor(top - OUT)),
    right: Math.min(1000, Math.ceil(right + OUT)), bottom: Math.min(1000, Math.ceil(bottom + OUT)),
  };
}

/** What a mask covers between two moments; one that stands still is always the same. */
export function coveredBy(mask, since, until) {
  return mask.keys.length ? swept(mask.keys, since, until) : mask;
}

export function edgesOf({ left, top, right, bottom }) {
  return { left, top, right, bottom };
}

export function sameEdges(one, other) {
  return EDGES.every((edge) => one[edge] === other[edge]);
}
