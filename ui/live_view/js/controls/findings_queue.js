// Findings arrive with the frames that they are about, some time before these are shown. Each is shown with its frame.
export class FindingsQueue {
  constructor() {
    this.items = [];
  }

  // `said`: { run, index, …}: from this frame of a run on, until another is.
  push(said) {
    if (said.run !== this.items.at(-1)?.run) this.items = [];
    this.items = [...this.items.filter(({ index }) => index < said.index), said];
  }

  // What is said with a frame.
  at(index) {
    const due = this.items.filter((said) => said.index <= index).length;
    this.items.splice(0, due - 1);
    return this.items[0];
  }
}
