import { Packr, Unpackr } from 'msgpackr';
import { RECORD_KINDS } from '../../metrics/rows/store-metrics.js';
import type { RecordKind, SetAsideRow } from './damage.js';
import { NAME_LENGTH_MAX } from './keys.js';

const VERSION = 1;
const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

/** Text that a record set aside is kept under: the same record again replaces it. */
export function setAsideKey({ kind, names }: Pick<SetAsideRow, 'kind' | 'names'>): string {
  return [kind, ...names.map((name) => name.slice(0, NAME_LENGTH_MAX))].join('\n');
}

/** MessagePack `[version, kind, names, reason, atMs, isOwed, bytes]`. The caller owns the bytes. */
export function encodeSetAside(row: SetAsideRow): Uint8Array {
  const { kind, names, reason, atMs, isOwed, bytes } = row;
  return packr.pack([VERSION, kind, names, reason, atMs, isOwed, Buffer.from(bytes)]);
}

/** Undefined for bytes of another version. */
export function decodeSetAside(value: Uint8Array): SetAsideRow | undefined {
  const [version, kind, names, reason, atMs, isOwed, bytes] = unpackr.unpack(value) as [
    number,
    RecordKind,
    string[],
    string,
    number,
    boolean,
    Uint8Array,
  ];
  if (version !== VERSION || !RECORD_KINDS.includes(kind)) return undefined;
  return { kind, names, reason, atMs, isOwed, bytes };
}
