// The timeline's geometry: which part of the granted range is in view, where a moment lies in it, and where its ticks
// stand. From the whole range to one second.
import { clockText, parts } from "../roc.js";

const SHORTEST = 1;
const DAY = 86400;
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, DAY, 2 * DAY, 7 * DAY, 14 * DAY];
const TAIPEI_MS = 28800000n;
const JUST_IN = 0.0005;

export class Timescale {
  /** `seconds`: how long the range is; `startNs`: when it begins (BigInt). */
  constructor(seconds, startNs) {
    Object.assign(this, { seconds, startNs, from: 0, to: seconds });
  }

  get span() {
    return this.to - this.from;
  }

  get isWhole() {
    return this.span >= this.seconds - 0.01;
  }

  ns(seconds) {
    return this.startNs + BigInt(Math.floor(seconds * 1e6)) * 1000n;
  }

  /** Brings `span` seconds from `from` on into view, inside the range; whether that is another view. */
  show(from, span) {
    const length = Math.min(this.seconds, Math.max(Math.min(SHORTEST, this.seconds), span));
    const start = Math.min(Math.max(0, from), this.seconds - length);
    const isOther = start !== this.from || start + length !== this.to;
    Object.assign(this, { from: start, to: start + length });
    return isOther;
  }

  /** As far as `factor` says, with what lies at `around` staying there. */
  zoom(factor, around) {
    const at = Math.min(this.to, Math.max(this.from, around));
    const span = Math.min(this.seconds, Math.max(Math.min(SHORTEST, this.seconds), this.span * factor));
    return this.show(at - ((at - this.from) / this.span) * span, span);
  }

  holds(at) {
    return this.from <= at && at <= this.to;
  }

  x(at, width) {
    return ((at - this.from) / this.span) * width;
  }

  /** The moment at `x`, inside the range. */
  at(x, width) {
    return Math.min(Math.max(0, this.from + (x / width) * this.span), this.seconds - 0.001);
  }

  /** [{at, label, isDay}] of the ticks in view, at least `apart` pixels from each other. */
  ticks(width, apart) {
    const step = TICKS.find((tick) => (tick / this.span) * width > apart) ?? 28 * DAY;
    const first = Number((this.startNs / 1000000n + TAIPEI_MS) % 86400000n) / 1000;
    const found = [];
    for (let number = Math.ceil((first + this.from) / step - 1e-9); number * step - first <= this.to; number += 1) {
      const at = number * step - first;
      const p = parts(this.ns(at + JUST_IN));
      const isDay = step >= DAY || !(p.hour || p.minute || p.second || p.micro >= 1000);
      const clock = clockText(p, step < 1 ? 1 : 0);
      found.push({ at, isDay, label: isDay ? `${p.month}/${p.day}` : step < 60 ? clock : clock.slice(0, 5) });
    }
    return found;
  }
}
