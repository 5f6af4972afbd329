// Whether a canvas still lies over all of what it must cover: a browser can be made to take it away.

export function liesOver(canvas, stage) {
  const style = getComputedStyle(canvas);
  return canvas.parentElement === stage && style.display !== "none" && style.visibility === "visible"
    && Number(style.opacity) > 0.99 && canvas.clientWidth >= stage.clientWidth - 1
    && canvas.clientHeight >= stage.clientHeight - 1;
}

/** The canvas's pen in CSS pixels, over an empty canvas of the screen's own resolution. */
export function cleanPen(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}
