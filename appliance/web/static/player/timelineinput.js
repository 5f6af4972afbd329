// What a hand does on the lanes. A mouse or a pen drags the play head; one finger moves the view, two pinch it, a tap
// goes there, and a finger on the play head drags that. A mouse that rests is asked about by the preview.

const TAP = 8;
const ON_HEAD = 22;
const EDGE = 0.02;
const PAGE_PIXELS = 600;

export class TimelineInput {
  /** `timeline`: the element; it is told by show, pan, scrub, drop and hover. */
  constructor(timeline) {
    this.timeline = timeline;
    this.fingers = new Map();
    timeline.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    timeline.addEventListener("pointerdown", (event) => this.press(event));
    timeline.addEventListener("pointermove", (event) => this.move(event));
    timeline.addEventListener("pointerup", (event) => this.lift(event, true));
    timeline.addEventListener("pointercancel", (event) => this.lift(event, false));
    timeline.addEventListener("pointerleave", () => timeline.hover(null));
  }

  x(event) {
    return event.clientX - this.timeline.getBoundingClientRect().left;
  }

  at(event) {
    const { timeline } = this;
    return timeline.scale.at(this.x(event), timeline.clientWidth);
  }

  wheel(event) {
    event.preventDefault();
    const { timeline } = this;
    const isPan = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (isPan) timeline.pan(timeline.scale.from + ((event.deltaX || event.deltaY) / PAGE_PIXELS) * timeline.scale.span);
    else timeline.zoom(Math.exp(event.deltaY / 500), this.at(event));
  }

  press(event) {
    const { timeline, fingers } = this;
    if (event.button !== 0 || timeline.isOff) return;
    timeline.setPointerCapture(event.pointerId);
    timeline.hover(null);
    const x = this.x(event);
    fingers.set(event.pointerId, { x, began: x, moved: false });
    if (fingers.size > 1) return void this.letGoOfHead();
    const isOnHead = Math.abs(x - timeline.scale.x(timeline.at, timeline.clientWidth)) <= ON_HEAD;
    if (event.pointerType !== "touch" || isOnHead) {
      timeline.dragging = true;
      if (event.pointerType !== "touch") this.scrub(event);
    }
  }

  /** A second finger came: it is a pinch, and the head stays where it was brought. */
  letGoOfHead() {
    for (const finger of this.fingers.values()) finger.moved = true;
    if (this.timeline.dragging) this.timeline.drop(this.timeline.at);
  }

  move(event) {
    const { timeline, fingers } = this;
    const finger = fingers.get(event.pointerId);
    if (!finger) return void (event.pointerType === "mouse" && timeline.hover(this.at(event), event));
    const before = finger.x;
    finger.x = this.x(event);
    finger.moved ||= Math.abs(finger.x - finger.began) > TAP;
    if (timeline.dragging) return void this.scrub(event);
    if (!finger.moved) return;
    const [other] = [...fingers.values()].filter((each) => each !== finger);
    if (other) this.pinch(before, finger.x, other.x);
    else timeline.pan(timeline.scale.from - ((finger.x - before) / timeline.clientWidth) * timeline.scale.span);
  }

  /** What lay under each of two fingers still does. */
  pinch(before, now, other) {
    const { timeline } = this;
    const { scale, clientWidth } = timeline;
    const [apart, wasApart] = [Math.abs(now - other), Math.abs(before - other)].map((each) => Math.max(TAP, each));
    timeline.zoom(wasApart / apart, scale.from + (other / clientWidth) * scale.span);
  }

  lift(event, isDone) {
    const { timeline, fingers } = this;
    const finger = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    if (!finger) return;
    const isTap = isDone && event.pointerType === "touch" && !finger.moved;
    if (timeline.dragging || isTap) timeline.drop(isDone ? this.at(event) : timeline.at);
  }

  /** At the edge of the view dragging goes on: the view moves along. */
  scrub(event) {
    const { timeline } = this;
    const share = this.x(event) / timeline.clientWidth;
    if (share < EDGE || share > 1 - EDGE) timeline.pan(timeline.scale.from + (share < 0.5 ? -0.03 : 0.03) * timeline.scale.span);
    timeline.scrub(this.at(event));
  }
}
