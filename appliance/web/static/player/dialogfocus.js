// Tab goes round in a dialog. A modal one lets it out to the browser's own bar, which a registered station has not: there
// the next press of Tab would go nowhere.

const STOPS = "a[href], button, input:not([type=hidden]), select, textarea, [tabindex]";

export function keepFocusIn(dialog) {
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = [...dialog.querySelectorAll(STOPS)].filter((each) => each.tabIndex >= 0 && !each.disabled && each.checkVisibility({ visibilityProperty: true }));
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (!stops.length || (document.activeElement !== from && dialog.contains(document.activeElement))) return;
    event.preventDefault();
    to.focus();
  });
}
