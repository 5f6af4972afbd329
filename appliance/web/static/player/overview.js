// The whole granted range in a slim bar above the lanes, with the part of it that is in view as a window. A press brings
// the window there, a drag moves it.
const LEAST_WINDOW = 10;

export class Overview {
  /** `timeline`: whose view it shows and moves; `canvas`: where. */
  constructor(timeline, canvas) {
    Object.assign(this, { timeline, canvas });
    canvas.addEventListener("pointerdown", (event) => this.grab(event));
    new ResizeObserver(() => this.stale()).observe(canvas);
  }

  /** What there is of the cameras, or the place for it, is another. */
  stale() {
    this.sheet = null;
    this.timeline.paint(false);
  }

  // --- pointer ---

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * this.timeline.scale.seconds;
  }

  grab(event) {
    if (event.button !== 0 || this.held !== undefined) return;
    const { scale } = this.timeline;
    this.held = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    const pressed = this.at(event);
    const offset = scale.holds(pressed) ? pressed - scale.from : scale.span / 2;
    const move = (moved) => moved.pointerId === this.held && this.timeline.pan(this.at(moved) - offset);
    const drop = (dropped) => {
      if (dropped.pointerId !== this.held) return;
      this.held = undefined;
      this.canvas.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) this.canvas.removeEventListener(name, drop);
    };
    this.canvas.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, drop);
    move(event);
  }

  // --- painting ---

  paint(look) {
    const { canvas, timeline } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width || !height) return;
    const [wide, high] = [width, height].map((size) => Math.round(size * devicePixelRatio));
    if (canvas.width !== wide || canvas.height !== high) {
      Object.assign(canvas, { width: wide, height: high });
      this.sheet = null;
    }
    this.sheet ??= this.ground(width, height, look);
    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, wide, high);
    pen.drawImage(this.sheet, 0, 0);
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const { scale } = timeline;
    const x = (at) => (at / scale.seconds) * width;
    const seen = Math.max(LEAST_WINDOW, x(scale.to) - x(scale.from));
    const left = Math.min(Math.max(0, (x(scale.from) + x(scale.to)) / 2 - seen / 2), width - seen);
    pen.fillStyle = "rgb(10 14 18 / 62%)";
    pen.fillRect(0, 0, left, height);
    pen.fillRect(left + seen, 0, width - left - seen, height);
    pen.strokeStyle = look.colour.window;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.roundRect(left + 1, 1, seen - 2, height - 2, 3);
    pen.stroke();
    pen.fillStyle = look.colour.head;
    pen.fillRect(x(timeline.at) - 1, 0, 2, height);
  }

  /** A thread for each camera. */
  ground(width, height, look) {
    const sheet = Object.assign(document.createElement("canvas"), { width: this.canvas.width, height: this.canvas.height });
    const pen = sheet.getContext("2d");
    pen.scale(devicePixelRatio, devicePixelRatio);
    const { cameras, scale } = this.timeline;
    const high = (height - 6) / cameras.length;
    const thick = Math.max(1, high - 1);
    pen.fillStyle = look.colour.outside;
    pen.fillRect(0, 2, width, height - 4);
    cameras.forEach((camera, row) => {
      const fill = (runs, colour, least) => {
        pen.fillStyle = colour;
        for (const [start, end] of runs) pen.fillRect((start / scale.seconds) * width, 3 + row * high, Math.max(least, ((end - start) / scale.seconds) * width), thick);
      };
      fill(camera.granted, look.colour.lane, 1);
      fill(camera.spans, look.colour.kept, 0.5);
      pen.globalAlpha = 0.6;
      fill(camera.mixed, look.colour.gap, 1);
      pen.globalAlpha = 1;
      fill(camera.gaps.filter((gap) => gap[3] !== false), look.colour.gap, 1);
    });
    return sheet;
  }
}
