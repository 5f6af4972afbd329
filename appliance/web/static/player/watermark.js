// Who is looking, at which case, and when: tiled over every picture, drifting slowly, so that no crop or zoom is free of
// it. A browser can be made to remove it; that is noticed here and stops the playing.
import { clockText, dayText, parts } from "../roc.js";
import { cleanPen, liesOver } from "./overlay.js";

const EVERY_MS = 200;
const LONGEST_MS = 1000;
const OF_PICTURE = 0.0177;
const LEAST_PX = 11;
const ANGLE = -0.32;

export class Watermark {
  /** `on`: {removed, waits}: it was taken away; whether a picture is awaited, which a browser without a graphics card
   * shows later for everything that is painted meanwhile: it then stands still where nothing is moved, a second at most. */
  constructor(canvas, lines, lang, on) {
    Object.assign(this, { canvas, lines, lang, on });
    this.stage = canvas.parentElement;
    this.timer = setInterval(() => this.draw(), EVERY_MS);
    this.draw();
  }

  stop() {
    clearInterval(this.timer);
  }

  draw() {
    if (!liesOver(this.canvas, this.stage)) return this.on.removed();
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const [now, boxes] = [performance.now(), this.boxes(width, height)];
    const where = JSON.stringify([width, height, devicePixelRatio, boxes]);
    if (where === this.where && this.drawnMs > now - LONGEST_MS && this.on.waits?.()) return;
    Object.assign(this, { where, drawnMs: now });
    const lines = this.said();
    const pen = cleanPen(this.canvas);
    for (const box of boxes) this.tile(pen, box, lines);
  }

  /** Its lines, with the moment of now. */
  said() {
    const now = parts(BigInt(Date.now()) * 1000000n);
    return [...this.lines, `${dayText(now, this.lang)} ${clockText(now)}`];
  }

  /** Where the pictures lie that are seen, in the canvas's pixels. */
  boxes(width, height) {
    const origin = this.canvas.getBoundingClientRect();
    const seen = [...this.stage.querySelectorAll(".picture")].filter((each) => each.checkVisibility({ visibilityProperty: true }));
    if (!seen.length) return [{ x: 0, y: 0, width, height }];
    return seen.map((each) => {
      const at = each.getBoundingClientRect();
      return { x: at.left - origin.left, y: at.top - origin.top, width: at.width, height: at.height };
    });
  }

  /** Over one picture, in letters that are of its own size, whatever is zoomed or cropped below. */
  tile(pen, { x: left, y: top, width, height }, lines) {
    const font = Math.max(LEAST_PX, Math.min(width, (height * 16) / 9) * OF_PICTURE);
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
    pen.font = `600 ${font}px "Noto Sans TC","Noto Sans CJK TC","Microsoft JhengHei",sans-serif`;
    pen.lineJoin = "round";
    const line = font * 1.36;
    const stepX = Math.max(...lines.map((each) => pen.measureText(each).width)) + font * 5.4;
    const stepY = lines.length * line + font * 4.1;
    const drift = (performance.now() / 90) % (2 * stepX);
    pen.translate(left + width / 2, top + height / 2);
    pen.rotate(ANGLE);
    const reach = Math.hypot(width, height) / 2 + stepX;
    let row = 0;
    for (let y = -reach; y < reach; y += stepY, row += 1) {
      const shift = (row % 2 ? drift : -drift) + (row % 2 ? stepX / 2 : 0);
      for (let x = -reach - stepX; x < reach + stepX; x += stepX) lines.forEach((each, index) => this.write(pen, each, x + (shift % stepX), y + index * line, font));
    }
    pen.restore();
  }

  write(pen, line, x, y, font) {
    pen.globalAlpha = 0.34;
    pen.lineWidth = font / 7;
    pen.strokeStyle = "#000";
    pen.strokeText(line, x, y);
    pen.globalAlpha = 0.5;
    pen.fillStyle = "#fff";
    pen.fillText(line, x, y);
  }
}
