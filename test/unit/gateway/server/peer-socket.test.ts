import { expect, test } from 'vitest';
import { PeerSocket } from '../../../../gateway/server/peer-socket.js';
import type { RawSocket } from '../../../../gateway/server/transport/transport.js';

/** A socket of the addon that only counts its ends. */
function fakeAddonSocket(): RawSocket<undefined> & { closes: number } {
  return {
    closes: 0,
    send: () => 1,
    getBufferedAmount: () => 0,
    end: () => undefined,
    close() {
      this.closes++;
    },
    cork: (write) => write(),
    getUserData: () => undefined,
  };
}

test('a peer that sends nothing whole for more than two sweeps is told apart, and cut off', () => {
  const addon = fakeAddonSocket();
  const socket = new PeerSocket(addon, '192.0.2.1', () => undefined);
  expect([socket.sweep(2), socket.sweep(2), socket.sweep(2)]).toEqual([false, false, true]);
  expect(addon.closes).toBe(0);
  socket.cutOff();
  expect(addon.closes).toBe(1);
});

test('a message, ping or pong between two sweeps begins the count anew', () => {
  const addon = fakeAddonSocket();
  const socket = new PeerSocket(addon, '192.0.2.1', () => undefined);
  for (let i = 0; i < 10; i++) {
    expect([socket.sweep(2), socket.sweep(2)]).toEqual([false, false]);
    socket.heard();
  }
});

test('the addon is not touched any more once the socket is gone', () => {
  const addon = fakeAddonSocket();
  const socket = new PeerSocket(addon, '192.0.2.1', () => undefined);
  socket.gone();
  socket.cutOff();
  expect(addon.closes).toBe(0);
});

test('pings beyond what an honest peer sends are noticed, and a second later some are fine again', () => {
  const socket = new PeerSocket(fakeAddonSocket(), '192.0.2.1', () => undefined);
  const pinged = Array.from({ length: 100 }, (_, i) => socket.pinged(5_000_000 + i));
  expect(pinged.filter(Boolean)).toHaveLength(64);
  expect(socket.pinged(6_100_000)).toBe(true);
});
