import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { msgpackCodec } from '../../../../gateway/protocol/codec.js';
import { EVENT_NAMES } from '../../../../gateway/protocol/messages.js';
import { wireEncoders } from '../../../../gateway/socket/outgoing/wire-encoder.js';
import { clickFrame } from '../../../../loadtest/target/click-frames.js';
import { clientFrame, FrameReader, OPCODE } from '../../../../loadtest/target/frame-reader.js';
import { glance, GLANCE, glanced } from '../../../../loadtest/target/message-glance.js';

/** A server's frame: as a client's, without the mask. */
function serverFrame(opcode: number, payload: Uint8Array): Buffer {
  const frame = Buffer.from(clientFrame(opcode, payload));
  const masked = frame.length - payload.length - 4;
  frame[1] &= 0x7f;
  return Buffer.concat([frame.subarray(0, masked), payload]);
}

/** Payload of a client's frame whose mask is zeros. */
function payloadOf(frame: Uint8Array): Uint8Array {
  const short = frame[1] & 0x7f;
  const start = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + 4;
  expect(frame[1] & 0x80).toBe(0x80);
  expect([...frame.subarray(start - 4, start)]).toEqual([0, 0, 0, 0]);
  return frame.subarray(start);
}

describe('FrameReader', () => {
  it('finds the same frames wherever the bytes are cut', () => {
    const sizes = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(125, 126, 127, 65_535, 65_536));
    const frames = fc.array(fc.record({ size: sizes, opcode: fc.constantFrom(1, 2, 8, 9) }), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 8 }), (wanted, cuts) => {
        const payloads = wanted.map(({ size }, i) => Buffer.alloc(size, i + 1));
        const bytes = Buffer.concat(wanted.map(({ opcode }, i) => serverFrame(opcode, payloads[i])));
        const heard: string[] = [];
        const told = (opcode: number, payload: Uint8Array): string =>
          `${opcode} ${payload.length} ${createHash('sha1').update(payload).digest('hex')}`;
        const reader = new FrameReader((opcode, payload) => heard.push(told(opcode, payload)));
        const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
        for (const [i, from] of [0, ...places].entries()) {
          // The bytes are borrowed: they are another's as soon as the call is over.
          const part = Buffer.from(bytes.subarray(from, places[i] ?? bytes.length));
          expect(reader.read(part)).toBeUndefined();
          part.fill(0xee);
        }
        expect(heard).toEqual(wanted.map(({ opcode }, i) => told(opcode, payloads[i])));
      }),
    );
  });

  it('refuses fragments, reserved bits and frames of no sane length', () => {
    for (const bytes of [
      [0x02, 1, 0],
      [0xc2, 1, 0],
      [0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0],
    ]) {
      const reader = new FrameReader(() => expect.unreachable());
      expect(reader.read(Uint8Array.from(bytes))).toContain('a frame that begins with');
    }
  });
});

describe('clickFrame', () => {
  it('is what the codec reads as the event, whatever the item and the number', () => {
    const item = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 });
    const seq = fc.integer({ min: 1, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(seq, fc.constantFrom(...EVENT_NAMES), item, (number, e, id) => {
        const frame = clickFrame(number, e, id);
        expect(frame[0]).toBe(0x80 | OPCODE.binary);
        const decoded = msgpackCodec.decode(payloadOf(frame));
        expect(decoded).toEqual({ ok: true, message: { t: 'event', seq: number, e, item: id } });
      }),
    );
  });
});

describe('glance', () => {
  const encoder = wireEncoders((index) => `item-${index}`)['afterclick.v1.msgpack'];
  const list = { items: Int32Array.of(3, 1), scores: Float32Array.of(2, 1), rev: 7, model: 'demo@1' };
  const numbers = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  it('tells lists and acks of the gateway, with their numbers', () => {
    fc.assert(
      fc.property(numbers, (number) => {
        expect(glance(encoder.recs('home', list, number))).toBe(GLANCE.list);
        expect(glanced).toBe(number);
        expect(glance(encoder.ack(number))).toBe(GLANCE.ack);
        expect(glanced).toBe(number);
      }),
    );
  });

  it('takes nothing else for one, and nothing whose number it cannot read', () => {
    for (const message of [
      { t: 'pong' },
      { t: 'error', code: 'overloaded', message: 'x', cause: 5 },
      { t: 'recs', cause: 5, slot: 'home' },
      { t: 'recs', slot: 'home', cause: 2 ** 33 },
      { t: 'ack', seq: 2 ** 33 },
      { t: 'ack', seq: 1, more: 2 },
      { slot: 'home', t: 'recs', cause: 1 },
    ])
      expect(glance(msgpackCodec.encode(message))).toBe(GLANCE.other);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => glance(bytes) === GLANCE.other));
  });
});
