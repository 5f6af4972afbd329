// Whether the viewing still lives, asked every ten seconds: a player that shows what it has already would not notice. The
// question says whether somebody did anything since the last one.

const EVERY_MS = 10000;
const AGAIN_MS = 3000;
const PATIENCE_MS = 5000;
const FAILURES = 2;

export class Presence {
  /** `on`: {lost, away, back, told, signs}: it is over; no answer, twice in a row or more; it lives; what the keeper
   * says of it; whether somebody did anything since this was asked. */
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
    const there = this.on.signs() ? "1" : "0";
    const answered = fetch(`${this.url}/here?there=${there}`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    const answer = await answered.catch(() => null);
    const said = answer?.status === 200 ? await answer.json().catch(() => null) : null;
    if (this.stopped) return;
    if ([401, 403, 404].includes(answer?.status)) return this.on.lost();
    this.failures = said ? 0 : this.failures + 1;
    if (said) {
      this.on.told(said);
      this.on.back();
    } else if (this.failures >= FAILURES) this.on.away();
    this.wait();
  }
}
