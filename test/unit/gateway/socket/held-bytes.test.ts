import { expect, test } from 'vitest';
import { EndingLine } from '../../../../gateway/socket/ending-line.js';
import { HeldBytes, type Holder } from '../../../../gateway/socket/held-bytes.js';

/** A connection that holds so much, and says by which code it was ended. */
class FakeHolder implements Holder {
  code: number | undefined;
  readonly address: string;
  readonly heldBytes: number;

  constructor(address: string, heldBytes: number) {
    this.address = address;
    this.heldBytes = heldBytes;
  }

  finish({ code }: { readonly code: number }): void {
    this.code = code;
  }
}

const codes = (holders: readonly FakeHolder[]): (number | undefined)[] => holders.map(({ code }) => code);

test('the greediest of an address are ended until the rest fits', () => {
  const holders = [5, 40, 10, 30].map((bytes) => new FakeHolder('a', bytes));
  const other = new FakeHolder('b', 20);
  new HeldBytes({ perAddressMax: 20, allMax: 1_000 }, new EndingLine()).look([...holders, other]);
  expect(codes(holders)).toEqual([undefined, 4008, undefined, 4008]);
  expect(other.code).toBeUndefined();
});

test('the greediest of all are ended, those behind a proxy too', () => {
  const holders = [new FakeHolder('a', 10), new FakeHolder('', 50), new FakeHolder('b', 30)];
  new HeldBytes({ perAddressMax: 40, allMax: 45 }, new EndingLine()).look(holders);
  expect(codes(holders)).toEqual([undefined, 4008, undefined]);
});

test('0 is no bound', () => {
  const holders = [new FakeHolder('a', 1e9), new FakeHolder('a', 1e9)];
  new HeldBytes({ perAddressMax: 0, allMax: 0 }, new EndingLine()).look(holders);
  expect(codes(holders)).toEqual([undefined, undefined]);
});

test('many are ended in bites, and nobody is looked at before they are', async () => {
  const ending = new EndingLine();
  const held = new HeldBytes({ perAddressMax: 0, allMax: 10 }, ending);
  const holders = Array.from({ length: 100 }, (_, i) => new FakeHolder(`a-${i}`, 1));
  held.look(holders);
  expect(codes(holders).filter((code) => code === 4008)).toHaveLength(16);
  const other = new FakeHolder('other', 11);
  held.look([other]);
  expect(other.code).toBeUndefined();
  while (!ending.isEmpty) {
    const before = codes(holders).filter((code) => code === 4008).length;
    await new Promise((go) => setImmediate(go));
    expect(codes(holders).filter((code) => code === 4008).length - before).toBeLessThanOrEqual(16);
  }
  expect(codes(holders).filter((code) => code === 4008)).toHaveLength(90);
});
