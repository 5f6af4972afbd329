// The list of gaps under the player. It is read anew when a stretch turns out to hold no picture: what did not open is
// known only once it was tried.

export class GapList {
  /** `section` holds a table, a template of its rows and the sentence that there are none. */
  constructor(section, url) {
    Object.assign(this, { section, url });
  }

  /** Asks the keeper and shows its list; {cameras, mixed}: gaps by camera as [start, end, cause, whether anything is
   * missing], or null when it did not answer. `window`: the moments in nanoseconds between which alone, for the
   * timeline; the list is of everything. */
  async read(window = null) {
    const query = window ? `?${new URLSearchParams({ start_ns: window[0], end_ns: window[1] })}` : "";
    const answer = await fetch(`${this.url}${query}`, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return null;
    const found = await answer.json();
    if (!window) this.show(found.rows, found.more);
    return found;
  }

  show(rows, more) {
    const row = this.section.querySelector("template").content;
    const shown = rows.map((gap) => {
      const copy = row.cloneNode(true);
      for (const cell of copy.querySelectorAll("[data-field]")) cell.textContent = gap[cell.dataset.field];
      return copy;
    });
    this.section.querySelector("tbody").replaceChildren(...shown);
    this.section.querySelector(".table-card").hidden = !rows.length;
    this.section.querySelector("[data-none]").hidden = Boolean(rows.length);
    const rest = this.section.querySelector("[data-more]");
    rest.hidden = !more;
    rest.querySelector("[data-count]").textContent = more;
  }
}
