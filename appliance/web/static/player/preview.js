// What a mouse that rests on the timeline is shown: the moment, what there is of that lane, and, after a quarter of a
// second, a small picture with the watermark burnt in. The picture is a key picture like any other: the keeper enters ten
// seconds around it as released before it leaves, and it counts as shown. Passing over asks for nothing.
import { clockText, dayText, parts } from "../roc.js";

const REST_MS = 250;
const WIDE = 256;
const HIGH = 144;

export class Preview {
  /** `box`: holds canvas, time and note; placed over the timeline. */
  constructor(player, box) {
    Object.assign(this, { player, box });
    this.canvas = box.querySelector("canvas");
    player.timeline.addEventListener("hover", ({ detail }) => (detail ? this.rest(detail) : this.leave()));
    player.timeline.addEventListener("scrub", () => this.leave());
  }

  /** Nothing is asked for any more, and nothing of it stays. */
  leave() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.asked = null;
    this.clear();
    this.box.hidden = true;
  }

  clear() {
    this.shownAt = null;
    this.canvas.hidden = true;
    this.canvas.getContext("2d").clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** The pointer is at a moment, over a camera's lane or over the axis, which is of the first with footage. */
  rest({ seconds, camera, x }) {
    const { player } = this;
    if (player.covered) return this.leave();
    const track = camera ? player.tracks.find((each) => each.there === camera) : player.tracks.find((each) => each.coverage(seconds)) ?? player.tracks[0];
    this.write(track, seconds, x);
    clearTimeout(this.timer);
    const pixel = player.timeline.scale.span / player.timeline.clientWidth;
    if (this.shownAt?.track === track && Math.abs(this.shownAt.seconds - seconds) <= pixel) return;
    this.asked?.abort();
    this.clear();
    if (this.may(track, seconds)) this.timer = setTimeout(() => this.show(track, seconds), REST_MS);
  }

  /** Whether a picture may be asked for: it was granted, there is one, and somebody may see it now. */
  may(track, seconds) {
    const { player } = this;
    return !player.covered && !player.timeline.dragging && track.there.isGranted(seconds) && track.coverage(seconds) !== null;
  }

  write(track, seconds, x) {
    const { player, box } = this;
    const p = parts(player.nsAt(seconds));
    const scale = player.timeline.scale.span;
    box.querySelector("[data-time]").textContent = clockText(p, scale < 30 ? 2 : 0);
    box.querySelector("[data-day]").textContent = dayText(p, player.language);
    box.querySelector("[data-note]").textContent = [track.number, this.stateOf(track, seconds)].filter(Boolean).join(" ");
    box.hidden = false;
    this.x = x;
    this.place();
  }

  /** Over the pointer and inside the timeline: a picture makes the box wider. */
  place() {
    const { left, width } = this.player.timeline.getBoundingClientRect();
    const half = this.box.offsetWidth / 2;
    this.box.style.left = `${Math.min(Math.max(half, this.x - left), width - half)}px`;
  }

  /** Why there is no picture; "" where there is. */
  stateOf(track, seconds) {
    const { words } = this.player;
    const { there } = track;
    if (!there.isGranted(seconds)) return words["outside"];
    if (track.coverage(seconds)) return "";
    const gap = there.gapAt(seconds);
    return gap?.[2] ?? words["no-picture"];
  }

  async show(track, seconds) {
    if (!this.may(track, seconds)) return;
    const asked = (this.asked = new AbortController());
    const found = await track.still.picture(seconds, asked.signal).catch(() => null);
    if (!found || asked.signal.aborted || !this.may(track, seconds)) return;
    this.paint(found.picture);
    this.shownAt = { track, seconds };
    this.player.shown.frame(track.number, found.at);
  }

  /** In one step with the watermark, so that there is no picture without. */
  paint(picture) {
    const { canvas, player } = this;
    const scale = devicePixelRatio;
    Object.assign(canvas, { width: Math.round(WIDE * scale), height: Math.round(HIGH * scale) });
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, WIDE, HIGH);
    const share = Math.min(WIDE / picture.naturalWidth, HIGH / picture.naturalHeight);
    const [wide, high] = [picture.naturalWidth * share, picture.naturalHeight * share];
    pen.drawImage(picture, (WIDE - wide) / 2, (HIGH - high) / 2, wide, high);
    player.watermark.tile(pen, { x: 0, y: 0, width: WIDE, height: HIGH }, player.watermark.said());
    canvas.hidden = false;
    this.place();
  }
}
