// What there is of one camera in the approved range: stretches with pictures, gaps with their causes as the keeper knows
// them, and lead-ins. A lead-in has footage but no key frame to begin a picture with: what would complete it lies before
// the range and is never released. It is no gap, and no gap is made of it.

const ROUNDING = 0.001;

export class Coverage {
  /** `camera`: {camera_no, spans, gaps} in seconds from the grant's start. `onHole` is told when a hole is found. */
  constructor({ camera_no, spans, gaps }, onHole) {
    Object.assign(this, { camera_no, spans, gaps, onHole });
    this.leadIns = [];
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
    this.leadIns = [...this.leadIns.filter(([, end]) => Math.abs(end - until) > ROUNDING), [this.at(from)?.[0] ?? from, until]];
    this.hole(from, until);
  }

  /** The gaps as the keeper knows them now; of what did not open no picture is expected any more. */
  takeGaps(gaps) {
    this.gaps = gaps;
    for (const [start, end] of gaps) this.cut(start, end);
  }

  cut(from, until) {
    this.spans = this.spans
      .flatMap(([start, end]) => [[start, Math.min(end, from)], [Math.max(start, until), end]])
      .filter(([start, end]) => end - start > ROUNDING);
  }
}
