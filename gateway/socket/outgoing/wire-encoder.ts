import { MsgpackWriter } from './msgpack-writer.js';
import { jsonCodec, msgpackCodec } from '../../protocol/codec.js';
import type { ServerMessage } from '../../protocol/messages.js';
import type { Subprotocol } from '../../protocol/version.js';
import type { Item } from '../../../model/catalogue/shared-catalogue.js';
import type { TileFields } from '../../tiles/tile-fields.js';
import { roundScore, wireReason } from '../../calls/wire-reason.js';
import {
  PART_KINDS,
  REASON_SOURCES,
  type PartRow,
  type ReasonRow,
  type ShardList,
} from '../../../shards/api.js';

/**
 * Turns what the gateway says into frames of one subprotocol; one encoder of each per thread.
 *
 * All connections of a user get the same list and differ in `cause`, and in the tiles that their clients do not hold yet: these are
 * the last fields of `recs`, and what stands before them is written once for a list and kept for the connections that follow.
 */
export interface WireEncoder {
  readonly isBinary: boolean;
  /** @returns the frame, borrowed until the next call of `recs` or `ack`. */
  recs(slot: string, list: ShardList, cause: number, tiles?: ListTiles): Uint8Array;
  /** @returns the frame, borrowed until the next call of `recs` or `ack`. */
  ack(seq: number): Uint8Array;
  /** @returns the frame, the caller's. */
  message(message: ServerMessage): Uint8Array;
}

/** Tiles that go along with a list: these items, with these fields. */
export interface ListTiles {
  readonly fields: TileFields;
  readonly items: Int32Array;
}

/** Gives the id of an item index. */
export type IdOf = (index: number) => string;
/** Gives the id of a segment by its number. */
export type SegmentOf = (number: number) => string;
/** Gives the item of an index; undefined when it is not in the catalogue. */
export type ItemOf = (index: number) => Item | undefined;

/** Lists whose prefix is kept: the slots of a connection, which come one after the other to each connection of a user. */
const PREFIXES_KEPT = 16;

/** One list's prefix. */
interface Prefix<Buffer> {
  list: ShardList | undefined;
  slot: string;
  readonly buffer: Buffer;
  end: number;
}

/** The prefixes of the lists encoded last; the oldest gives its buffer to the next. */
class Prefixes<Buffer> {
  readonly #kept: Prefix<Buffer>[] = [];
  readonly #newBuffer: () => Buffer;
  #next = 0;

  constructor(newBuffer: () => Buffer) {
    this.#newBuffer = newBuffer;
  }

  /** The prefix of a list, if it is kept. */
  find(slot: string, list: ShardList): Prefix<Buffer> | undefined {
    for (let i = 0; i < this.#kept.length; i++) {
      const prefix = this.#kept[i];
      if (prefix.list === list && prefix.slot === slot) return prefix;
    }
    return undefined;
  }

  /** One to be written for a list. */
  take(slot: string, list: ShardList): Prefix<Buffer> {
    const prefix = (this.#kept[this.#next] ??= { list, slot, buffer: this.#newBuffer(), end: 0 });
    this.#next = (this.#next + 1) % PREFIXES_KEPT;
    prefix.list = list;
    prefix.slot = slot;
    return prefix;
  }
}

function packed(...texts: string[]): Uint8Array {
  const writer = new MsgpackWriter();
  for (const text of texts) writer.string(text);
  return writer.bytes().slice();
}

const KEY_RECS = packed('t', 'recs', 'slot');
const KEY_REV = packed('rev');
const KEY_MODEL = packed('model');
const KEY_IDS = packed('ids');
const KEY_SCORES = packed('scores');
const KEY_SEGMENT = packed('segment');
const KEY_REASONS = packed('reasons');
const KEY_BECAUSE = packed('because');
const KEY_WEIGHT = packed('weight');
const KEY_SOURCE = packed('source');
const KEY_PARTS = packed('parts');
const KEY_OF = packed('of');
const KEY_ID = packed('id');
const KEY_SCORE = packed('score');
const KEY_CAUSE = packed('cause');
const KEY_ITEMS = packed('items');
const KEY_ACK = packed('t', 'ack', 'seq');

class MsgpackEncoder implements WireEncoder {
  readonly isBinary = true;
  readonly message = (message: ServerMessage): Uint8Array => msgpackCodec.encode(message);
  readonly #acks = new MsgpackWriter();
  readonly #prefixes = new Prefixes(() => new MsgpackWriter());
  /** The one that a prefix is written with. */
  #writer = new MsgpackWriter();
  readonly #idOf: IdOf;
  readonly #itemOf: ItemOf;
  readonly #segmentOf: SegmentOf;

