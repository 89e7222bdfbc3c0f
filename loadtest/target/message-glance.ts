const word = (text: string): Uint8Array => Buffer.from(text, 'latin1');
/** `t` and `recs`, and `t` and `ack`, as the first field of a map in MessagePack. */
const RECS = word('\xa1t\xa4recs');
const ACK = word('\xa1t\xa3ack\xa3seq');
const CAUSE = word('\xa5cause');
/** Bytes of a whole number behind its first byte: of 8, 16 and 32 bits, unsigned. */
const NUMBER_BYTES = [0, 1, 2, 4];
const NUMBER_KINDS = [-1, 0xcc, 0xcd, 0xce];

/** What a glance at a message says. */
export const GLANCE = { list: 1, ack: 2, other: 0 } as const;

/** `cause` of the list, or `seq` of the ack, that the last glance found. */
export let glanced = 0;

/**
 * Tells lists and acks from their first and last bytes, without decoding them: `cause` is the last field of a list and `seq` that
 * of an ack, as the gateway writes them. Whatever looks otherwise is `other`, to be decoded by the codec.
 *
 * @param payload of a binary frame.
 */
export function glance(payload: Uint8Array): number {
  if (startsWith(payload, 1, ACK)) return numberAtEnd(payload, 1 + ACK.length) ? GLANCE.ack : GLANCE.other;
  if (!startsWith(payload, 1, RECS)) return GLANCE.other;
  for (const bytes of NUMBER_BYTES) {
    const at = payload.length - 1 - bytes;
    if (startsWith(payload, at - CAUSE.length, CAUSE) && numberAtEnd(payload, at)) return GLANCE.list;
  }
  return GLANCE.other;
}

function startsWith(bytes: Uint8Array, at: number, start: Uint8Array): boolean {
  if (at < 0 || at + start.length > bytes.length) return false;
  for (let i = 0; i < start.length; i++) if (bytes[at + i] !== start[i]) return false;
  return true;
}

/** Reads the number that begins at `at` and ends with the message; false when none does. */
function numberAtEnd(bytes: Uint8Array, at: number): boolean {
  const count = bytes.length - 1 - at;
  const kind = NUMBER_BYTES.indexOf(count);
  if (kind < 0 || (kind === 0 ? bytes[at] > 0x7f : bytes[at] !== NUMBER_KINDS[kind])) return false;
  let number = kind === 0 ? bytes[at] : 0;
  for (let i = 0; i < count; i++) number = number * 256 + bytes[at + 1 + i];
  glanced = number;
  return true;
}
