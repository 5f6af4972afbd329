// Who is looking, at which case, and when: tiled over every picture, drifting slowly, so that no crop or zoom is free of
// it. A browser can be made to remove it; that is noticed here and stops the playing.
import { clockText, dayText, parts } from "../roc.js";
import { cleanPen, liesOver } from "./overlay.js";

const EVERY_MS = 200;
const FONT_PX = 22;
const LINE_PX = 30;
const ANGLE = -0.32;

export class Watermark {
  constructor(canvas, lines, lang, onRemoved) {
    Object.assign(this, { canvas, lines, lang, onRemoved });
    this.stage = canvas.parentElement;
    this.timer = setInterval(() => this.draw(), EVERY_MS);
    this.draw();
  }

  stop() {
    clearInterval(this.timer);
  }

  draw() {
    if (!liesOver(this.canvas, this.stage)) return this.onRemoved();
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const now = parts(BigInt(Date.now()) * 1000000n);
    const lines = [...this.lines, `${dayText(now, this.lang)} ${clockText(now)}`];
    const pen = cleanPen(this.canvas);
    pen.font = `600 ${FONT_PX}px "Noto Sans TC","Noto Sans CJK TC","Microsoft JhengHei",sans-serif`;
    pen.lineJoin = "round";
    const stepX = Math.max(...lines.map((line) => pen.measureText(line).width)) + 120;
    const stepY = lines.length * LINE_PX + 90;
    const drift = (performance.now() / 90) % (2 * stepX);
    pen.translate(width / 2, height / 2);
    pen.rotate(ANGLE);
    const reach = Math.hypot(width, height) / 2 + stepX;
    let row = 0;
    for (let y = -reach; y < reach; y += stepY, row += 1) {
      const shift = (row % 2 ? drift : -drift) + (row % 2 ? stepX / 2 : 0);
      for (let x = -reach - stepX; x < reach + stepX; x += stepX) lines.forEach((line, index) => this.write(pen, line, x + (shift % stepX), y + index * LINE_PX));
    }
  }

  write(pen, line, x, y) {
    pen.globalAlpha = 0.34;
    pen.lineWidth = 3;
    pen.strokeStyle = "#000";
    pen.strokeText(line, x, y);
    pen.globalAlpha = 0.5;
    pen.fillStyle = "#fff";
    pen.fillText(line, x, y);
  }
}
