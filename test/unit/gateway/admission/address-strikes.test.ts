import { expect, test } from 'vitest';
import { AddressStrikes } from '../../../../gateway/admission/address-strikes.js';

const SECOND_US = 1_000_000;

test('five strikes keep an address out until time has made one good', () => {
  const strikes = new AddressStrikes();
  for (let i = 0; i < 5; i++) {
    expect(strikes.waitSec('203.0.113.7', SECOND_US)).toBe(0);
    strikes.strike('203.0.113.7', SECOND_US);
  }
  expect(strikes.waitSec('203.0.113.7', SECOND_US)).toBe(2);
  expect(strikes.waitSec('203.0.113.8', SECOND_US)).toBe(0);
  expect(strikes.waitSec('203.0.113.7', 2.5 * SECOND_US)).toBe(1);
  expect(strikes.waitSec('203.0.113.7', 3 * SECOND_US)).toBe(0);
  strikes.strike('203.0.113.7', 3 * SECOND_US);
  expect(strikes.waitSec('203.0.113.7', 3 * SECOND_US)).toBe(2);
});

test('no number of strikes keeps an address out for longer', () => {
  const strikes = new AddressStrikes();
  for (let i = 0; i < 1_000; i++) strikes.strike('203.0.113.7', 0);
  expect(strikes.waitSec('203.0.113.7', 0)).toBe(2);
  expect(strikes.waitSec('203.0.113.7', 2 * SECOND_US)).toBe(0);
});

test('what a proxy stands for is not counted', () => {
  const strikes = new AddressStrikes();
  for (let i = 0; i < 100; i++) strikes.strike('', 0);
  expect(strikes.waitSec('', 0)).toBe(0);
});
