import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../../gateway/start/config.js';

describe('lists of names', () => {
  test.each([
    ['AFTERCLICK_HOSTS', 'rec.shop.example, afterclick'],
    ['AFTERCLICK_HOSTS', '*'],
    ['AFTERCLICK_ORIGINS', 'https://shop.example,http://localhost:5173'],
    ['AFTERCLICK_ORIGINS', 'chrome-extension://abcdef'],
    ['AFTERCLICK_ORIGINS', '*'],
    ['AFTERCLICK_PROXIES', '10.0.0.0/8,fd00::/8,192.0.2.7'],
    ['AFTERCLICK_PROXIES', 'none'],
  ])('%s=%s is taken', (name, text) => {
    expect(Object.values(readConfig([], { [name]: text }))).toContain(text);
  });

  test.each([
    ['AFTERCLICK_HOSTS', 'https://rec.shop.example', 'without scheme and port'],
    ['AFTERCLICK_HOSTS', 'rec.shop.example:443', 'without scheme and port'],
    ['AFTERCLICK_ORIGINS', 'shop.example', 'scheme://host'],
    ['AFTERCLICK_ORIGINS', 'https://shop.example/', 'without a path'],
    ['AFTERCLICK_ORIGINS', 'https://shop.example,nope', 'nope is no origin'],
    ['AFTERCLICK_PROXIES', 'proxy.internal', '10.0.0.0/8'],
    ['AFTERCLICK_PROXIES', '10.0.0.0/33', '10.0.0.0/8'],
  ])('%s=%s is refused, and told how to write it', (name, text, told) => {
    expect(() => readConfig([], { [name]: text })).toThrow(told);
  });
});
