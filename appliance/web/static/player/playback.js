// Several cameras on one clock. One track leads; the others follow it by small changes of speed, or by a seek when they
// are far off. A gap of one camera stays a gap; a gap of all is jumped over, and said.

const TICK_MS = 100;
const FAR = 0.6;
const NUDGE = 0.1;
const LAST = 1;
const KEYS_ABOVE = 2;
const LONGEST_LEAP_SECONDS = 0.5;

export class Playback {
  /** `on`: {moved(seconds), playing(bool), skipped(from, to), plate(track, at), refused(track)}: the browser does not
   * let this one play. */
  constructor(tracks, seconds, on) {
    Object.assign(this, { tracks, seconds, on });
    this.position = 0;
    this.rate = 1;
    this.playing = false;
    this.skips = true;
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
    this.waitedMs = undefined;
    this.leaptMs = performance.now();
    this.on.playing(true);
    this.tick();
  }

  /** `lands`: on the very frame, where key pictures were shown. */
  pause(lands = true) {
    const leapt = this.playing && this.byKeys;
    this.playing = false;
    for (const track of this.tracks) track.video.pause();
    this.on.playing(false);
    if (leapt && lands) this.land();
  }

  /** Above twice the speed key pictures alone are shown: no browser decodes so much, and no line carries it. */
  get byKeys() {
    return this.rate > KEYS_ABOVE;
  }

  setRate(rate) {
    const leapt = this.playing && this.byKeys;
    this.rate = rate;
    this.leaptMs = performance.now();
    if (this.byKeys) for (const track of this.tracks) track.video.pause();
    else if (leapt) this.land();
    this.tick();
  }

  /** From a key picture to the frame of its moment. */
  async land() {
    await this.seek(this.position);
    if (!(this.playing && this.byKeys)) for (const track of this.tracks) track.still.hide();
  }

  /** Resolves with the media time of the leading camera's first frame there; null in a gap or when overtaken. */
  async seek(seconds) {
    const at = Math.min(Math.max(0, seconds), this.seconds - 0.001);
    this.position = at;
    this.waitedMs = undefined;
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
    const leaps = this.playing && this.byKeys;
    if (leaps) this.leap();
    else if (this.playing) this.advance();
    for (const track of leaps ? [] : this.tracks) track.fill(this.position, this.rate);
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

  /** On by as much as the speed says since the last pictures, and only once those are there: the server sets the pace. */
  leap() {
    if (this.tracks.some((track) => track.still.fetching)) return;
    const now = performance.now();
    let at = this.position + this.rate * Math.min(LONGEST_LEAP_SECONDS, (now - this.leaptMs) / 1000);
    this.leaptMs = now;
    if (!this.tracks.some((track) => track.coverage(at))) {
      const next = Math.min(...this.tracks.map((track) => track.nextStart(at)));
      if (this.skips && next === Infinity) at = this.seconds;
      else if (this.skips) this.on.skipped(this.position, (at = next));
    }
    this.position = Math.min(at, this.seconds);
    this.lead = this.tracks.find((track) => track.coverage(at)) ?? null;
    for (const track of this.tracks) track.coverage(at) ? track.still.show(at) : track.still.hide();
    if (at >= this.seconds) this.pause(false);
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
    if (!this.skips && this.wait(after, Math.min(next, this.seconds))) return false;
    if (next === Infinity) {
      this.position = this.seconds;
      this.pause();
      this.on.moved(this.position);
      return false;
    }
    if (this.skips) this.on.skipped(this.position, next);
    this.seek(next);
    return false;
  }

  /** In a gap of all, from `from` on, that is not passed over: on by the clock, with nothing to see; whether it is. */
  wait(from, until) {
    const now = performance.now();
    const passed = this.waitedMs === undefined ? 0 : ((now - this.waitedMs) / 1000) * this.rate;
    this.waitedMs = now;
    for (const track of this.tracks) track.video.pause();
    this.lead = null;
    this.position = Math.max(this.position, from) + passed;
    if (this.position >= until) return false;
    this.on.moved(this.position);
    return true;
  }

  /** The one that fills the stage leads, where it has footage here: a browser may let one rest that nobody sees. */
  prefer(track) {
    if (track && track !== this.lead && track.coverage(this.position)) this.leadOn(track, this.position);
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
      if (Math.abs(video.playbackRate - nudged) > 0.002) track.setRate(nudged);
    } else if (track === this.lead && video.playbackRate !== this.rate) track.setRate(this.rate);
    if (video.paused) track.play().then((allowed) => allowed || this.on.refused(track));
  }

  plates() {
    for (const track of this.tracks) this.on.plate(track, this.position);
  }
}
