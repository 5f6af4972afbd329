// The frame around the mask that is being changed: it is dragged, its handles resize it, and arrow keys do both.
import { moved, resized } from "./draft.js";

const HANDLES = ["top left", "top", "top right", "right", "bottom right", "bottom", "bottom left", "left"];
const STEP = 5;
const DRAGGED = 3;

export class MaskBox {
  /** `masks`: those over the picture that it lies in. `on`: begin(), put(edges), draw(from, to), pick(point). */
  constructor(masks, label, on) {
    Object.assign(this, { masks, on });
    this.edges = null;
    this.element = document.createElement("div");
    this.element.className = "mask-box";
    this.element.hidden = true;
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", label);
    for (const handle of HANDLES) {
      const grip = document.createElement("span");
      grip.className = "mask-grip";
      grip.dataset.handle = handle;
      this.element.append(grip);
    }
    masks.picture.append(this.element);
    this.element.addEventListener("keydown", (event) => this.key(event));
    masks.picture.classList.add("draws");
    masks.picture.addEventListener("pointerdown", (event) => this.grab(event));
  }

  /** Lays it around `edges`, in permille of the picture; null: nothing is being changed here. */
  lay(edges, number, isKey) {
    this.edges = edges;
    const box = edges && this.masks.box();
    this.element.hidden = !box;
    if (!box) return;
    const { x, y, wide, high } = this.masks.inside(box, edges);
    Object.assign(this.element.style, { left: `${x}px`, top: `${y}px`, width: `${wide}px`, height: `${high}px` });
    this.element.dataset.number = number || "";
    this.element.toggleAttribute("data-key", isKey);
  }

  grab(event) {
    const from = event.button === 0 ? this.masks.point(event) : null;
    if (!from) return;
    event.preventDefault();
    const { picture } = this.masks;
    const handle = event.target.closest(".mask-grip")?.dataset.handle;
    const isOfBox = Boolean(event.target.closest(".mask-box"));
    const [begun, x, y] = [this.edges, event.clientX, event.clientY];
    if (isOfBox) this.element.focus({ preventScroll: true });
    let dragged = false;
    const move = (moving) => {
      const to = this.masks.point(moving);
      if (!to) return;
      if (!dragged) {
        if (Math.hypot(moving.clientX - x, moving.clientY - y) < DRAGGED) return;
        dragged = true;
        if (this.on.begin(isOfBox) === false) return end();
      }
      const [across, down] = [to.x - from.x, to.y - from.y];
      if (!isOfBox) this.on.put({ left: Math.min(from.x, to.x), top: Math.min(from.y, to.y), right: Math.max(from.x, to.x), bottom: Math.max(from.y, to.y) });
      else this.on.put(handle ? resized(begun, handle, across, down) : moved(begun, across, down));
    };
    const end = () => {
      picture.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) picture.removeEventListener(name, end);
      if (!dragged && !isOfBox) this.on.pick(from);
    };
    picture.setPointerCapture(event.pointerId);
    picture.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) picture.addEventListener(name, end);
  }

  /** Arrow keys move it, with Shift they move its right and lower edge; the player has them elsewhere. */
  key(event) {
    const ways = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    const way = ways[event.key];
    if (!way || !this.edges || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const changed = event.shiftKey ? resized(this.edges, "bottom right", ...way) : moved(this.edges, ...way);
    if (this.on.begin(true, event.repeat) !== false) this.on.put(changed);
  }
}
