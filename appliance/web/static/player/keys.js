// Every key of the player, and the sheet that tells of them. Keys work wherever the focus is, but in fields.
import { keepFocusIn } from "./dialogfocus.js";

const SPEEDS = { minute: 60, leap: 5, page: 600 };
const ZOOM = 0.6;
const PAN = 0.25;

/** What each key does, by what the browser calls it; capital letters are with shift. */
function actions(player, { shiftKey, target }) {
  const { playback, timeline } = player;
  const leap = shiftKey ? SPEEDS.minute : SPEEDS.leap;
  const onTimeline = target === timeline;
  return {
    " ": target.closest("button, a, summary") ? null : () => player.act("toggle"),
    k: () => player.act("toggle"),
    arrowleft: () => player.gaps.jumpBy(-leap),
    arrowright: () => player.gaps.jumpBy(leap),
    ",": () => player.act("frame-back"),
    ".": () => player.act("frame-on"),
    n: () => player.act("next"),
    p: () => player.act("previous"),
    g: () => player.act(shiftKey ? "gap-back" : "gap-on"),
    s: () => player.act("search"),
    x: () => player.act("skip"),
    home: () => player.seek(0),
    end: () => player.seek(playback.seconds - 0.5),
    pageup: onTimeline ? () => player.gaps.jumpBy(-SPEEDS.page) : null,
    pagedown: onTimeline ? () => player.gaps.jumpBy(SPEEDS.page) : null,
    j: () => player.act("back-ten"),
    l: () => player.act("on-ten"),
    i: () => player.act("mark-in"),
    o: () => player.act("mark-out"),
    r: () => player.act("loop"),
    escape: escape(player),
    0: () => player.resetLook(),
    f: () => player.act("fullscreen"),
    m: () => player.act("sound"),
    "?": () => player.act("help"),
    "+": () => player.act("zoom-in"),
    "=": () => player.act("zoom-in"),
    "-": () => player.act("zoom-out"),
    "<": () => player.act("pan-back"),
    ">": () => player.act("pan-on"),
    w: () => player.act("fit"),
    ...Object.fromEntries(player.tracks.slice(0, 9).map((_, index) => [String(index + 1), () => player.solo(index)])),
  };
}

/** What lies open is closed, the list of gaps first; null where nothing does. */
function escape(player) {
  if (player.dataset.panel === "yes") return () => player.act("panel");
  return player.search?.isOpen ? () => player.search.toggle(false) : null;
}

/** Does what a key says; a key that says nothing here is the browser's. */
export function onKey(player, event) {
  if (player.covered || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea, dialog")) return;
  const action = actions(player, event)[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
}

/** What moves the timeline, by the names of buttons and keys. */
export function timelineActs(timeline) {
  const { scale } = timeline;
  return {
    "zoom-in": () => timeline.zoom(ZOOM),
    "zoom-out": () => timeline.zoom(1 / ZOOM),
    "pan-back": () => timeline.pan(scale.from - PAN * scale.span),
    "pan-on": () => timeline.pan(scale.from + PAN * scale.span),
    fit: () => timeline.fit(),
  };
}

/** The sheet of keys: a dialog, closed by its button, Escape or ? again. */
export class KeySheet {
  constructor(dialog) {
    this.dialog = dialog;
    keepFocusIn(dialog);
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "?") return;
      event.preventDefault();
      dialog.close();
    });
    dialog.addEventListener("click", (event) => (event.target === dialog || event.target.closest("[data-close]")) && dialog.close());
  }

  toggle() {
    if (this.dialog.open) this.dialog.close();
    else this.dialog.showModal();
  }

  close() {
    this.dialog.close();
  }
}
