// Two moments that were marked, and playing between them again and again. They are this page's alone and kept nowhere.
import { clockText, parts } from "../roc.js";

export class Marks {
  constructor(player) {
    this.player = player;
    this.from = this.until = null;
    this.loops = false;
  }

  /** Marks the moment that stands there: the first frame of the loop, or the last. */
  set(name) {
    const { player } = this;
    const at = player.playback.position;
    const isIn = name === "mark-in";
    if (isIn) this.from = at;
    else this.until = at;
    if (this.from !== null && this.until !== null && this.until <= this.from) {
      if (isIn) this.until = null;
      else this.from = null;
    }
    if (this.until === null || this.from === null) this.loop(false);
    player.announce(player.say(isIn ? "marked-in" : "marked-out", { time: clockText(parts(player.nsAt(at)), 3) }));
    this.show();
  }

  toggle() {
    if (this.from === null || this.until === null) return this.player.announce(this.player.words["loop-lacks"]);
    this.loop(!this.loops);
    if (this.loops) this.player.seek(this.from);
  }

  loop(on) {
    this.loops = on;
    this.player.querySelector('[data-do="loop"]').setAttribute("aria-pressed", String(on));
  }

  /** Called as the moment moves on. */
  passed(at) {
    if (this.loops && this.player.playback?.playing && at >= this.until && !this.player.covered) this.player.seek(this.from);
  }

  show() {
    const { timeline } = this.player;
    timeline.marks = [this.from, this.until];
    timeline.paint(false);
    for (const [name, at] of [["mark-in", this.from], ["mark-out", this.until]]) {
      const button = this.player.querySelector(`[data-do="${name}"]`);
      button.toggleAttribute("data-set", at !== null);
      button.title = at === null ? "" : clockText(parts(this.player.nsAt(at)), 3);
    }
  }
}
