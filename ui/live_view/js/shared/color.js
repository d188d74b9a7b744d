// Colours: one diverging scale for data, unit outputs and weights; one sequential scale by depth for layers; two state
// colours. They follow the theme that Streamlit provides as CSS variables.

const ORANGE = [224, 122, 43];
const BLUE = [31, 111, 184];
const CLASS_COLORS = [[224, 122, 43], [31, 111, 184], [122, 92, 190]];
// Anchors of viridis (van der Walt & Smith 2015), without the ends, which would vanish on the background.
const DEPTH_LIGHT = [[72, 26, 108], [64, 70, 136], [44, 113, 142], [33, 144, 141], [53, 173, 110], [150, 170, 20]];
const DEPTH_DARK = [[170, 120, 214], [104, 140, 230], [70, 170, 220], [60, 190, 160], [110, 206, 100], [240, 220, 60]];
// Magma without its dark end (Smith & van der Walt 2015); not the colours of the layers.
const RAMP = [[20, 14, 54], [81, 18, 124], [183, 55, 121], [252, 137, 97], [252, 253, 191]];

// Stacks that are compared: they differ in lightness as well as in hue, and from the colours of data and of depth.
const STACKS_LIGHT = ["#2b3648", "#d3157a", "#0a9cc4", "#8c5a3c"];
const STACKS_DARK = ["#e6ebf2", "#ff5fae", "#2ccdf2", "#c99b7c"];

export function readTheme(element) {
  const css = getComputedStyle(element);
  const value = (name, fallback) => css.getPropertyValue(name).trim() || fallback;
  const background = value("--st-background-color", "#ffffff");
  const dark = luminance(background) < 0.4;
  return {
    dark,
    background,
    panel: value("--st-secondary-background-color", dark ? "#1a1d24" : "#f6f7f9"),
    text: value("--st-text-color", dark ? "#eceff4" : "#1b1f27"),
    muted: dark ? "#9aa3b2" : "#5b6577",
    line: dark ? "#2c323d" : "#dfe3ea",
    neutral: dark ? [44, 50, 61] : [243, 245, 248],
    orange: ORANGE,
    blue: dark ? [76, 152, 222] : BLUE,
    classes: dark ? [[232, 136, 62], [76, 152, 222], [164, 134, 230]] : CLASS_COLORS,
    stacks: dark ? STACKS_DARK : STACKS_LIGHT,
    saturated: dark ? "#f2b632" : "#b97a00",
    saturatedText: dark ? "#f2b632" : "#8f6000",
    dead: dark ? "#ff6b5e" : "#c22f22",
    good: dark ? "#5fc79b" : "#2c7f5c",
    font: value("--st-font", "sans-serif"),
  };
}

function luminance(color) {
  const [r, g, b] = parseColor(color);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

function parseColor(color) {
  if (color.startsWith("#")) {
    const hex = color.length === 4 ? [...color.slice(1)].map((c) => c + c).join("") : color.slice(1, 7);
    return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
  }
  return (color.match(/[\d.]+/g) || [255, 255, 255]).slice(0, 3).map(Number);
}

const mix = (a, b, t) => a.map((value, i) => value + (b[i] - value) * t);
export const rgb = (c, alpha = 1) => `rgba(${c[0] | 0},${c[1] | 0},${c[2] | 0},${alpha})`;

// The colour of layer j of J, counted from 0.
export function depthColor(theme, j, count) {
  const anchors = theme.dark ? DEPTH_DARK : DEPTH_LIGHT;
  const at = count > 1 ? (j / (count - 1)) * (anchors.length - 1) : 0;
  const low = Math.min(Math.floor(at), anchors.length - 2);
  return rgb(mix(anchors[low], anchors[low + 1], at - low));
}

// 256 packed RGBA pixels: byte 1 is orange, 128 neutral, 255 blue. `strength` below 1 mutes the ends.
export function divergingPixels(theme, strength = 1) {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const t = (i - 128) / 127;
    const color = mix(theme.neutral, t < 0 ? theme.orange : theme.blue, Math.min(Math.abs(t), 1) * strength);
    table[i] = pack(color);
  }
  return table;
}

// One packed pixel of a sequential scale, from dark at 0 to bright at 1; below 0 the colour for zero.
export function rampColor(theme, t) {
  if (t < 0) return pack(parseColor(theme.dead));
  const at = Math.min(t, 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(at), RAMP.length - 2);
  return pack(mix(RAMP[low], RAMP[low + 1], at - low));
}

export function pack([r, g, b]) {
  return ((255 << 24) | (b << 16) | (g << 8) | (r | 0)) >>> 0;
}
