// Gaps as the player deals with them: what the keeper knows of them now, the way to the next one, and whether those of all
// cameras are passed over.
import { lengthText, signsOf } from "../roc.js";
import { anyFootage, jumped, nextGap } from "./skip.js";

const FINER_MS = 300;

export class Gaps {
  /** `list`: the list under the player, which asks the keeper. */
  constructor(player, list) {
    Object.assign(this, { player, list });
  }

  /** A stretch turned out to hold no picture: what the keeper knows of it now goes to list, timeline and plates. */
  async heard() {
    const { player } = this;
    player.timeline.changed();
    this.asked = true;
    if (this.reading) return;
    this.reading = true;
    while (this.asked && !player.covered) {
      this.asked = false;
      const found = await this.list.read();
      for (const there of found ? player.cameras : []) there.takeGaps(found.cameras[there.camera_no] ?? [], found.mixed[there.camera_no] ?? []);
    }
    this.reading = false;
    player.timeline.changed();
    player.playback.plates();
    this.askFiner();
  }

  /** Where gaps in view are told coarsely, they are asked for again once the view rests. */
  askFiner() {
    const { player } = this;
    clearTimeout(this.finer);
    const [from, to] = player.timeline.view;
    if (player.cameras.some((there) => there.isCoarse(from, to))) this.finer = setTimeout(() => this.readFiner(from, to), FINER_MS);
  }

  async readFiner(from, to) {
    const { player } = this;
    if (player.covered || to - from >= player.grant.seconds) return;
    const found = await this.list.read([player.nsAt(from), player.nsAt(to)]);
    for (const there of found ? player.cameras : []) there.refine(from, to, found.cameras[there.camera_no] ?? [], found.mixed[there.camera_no] ?? []);
    if (found) player.timeline.changed();
  }

  // --- on the way ---

  /** So many seconds on or back; of footage, where gaps of all are passed over. */
  jumpBy(seconds) {
    const { player } = this;
    const { position, skips } = player.playback;
    const { at, skipped } = skips ? jumped(anyFootage(player.cameras), position, seconds) : { at: position + seconds, skipped: 0 };
    if (skipped >= 1) player.tell(player.plates.passedText(Math.min(position, at), Math.max(position, at), skipped));
    return player.seek(at);
  }

  /** Whether what is a gap in all cameras is passed over. */
  toggleSkip() {
    const { player } = this;
    const { playback } = player;
    playback.skips = !playback.skips;
    player.querySelector('[data-do="skip"]').setAttribute("aria-pressed", String(playback.skips));
    player.tell(player.words[playback.skips ? "skip-on" : "skip-off"]);
  }

  goTo(direction) {
    const { player } = this;
    const gap = nextGap(player.cameras, player.playback.position, direction);
    if (!gap) return player.tell(player.words[direction > 0 ? "gap-no-next" : "gap-no-previous"]);
    player.seek(gap.start);
    const what = gap.what.join(signsOf(player.language).comma);
    player.tell(player.say("gap-here", { number: gap.number, of: gap.of, what, length: this.length(gap.end - gap.start) }));
  }

  length(seconds) {
    return lengthText(seconds, this.player.words);
  }
}