  constructor(idOf: IdOf, itemOf: ItemOf, segmentOf: SegmentOf) {
    this.#idOf = idOf;
    this.#itemOf = itemOf;
    this.#segmentOf = segmentOf;
  }

  ack(seq: number): Uint8Array {
    this.#acks.at = 0;
    this.#acks.map(2);
    this.#acks.raw(KEY_ACK);
    this.#acks.unsigned(seq);
    return this.#acks.bytes();
  }

  recs(slot: string, list: ShardList, cause: number, tiles?: ListTiles): Uint8Array {
    const { buffer, end } = this.#prefixes.find(slot, list) ?? this.#prefix(slot, list);
    buffer.at = end;
    buffer.headAt(0, fieldsOf(list) + (tiles === undefined ? 0 : 1));
    buffer.unsigned(cause);
    if (tiles !== undefined) this.#tiles(buffer, tiles);
    return buffer.bytes();
  }

  #prefix(slot: string, list: ShardList): Prefix<MsgpackWriter> {
    const prefix = this.#prefixes.take(slot, list);
    const writer = (this.#writer = prefix.buffer);
    writer.at = 0;
    const { reasons } = list;
    writer.map(fieldsOf(list));
    writer.raw(KEY_RECS);
    writer.string(slot);
    writer.raw(KEY_REV);
    writer.unsigned(list.rev);
    writer.raw(KEY_MODEL);
    writer.string(list.model);
    if (hasSegment(list)) {
      writer.raw(KEY_SEGMENT);
      writer.string(this.#segmentOf(list.segment));
    }
    writer.raw(KEY_IDS);
    this.#ids(list.items);
    writer.raw(KEY_SCORES);
    this.#floats(list.scores);
    if (reasons !== undefined) this.#reasons(reasons);
    writer.raw(KEY_CAUSE);
    prefix.end = writer.at;
    return prefix;
  }

  #tiles(writer: MsgpackWriter, { fields, items }: ListTiles): void {
    writer.raw(KEY_ITEMS);
    writer.array(items.length);
    for (let i = 0; i < items.length; i++) this.#tile(writer, fields, items[i]);
  }

  #tile(writer: MsgpackWriter, fields: TileFields, index: number): void {
    const { names } = fields;
    const item = this.#itemOf(index);
    let size = 1;
    for (let n = 0; n < names.length; n++) if (fields.value(item, n) !== undefined) size++;
    writer.map(size);
    writer.raw(KEY_ID);
    writer.string(this.#idOf(index));
    for (let n = 0; n < names.length; n++) {
      const value = fields.value(item, n);
      if (value === undefined) continue;
      writer.string(names[n]);
      writer.value(value);
    }
  }

  #ids(items: ArrayLike<number>): void {
    this.#writer.array(items.length);
    for (let i = 0; i < items.length; i++) this.#writer.string(this.#idOf(items[i]));
  }

  #floats(values: ArrayLike<number>): void {
    this.#writer.array(values.length);
    for (let i = 0; i < values.length; i++) this.#writer.float32(values[i]);
  }

  #reasons(rows: readonly ReasonRow[]): void {
    this.#writer.raw(KEY_REASONS);
    this.#writer.array(rows.length);
    for (const row of rows) {
      this.#writer.map(row.parts === undefined ? 3 : 4);
      this.#writer.raw(KEY_BECAUSE);
      this.#ids(row.because);
      this.#writer.raw(KEY_WEIGHT);
      this.#floats(row.weight);
      this.#writer.raw(KEY_SOURCE);
      this.#writer.string(REASON_SOURCES[row.source]);
      if (row.parts !== undefined) this.#parts(row.parts);
    }
  }

  #parts(parts: readonly PartRow[]): void {
    this.#writer.raw(KEY_PARTS);
    this.#writer.array(parts.length);
    for (const { of, item, score } of parts) {
      this.#writer.map(item < 0 ? 2 : 3);
      this.#writer.raw(KEY_OF);
      this.#writer.string(PART_KINDS[of]);
      if (item >= 0) {
        this.#writer.raw(KEY_ID);
        this.#writer.string(this.#idOf(item));
      }
      this.#writer.raw(KEY_SCORE);
      this.#writer.float32(score);
    }
  }
}

