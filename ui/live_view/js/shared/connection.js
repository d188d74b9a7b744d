// Whether the server can be reached. Streamlit writes the state of its connection on the app's element. If it is lost, it
// also lays a dialog about its server over the page. The view says what that means for the run, so the dialog is closed.
const CONNECTION_STATE = "data-test-connection-state";
const CONNECTION_DIALOG = '[data-testid="stDialog"]:not(:has([data-testid="stVerticalBlock"]))'; // not one of our own

export class Connection {
  // `changed()` is called when the connection is lost, and when it is back.
  constructor(changed) {
    this.lost = false;
    this.app = document.querySelector(`[${CONNECTION_STATE}]`);
    const look = () => {
      const lost = this.isLost();
      if (lost) document.querySelector(`${CONNECTION_DIALOG} button[aria-label="Close"]`)?.click();
      if (lost === this.lost) return;
      this.lost = lost;
      changed();
    };
    this.observer = new MutationObserver(look);
    if (this.app) this.observer.observe(this.app, { attributeFilter: [CONNECTION_STATE] });
    this.observer.observe(document.body, { childList: true }); // where dialogs are added
    look();
  }

  isLost() {
    return ["CONNECTING", "PINGING_SERVER", "DISCONNECTED_FOREVER"].includes(this.app?.getAttribute(CONNECTION_STATE));
  }

  stop() {
    this.observer.disconnect();
  }
}
