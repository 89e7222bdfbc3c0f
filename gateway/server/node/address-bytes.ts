import { isIPv4 } from 'node:net';

/** An address as its 4 or 16 bytes; of what is none, four zeros. @param text as `socket.remoteAddress` has it. */
export function addressBytes(text: string): ArrayBuffer {
  const plain = text.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  if (isIPv4(plain)) return Uint8Array.from(plain.split('.'), Number).buffer;
  if (!plain.includes(':')) return new ArrayBuffer(4);
  const [head, tail] = plain.split('%')[0].split('::');
  const [first, last] = [groupsOf(head), groupsOf(tail ?? '')];
  const bytes = new DataView(new ArrayBuffer(16));
  first.forEach((group, i) => bytes.setUint16(2 * i, group));
  last.forEach((group, i) => bytes.setUint16(16 - 2 * (last.length - i), group));
  return bytes.buffer;
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
