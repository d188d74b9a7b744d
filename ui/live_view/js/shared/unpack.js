// Unpacks a message that ui/live/packing.py has packed: JSON in which every {bytes} is replaced by a Uint8Array.

export async function unpack(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const end = 4 + new DataView(bytes.buffer).getUint32(0, true);
  const { frames, rest } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end)));
  let before = [];
  const filled = frames.map((frame) => {
    const now = [];
    const whole = fill(frame, bytes.subarray(end), before, now);
    before = now;
    return whole;
  });
  return { ...fill(rest, bytes.subarray(end), [], []), frames: filled };
}

// The same value with its bytes in place; they are noted in `now` and may be differences to those in `before`.
function fill(value, bytes, before, now) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    if (typeof value[0] !== "number") value.forEach((part, i) => (value[i] = fill(part, bytes, before, now)));
    return value;
  }
  if (value.bytes) {
    const [start, length, differs] = value.bytes;
    const own = bytes.slice(start, start + length); // in a buffer of its own, which can be sent to a worker alone
    if (differs) before[now.length].forEach((old, i) => (own[i] += old));
    now.push(own);
    return own;
  }
  for (const name in value) value[name] = fill(value[name], bytes, before, now);
  return value;
}
