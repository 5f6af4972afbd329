// The list of gaps under the player. It is read anew when a stretch turns out to hold no picture: what did not open is
// known only once it was tried.

export class GapList {
  /** `section` holds a table, a template of its rows and the sentence that there are none. */
  constructor(section, url) {
    Object.assign(this, { section, url });
  }

  /** Asks the keeper and shows its list; the gaps by camera as [start, end, cause], or null when it did not answer. */
  async read() {
    const answer = await fetch(this.url, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return null;
    const { rows, cameras } = await answer.json();
    this.show(rows);
    return cameras;
  }

  show(rows) {
    const row = this.section.querySelector("template").content;
    const shown = rows.map((gap) => {
      const copy = row.cloneNode(true);
      for (const cell of copy.querySelectorAll("[data-field]")) cell.textContent = gap[cell.dataset.field];
      return copy;
    });
    this.section.querySelector("tbody").replaceChildren(...shown);
    this.section.querySelector(".table-card").hidden = !rows.length;
    this.section.querySelector("[data-none]").hidden = Boolean(rows.length);
  }
}
