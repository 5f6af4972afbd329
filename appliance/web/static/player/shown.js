// What really stood on the screen, counted frame by frame and reported to the ledger: at least every ten seconds while
// playing, and at every pause, jump and end.

const EVERY_MS = 8000;
const JOIN_SECONDS = 1.2;
const MOMENT = 0.001;

export class Shown {
  constructor(grant, onLost) {
    Object.assign(this, { grant, onLost });
    this.open = new Map();
    this.done = [];
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

  /** Sends everything counted so far; on failure it is kept and sent with the next. */
  async flush() {
    const spans = [...this.done, ...this.open.values()];
    this.done = [];
    this.open.clear();
    if (!spans.length) return;
    const ns = (seconds) => String(this.grant.startNs + BigInt(Math.floor(seconds * 1e6)) * 1000n);
    const body = JSON.stringify({ spans: spans.map(({ camera, start, end }) => ({ camera_no: camera, start_ns: ns(start), end_ns: ns(end + MOMENT) })) });
    try {
      const answer = await fetch(`${this.grant.url}/shown`, { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true });
      if ([401, 403, 404].includes(answer.status)) this.onLost();
      else if (!answer.ok) this.done.unshift(...spans);
    } catch {
      this.done.unshift(...spans);
    }
  }
}
