// At a viewing station there is one window. No link and no form opens another by a key that is held or by another button,
// nothing has a menu, and nothing is dragged out of its place.

const never = (event) => event.preventDefault();
for (const kind of ["contextmenu", "auxclick", "dragstart", "drop"]) document.addEventListener(kind, never, true);

function opens(target) {
  if (target.closest("a[href], area[href]")) return true;
  const pressed = target.closest("button, input");
  return Boolean(pressed?.form) && ["submit", "image"].includes(pressed.type);
}

function click(event) {
  const held = event.shiftKey || event.ctrlKey || event.metaKey || event.altKey;
  if (held && event.target instanceof Element && opens(event.target)) event.preventDefault();
}
document.addEventListener("click", click, true);
