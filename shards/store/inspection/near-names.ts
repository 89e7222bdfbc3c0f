/** True when `text` is one of `names` with one bit of one letter flipped. */
export function isNearAny(text: string, names: Iterable<string>): boolean {
  for (const name of names) if (isNear(text, name)) return true;
  return false;
}

function isNear(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let bits = 0;
  for (let i = 0; i < a.length; i++)
    for (let left = a.charCodeAt(i) ^ b.charCodeAt(i); left > 0; left &= left - 1) bits++;
  return bits === 1;
}
