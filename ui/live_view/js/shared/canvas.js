// Sizes of canvases. In a worker, the first drawing on a new or resized canvas waits until the page is idle. Setting the
// size that a canvas already has clears it and waits too, so a size is set only when it changes.

// A browser may lack OffscreenCanvas, and a worker has no document.
export function blankCanvas() {
  return globalThis.OffscreenCanvas ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
}

export function setSize(canvas, width, height) {
  if (canvas.width !== Math.floor(width)) canvas.width = width;
  if (canvas.height !== Math.floor(height)) canvas.height = height;
}

export function growTo(canvas, width, height) {
  setSize(canvas, Math.max(canvas.width, width), Math.max(canvas.height, height));
}
