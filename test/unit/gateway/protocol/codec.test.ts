import { describe, expect, test } from 'vitest';
import { jsonCodec, msgpackCodec } from '../../../../gateway/protocol/codec.js';
import { BROKEN_MAX } from '../../../../gateway/protocol/json-text.js';
import { DEPTH_MAX } from '../../../../gateway/protocol/limits.js';

const bytes = (...values: (number | string)[]): Uint8Array =>
  Buffer.concat(
    values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.from([value]))),
  );

describe('MessagePack', () => {
  const hostile: [string, Uint8Array][] = [
    ['an empty frame', bytes()],
    ['the reserved byte', bytes(0xc1)],
    ['a map of four billion entries', bytes(0xdf, 0xff, 0xff, 0xff, 0xff)],
    ['a list of four billion members in a map', bytes(0x81, 0xa1, 'a', 0xdd, 0xff, 0xff, 0xff, 0xff)],
    ['a text longer than the frame', bytes(0x81, 0xa1, 'a', 0xdb, 0xff, 0xff, 0xff, 0xff)],
    ['a length cut off', bytes(0x81, 0xa1, 'a', 0xda, 0x01)],
    ['a number cut off', bytes(0x81, 0xa1, 'a', 0xcb, 0x00)],
    ['a map cut off', bytes(0x82, 0xa1, 'a', 0x01)],
    ['nesting without end', new Uint8Array(3_000).fill(0x91)],
    [
      'maps nested too deep',
      Buffer.concat([...Array.from({ length: DEPTH_MAX + 1 }, () => bytes(0x81, 0xa1, 'a')), bytes(0xc0)]),
    ],
    ['a key named __proto__', bytes(0x81, 0xa9, '__proto__', 0x80)],
    ['a key named __proto__, long form', bytes(0x81, 0xd9, 9, '__proto__', 0x80)],
    ['a key named __proto__, longer form', bytes(0x81, 0xda, 0, 9, '__proto__', 0x80)],
    ['a key named __proto__, longest form', bytes(0x81, 0xdb, 0, 0, 0, 9, '__proto__', 0x80)],
    ['a nested key named __proto__', bytes(0x81, 0xa1, 'a', 0x91, 0x81, 0xa9, '__proto__', 0x80)],
    ['a key that is a number', bytes(0x81, 0x01, 0x01)],
    ['a key that is a map', bytes(0x81, 0x80, 0x01)],
    ['binary', bytes(0x81, 0xa1, 'a', 0xc4, 1, 0)],
    ['a fixed extension', bytes(0x81, 0xa1, 'a', 0xd4, 1, 0)],
    ['a record of msgpackr', bytes(0x81, 0xa1, 'a', 0xd4, 0x72, 0x40)],
    ['a timestamp', bytes(0x81, 0xa1, 'a', 0xd6, 0xff, 0, 0, 0, 0)],
    ['a list', bytes(0x91, 0x01)],
    ['a number', bytes(0x01)],
    ['bytes after the map', bytes(0x80, 0x80)],
  ];
  test.each(hostile)('refuses %s', (_name, frame) => {
    expect(msgpackCodec.decode(frame).ok).toBe(false);
  });

  test('reads numbers of every width as numbers', () => {
    const frame = bytes(
      0x83,
      0xa1,
      'a',
      0xcf,
      0,
      0,
      0,
      7,
      0,
      0,
      0,
      1,
      0xa1,
      'b',
      0xd3,
      255,
      255,
      255,
      255,
      255,
      255,
      255,
      254,
      0xa1,
      'c',
      0xd0,
      255,
    );
    expect(msgpackCodec.decode(frame)).toEqual({ ok: true, message: { a: 7 * 2 ** 32 + 1, b: -2, c: -1 } });
  });

  test('a value named __proto__ is only a text', () => {
    expect(msgpackCodec.decode(bytes(0x81, 0xa1, 'a', 0xa9, '__proto__'))).toEqual({
      ok: true,
      message: { a: '__proto__' },
    });
  });

  test('does not keep memory of the frame', () => {
    const frame = Buffer.from(
      msgpackCodec.encode({ t: 'ping', id: 'a text that is long enough to be no key' }),
    );
    const decoded = msgpackCodec.decode(frame);
    frame.fill(0);
    expect(decoded).toMatchObject({ ok: true, message: { id: 'a text that is long enough to be no key' } });
  });

  test('writes no extension, also for what JavaScript has beyond JSON', () => {
    const encoded = msgpackCodec.encode({ rev: 2 ** 40, absent: undefined });
    expect(msgpackCodec.decode(encoded)).toEqual({ ok: true, message: { rev: 2 ** 40, absent: null } });
  });
});

