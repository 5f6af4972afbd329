// One to eight times into a picture, under the pointer, for the eye alone: what is fetched, covered and entered stays the
// same. Video, key picture and masks are moved as one by the style sheet, so that no mask ever lies elsewhere.

const MOST = 8;
const WHEEL = 0.0016;

export class Zoom {
  /** `picture`: what holds them all. */
  constructor(picture) {
    this.picture = picture;
    this.map = picture.appendChild(Object.assign(document.createElement("div"), { className: "zoom-map", hidden: true }));
    this.map.setAttribute("aria-hidden", "true");
    this.window = this.map.appendChild(document.createElement("div"));
    this.pointers = new Map();
    this.reset();
    picture.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    picture.addEventListener("pointerdown", (event) => this.press(event));
    picture.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) picture.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    new ResizeObserver(() => this.show()).observe(picture);
  }

  reset() {
    Object.assign(this, { factor: 1, x: 0, y: 0 });
    this.show();
  }

  /** Times `by`, with what lies under the point staying there. */
  around(clientX, clientY, by) {
    const box = this.picture.getBoundingClientRect();
    const [px, py] = [clientX - box.left, clientY - box.top];
    const factor = Math.min(MOST, Math.max(1, this.factor * by));
    const kept = factor / this.factor;
    this.x = px - (px - this.x) * kept;
    this.y = py - (py - this.y) * kept;
    this.factor = factor;
    this.show();
  }

  /** A page that is longer than its window is moved by the wheel, and zoomed with Ctrl or two fingers. */
  wheel(event) {
    if (!event.ctrlKey && document.scrollingElement.scrollHeight > window.innerHeight + 1) return;
    event.preventDefault();
    this.around(event.clientX, event.clientY, Math.exp(-event.deltaY * WHEEL * (event.ctrlKey ? 4 : 1)));
  }

  press(event) {
    if (event.button || event.target.closest("button, a")) return;
    this.pointers.set(event.pointerId, event);
    if (this.factor > 1 || this.pointers.size > 1) this.picture.setPointerCapture(event.pointerId);
  }

  /** One pointer drags; two pinch, and what lay between them goes along. */
  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    this.pointers.set(event.pointerId, event);
    const other = [...this.pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    if (this.factor <= 1 && !other) return;
    const share = other ? 0.5 : 1;
    this.x += (event.clientX - before.clientX) * share;
    this.y += (event.clientY - before.clientY) * share;
    const apart = (each) => Math.hypot(each.clientX - other.clientX, each.clientY - other.clientY);
    if (other) this.around((event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2, apart(event) / Math.max(1, apart(before)));
    else this.show();
  }

  /** Never past an edge; a small map shows where. */
  show() {
    const { picture, factor } = this;
    const { clientWidth: wide, clientHeight: high } = picture;
    this.x = Math.min(0, Math.max(wide * (1 - factor), this.x));
    this.y = Math.min(0, Math.max(high * (1 - factor), this.y));
    picture.style.setProperty("--zoom", String(factor));
    picture.style.setProperty("--zoom-x", `${this.x}px`);
    picture.style.setProperty("--zoom-y", `${this.y}px`);
    picture.toggleAttribute("data-zoomed", factor > 1);
    this.map.hidden = factor <= 1;
    if (factor <= 1 || !wide || !high) return;
    this.map.style.aspectRatio = `${wide} / ${high}`;
    const [left, top] = [-this.x / (wide * factor), -this.y / (high * factor)];
    Object.assign(this.window.style, { left: `${left * 100}%`, top: `${top * 100}%`, width: `${100 / factor}%`, height: `${100 / factor}%` });
  }
}
