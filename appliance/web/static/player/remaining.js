// What the viewing runs up to, as the keeper said when the page was opened: the end of the working day, the longest that a
// log-in lasts, and the hours that were booked, which end nothing. It is counted here and ended by the keeper.
import { lengthText, signsOf } from "../roc.js";

const TICK_MS = 1000;
const WARNINGS = [600, 60];

export class Remaining {
  /** `ends`: [{by, clock, left}], the first before the later; `place`: where it stands. */
  constructor(player, ends, place) {
    Object.assign(this, { player, place });
    const now = performance.now();
    this.ends = ends.map(({ by, clock, left }) => ({ by, clock, atMs: now + left * 1000 }));
    this.end = this.ends.find(({ by }) => by !== "booked") ?? null;
    this.warned = this.left;
    this.note = place?.title;
    this.timer = setInterval(() => this.show(), TICK_MS);
    this.show();
  }

  stop() {
    clearInterval(this.timer);
  }

  get left() {
    return this.end ? (this.end.atMs - performance.now()) / 1000 : Infinity;
  }

  show() {
    const { player, place, end, left } = this;
    if (!end || !place) return;
    place.querySelector("[data-remaining]").textContent = left > 0 ? lengthText(left, player.words) : "–";
    const { semicolon } = signsOf(player.language);
    const named = (ends) => ends.map((each) => this.named(each)).join(semicolon);
    place.querySelector("[data-remaining-of]").textContent = named(this.ends.filter((each) => each === end || each.by === "booked"));
    place.title = `${this.note}${semicolon}${named(this.ends)}`;
    place.toggleAttribute("data-soon", left < WARNINGS[0]);
    const due = WARNINGS.find((at) => this.warned > at && left <= at);
    this.warned = left;
    if (due && !player.covered) player.tell(player.say("ends-soon", { minutes: due / 60, why: this.named(end) }));
  }

  named({ by, clock, atMs }) {
    const isPast = by === "booked" && atMs < performance.now();
    return this.player.say(isPast ? "ends-booked-past" : `ends-${by}`, { time: clock });
  }
}
