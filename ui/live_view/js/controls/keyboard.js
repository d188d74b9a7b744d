// Keyboard shortcuts. They work anywhere on the page except while the visitor types or chooses.

const TYPING = "input:not([type=range]), select, textarea, [contenteditable], [role=combobox], [role=option], [role=slider]";

export class Keyboard {
  // `actions`: key → function; if it returns false, the key keeps its usual meaning.
  constructor(actions) {
    this.onKey = (event) => {
      const on = event.composedPath()[0];
      if (event.ctrlKey || event.metaKey || event.altKey || on.matches?.(TYPING)) return;
      const act = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!act || (event.key === " " && on.matches?.("button, a, summary"))) return;
      if (event.key.startsWith("Arrow") && on.matches?.("input, canvas, [role=radio], [role=tab]")) return;
      if (act() === false) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // Streamlit has shortcuts of its own
    };
    window.addEventListener("keydown", this.onKey, true);
  }

  stop() {
    window.removeEventListener("keydown", this.onKey, true);
  }
}