class JsonEncoder implements WireEncoder {
  readonly isBinary = false;
  readonly message = (message: ServerMessage): Uint8Array => jsonCodec.encode(message);
  readonly #toUtf8 = new TextEncoder();
  readonly #prefixes = new Prefixes(() => ({ bytes: new Uint8Array(4_096) }));
  readonly #idOf: IdOf;
  readonly #itemOf: ItemOf;
  readonly #segmentOf: SegmentOf;

  constructor(idOf: IdOf, itemOf: ItemOf, segmentOf: SegmentOf) {
    this.#idOf = idOf;
    this.#itemOf = itemOf;
    this.#segmentOf = segmentOf;
  }

  ack(seq: number): Uint8Array {
    return this.#toUtf8.encode(`{"t":"ack","seq":${seq}}`);
  }

  recs(slot: string, list: ShardList, cause: number, tiles?: ListTiles): Uint8Array {
    const { buffer, end } = this.#prefixes.find(slot, list) ?? this.#prefix(slot, list);
    if (tiles !== undefined) return this.#withTiles(buffer.bytes.subarray(0, end), cause, tiles);
    const { written } = this.#toUtf8.encodeInto(`${cause}}`, buffer.bytes.subarray(end));
    return buffer.bytes.subarray(0, end + written);
  }

  #withTiles(prefix: Uint8Array, cause: number, { fields, items }: ListTiles): Uint8Array {
    const tiles = Array.from(items, (index) => fields.tile(this.#idOf(index), this.#itemOf(index)));
    return Buffer.concat([prefix, this.#toUtf8.encode(`${cause},"items":${JSON.stringify(tiles)}}`)]);
  }

  #prefix(slot: string, list: ShardList): Prefix<{ bytes: Uint8Array }> {
    const prefix = this.#prefixes.take(slot, list);
    const { buffer } = prefix;
    const text = JSON.stringify({
      t: 'recs',
      slot,
      rev: list.rev,
      model: list.model,
      ...(hasSegment(list) && { segment: this.#segmentOf(list.segment) }),
      ids: this.#ids(list.items),
      scores: Array.from(list.scores, roundScore),
      reasons: list.reasons?.map((row) => wireReason(row, this.#idOf)),
    });
    const needed = text.length * 3 + 64;
    if (buffer.bytes.length < needed) buffer.bytes = new Uint8Array(needed * 2);
    const open = `${text.slice(0, -1)},"cause":`;
    prefix.end = this.#toUtf8.encodeInto(open, buffer.bytes).written;
    return prefix;
  }

  #ids(items: ArrayLike<number>): string[] {
    return Array.from(items, (index) => this.#idOf(index));
  }
}

/** Encoders by subprotocol. `idOf` answers for every index that a list may hold. */
export function wireEncoders(
  idOf: IdOf,
  itemOf: ItemOf = () => undefined,
  segmentOf: SegmentOf = String,
): Readonly<Record<Subprotocol, WireEncoder>> {
  return {
    'afterclick.v1.msgpack': new MsgpackEncoder(idOf, itemOf, segmentOf),
    'afterclick.v1.json': new JsonEncoder(idOf, itemOf, segmentOf),
  };
}

/** Fields of a `recs` without tiles. */
function fieldsOf(list: ShardList): number {
  return 7 + (list.reasons === undefined ? 0 : 1) + (hasSegment(list) ? 1 : 0);
}

/** True for a list of a slot for segments whose user is in one of them. */
function hasSegment(list: ShardList): list is ShardList & { readonly segment: number } {
  return list.segment !== undefined && list.segment > 0;
}
