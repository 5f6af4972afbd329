// Whether the viewing still lives, asked every ten seconds: a player that shows what it has already would not notice.

const EVERY_MS = 10000;
const AGAIN_MS = 3000;
const PATIENCE_MS = 5000;
const FAILURES = 2;

export class Presence {
  /** `on`: {lost, away, back}: it is over; no answer, twice in a row or more; it lives. */
  constructor(url, on) {
    Object.assign(this, { url, on });
    this.failures = 0;
    this.wait();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  wait() {
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => this.check(), this.failures ? AGAIN_MS : EVERY_MS);
  }

  async check() {
    const answered = fetch(`${this.url}/here`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    const status = await answered.then((answer) => answer.status, () => 0);
    if (this.stopped) return;
    if ([401, 403, 404].includes(status)) return this.on.lost();
    this.failures = status === 200 ? 0 : this.failures + 1;
    if (!this.failures) this.on.back();
    else if (this.failures >= FAILURES) this.on.away();
    this.wait();
  }
}
