import { describe, expect, test } from 'vitest';
import { FrontDoor, type RequestHead } from '../../../../gateway/server/front-door.js';

const door = new FrontDoor({
  host: 'gateway.internal',
  hosts: 'rec.shop.example, Other.Example',
  origins: 'https://shop.example,http://dev.example:5173',
});

/** Status of the answer to who is turned away. */
function turnedAway(head: Partial<RequestHead>, of = door): number | undefined {
  const whole = { method: 'GET', host: '127.0.0.1:8080', origin: '', fetchSite: '', ...head };
  return of.turnAway(whole)?.reply.status;
}

describe('hosts', () => {
  test.each([
    '127.0.0.1:8080',
    '10.1.2.3',
    '[::1]:8080',
    '[fe80::1]',
    'localhost',
    'LOCALHOST:80',
    'localhost.',
    'shop.localhost:8080',
    'gateway.internal:8080',
    'rec.shop.example',
    'REC.shop.example:443',
    'other.example.',
  ])('%s is let in', (host) => {
    expect(turnedAway({ host })).toBeUndefined();
  });

  test.each([
    'evil.example',
    'evil.example:8080',
    'rec.shop.example.evil.example',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    'localhost/evil.example',
    'localhost evil.example',
    '0x7f000001',
    '*',
  ])('%s is 421', (host) => {
    expect(turnedAway({ host })).toBe(421);
  });

  test('none is 400', () => {
    expect(turnedAway({ host: '' })).toBe(400);
  });

  test('the refusal names the option', () => {
    const body = door.turnAway({ method: 'GET', host: 'evil.example', origin: '', fetchSite: '' })?.reply
      .body;
    expect(body).toContain('AFTERCLICK_HOSTS');
  });

  test('* is every name, and still a name', () => {
    const open = new FrontDoor({ host: '0.0.0.0', hosts: '*', origins: '' });
    expect(turnedAway({ host: 'any.example' }, open)).toBeUndefined();
    expect(turnedAway({ host: 'a/b' }, open)).toBe(421);
  });
});

describe('origins', () => {
  test.each([
    ['http://127.0.0.1:8080', '127.0.0.1:8080'],
    ['http://localhost', 'localhost:80'],
    ['https://rec.shop.example', 'rec.shop.example'],
    ['https://rec.shop.example', 'rec.shop.example:443'],
    ['http://[::1]:8080', '[::1]:8080'],
    ['https://shop.example', '127.0.0.1:8080'],
    ['http://dev.example:5173', 'localhost:8080'],
  ])('%s may ask %s', (origin, host) => {
    expect(turnedAway({ method: 'POST', origin, host })).toBeUndefined();
  });

  test.each([
    ['https://evil.example', '127.0.0.1:8080'],
    ['null', '127.0.0.1:8080'],
    ['file://', '127.0.0.1:8080'],
    ['http://127.0.0.1:9090', '127.0.0.1:8080'],
    ['http://localhost:8080', '127.0.0.1:8080'],
    ['http://shop.example', '127.0.0.1:8080'],
    ['https://shop.example:444', '127.0.0.1:8080'],
    ['https://shop.example.evil.example', '127.0.0.1:8080'],
    ['http://dev.example', 'localhost:8080'],
    ['not an origin', 'localhost:8080'],
  ])('%s may not ask %s', (origin, host) => {
    for (const method of ['GET', 'POST']) expect(turnedAway({ method, origin, host })).toBe(403);
  });

  test('* is every page', () => {
    const open = new FrontDoor({ host: '0.0.0.0', hosts: '', origins: '*' });
    expect(turnedAway({ method: 'POST', origin: 'https://evil.example' }, open)).toBeUndefined();
    expect(turnedAway({ method: 'POST', origin: 'null' }, open)).toBeUndefined();
  });

  test('a browser that sends none gives a change by another site away', () => {
    expect(turnedAway({ method: 'POST', fetchSite: 'cross-site' })).toBe(403);
    expect(turnedAway({ method: 'DELETE', fetchSite: 'cross-site' })).toBe(403);
    expect(turnedAway({ method: 'GET', fetchSite: 'cross-site' })).toBeUndefined();
    expect(turnedAway({ method: 'POST', fetchSite: 'same-origin' })).toBeUndefined();
    expect(
      turnedAway({ method: 'POST', fetchSite: 'cross-site', origin: 'https://shop.example' }),
    ).toBeUndefined();
  });
});
