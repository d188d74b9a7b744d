// Keys for whoever stands at a projector. They work anywhere on the page except while one types or chooses.

const TYPING = "input:not([type=range]), select, textarea, [contenteditable], [role=combobox], [role=option], [role=slider]";

export class Keyboard {
  // `actions`: key → what to do; false from it leaves the key to others.
  constructor(actions) {
    this.onKey = (event) => {
      const on = event.composedPath()[0];
      if (event.ctrlKey || event.metaKey || event.altKey || on.matches?.(TYPING)) return;
      const act = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act || (event.key === " " && on.matches?.("button, a, summary"))) return;
      if (event.key.startsWith("Arrow") && on.matches?.("input, canvas, [role=radio], [role=tab]")) return;
      if (act() === false) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // Streamlit has keys of its own
    };
    window.addEventListener("keydown", this.onKey, true);
  }

  stop() {
    window.removeEventListener("keydown", this.onKey, true);
  }
}
