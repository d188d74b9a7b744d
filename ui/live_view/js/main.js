// Mounts a view into Streamlit's element, and keeps it across updates.
import { CompareView } from "./compare_view.js";
import { ExplorerView } from "./explorer_view.js";

const views = new WeakMap();

export function render(component) {
  const { parentElement, data } = component;
  let view = views.get(parentElement);
  if (!view) {
    view = new (data.stacks ? CompareView : ExplorerView)(parentElement);
    views.set(parentElement, view);
  }
  if (data) view.update(component);
  return () => {
    view.destroy();
    views.delete(parentElement);
  };
}
