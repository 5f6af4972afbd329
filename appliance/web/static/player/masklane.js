// The lane of masks below the timeline, in the same view of time: a bar for each mask, a diamond for each of its keys,
// and hatched what is to be masked and lies bare.

const ROW = 26;
const APART = 7; // pixels: nearer diamonds are drawn once

/** The stretches of `spans` in which none of `masks` lies; all as [from, to], in seconds. */
export function bareSpans(spans, masks) {
  const covered = masks.map(({ from, to }) => [from, to]).sort(([one], [other]) => one - other);
  const bare = [];
  for (const [start, end] of spans) {
    let at = start;
    for (const [from, to] of covered) {
      if (to <= at || from >= end) continue;
      if (from > at) bare.push([at, from]);
      at = Math.max(at, to);
    }
    if (at < end) bare.push([at, end]);
  }
  return bare;
}

/** The next moment after `at` in which no mask lies: where the next bare stretch begins, or a second on in this one. */
export function nextBare(spans, masks, at) {
  for (const [start, end] of bareSpans(spans, masks)) {
    if (start > at + 0.001) return start;
    if (at + 1 < end) return at + 1;
  }
  return null;
}

export class MaskLane {
  /** `element`: where it is built; `timeline`: whose view it shares. `on`: pick(camera, number), seek(seconds). */
  constructor(element, timeline, cameras, words, on) {
    Object.assign(this, { element, timeline, cameras, words, on, rows: [] });
    element.addEventListener("click", (event) => this.click(event));
    timeline.addEventListener("painted", () => this.paint());
  }

  /** `rows`: of each camera {camera, spans, masks: [{number, from, to, keys, isDraft}]}. */
  take(rows) {
    this.rows = rows;
    this.said = "";
    this.paint();
  }

  click(event) {
    const key = event.target.closest("[data-at]");
    const bar = event.target.closest("[data-bar]");
    if (bar) this.on.pick(bar.dataset.camera, Number(bar.dataset.bar));
    if (key) this.on.seek(Number(key.dataset.at));
    else if (bar) this.on.seek(Number(bar.dataset.from), true);
  }

  paint() {
    const [from, to] = this.timeline.view;
    const head = this.element.querySelector(".lane-head");
    const share = (at) => ((at - from) / (to - from)) * 100;
    if (head) head.style.left = `${share(this.timeline.at)}%`;
    const said = `${from} ${to} ${this.timeline.clientWidth}`;
    if (said === this.said) return;
    this.said = said;
    const focused = document.activeElement?.dataset?.bar;
    const newHead = made("div", "lane-head", { left: `${share(this.timeline.at)}%` });
    this.element.replaceChildren(...this.rows.map((row) => this.row(row, share)), newHead);
    if (focused && this.element.contains(document.activeElement) === false) this.element.querySelector(`[data-bar="${focused}"]`)?.focus();
  }

  row({ camera, spans, masks }, share) {
    const line = made("div", "lane-row");
    const part = (name, [start, end]) => {
      const [left, right] = [Math.max(0, share(start)), Math.min(100, share(end))];
      if (right > left) line.append(made("div", name, { left: `${left}%`, width: `${right - left}%` }));
    };
    for (const span of spans) part("lane-span", span);
    for (const span of bareSpans(spans, masks)) part("lane-bare", span);
    const ends = []; // where the last bar of each row ends
    for (const mask of [...masks].sort((one, other) => one.from - other.from)) {
      const free = ends.findIndex((end) => end <= mask.from);
      const at = free < 0 ? ends.length : free;
      ends[at] = mask.to;
      this.bar(line, camera, mask, at * ROW, share);
    }
    line.style.height = `${Math.max(1, ends.length) * ROW + 4}px`;
    line.append(Object.assign(made("span", "lane-camera"), { textContent: camera }));
    return line;
  }

  bar(line, camera, mask, top, share) {
    const [left, right] = [Math.max(0, share(mask.from)), Math.min(100, share(mask.to))];
    if (right <= 0 || left >= 100) return;
    const bar = made("button", "lane-bar", { left: `min(${left}%, 100% - 1.5rem)`, width: `max(1.5rem, ${right - left}%)`, top: `${top + 2}px` });
    bar.type = "button";
    Object.assign(bar.dataset, { bar: mask.number, camera, from: mask.from });
    if (mask.isDraft) bar.dataset.draft = "yes";
    const keys = mask.keys.length ? this.words["mask-keys"].replace("{count}", mask.keys.length) : "";
    bar.setAttribute("aria-label", (mask.number ? this.words["mask-bar"].replace("{number}", mask.number) : this.words["mask-new"]) + keys);
    bar.append(Object.assign(made("span", "lane-number"), { textContent: mask.number || "＋" }));
    line.append(bar);
    let last = -Infinity;
    const width = this.timeline.clientWidth;
    for (const { at } of mask.keys) {
      const place = share(at);
      if (place < 0 || place > 100 || ((place - last) * width) / 100 < APART) continue;
      last = place;
      const key = made("span", "lane-key", { left: `${place}%`, top: `${top + 2}px` });
      Object.assign(key.dataset, { at, bar: mask.number, camera });
      if (mask.isDraft) key.dataset.draft = "yes";
      line.append(key);
    }
  }
}

function made(tag, name, style = {}) {
  const element = document.createElement(tag);
  element.className = name;
  Object.assign(element.style, style);
  return element;
}
