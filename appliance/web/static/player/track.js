// One camera of a grant: a <video> fed by a media source whose time 0 is the grant's start. Fetches what is about to be
// shown (never more than ten seconds ahead), forgets what lies behind; what turned out to be missing goes to its coverage.
import { FrameTimes } from "./frames.js";
import { KeyPicture, asSeen } from "./keypicture.js";
import { playable, putPlate } from "./screens.js";

const AHEAD_SECONDS = 10;
const KEEP_BEHIND = 20;
const EDGE = 0.1;
const EXACT = 0.004;
const ROUNDING = 0.0001;
const SETTLED = 0.002;
const LONGEST_FRAME = 1.1;
const RETRY_MS = 1500;
const UNSEEN_MS = 400;
const SETTLED_MS = 1000; // so long after a seek in a pause nothing is fetched ahead: another may follow

export class Track {
  /** `grant`: {url, startNs (BigInt), seconds}; `masks`: over the picture, null for none; `on`: {frame, lost, away,
   * back}. */
  constructor(figure, there, grant, masks, on) {
    Object.assign(this, { figure, there, grant, masks, on, number: there.camera_no });
    this.video = figure.querySelector("video");
    this.plate = figure.querySelector(".plate");
    this.still = new KeyPicture(figure.querySelector(".key-picture"), there, grant, {
      placed: (at) => {
        masks?.still(at);
        on.frame(this, at);
      },
      gone: () => masks?.noStill(),
      lost: () => on.lost(),
      away: () => on.away(),
    });
    this.loading = null;
    this.times = new FrameTimes();
    this.seeking = null;
    this.lastFrame = -1;
    this.codecs = playable();
    this.video.addEventListener("error", () => this.recover());
    this.video.addEventListener("seeked", () => {
      this.aimAgain(false);
      this.settleUnseen();
    });
    this.watchFrames();
  }

  // --- playing and sound ---

  /** Whether this one's sound is heard. Its volume says so, too: WebKit forgets `muted` where a speed is set. */
  hear(heard) {
    this.heard = heard;
    const { video } = this;
    if (video.muted !== !heard) video.muted = !heard;
    if (video.volume !== Number(heard)) video.volume = Number(heard);
  }

  setRate(rate) {
    this.video.playbackRate = rate;
    this.hear(Boolean(this.heard));
  }

  /** Whether the browser lets it play; one that was paused meanwhile was let. */
  play() {
    return this.video.play().then(() => true, (error) => error.name !== "NotAllowedError");
  }

  /** To be called in a click or a key: from now on the browser lets this one play with its sound, too. */
  unlock() {
    const { video } = this;
    if (!video.paused) return;
    video.muted = false;
    this.play();
    video.pause();
  }

  // --- what there is ---

  get spans() {
    return this.there.spans;
  }

  coverage(at) {
    return this.there.at(at);
  }

  nextStart(at) {
    return this.there.nextStart(at);
  }

  // --- the media source ---

  async open() {
    this.source = new MediaSource();
    this.buffer = null;
    this.address = URL.createObjectURL(this.source);
    this.video.src = this.address;
    await new Promise((resolve) => this.source.addEventListener("sourceopen", resolve, { once: true }));
    this.source.duration = this.grant.seconds;
  }

  /** Lets go of every picture: nothing of the grant stays in this element. */
  close() {
    this.closed = true;
    this.masks?.stop();
    this.loading?.controller.abort();
    this.settle(null);
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    if (this.address) URL.revokeObjectURL(this.address);
    this.still.close();
    this.source = this.buffer = null;
  }

  async recover() {
    if (this.closed || !this.video.error) return;
    const at = this.video.currentTime;
    this.masks?.unknown();
    this.loading?.controller.abort();
    URL.revokeObjectURL(this.address);
    this.there.hole(at - 0.5, at + 1.5);
    await this.open();
  }

  /** What was fetched is no longer what is to be seen: all of it goes, and what stands here comes again. */
  async again() {
    this.loading?.controller.abort();
    await this.loading?.done?.catch(() => null);
    if (this.buffer && !this.closed) await this.update(() => this.buffer.remove(0, Infinity));
    this.times = new FrameTimes();
    this.next = undefined;
  }

  /** The end of what is buffered at `at`, or null. A browser bridges a small hole before a range by its first frame. */
  bufferedEnd(at, bridged = EDGE) {
    const ranges = this.video.buffered;
    for (let index = 0; index < ranges.length; index += 1) {
      if (ranges.start(index) <= at + bridged && at < ranges.end(index)) return ranges.end(index);
    }
    return null;
  }

  // --- getting there ---

