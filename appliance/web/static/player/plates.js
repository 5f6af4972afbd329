// Why a screen is empty at a moment: what its plate says, and what is said of a jump over such a stretch.
import { clockText, lengthText, parts } from "../roc.js";

export class Plates {
  constructor(player) {
    this.player = player;
  }

  show(track, at) {
    const { words } = this.player;
    if (track.unplayable) return track.showPlate(words.unplayable, "");
    if (track.coverage(at)) return track.showPlate(null);
    if (!track.there.isGranted(at)) return track.showPlate(words.outside, "", "lead-in");
    const gap = track.there.gapAt(at);
    if (gap) return this.showGap(track, gap);
    const leadIn = track.there.leadInAt(at);
    if (leadIn) return track.showPlate(this.leadInText(leadIn), words["lead-in-note"], "lead-in");
    return track.showPlate(words["no-picture"], "");
  }

  /** A stretch in which nothing `isMissing`, before the camera came in force, is called by its cause and is no loss. */
  showGap(track, [, until, cause, isMissing]) {
    const { player } = this;
    const end = player.say("gap-until", { time: clockText(parts(player.nsAt(until))) });
    if (isMissing) return track.showPlate(player.words.gap, `${cause} · ${end}`);
    return track.showPlate(cause, end, "lead-in");
  }

  leadInText([, until]) {
    return this.player.say("lead-in", { time: clockText(parts(this.player.nsAt(until)), 1) });
  }

  /** What is said of a jump over [from, to): its length, as a gap where something is missing; a lead-in by where the
   * picture begins. */
  skippedText(from, to) {
    const { player } = this;
    const leadIn = player.cameras.map((there) => there.leadInAt(from)).find(Boolean);
    if (leadIn) return `${this.leadInText(leadIn)} ${player.words["lead-in-note"]}`;
    return this.passedText(from, to, to - from);
  }

  /** That so many `seconds` of [from, to) were passed over: as a gap where something is missing in it. */
  passedText(from, to, seconds) {
    const { player } = this;
    const isGap = player.cameras.some((there) => there.lacksIn(from, to));
    return player.say(isGap ? "gap-skipped" : "empty-skipped", { length: lengthText(seconds, player.words) });
  }
}
