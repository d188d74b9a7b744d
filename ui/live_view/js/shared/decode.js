// Decodes the base64 parts of a message into typed arrays.

function bytes(text) {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
  return out;
}

export const uint8 = bytes;
export const int8 = (text) => new Int8Array(bytes(text).buffer);
export const float32 = (text) => new Float32Array(bytes(text).buffer);
