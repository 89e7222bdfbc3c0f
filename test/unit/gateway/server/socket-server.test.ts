import { afterEach, expect, test } from 'vitest';
import { AddressBudget } from '../../../../gateway/admission/address-budget.js';
import type { MemoryWatch } from '../../../../gateway/admission/memory-watch.js';
import type { ServerContext } from '../../../../gateway/server/server-context.js';
import { SocketServer } from '../../../../gateway/server/socket-server.js';
import type { UwsApp, UwsBehavior, UwsRequest, UwsResponse } from '../../../../gateway/server/uws.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { TurnGate } from '../../../../metrics/process/turn-gate.js';

const TURN_US = 200;
const SOCKETS_MAX = 4;
/** What opening one takes. */
const OPEN_US = 90;

let stop: (() => void) | undefined;
afterEach(() => stop?.());

/** A server of sockets without an addon: who asks, and who was let in. */
function door() {
  const clock = new FakeClock();
  const opened: number[] = [];
  const sockets = new AddressBudget({ allMax: SOCKETS_MAX, perAddressMax: SOCKETS_MAX });
  const context = {
    clock,
    turns: new TurnGate(clock, TURN_US),
    phase: () => 'open',
    addresses: { nameOf: () => '192.0.2.1' },
    frontDoor: { turnAway: () => undefined },
    exchanges: { add: () => undefined, delete: () => undefined },
    refused: () => undefined,
    idleTimeoutMs: 60_000,
  } as unknown as ServerContext;
  const server = new SocketServer(context, sockets, { isFull: false } as MemoryWatch, () => {
    throw new Error('no socket is opened here');
  });
  stop = () => server.stop();
  let behavior: UwsBehavior<object> | undefined;
  server.serve({ ws: (_: string, given: UwsBehavior<object>) => (behavior = given) } as unknown as UwsApp);
  const ask = (number: number): { leave: () => void } => {
    let aborted: () => void = () => undefined;
    const response = {
      getRemoteAddress: () => new ArrayBuffer(4),
      onAborted: (handler: () => void) => (aborted = handler),
      cork: (write: () => void) => write(),
      upgrade: () => {
        opened.push(number);
        clock.advanceUs(OPEN_US);
      },
    };
    const request = {
      getHeader: () => '',
      forEach: () => undefined,
      getMethod: () => 'get',
      getUrl: () => '/v1/ws',
    };
    behavior?.upgrade(response as unknown as UwsResponse, request as unknown as UwsRequest, {});
    return { leave: () => aborted() };
  };
  return { ask, opened, sockets };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('of many sockets that are asked for at once some are opened in each turn of the event loop, in order', async () => {
  const { ask, opened } = door();
  for (let number = 0; number < SOCKETS_MAX; number++) ask(number);
  expect(opened).toEqual([0, 1, 2]);
  await turn();
  expect(opened).toEqual([0, 1, 2, 3]);
});

test('who goes away while they wait in line is not counted any more, and not opened', async () => {
  const { ask, opened, sockets } = door();
  const peers = [0, 1, 2, 3].map(ask);
  peers[3].leave();
  expect(sockets.take('192.0.2.1', 1)).toBe('taken');
  expect(sockets.take('192.0.2.1', 1)).not.toBe('taken');
  await turn();
  expect(opened).toEqual([0, 1, 2]);
});
