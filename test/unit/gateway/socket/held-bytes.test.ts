import { expect, test } from 'vitest';
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
  new HeldBytes({ perAddressMax: 20, allMax: 1_000 }).look([...holders, other]);
  expect(codes(holders)).toEqual([undefined, 4008, undefined, 4008]);
  expect(other.code).toBeUndefined();
});

test('the greediest of all are ended, those behind a proxy too', () => {
  const holders = [new FakeHolder('a', 10), new FakeHolder('', 50), new FakeHolder('b', 30)];
  new HeldBytes({ perAddressMax: 40, allMax: 45 }).look(holders);
  expect(codes(holders)).toEqual([undefined, 4008, undefined]);
});

test('0 is no bound', () => {
  const holders = [new FakeHolder('a', 1e9), new FakeHolder('a', 1e9)];
  new HeldBytes({ perAddressMax: 0, allMax: 0 }).look(holders);
  expect(codes(holders)).toEqual([undefined, undefined]);
});
