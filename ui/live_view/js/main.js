// Mounts a view into Streamlit's element, and keeps it across updates.
import { CompareView } from "./compare_view.js";
import { ExplorerView } from "./explorer_view.js";
import { unpack } from "./shared/unpack.js";

const views = new WeakMap();

export function render({ parentElement, data, setTriggerValue }) {
  if (!views.has(parentElement)) views.set(parentElement, new Place(parentElement));
  const place = views.get(parentElement);
  if (data) place.receive(data, setTriggerValue);
  return () => {
    place.close();
    views.delete(parentElement);
  };
}

// Where a view stands. Messages are unpacked one after the other, and the first one makes the view.
class Place {
  constructor(parent) {
    this.parent = parent;
    this.view = null;
    this.closed = false;
    this.unpacking = Promise.resolve();
  }

  receive(packed, transmit) {
    const message = unpack(packed);
    this.unpacking = this.unpacking.then(async () => this.show(await message, transmit));
  }

  show(message, transmit) {
    if (this.closed) return;
    this.view ??= new (message.view === "comparison" ? CompareView : ExplorerView)(this.parent);
    this.view.update(message, transmit);
  }

  close() {
    this.closed = true;
    this.view?.destroy();
  }
}
