import { beforeEach, describe, expect, test } from 'vitest';
import {
  PartitionEndError,
  type HostThread,
  type HostedPartition,
} from '../../../../cluster/host/host-thread.js';
import type { LinkClient, PartitionUser } from '../../../../cluster/link/link-client.js';
import { PartitionSeat } from '../../../../cluster/pool/partition-seat.js';
import {
  RunGivenUpError,
  RunMovedError,
  type WatchedRun,
} from '../../../../shards/pool/supervised-thread.js';
import { neighboursModel } from '../../../../shards/wire/posted-model.js';
import type { RunData, WorkerMessage } from '../../../../shards/wire/worker-data.js';
import { turn as endTurn } from '../../../../metrics/process/turn.js';

const RECOVERY = { replayedEvents: 0, rebuiltUsers: 0, pagesLoaded: 0, pagesUnfit: 0 };
const DATA = { shard: 3, model: neighboursModel(4) } as RunData;
const LISTENER = { batch: () => undefined, report: () => undefined };

/** A partition in the thread of a test's node, which does what it is told to. */
class FakeHosted implements HostedPartition {
  readonly thread = -1;
  readonly loop = { active: 0, idle: 0 };
  isLevel = false;
  isTaken = false;
  isDropped = false;
  own: (epoch: number) => void = () => undefined;
  #exit: (error: Error) => void = () => undefined;
  readonly owned = new Promise<number>((resolve) => (this.own = resolve));
  readonly exited = new Promise<Error>((resolve) => (this.#exit = resolve));
  #hear: (message: WorkerMessage) => void = () => undefined;

  onMessage(take: (message: WorkerMessage) => void): void {
    this.#hear = take;
  }

  post(): void {}

  take(): void {
    this.isTaken = true;
  }

  drop(): void {
    this.isDropped = true;
    this.end('closed');
  }

  end(why: 'lost' | 'closed' | 'failed'): void {
    this.#exit(new PartitionEndError({ why, message: why }));
  }

  serve(epoch: number): void {
    this.own(epoch);
    this.#hear({ type: 'ready', recovery: RECOVERY });
  }
}

/** A link whose other end attaches, or lets go, when it is told to. */
class FakeLink {
  readonly users: PartitionUser[] = [];

  attach(_: number, user: PartitionUser): void {
    this.users.push(user);
  }

  detach(): void {}
}

let hosted: FakeHosted[];
let heard: string[];
let seat: PartitionSeat;
let link: FakeLink;

beforeEach(() => {
  hosted = [];
  heard = [];
  link = new FakeLink();
  const host = {
    open: () => {
      hosted.push(new FakeHosted());
      return hosted.at(-1);
    },
  } as unknown as HostThread;
  seat = new PartitionSeat(3, () => host, {
    serving: (partition, epoch) => heard.push(`${partition} serves since ${epoch}`),
    left: (partition, place, error) =>
      heard.push(`${partition} left ${place === 'here' ? 'here' : 'a link'}: ${error?.message ?? 'moved'}`),
    stoodDown: (partition, error) => heard.push(`${partition} stood down: ${error.message}`),
  });
});

function run(): WatchedRun {
  const started = seat.startRun(DATA, LISTENER);
  started.ready.catch(() => undefined);
  return started;
}

const elsewhere = (): LinkClient => link as unknown as LinkClient;

describe('a partition that is served here', () => {
  test('is taken at once, and told of when it serves', async () => {
    run();
    seat.want('here');
    expect([hosted[0].isTaken, seat.isServed]).toEqual([true, false]);
    hosted[0].serve(7);
    await endTurn();
    expect([seat.isServed, heard]).toEqual([true, ['3 serves since 7']]);
  });

  test('that another node takes is over, as one that moved', async () => {
    const served = run();
    seat.want('here');
    hosted[0].serve(7);
    await endTurn();
    hosted[0].end('lost');
    expect(await served.exited).toBeInstanceOf(RunMovedError);
    expect([seat.place, seat.isServed]).toEqual([undefined, false]);
    expect(heard.at(-1)).toBe('3 left here: moved');
  });

  test('that fails before it serves is told of with why, and the run goes on at another place', async () => {
    const served = run();
    seat.want('here');
    hosted[0].end('failed');
    await endTurn();
    expect(heard).toEqual(['3 left here: failed']);
    seat.want(elsewhere());
    link.users[0].attached();
    await served.ready;
    expect(seat.isServed).toBe(true);
  });
});

test('a partition that is elsewhere when the node stops is given up', async () => {
  const served = run();
  seat.want(elsewhere());
  link.users[0].attached();
  await served.ready;
  seat.stop();
  expect(await served.exited).toBeInstanceOf(RunGivenUpError);
});

describe('a partition that is kept warm', () => {
  beforeEach(() => {
    run();
    seat.want(elsewhere());
    link.users[0].attached();
    seat.standBy(true);
    seat.standBy(true);
  });

  test('is followed once, and is warm when it is level', () => {
    expect([hosted.length, hosted[0].isTaken, seat.isStoodBy, seat.isWarm]).toEqual([1, false, true, false]);
    hosted[0].isLevel = true;
    expect(seat.isWarm).toBe(true);
  });

  test('goes on from there when it is to be served here', async () => {
    await endTurn();
    seat.want('here');
    await endTurn();
    run();
    expect([hosted.length, hosted[0].isTaken, seat.isStoodBy]).toEqual([1, true, false]);
    hosted[0].serve(9);
    await endTurn();
    expect(heard.at(-1)).toBe('3 serves since 9');
    // What is served here needs no standby.
    seat.standBy(true);
    expect(hosted).toHaveLength(1);
  });

  test('is let go when nobody wants it any more, and when the node stops', async () => {
    seat.standBy(false);
    expect([hosted[0].isDropped, seat.isStoodBy]).toEqual([true, false]);
    seat.standBy(true);
    seat.stop();
    expect(hosted[1].isDropped).toBe(true);
    await endTurn();
    seat.standBy(true);
    expect([hosted.length, heard]).toEqual([2, []]);
  });

  test('that ends by itself is told of, and can be kept warm again', async () => {
    hosted[0].end('failed');
    await endTurn();
    expect([heard, seat.isStoodBy]).toEqual([['3 stood down: failed'], false]);
    seat.standBy(true);
    expect(hosted).toHaveLength(2);
  });
});
