// Which charts are drawn next while the network trains. Curves over hundreds of steps move slowly, so the charts take
// turns. A new chart is drawn at once, and one that is scrolled out of the window not at all.
const MARGIN = "150px"; // around the window, so that a chart is up to date when it comes into view

export class DrawTurns {
  // `turns`: the number of turns in which every chart is drawn once.
  constructor(turns) {
    this.turns = turns;
    this.next = 0;
    this.away = new Set();
    const note = ({ target, isIntersecting }) => (isIntersecting ? this.away.delete(target) : this.away.add(target));
    const margins = { rootMargin: MARGIN, scrollMargin: MARGIN };
    this.observer = new IntersectionObserver((entries) => entries.forEach(note), margins);
    this.replace([]);
  }

  replace(plots) {
    this.observer.disconnect();
    this.away.clear();
    this.plots = plots;
    this.empty = true;
    for (const { plot } of plots) this.observer.observe(plot);
  }

  due() {
    if (this.empty) {
      this.empty = false;
      return this.plots;
    }
    const inSight = this.plots.filter(({ plot }) => !this.away.has(plot));
    const each = Math.ceil(inSight.length / this.turns);
    const due = Array.from({ length: each }, (_, i) => inSight[(this.next + i) % inSight.length]);
    this.next = (this.next + each) % Math.max(inSight.length, 1);
    return due;
  }
}
