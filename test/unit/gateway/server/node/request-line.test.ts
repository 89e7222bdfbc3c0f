import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { PIPELINED_MAX, RequestLine } from '../../../../../gateway/server/node/request-line.js';

function world() {
  const begun: number[] = [];
  const responses: EventEmitter[] = [];
  const socket = {
    destroyed: false,
    writableEnded: false,
    destroy: () => (socket.destroyed = true),
  };
  const line = new RequestLine((request) => begun.push((request as unknown as { number: number }).number));
  const ask = (number: number): void => {
    const response = new EventEmitter();
    responses.push(response);
    line.enter({ number, socket } as unknown as IncomingMessage, response as unknown as ServerResponse);
  };
  return { begun, responses, socket, ask };
}

test('a request begins when the answer before it has left', () => {
  const { ask, begun, responses } = world();
  for (let i = 0; i < 3; i++) ask(i);
  expect(begun).toEqual([0]);
  responses[0].emit('close');
  expect(begun).toEqual([0, 1]);
  responses[1].emit('close');
  responses[2].emit('close');
  ask(3);
  expect(begun).toEqual([0, 1, 2, 3]);
});

test('after an answer that ends the connection no other begins, also of those that come late', () => {
  const { ask, begun, responses, socket } = world();
  ask(0);
  ask(1);
  socket.writableEnded = true;
  responses[0].emit('close');
  ask(2);
  expect(begun).toEqual([0]);
});

test('a connection with too many requests that wait is closed', () => {
  const { ask, socket } = world();
  for (let i = 0; i <= PIPELINED_MAX; i++) ask(i);
  expect(socket.destroyed).toBe(false);
  ask(PIPELINED_MAX + 1);
  expect(socket.destroyed).toBe(true);
});
