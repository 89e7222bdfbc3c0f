import { describe, expect, test } from 'vitest';
import { isNetwork, PeerAddresses } from '../../../../gateway/admission/peer-addresses.js';

const addresses = new PeerAddresses('127.0.0.1, ::1, 10.0.0.0/8, fd00::/8');
const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer;
const mapped = (...v4: number[]): ArrayBuffer => bytes(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...v4);
const v6 = (...groups: number[]): ArrayBuffer =>
  bytes(...groups.flatMap((group) => [group >> 8, group & 255]));

test('an IPv4 address is its own name, however it is written', () => {
  expect(addresses.nameOf(bytes(192, 0, 2, 1))).toBe('192.0.2.1');
  expect(addresses.nameOf(mapped(192, 0, 2, 1))).toBe('192.0.2.1');
});

test('names are right however many peers there are, and when they come again', () => {
  for (let round = 0; round < 2; round++)
    for (let peer = 0; peer < 5_000; peer++) {
      const [high, low] = [peer >> 8, peer & 255];
      expect(addresses.nameOf(bytes(192, 0, high, low))).toBe(`192.0.${high}.${low}`);
    }
});

test('an IPv6 address is its /64: one customer has all of that', () => {
  const first = addresses.nameOf(v6(0x2001, 0xdb8, 1, 2, 0, 0, 0, 1));
  expect(first).toBe('2001:db8:1:2::');
  expect(addresses.nameOf(v6(0x2001, 0xdb8, 1, 2, 9, 9, 9, 9))).toBe(first);
  expect(addresses.nameOf(v6(0x2001, 0xdb8, 1, 3, 0, 0, 0, 1))).not.toBe(first);
});

test('what comes from a proxy is nobody', () => {
  const proxies = [
    bytes(127, 0, 0, 1),
    mapped(127, 0, 0, 1),
    bytes(10, 200, 3, 4),
    v6(0, 0, 0, 0, 0, 0, 0, 1),
    v6(0xfd12, 0, 0, 0, 0, 0, 0, 5),
  ];
  expect(proxies.map((proxy) => addresses.nameOf(proxy))).toEqual(['', '', '', '', '']);
  expect(new PeerAddresses('').nameOf(bytes(127, 0, 0, 1))).toBe('127.0.0.1');
});

test.each([
  ['10.0.0.1', true],
  ['10.0.0.0/8', true],
  ['::1', true],
  ['fd00::/128', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0.0/', false],
  ['fd00::/129', false],
  ['proxy.internal', false],
  ['', false],
])('isNetwork(%s) is %s', (text, expected) => {
  expect(isNetwork(text)).toBe(expected);
});

describe('behind a proxy', () => {
  const proxy = new Uint8Array([10, 1, 2, 3]).buffer;
  const stranger = new Uint8Array([192, 0, 2, 9]).buffer;
  const from = (forwarded: string, binary = proxy) => addresses.clientOf(binary, () => forwarded);

  test.each([
    ['198.51.100.7', '198.51.100.7'],
    ['198.51.100.7:4711', '198.51.100.7'],
    ['made.up, 203.0.113.1, 198.51.100.7', '198.51.100.7'],
    ['198.51.100.7, 10.9.9.9,127.0.0.1', '198.51.100.7'],
    ['2001:db8:0:1::7', '2001:db8:0:1::'],
    ['[2001:DB8::7]:443', '2001:db8:0:0::'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['198.51.100.7, unknown', ''],
    ['10.9.9.9', ''],
    ['', ''],
    ['x'.repeat(100_000), ''],
  ])('%j is %j', (forwarded, name) => {
    expect(from(forwarded)).toBe(name);
  });

  test('who is no proxy is who they are, whatever they write', () => {
    expect(from('198.51.100.7', stranger)).toBe('192.0.2.9');
  });
});
