// Beneath a small network: a bar a layer for the error signal that reaches it, on a scale that all stacks share.
import { depthColor } from "../shared/color.js";
import { Gauges } from "./gradient_bars.js";
import { scientific } from "../shared/numbers.js";

const STRIP_HEIGHT = 38; // of a bar

export class SignalStrip extends Gauges {
  get top() {
    return 22;
  }

  get bottom() {
    return STRIP_HEIGHT + 22;
  }

  draw(context, layers, scale) {
    const { theme } = this;
    const base = this.height - 18;
    this.note(context, base - STRIP_HEIGHT + 6, ["error signal", `rms φ, log`]);
    context.textBaseline = "middle";
    layers.forEach((layer, j) => {
      const [state, color] = this.stateOf(layer, j);
      const width = Math.min(54, this.each * 0.6);
      const left = this.x[j] - width / 2;
      const bar = this.share(layer.signal_rms, scale) * STRIP_HEIGHT;
      context.textAlign = "center";
      context.font = `10.5px ${theme.font}`;
      context.fillStyle = color;
      context.fillText(state, this.x[j], 12, this.each - 2);
      context.fillStyle = theme.panel;
      context.fillRect(left, base - STRIP_HEIGHT, width, STRIP_HEIGHT);
      context.fillStyle = depthColor(theme, j, layers.length);
      context.fillRect(left, base - bar, width, bar);
      context.fillStyle = theme.text;
      context.font = `600 11px ${theme.font}`;
      context.fillText(scientific(layer.signal_rms), this.x[j], base + 10);
    });
  }
}
