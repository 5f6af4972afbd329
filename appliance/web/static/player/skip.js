// Passing over what is a gap in all cameras, by playing and by jumping: a jump of ten seconds is ten seconds of footage.
// And the way from one gap of any camera to the next.

const MOMENT = 0.05;
const JUST_NOW = 0.5;

/** The stretches in which any of these cameras has footage, in order. */
export function anyFootage(cameras) {
  const all = cameras.flatMap(({ spans }) => spans).sort(([a], [b]) => a - b);
  const found = [];
  for (const [start, end] of all) {
    const last = found.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else found.push([start, end]);
  }
  return found;
}

/** {at, skipped}: where `by` seconds of footage lead from `at`, and how much was passed over in which there is none. */
export function jumped(stretches, at, by) {
  const forward = by >= 0;
  let left = Math.abs(by);
  for (const [start, end] of forward ? stretches : stretches.toReversed()) {
    if (forward ? end <= at : start >= at) continue;
    const from = forward ? Math.max(start, at) : Math.min(end, at);
    const there = forward ? end - from : from - start;
    if (left < there || (!forward && left === there)) {
      const to = forward ? from + left : from - left;
      return { at: to, skipped: Math.max(0, Math.abs(to - at) - Math.abs(by)) };
    }
    left -= there;
  }
  const first = stretches[0]?.[0] ?? 0;
  return { at: forward || at < first ? at + by : first, skipped: 0 };
}

/** The gaps of all cameras as [start, end, what], each moment once, in order; `what`: "1-01 cause" of each. */
function gapsOf(cameras) {
  const found = new Map();
  for (const { camera_no, gaps, mixed } of cameras) {
    for (const [start, end, cause, isMissing] of gaps) if (isMissing !== false) note(found, start, end, `${camera_no} ${cause}`);
    for (const [start, end] of mixed) note(found, start, end, camera_no);
  }
  return [...found.values()].sort((a, b) => a.start - b.start);
}

function note(found, start, end, what) {
  const gap = found.get(start) ?? { start, end, what: [] };
  gap.end = Math.max(gap.end, end);
  gap.what.push(what);
  found.set(start, gap);
}

/** {start, end, what, number, of} of the next gap in a direction; null where there is none. */
export function nextGap(cameras, at, direction) {
  const all = gapsOf(cameras);
  const number = direction > 0 ? all.findIndex((gap) => gap.start > at + MOMENT) : all.findLastIndex((gap) => gap.start < at - JUST_NOW);
  return number < 0 ? null : { ...all[number], number: number + 1, of: all.length };
}
