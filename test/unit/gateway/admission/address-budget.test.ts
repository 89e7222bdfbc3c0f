import { describe, expect, test } from 'vitest';
import { AddressBudget } from '../../../../gateway/admission/address-budget.js';

describe('a budget', () => {
  test('is bounded by address and in all', () => {
    const budget = new AddressBudget({ perAddressMax: 3, allMax: 5 });
    expect(budget.take('a', 2)).toBe('taken');
    expect(budget.take('a', 2)).toBe('address_full');
    expect(budget.take('a', 1)).toBe('taken');
    expect(budget.take('b', 2)).toBe('taken');
    expect(budget.take('c', 1)).toBe('full');
    budget.give('a', 3);
    expect(budget.take('c', 3)).toBe('taken');
    expect(budget.held).toBe(5);
  });

  test('counts what has no address in all only', () => {
    const budget = new AddressBudget({ perAddressMax: 1, allMax: 3 });
    expect([1, 2, 3, 4].map(() => budget.take('', 1))).toEqual(['taken', 'taken', 'taken', 'full']);
  });

  test('of 0 has no bound', () => {
    const budget = new AddressBudget({ perAddressMax: 0, allMax: 0 });
    expect(budget.take('a', 1e12)).toBe('taken');
  });

  test('forgets addresses that hold nothing', () => {
    const budget = new AddressBudget({ perAddressMax: 2, allMax: 1_000_000 });
    for (let i = 0; i < 1_000; i++) {
      budget.take(`address-${i}`, 1);
      budget.give(`address-${i}`, 1);
    }
    expect(budget.addressCount).toBe(0);
    expect(budget.held).toBe(0);
  });
});
