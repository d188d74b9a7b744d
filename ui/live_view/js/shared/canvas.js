// Sizes of canvases. In a worker a canvas of another size, or a new one, waits at its first drawing until the page is
// idle, and a canvas that is given the size it has is emptied and waits as well.

// The page may have no OffscreenCanvas, and a worker has no document.
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
