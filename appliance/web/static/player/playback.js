// Several cameras on one clock. One track leads; the others follow it by small changes of speed, or by a seek when they
// are far off. A gap of one camera stays a gap; a gap of all is jumped over, and said.

const TICK_MS = 100;
const FAR = 0.6;
const NUDGE = 0.1;
const LAST = 1;

export class Playback {
  /** `on`: {moved(seconds), playing(bool), skipped(from, to), plate(track, at)}. */
  constructor(tracks, seconds, on) {
    Object.assign(this, { tracks, seconds, on });
    this.position = 0;
    this.rate = 1;
    this.playing = false;
    this.lead = null;
    this.drifts = [];
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.playing = false;
  }

  play() {
    if (this.position >= this.seconds - 0.05) return;
    this.playing = true;
    this.on.playing(true);
    this.tick();
  }

  pause() {
    this.playing = false;
    for (const track of this.tracks) track.video.pause();
    this.on.playing(false);
  }

  setRate(rate) {
    this.rate = rate;
    this.tick();
  }

  /** Resolves with the media time of the leading camera's first frame there; null in a gap or when overtaken. */
  async seek(seconds) {
    const at = Math.min(Math.max(0, seconds), this.seconds - 0.001);
    this.position = at;
    const covered = this.tracks.filter((track) => track.coverage(at));
    for (const track of this.tracks) if (!covered.includes(track)) track.video.pause();
    this.lead = covered[0] ?? null;
    const frames = covered.map((track) => track.seek(at));
    this.on.moved(at);
    this.plates();
    if (!frames.length) return null;
    const found = await frames[0];
    if (found !== null && this.lead === covered[0] && Math.abs(this.lead.video.currentTime - this.position) > 0.05) {
      this.position = this.lead.video.currentTime;
      this.on.moved(found);
    }
    return found;
  }

  /** Every moment where footage of any camera begins or ends, in order. */
  edges() {
    const all = this.tracks.flatMap((track) => track.spans.flat());
    return [...new Set([0, ...all, this.seconds])].sort((a, b) => a - b);
  }

  tick() {
    if (this.playing) this.advance();
    for (const track of this.tracks) track.fill(this.position, this.rate);
    this.plates();
  }

  advance() {
    const lead = this.lead;
    if (lead && !lead.video.seeking && lead.coverage(lead.video.currentTime)) {
      this.position = Math.max(this.position, lead.video.currentTime);
    }
    if (!lead || !lead.coverage(this.position) || this.ranOut(lead)) {
      if (!this.changeLead()) return;
    }
    for (const track of this.tracks) this.follow(track);
    this.on.moved(this.position);
  }

  /**
   * Media may end a little before its span does (0.36 s was measured, more at speed): having no further data, with
   * nothing under way, is the end at once in the last quarter of a second and after three looks in the last second.
   */
  ranOut(track) {
    const span = track.coverage(this.position);
    if (!span) return true;
    const left = span[1] - this.position;
    const dry = left < LAST && track.video.readyState < 3 && !track.loading && !track.video.seeking;
    track.dryLooks = dry ? (track.dryLooks ?? 0) + 1 : 0;
    return dry && (left < LAST / 4 || track.dryLooks > 3);
  }

  /** Another camera leads on from here; if none has footage, playing goes on where the next footage begins. */
  changeLead() {
    const other = this.tracks.find((track) => track !== this.lead && track.coverage(this.position) && !this.ranOut(track));
    if (other) return this.leadOn(other, this.position);
    const after = this.lead?.coverage(this.position)?.[1] ?? this.position;
    const later = this.tracks.find((track) => track.coverage(after));
    if (later) return this.leadOn(later, after);
    const next = Math.min(...this.tracks.map((track) => track.nextStart(this.position)));
    if (next === Infinity) {
      this.position = this.seconds;
      this.pause();
      this.on.moved(this.position);
      return false;
    }
    this.on.skipped(this.position, next);
    this.seek(next);
    return false;
  }

  leadOn(track, at) {
    this.position = at;
    this.lead = track;
    if (track.bufferedEnd(at) === null || Math.abs(track.video.currentTime - at) > FAR) track.seek(at);
    return true;
  }

  follow(track) {
    const { video } = track;
    if (!track.coverage(this.position)) return void video.pause();
    if (track !== this.lead && !(track.seeking && track.loading)) {
      const drift = video.currentTime - this.position;
      if (!video.seeking && video.readyState >= 2) this.drifts.push(drift);
      if (this.drifts.length > 600) this.drifts.shift();
      if (Math.abs(drift) > FAR * Math.max(1, this.rate / 2)) {
        if (!video.seeking) track.seek(this.position + 0.05 * this.rate);
        return;
      }
      const nudged = this.rate * (1 - Math.min(NUDGE, Math.max(-NUDGE, drift * 0.8)));
      if (Math.abs(video.playbackRate - nudged) > 0.002) video.playbackRate = nudged;
    } else if (track === this.lead && video.playbackRate !== this.rate) video.playbackRate = this.rate;
    if (video.paused) video.play().catch(() => {});
  }

  plates() {
    for (const track of this.tracks) this.on.plate(track, this.position);
  }
}