describe('JSON', () => {
  const hostile: [string, string | Uint8Array][] = [
    ['an empty frame', ''],
    ['a text that is not JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['NaN', '{"a":NaN}'],
    ['bytes that are not UTF-8', Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['nesting without end', '{"a":'.repeat(50_000)],
    ['nesting that is closed', `${'{"a":'.repeat(DEPTH_MAX)}{}${'}'.repeat(DEPTH_MAX)}`],
    ['a key named __proto__', '{"__proto__":{}}'],
    ['a nested key named __proto__', '{"a":[{"__proto__":1}]}'],
    ['an escaped key named __proto__', '{"\\u005f_proto__":1}'],
  ];
  test.each(hostile)('refuses %s', (_name, frame) => {
    expect(jsonCodec.decode(typeof frame === 'string' ? Buffer.from(frame) : frame).ok).toBe(false);
  });

  test('brackets inside texts are not nesting', () => {
    const message = { a: '[{"'.repeat(1_000), b: '\\' };
    expect(jsonCodec.decode(Buffer.from(JSON.stringify(message)))).toEqual({ ok: true, message });
  });
});

describe('[C2] a text that is not valid Unicode is refused with its place', () => {
  const frame = (...values: (number | string)[]): Uint8Array => bytes(...values);
  const packed: [string, Uint8Array, string][] = [
    ['a value', frame(0x82, 0xa3, 'seq', 7, 0xa4, 'item', 0xa4, 'caf', 0xe9), 'item is not valid Unicode'],
    [
      'half of a pair',
      frame(0x82, 0xa3, 'seq', 7, 0xa4, 'user', 0xa3, 0xed, 0xa0, 0x80),
      'user is not valid Unicode',
    ],
    [
      'a member of a list, behind a nested one',
      frame(0x82, 0xa3, 'seq', 7, 0xa5, 'items', 0x93, 0xa1, 'a', 0x91, 0xa1, 'b', 0xa1, 0xff),
      'items.2 is not valid Unicode',
    ],
    [
      'deep inside',
      frame(
        0x82,
        0xa3,
        'seq',
        7,
        0xa5,
        'slots',
        0x92,
        0x80,
        0x81,
        0xa6,
        'filter',
        0x81,
        0xa1,
        'c',
        0xd9,
        1,
        0xff,
      ),
      'slots.1.filter.c is not valid Unicode',
    ],
    ['a field name', frame(0x82, 0xa3, 'seq', 7, 0xa1, 0xff, 1), '(a field name) is not valid Unicode'],
    [
      'the first of several',
      frame(0x83, 0xa3, 'seq', 7, 0xa1, 'a', 0xa1, 0xff, 0xa1, 'b', 0xa1, 0xff),
      'a is not valid Unicode',
    ],
  ];
  test.each(packed)('MessagePack: %s', (_name, given, problem) => {
    expect(msgpackCodec.decode(given)).toMatchObject({
      ok: false,
      code: 'invalid_field',
      problem,
      message: { seq: 7 },
    });
  });

  test('MessagePack: a broken frame with a broken text is malformed', () => {
    expect(msgpackCodec.decode(bytes(0x82, 0xa1, 'a', 0xa1, 0xff))).toMatchObject({ code: 'malformed' });
  });

  const json: [string, string | Uint8Array, string][] = [
    ['half of a pair', '{"seq":7,"user":"\\ud800bob"}', 'user is not valid Unicode'],
    ['the other half, in capitals', '{"seq":7,"user":"bob\\uDC00"}', 'user is not valid Unicode'],
    ['two halves in the wrong order', '{"seq":7,"user":"\\udc00\\ud800"}', 'user is not valid Unicode'],
    ['a member of a list', '{"seq":7,"items":["a","\\ud83d"]}', 'items.1 is not valid Unicode'],
    ['a field name', '{"seq":7,"a":{"\\ud83d":1}}', 'a.(a field name) is not valid Unicode'],
    ['bytes that are not UTF-8', bytes('{"seq":7,"item":"caf', 0xe9, '"}'), 'item is not valid Unicode'],
    [
      'a byte that escapes around it might make whole',
      bytes('{"seq":7,"item":"\\ud800', 0xff, '\\udc00"}'),
      'item is not valid Unicode',
    ],
    [
      'half of a pair in UTF-8',
      bytes('{"seq":7,"item":"', 0xed, 0xa0, 0x80, '"}'),
      'item is not valid Unicode',
    ],
  ];
  test.each(json)('JSON: %s', (_name, given, problem) => {
    const decoded = jsonCodec.decode(typeof given === 'string' ? Buffer.from(given) : given);
    expect(decoded).toMatchObject({ ok: false, code: 'invalid_field', problem, message: { seq: 7 } });
  });

  test('whole pairs, written in either way, are taken', () => {
    const message = { a: '😀\u{10ffff}', 'b😀': ['é', '\ufffd'] };
    const escaped = JSON.stringify(message).replace('😀', '\\ud83d\\ude00');
    expect(jsonCodec.decode(Buffer.from(escaped))).toEqual({ ok: true, message });
    expect(msgpackCodec.decode(msgpackCodec.encode(message))).toEqual({ ok: true, message });
  });

  test('JSON with more broken bytes than are marked is malformed', () => {
    const some = bytes('{"a":"', ...Array<number>(BROKEN_MAX).fill(0xff), '"}');
    expect(jsonCodec.decode(some)).toMatchObject({ code: 'invalid_field' });
    const many = bytes('{"a":"', ...Array<number>(BROKEN_MAX + 1).fill(0xff), '"}');
    expect(jsonCodec.decode(many)).toMatchObject({ code: 'malformed' });
  });
});
