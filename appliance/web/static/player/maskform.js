// The form of the mask that is being drawn or changed: which camera, which rectangle and from when to when, as they are
// typed and filled in.
import { clockText, parts } from "../roc.js";
import { readJump } from "./jump.js";

const EDGES = ["left", "top", "width", "height"];
const TYPED = ["camera", ...EDGES, "from", "to"];

export class MaskForm {
  constructor(player, element) {
    Object.assign(this, { player, element });
  }

  field(name) {
    return this.element.elements[name];
  }

  /** Whether this field says what mask it is. */
  isOfMask(name) {
    return TYPED.includes(name);
  }

  /** Whether this field says where the mask is. */
  isOfPlace(name) {
    return EDGES.includes(name);
  }

  /** Moments in seconds, by the names of their fields. */
  fillTimes(values) {
    for (const [name, value] of Object.entries(values)) this.field(name).value = clockText(parts(this.player.nsAt(value)), 3);
  }

  /** A rectangle in permille; null leaves what stands there. */
  fillPlace(place) {
    if (!place) return;
    const values = { left: place.left, top: place.top, width: place.right - place.left, height: place.bottom - place.top };
    for (const [name, value] of Object.entries(values)) this.field(name).value = String(value / 10);
  }

  clearPlace() {
    for (const name of EDGES) this.field(name).value = "";
  }

  /** The rectangle that is typed, in permille; null where it is none yet. */
  typed() {
    const [left, top, width, height] = EDGES.map((name) => (this.field(name).value === "" ? NaN : Math.round(Number(this.field(name).value.normalize("NFKC")) * 10)));
    const edges = { left, top, right: left + width, bottom: top + height };
    return Object.values(edges).every(Number.isFinite) && width > 0 && height > 0 ? edges : null;
  }

  /** A moment that was typed, in seconds; null where it is none. The end of the range is one, too. */
  moment(name) {
    const { startNs, seconds } = this.player.grant;
    const found = readJump(this.field(name).value, startNs, seconds + 1);
    return found.problem ? null : Math.min(found.at, seconds);
  }
}
