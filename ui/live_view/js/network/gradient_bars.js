// The numbers of each layer as bars: above its column the gradient norm and the state of its units, beneath it the error
// signal that reaches it.
import { depthColor } from "../shared/color.js";
import { percent, power, scientific } from "../shared/numbers.js";

const TOP_AREA = 44;
const BOTTOM_AREA = 122;
const DECADES = [5, 10]; // of a bar: at least, and at most if a signal gets lost on the way

export class GradientBars {
  // The height it needs above and beneath the network.
  get top() {
    return TOP_AREA;
  }

  get bottom() {
    return BOTTOM_AREA;
  }

  setScene(scene, theme) {
    this.scene = scene;
    this.theme = theme;
    this.scales = {};
  }

  // `x`: centres of the layers' columns; `each`: their width.
  layout(x, each, height) {
    Object.assign(this, { x, each, height });
    this.narrow = each < 96;
  }

  draw(context, layers) {
    this.drawGradients(context, layers);
    this.drawSignals(context, layers);
  }

  drawGradients(context, layers) {
    const scale = (this.scales.gradient = followScale(this.scales.gradient, layers.map((layer) => layer.gradient_norm)));
    const { theme } = this;
    this.note(context, 8, ["gradient ‖∂L/∂W‖", `log, ${spanOf(scale)}`]);
    layers.forEach((layer, j) => {
      const width = Math.min(this.each * 0.9, 150);
      const left = this.x[j] - width / 2;
      const room = this.narrow ? 0 : 48;
      const track = width - room;
      context.fillStyle = theme.panel;
      context.fillRect(left, 6, track, 8);
      context.fillStyle = depthColor(theme, j, layers.length);
      context.fillRect(left, 6, track * this.share(layer.gradient_norm, scale), 8);
      context.textBaseline = "middle";
      if (!this.narrow) {
        context.textAlign = "right";
        context.fillStyle = theme.text;
        context.font = `11.5px ${theme.font}`;
        context.fillText(scientific(layer.gradient_norm), left + width, 10);
      }
      const [state, color] = this.stateOf(layer, j);
      context.textAlign = "center";
      context.fillStyle = color;
      context.font = `${this.narrow ? 10 : 11.5}px ${theme.font}`;
      context.fillText(state, this.x[j], 27, this.each - 4);
    });
  }

  drawSignals(context, layers) {
    const { theme } = this;
    const scale = (this.scales.signal = followScale(this.scales.signal, layers.map((layer) => layer.signal_rms)));
    const base = this.height - 24;
    const tall = BOTTOM_AREA - 42;
    this.note(context, base - tall / 2 - 22, ["error signal", "φ = ∂L/∂z", "rms, log scale", spanOf(scale)]);
    layers.forEach((layer, j) => {
      const width = Math.min(62, this.each * 0.55);
      const left = this.x[j] - width / 2;
      const bar = this.share(layer.signal_rms, scale) * tall;
      context.fillStyle = theme.panel;
      context.fillRect(left, base - tall, width, tall);
      context.fillStyle = depthColor(theme, j, layers.length);
      context.fillRect(left, base - bar, width, bar);
      context.textAlign = "center";
      context.textBaseline = "top";
      context.fillStyle = theme.text;
      context.font = `600 ${this.narrow ? 10 : 12.5}px ${theme.font}`;
      context.fillText(scientific(layer.signal_rms), this.x[j], base + 6);
    });
  }

  note(context, top, lines) {
    context.fillStyle = this.theme.muted;
    context.font = `11px ${this.theme.font}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    lines.forEach((text, i) => context.fillText(text, 2, top + 15 * i, 88));
  }

  share(value, { top, decades }) {
    return value > 0 ? Math.max(0, Math.min(1, (Math.log10(value) - top + decades) / decades)) : 0;
  }

  stateOf(layer, j) {
    const { state } = this.scene.layers[j];
    const last = j === this.scene.layers.length - 1;
    const share = state ? `${percent(layer.flat_share)} ${this.narrow && state === "saturated" ? "sat." : state}` : "";
    const dead = layer.dead ? `${layer.dead} dead` : "";
    const frozen = layer.frozen && !last ? `${layer.frozen} frozen` : "";
    const high = state === "saturated" && layer.flat_share > 0.2 && !last;
    const color = dead ? this.theme.dead : high || frozen ? this.theme.saturatedText : this.theme.muted;
    return [[share, dead, frozen].filter(Boolean).join(" · "), color];
  }
}

// The scale of the bars for the next moment; there is none at first. It shifts rarely, and by whole decades, so that the
// bars of two moments stay comparable.
export function followScale(scale, values) {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  if (!logs.length) return scale ?? { top: 0, decades: DECADES[0] };
  const wanted = Math.ceil(Math.max(...logs));
  const top = scale && wanted <= scale.top && wanted >= scale.top - 2 ? scale.top : wanted;
  const needed = top - Math.floor(Math.min(...logs));
  return { top, decades: Math.max(scale?.decades ?? DECADES[0], Math.min(needed, DECADES[1])) };
}

const spanOf = ({ top, decades }) => `${power(top - decades)} … ${power(top)}`;