  /** Resolves with the media time of the first frame presented for `at`; with null when something else came between, it
   * cannot be fetched now, or there is no picture. */
  seek(at) {
    this.settle(null);
    const promise = new Promise((resolve) => { this.seeking = { at, resolve }; });
    const aimed = this.bufferedEnd(at, EXACT) !== null;
    this.seeking.aimed = aimed;
    this.seeking.bridged = !aimed && this.bufferedEnd(at) !== null;
    this.jumpTo(at);
    this.soughtMs = performance.now();
    this.askForFrames();
    if (!aimed) {
      this.loading?.controller.abort();
      this.load(at, AHEAD_SECONDS, { short: 1 });
    }
    return promise;
  }

  /** While a picture is sought the page asks for every frame of the screen. Else it is asked for one once the picture
   * has come, and is told of it after what is painted then, which is the whole screen. */
  askForFrames() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = undefined;
      if (this.seeking && performance.now() - this.soughtMs < SETTLED_MS) this.askForFrames();
    });
  }

  /** Another picture comes, and until it is there nobody knows which. */
  jumpTo(at) {
    this.masks?.unknown();
    this.video.currentTime = this.times.inside(at) ?? at;
  }

  /** A screen that is scrolled out of sight presents no frame: being there must do. */
  settleUnseen() {
    const { seeking } = this;
    if (seeking) setTimeout(() => this.seeking === seeking && seeking.aimed && !this.video.seeking && this.settleThere(), UNSEEN_MS);
  }

  /** On the frame that the fragments have here. A frame that was told of may be that of the seek before, so it counts
   * only in a hole, which the browser bridges. */
  settleThere() {
    const { at: sought, nearest: told } = this.seeking;
    const nearest = this.times.inside(sought) === null ? told : undefined;
    const at = (this.lastFrame = nearest ?? this.times.at(this.video.currentTime)?.[0] ?? this.video.currentTime);
    if (this.video.readyState >= 2) this.masks?.frame(at, nearest ?? at - LONGEST_FRAME, this.frameEnd);
    this.settle(at);
  }

  /** A seek to what was not there aimed at a moment; now that its frame is there it aims at that. The browser answers
   * the first one before: with the frame after a small hole, or by its rounding of an edge. WebKit hangs where the
   * second one does not wait for that. `last`: no more comes. */
  aimAgain(last) {
    const { seeking } = this;
    if (!seeking || seeking.aimed) return;
    seeking.last ||= last;
    if (this.video.seeking || (!seeking.last && this.bufferedEnd(seeking.at, EXACT) === null)) return;
    seeking.aimed = true;
    const isThere = !seeking.bridged && Math.abs((this.times.inside(seeking.at) ?? NaN) - this.video.currentTime) < ROUNDING;
    const answered = seeking.said !== undefined;
    if (isThere && answered) this.present(seeking.said);
    if (this.seeking === seeking && (!isThere || answered)) this.jumpTo(seeking.at);
  }

  settle(mediaTime) {
    this.seeking?.resolve(mediaTime);
    this.seeking = null;
  }

  /** Fetches more when less than a moment lies ahead of `at`. */
  fill(at, rate) {
    if (this.loading || !this.source || this.retryAt > performance.now()) return;
    const span = this.coverage(at);
    if (!span) return;
    const end = this.bufferedEnd(at);
    if (end === null) return void this.load(at);
    if (this.video.paused && performance.now() - this.soughtMs < SETTLED_MS) return;
    const from = this.next !== undefined && Math.abs(this.next - end) < 0.6 ? this.next : end;
    if (from < span[1] - 0.02 && end - at < Math.min(6, Math.max(2.5, 2 * rate))) this.load(from, AHEAD_SECONDS - (from - at));
  }

  async load(from, seconds = AHEAD_SECONDS, more = {}) {
    const before = this.loading;
    const loading = { controller: new AbortController() };
    this.loading = loading;
    try {
      await before?.done?.catch(() => null);
      loading.done = this.fetchInto(from, seconds, loading.controller.signal, more);
      await loading.done;
      this.on.back();
    } catch (error) {
      if (error.name !== "AbortError" && !this.closed) {
        this.retryAt = performance.now() + RETRY_MS;
        this.on.away();
        if (this.seeking?.at >= from) this.settle(null);
      }
    } finally {
      if (this.loading === loading) this.loading = null;
    }
  }

  async fetchInto(from, seconds, signal, more) {
    signal.throwIfAborted();
    const startNs = this.grant.startNs + BigInt(Math.max(0, Math.floor(from * 1e6))) * 1000n;
    const query = new URLSearchParams({ camera: this.number, start_ns: startNs, seconds: Math.min(AHEAD_SECONDS, Math.max(0.5, seconds)).toFixed(2), codecs: this.codecs, ...asSeen(this.grant), ...more });
    const answer = await fetch(`${this.grant.url}/media?${query}`, { signal, cache: "no-store" });
    if ([401, 403, 404].includes(answer.status)) return this.on.lost();
    if (!answer.ok) throw new Error(`media ${answer.status}`);
    const relative = (name) => Number(BigInt(answer.headers.get(name)) - this.grant.startNs) / 1e9;
    const start = relative("X-Start-Ns");
    const next = answer.headers.get("X-Next-Ns") ? relative("X-Next-Ns") : this.grant.seconds;
    if (!(await this.prepare(answer.headers.get("Content-Type")))) return;
    if (start > from + EDGE) this.there.leadIn(from, start);
    if (this.seeking && this.seeking.at >= from && this.seeking.at < start) this.jumpTo((this.seeking.at = start));
    const whole = await this.append(answer.body.getReader());
    signal.throwIfAborted();
    this.note(whole ? start : from, next);
    if (this.seeking && !this.coverage(this.seeking.at)) this.settle(null);
    this.next = next;
    this.aimAgain(true);
    this.settleUnseen();
    await this.trim();
  }

  /** Makes holes of what was to come in [from, until) and did not; a small one before a picture the browser bridges. */
  note(from, until) {
    let at = from;
    for (let index = 0; index < this.video.buffered.length; index += 1) {
      const [start, end] = [this.video.buffered.start(index), this.video.buffered.end(index)];
      if (end <= at || start >= until) continue;
      if (start > at + EDGE) this.missing(at, start);
      at = end;
    }
    if (until > at + 0.02) this.missing(at, until);
  }

  /** A gap that the keeper noted is no news. */
  missing(from, until) {
    for (const [start, end] of this.spans) if (start < until && end > from) this.there.hole(Math.max(start, from), Math.min(end, until));
  }

  /** A source buffer for this type; false when the browser cannot play it. */
  async prepare(type) {
    if (!MediaSource.isTypeSupported(type)) {
      if (type !== "application/octet-stream") this.unplayable = true;
      return !this.unplayable;
    }
    if (!this.buffer) this.buffer = this.source.addSourceBuffer(type);
    else if (this.type !== type) this.buffer.changeType(type);
    this.type = type;
    return true;
  }

  /** Appends a stream of bytes as it comes; false when there were none. An aborted stream leaves no half segment. */
  async append(reader) {
    const fragments = this.times.reader();
    let any = false;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return any;
        any = true;
        fragments.push(value);
        await this.update(() => this.buffer.appendBuffer(value));
        this.aimAgain(false);
      }
    } catch (error) {
      if (this.source?.readyState === "open") this.buffer?.abort();
      throw error;
    }
  }

  update(action) {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new DOMException("closed", "AbortError"));
      this.buffer.addEventListener("updateend", resolve, { once: true });
      action();
    });
  }

  async trim() {
    const at = this.video.currentTime;
    for (const [start, end] of [[0, at - KEEP_BEHIND], [at + AHEAD_SECONDS + KEEP_BEHIND, Infinity]]) {
      const ranges = this.video.buffered;
      const any = [...Array(ranges.length).keys()].some((index) => ranges.start(index) < end && ranges.end(index) > start);
      if (any && end > start) await this.update(() => this.buffer.remove(start, end));
    }
    this.times.forgetBefore(at - KEEP_BEHIND);
  }

  // --- frames ---

  watchFrames() {
    this.video.requestVideoFrameCallback((_, { mediaTime }) => {
      if (this.closed) return;
      this.watchFrames();
      this.present(mediaTime);
    });
  }

  /** A frame stands on the screen; the browser says a moment of it. In a pause any other than the sought one is about
   * to go. */
  present(mediaTime) {
    const frame = this.times.at(mediaTime);
    const at = (this.lastFrame = frame?.[0] ?? mediaTime);
    const { seeking } = this;
    const sought = seeking?.aimed && this.isSought(at);
    if (frame && (!seeking || sought || (seeking.aimed && !this.video.paused))) this.masks?.frame(at, at, frame[1]);
    else this.masks?.unknown();
    this.on.frame(this, at);
    if (seeking?.aimed) seeking.nearest = at;
    if (seeking) seeking.said = mediaTime;
    if (sought) this.settle(at);
  }

  /** Whether the frame that begins at `at` is the one that was sought: that which the fragments have there, since one that
   * was under way before is told of late; in a hole any that is near. */
  isSought(at) {
    const aim = this.times.inside(this.seeking.at);
    if (aim !== null) return at === this.times.at(aim)[0];
    return at <= this.seeking.at + SETTLED && at > this.seeking.at - LONGEST_FRAME;
  }

  /** Where the frame on the screen ends; the next one begins there. */
  get frameEnd() {
    return this.times.at(this.lastFrame)?.[1] ?? this.lastFrame;
  }

  /** The frame after or before the present one; null where there is none. Back is further than what counts as there. */
  async step(direction) {
    const at = direction < 0 ? Math.max(0, this.lastFrame - 2 * EXACT) : Math.min(this.frameEnd, this.bufferedEnd(this.lastFrame) ?? Infinity);
    return this.coverage(at) ? this.seek(at) : null;
  }

  // --- the plate over an empty screen ---

  showPlate(title, note, kind) {
    putPlate(this.plate, title, note, kind);
  }
}
