// The numbers that the bytes of a message stand for; each is the only one in its buffer.
export const int8 = (bytes) => new Int8Array(bytes.buffer);
export const float32 = (bytes) => new Float32Array(bytes.buffer);
