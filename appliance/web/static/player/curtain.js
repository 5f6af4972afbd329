// What lies over the pictures when they must not be seen, and why. Some reasons pass: nobody answers, the end is being
// entered. The picture comes back when none of them is left. All other kinds are final.

const SAID_AS = { tampered: ["lost-title", "tampered"], "event-failed": ["event-title", "event-failed"] };

export class Curtain {
  constructor(player, words) {
    Object.assign(this, { player, words });
    this.sheet = player.querySelector(".curtain");
    this.passing = [];
    this.final = null;
  }

  get kind() {
    return this.final ?? this.passing.at(-1) ?? null;
  }

  get isFinal() {
    return this.final !== null;
  }

  /** Over the pictures for good. `values`: what its title names. */
  draw(kind, values = {}) {
    this.final = kind;
    this.show(values);
  }

  /** Over the pictures until it is lifted. */
  lower(kind) {
    if (!this.passing.includes(kind)) this.passing.push(kind);
    this.show();
  }

  lift(kind) {
    this.passing = this.passing.filter((each) => each !== kind);
    this.show();
  }

  has(kind) {
    return this.passing.includes(kind);
  }

  show(values = {}) {
    const { kind, sheet } = this;
    sheet.hidden = !kind;
    if (!kind) delete this.player.dataset.covered;
    else this.player.dataset.covered = kind;
    this.player.toggleAttribute("data-final", this.isFinal);
    if (!kind) return;
    this.player.closeSmall?.();
    const [title, note] = SAID_AS[kind] ?? [`${kind}-title`, `${kind}-note`];
    sheet.querySelector(".curtain-title").textContent = this.words[title].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    sheet.querySelector(".curtain-note").textContent = this.words[note];
    for (const part of sheet.querySelectorAll("[data-for]")) {
      part.hidden = part.dataset.for !== kind;
      for (const field of part.querySelectorAll("[type=password]")) field.required = !part.hidden;
    }
    const out = sheet.querySelector(".curtain-out");
    if (out) out.hidden = !this.isFinal;
  }

  /** Further sentences under the note. */
  add(sentences) {
    const place = this.sheet.querySelector(".curtain-more");
    place.replaceChildren(...sentences.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    place.hidden = !sentences.length;
  }
}
