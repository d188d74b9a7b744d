// Numbers and names as text.

export function scientific(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 0.01 && size < 1000 ? String(+value.toPrecision(2)) : value.toExponential(1).replace("e+", "e");
  return text.replaceAll("-", "−");
}

// Enough digits to type the value in again.
export function precise(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  const size = Math.abs(value);
  return value === 0 || (size >= 1e-3 && size < 1e5) ? String(+value.toPrecision(4)) : value.toExponential(2);
}

const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";
export function power(exponent) {
  const digits = [...String(Math.abs(exponent))].map((d) => SUPERSCRIPT[d]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

// For the axis of a chart.
export function short(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
  return size >= 1e-3 || size === 0 ? String(+value.toPrecision(3)) : value.toExponential(0);
}

export const percent = (share) => `${Math.round(share * 100)} %`;

export function pretty(feature) {
  return feature.replace("^2", "²").replace("*", " ").replace(/x1/g, "x₁").replace(/x2/g, "x₂");
}

export const layerName = (j, count) => (j === count - 1 ? "out" : String(j + 1));
