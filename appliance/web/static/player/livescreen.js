// One camera of a live look: a <video> fed as pictures come, kept at their newest end. Time 0 of its media source is the
// look's origin. What stands still is covered: a picture of before is never shown as one of now.
import { FrameTimes } from "./frames.js";
import { putPlate } from "./screens.js";

const KEEP_SECONDS = 6;
const FAR_SECONDS = 2;
const NEAR_SECONDS = 0.5;
const STILL_MS = 3000;

export class LiveScreen {
  /** `on`: {frame(screen, mediaTime)}. */
  constructor(figure, on) {
    Object.assign(this, { figure, on, number: figure.dataset.camera });
    this.video = figure.querySelector("video");
    this.plate = figure.querySelector(".plate");
    this.queue = Promise.resolve();
    this.lastFrame = null;
    this.open();
    this.watchFrames();
  }

  open() {
    this.source = new MediaSource();
    this.times = new FrameTimes();
    this.buffer = null;
    this.address = URL.createObjectURL(this.source);
    this.video.src = this.address;
    this.opened = new Promise((resolve) => this.source.addEventListener("sourceopen", resolve, { once: true }));
  }

  /** Lets go of every picture: nothing stays in this element. */
  close() {
    this.closed = true;
    this.shut();
  }

  shut() {
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    URL.revokeObjectURL(this.address);
    this.source = this.buffer = null;
  }

  /** Bytes that came; `type` where they begin anew. One after the other; what does not go in waits for the next begin. */
  take(type, bytes) {
    this.queue = this.queue.then(() => this.append(type, bytes)).catch(() => this.again());
    return this.queue;
  }

  async append(type, bytes) {
    if (this.closed || (!type && !this.type)) return;
    await this.opened;
    if (type && !MediaSource.isTypeSupported(type)) {
      this.unplayable = true;
      return;
    }
    if (type && !this.buffer) this.buffer = this.source.addSourceBuffer(type);
    else if (type) {
      this.buffer.abort();
      if (type !== this.type) this.buffer.changeType(type);
    }
    this.type = type || this.type;
    if (type) this.fragments = this.times.reader();
    this.fragments.push(bytes);
    await this.update(() => this.buffer.appendBuffer(bytes));
    this.catchUp();
    const from = this.video.currentTime - KEEP_SECONDS;
    this.times.forgetBefore(from);
    if (this.buffer?.buffered.length && this.buffer.buffered.start(0) < from) await this.update(() => this.buffer.remove(0, from));
  }

  /** The source is broken, by a picture that does not decode: another one, from where pictures begin anew. */
  again() {
    if (this.closed) return;
    this.shut();
    this.type = "";
    this.open();
    this.wantsAnew = true;
  }

  update(action) {
    return new Promise((resolve, reject) => {
      if (this.closed || !this.buffer) return reject(new DOMException("closed", "AbortError"));
      this.buffer.onupdateend = resolve;
      this.buffer.onerror = reject;
      action();
    });
  }

  /** To the newest end, and a little before it, so that it does not stand while the next comes. */
  catchUp() {
    const ranges = this.video.buffered;
    if (!ranges.length || this.closed) return;
    const [start, end] = [ranges.start(ranges.length - 1), ranges.end(ranges.length - 1)];
    const ahead = end - this.video.currentTime;
    if (this.video.currentTime < start || ahead > FAR_SECONDS || ahead < 0) this.video.currentTime = Math.max(start, end - NEAR_SECONDS);
    this.video.playbackRate = ahead > 1.2 ? 1.1 : ahead < 0.25 ? 0.95 : 1;
    if (this.video.paused) this.video.play().catch(() => null);
  }

  watchFrames() {
    this.video.requestVideoFrameCallback((_, frame) => {
      if (this.closed) return;
      this.watchFrames();
      const at = this.times.at(frame.mediaTime)?.[0] ?? frame.mediaTime;
      this.lastFrame = { at, seen: performance.now() };
      this.figure.dataset.frame = at;
      this.on.frame(this, at);
    });
  }

  get isLive() {
    return this.lastFrame !== null && performance.now() - this.lastFrame.seen < STILL_MS;
  }

  /** What lies over a screen that shows nothing of now; null title: nothing. */
  showPlate(title, note) {
    putPlate(this.plate, title, note);
  }
}
