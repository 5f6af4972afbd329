// What really stood on the screen, counted frame by frame and reported to the ledger: at least every ten seconds while
// playing, and at every pause, jump and end.

const EVERY_MS = 8000;
const AGAIN_MS = 2500;
const PATIENCE_MS = 5000;
const LATE_MS = 10000;
const GIVEN_UP_MS = 300000;
const JOIN_SECONDS = 1.2;
const MOMENT = 0.001;
const MOST = 100;

export class Shown {
  /** `on`: {lost, late}: the viewing is over; for ten seconds nothing could be delivered. */
  constructor(grant, on) {
    Object.assign(this, { grant, on });
    this.open = new Map();
    this.done = [];
    this.failedSince = null;
    this.onItsWay = Promise.resolve();
    this.timer = setInterval(() => this.flush(), EVERY_MS);
  }

  stop() {
    clearInterval(this.timer);
  }

  frame(camera, at) {
    const span = this.open.get(camera);
    if (span && at >= span.start - MOMENT && at - span.end < JOIN_SECONDS) span.end = Math.max(span.end, at);
    else {
      if (span) this.done.push(span);
      this.open.set(camera, { camera, start: at, end: at });
    }
  }

  /** Sends everything counted so far; whether it is all delivered, what was on its way before too. */
  async flush() {
    const before = this.onItsWay;
    const sent = this.deliver();
    this.onItsWay = Promise.all([before, sent]);
    await before;
    return (await sent) && this.failedSince === null;
  }

  /** What fails is kept and sent again. */
  async deliver() {
    this.done.push(...this.open.values());
    this.open.clear();
    while (this.done.length) {
      const spans = this.done.splice(0, MOST);
      const status = await this.send(spans);
      if ([401, 403, 404].includes(status)) {
        this.on.lost();
        return false;
      }
      if (status !== 200) {
        this.done.unshift(...spans);
        this.failed();
        return false;
      }
      this.failedSince = null;
    }
    return this.failedSince === null;
  }

  /** The answer's status; 0 when there is none. */
  send(spans) {
    const ns = (seconds) => String(this.grant.startNs + BigInt(Math.floor(seconds * 1e6)) * 1000n);
    const body = JSON.stringify({ spans: spans.map(({ camera, start, end }) => ({ camera_no: camera, start_ns: ns(start), end_ns: ns(end + MOMENT) })) });
    const sent = fetch(`${this.grant.url}/shown`, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true, signal: AbortSignal.timeout(PATIENCE_MS) });
    return sent.then((answer) => answer.status, () => 0);
  }

  failed() {
    this.failedSince ??= performance.now();
    const late = performance.now() - this.failedSince;
    if (late >= LATE_MS) this.on.late();
    clearTimeout(this.again);
    if (late < GIVEN_UP_MS) this.again = setTimeout(() => this.flush(), AGAIN_MS);
  }
}
