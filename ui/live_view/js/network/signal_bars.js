// The bars of a small network in Compare: the error signal that reaches each layer, on a scale that all stacks share.
import { depthColor } from "../shared/color.js";
import { GradientBars } from "./gradient_bars.js";
import { scientific } from "../shared/numbers.js";

const BAR_HEIGHT = 38; // of a bar

export class SignalBars extends GradientBars {
  get top() {
    return 22;
  }

  get bottom() {
    return BAR_HEIGHT + 22;
  }

  draw(context, layers, scale) {
    const { theme } = this;
    const base = this.height - 18;
    this.note(context, base - BAR_HEIGHT + 6, ["error signal", `rms φ, log`]);
    context.textBaseline = "middle";
    layers.forEach((layer, j) => {
      const [state, color] = this.stateOf(layer, j);
      const width = Math.min(54, this.each * 0.6);
      const left = this.x[j] - width / 2;
      const bar = this.share(layer.signal_rms, scale) * BAR_HEIGHT;
      context.textAlign = "center";
      context.font = `10.5px ${theme.font}`;
      context.fillStyle = color;
      context.fillText(state, this.x[j], 12, this.each - 2);
      context.fillStyle = theme.panel;
      context.fillRect(left, base - BAR_HEIGHT, width, BAR_HEIGHT);
      context.fillStyle = depthColor(theme, j, layers.length);
      context.fillRect(left, base - bar, width, bar);
      context.fillStyle = theme.text;
      context.font = `600 11px ${theme.font}`;
      context.fillText(scientific(layer.signal_rms), this.x[j], base + 10);
    });
  }
}
