// What there is of one camera in the approved range: what was granted of it, stretches with pictures, gaps with their
// causes as the keeper knows them, and lead-ins. Where gaps lie too close together to be told one by one, the keeper says
// how many there are (mixed): such a stretch counts as footage, and what it lacks is found or asked for anew. A lead-in has footage but no key frame to begin a picture with: what would complete it lies before
// the range and is never released. It is no gap, and no gap is made of it.

const ROUNDING = 0.001;

export class Coverage {
  /** `camera`: {camera_no, granted, spans, gaps, mixed} in seconds from the grant's start. `onHole` is told when a hole
   * is found. */
  constructor({ camera_no, granted, spans, gaps, mixed }, onHole) {
    Object.assign(this, { camera_no, granted, spans, gaps, mixed, onHole });
    this.leadIns = [];
    this.masked = [];
  }

  isGranted(at) {
    return this.granted.some(([start, end]) => start <= at && at < end);
  }

  /** Where masks lie over its pictures, in order. */
  takeMasks(masks) {
    this.masked = (masks ?? []).map(({ from, to }) => [from, to]).sort(([a], [b]) => a - b);
  }

  /** The stretch of footage that holds `at`, or null. A video element cuts its time to a microsecond, so a stretch
   * holds the millisecond before it, too; else the first frame of one would lie in front of it. */
  at(at) {
    return this.spans.find(([start, end]) => start - ROUNDING <= at && at < end) ?? null;
  }

  /** Where footage begins next after `at`; Infinity when it does not. */
  nextStart(at) {
    return this.spans.find(([start]) => start > at + ROUNDING)?.[0] ?? Infinity;
  }

  gapAt(at) {
    return this.gaps.find(([start, end]) => start <= at && at < end) ?? null;
  }

  leadInAt(at) {
    return this.gapAt(at) ? null : this.leadIns.find(([start, end]) => start - ROUNDING <= at && at < end) ?? null;
  }

  /** [from, until) was said to be there but holds no picture (it did not open, or lies after the last frame). */
  hole(from, until) {
    if (until - from < ROUNDING) return;
    this.cut(from, until);
    this.onHole();
  }

  /** [from, until) lies before the first whole picture: a hole, too, but by the rules and not by a loss. */
  leadIn(from, until) {
    this.leadIns = [...this.leadIns.filter(([, end]) => Math.abs(end - until) > ROUNDING), [this.at(from)?.[0] ?? from, until]].sort(([a], [b]) => a - b);
    this.hole(from, until);
  }

  /** The gaps as the keeper knows them now; of what did not open no picture is expected any more. */
  takeGaps(gaps, mixed) {
    Object.assign(this, { gaps, mixed });
    for (const [start, end] of gaps) this.cut(start, end);
  }

  /** Whether something is missing between two moments: what is not in force yet, or not granted, is not. */
  lacksIn(from, until) {
    return this.isCoarse(from, until) || this.gaps.some(([start, end, , isMissing]) => isMissing !== false && start < until && from < end);
  }

  /** Whether something between two moments is told coarsely. */
  isCoarse(from, until) {
    return this.mixed.some(([start, end]) => start < until && from < end);
  }

  /** What the keeper says of the time between two moments alone. */
  refine(from, until, gaps, mixed) {
    const outside = (runs) => runs.flatMap(([start, end, ...more]) => [[start, Math.min(end, from), ...more], [Math.max(start, until), end, ...more]]).filter(([start, end]) => end - start > ROUNDING);
    const scaled = (runs) => runs.flatMap((run) => outside([run]).map(([start, end]) => {
      const share = (end - start) / (run[1] - run[0]);
      return [start, end, run[2] * share, Math.round(run[3] * share)];
    }));
    const inOrder = (runs) => runs.sort(([a], [b]) => a - b);
    this.takeGaps(inOrder([...outside(this.gaps), ...gaps]), inOrder([...scaled(this.mixed), ...mixed]));
  }

  cut(from, until) {
    this.spans = this.spans
      .flatMap(([start, end]) => [[start, Math.min(end, from)], [Math.max(start, until), end]])
      .filter(([start, end]) => end - start > ROUNDING);
  }
}
