import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';
import type { RunEnd } from '../../../cluster/host/host-words.js';
import { HostModels } from '../../../cluster/host/host-models.js';
import type { SnapshotPlan } from '../../../cluster/host/owned-snapshots.js';
import { PartitionHost } from '../../../cluster/host/partition-host.js';
import type { PartitionStream } from '../../../cluster/journal/partition-stream.js';
import { OneByOne } from '../../../cluster/snapshots/one-by-one.js';
import { snapshotsOn } from '../../../cluster/snapshots/snapshots.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import type { SharedCatalogue } from '../../../model/catalogue/shared-catalogue.js';
import { createSharedMarket } from '../../../shards/market/shared-market.js';
import { makeLearning, type SharedLearning } from '../../../shards/shard/build-shard.js';
import { ThreadRun } from '../../../shards/pool/thread-run.js';
import type { KeptSnapshot, ShardCall, ShardReply } from '../../../shards/wire/calls.js';
import { HaltFlag } from '../../../shards/wire/halt-flag.js';
import { InHand } from '../../../shards/wire/in-hand.js';
import { neighboursModel, type PostedModel } from '../../../shards/wire/posted-model.js';
import { unpackReplies, type ThreadBatch } from '../../../shards/wire/thread-batch.js';
import type { RunData } from '../../../shards/wire/worker-data.js';
import { rest } from '../patience.js';
import { FakeShelf } from './fake-shelf.js';
import { smallInteractions, TUNING } from '../shards/shard-harness.js';

const PARTITION = 0;
const SLOT = { name: 'home', k: 5, maxMoves: 0, minIntervalMs: 0 };

/** One partition as a node of a test keeps it, and what its shard says. */
export class HostedRun {
  readonly run: ThreadRun;
  readonly replies: ShardReply[] = [];
  /** Highest number of each session that is durable. */
  readonly durable = new Map<number, number>();
  /** Models of its lists, each run of the same once. */
  readonly models: string[] = [];
  /** Named users of whom nothing came for too long. */
  readonly idle: string[] = [];
  /** Names of what was set aside. */
  readonly setAside: string[] = [];
  isLevel = false;
  epoch: number | undefined;
  end: RunEnd | undefined;
  readonly #host: PartitionHost;
  readonly #number: number;

  constructor(host: PartitionHost, number: number, data: RunData) {
    this.#host = host;
    this.#number = number;
    this.run = new ThreadRun(
      data,
      {
        batch: (batch) => this.#hear(batch),
        report: ({ idle, fresh }) => {
          this.idle.push(...(idle ?? []));
          this.setAside.push(...fresh.flatMap(({ names }) => names));
        },
      },
      (worker) => {
        const { port1: near, port2: far } = new MessageChannel();
        const exited = new Promise<Error>((resolve) => {
          host.open({
            run: number,
            data: worker,
            port: far,
            level: (isLevel) => (this.isLevel = isLevel),
            owned: (epoch) => (this.epoch = epoch),
            ended: (end) => {
              this.end = end;
              near.close();
              resolve(new Error(end.message));
            },
          });
        });
        return {
          thread: number,
          exited,
          loop: { active: 0, idle: 0 },
          onMessage: (take) => void near.on('message', take),
          post: (batch, transfer) => near.postMessage(batch, transfer),
        };
      },
    );
    this.run.ready.catch(() => undefined);
  }

  take(): void {
    this.#host.take(this.#number);
  }

  drop(): void {
    this.#host.drop(this.#number);
  }

  say(call: ShardCall): void {
    this.run.calls.add(call);
    this.run.schedule();
  }

  open(user: string): void {
    this.say({ op: 'open', call: 1, channel: 1, user, session: 1, sessionId: user, isExact: true });
  }

  click(seq: number, item: number): void {
    const event = { seq, kind: EVENT_KIND.view_item, tsMs: 1_760_000_000_000, items: [item] };
    this.run.calls.addEvent(1, 1, { ...event, value: 0, quantity: 1, query: '' }, 0);
    this.run.schedule();
  }

  /** Wants lists of one slot for whoever is open. */
  subscribe(): void {
    const rules = { excludeSeen: 0, diversity: 0, explain: false } as const;
    this.say({ op: 'subscribe', channel: 1, slots: [{ ...SLOT, ...rules }] });
  }

  #hear(batch: ThreadBatch): void {
    const nothing = (): void => undefined;
    unpackReplies(batch, {
      applied: nothing,
      refused: nothing,
      list: (_channel, _slot, { model }) => {
        if (this.models.at(-1) !== model) this.models.push(model);
      },
      learn: nothing,
      current: nothing,
      // A commit that waits for rows besides is told of after later ones.
      durable: (session, seq) =>
        void this.durable.set(session, Math.max(seq, this.durable.get(session) ?? 0)),
      reply: (reply) => void this.replies.push(reply),
    });
  }
}

/** What a node of a test has. */
export interface HostedWith {
  /** What it serves with; neighbours without. */
  readonly posted?: PostedModel;
  readonly catalogue: SharedCatalogue;
  /** Of all nodes of the cluster; default one of its own. */
  readonly shelf?: FakeShelf;
  /** When snapshots are made; default never. */
  readonly snapshotBytes?: number;
  /** How long named users and visitors are kept, ms; default for ever. */
  readonly keptMs?: number;
}

function snapshotPlan(
  stream: PartitionStream,
  { folder, shelf, bytes }: { readonly folder: string; readonly shelf: FakeShelf; readonly bytes: number },
): SnapshotPlan {
  const nowMs = (): number => 0;
  return {
    snapshots: snapshotsOn({ shelf, streamOf: () => Promise.resolve(stream), nowMs, scratch: folder }),
    lookMs: 20,
    pace: { everyMs: Infinity, bytes },
    line: new OneByOne(),
    scratch: join(folder, 'copies'),
    nowMs,
    trouble: (_, why) => shelf.troubles.push(why),
  };
}

/** The host of a node's partitions, in this thread. */
export class HostedNode {
  readonly folder: string;
  readonly learning: SharedLearning;
  readonly #host: PartitionHost;
  readonly #data: RunData;
  #runs = 0;

  private constructor(host: PartitionHost, learning: SharedLearning, { folder, ...data }: RunData) {
    this.#host = host;
    this.learning = learning;
    this.folder = folder;
    this.#data = { ...data, folder: join(folder, 'partition-0') };
  }

  static async start(
    node: string,
    stream: PartitionStream,
    { catalogue, shelf = new FakeShelf(), snapshotBytes = Infinity, keptMs = 0, posted }: HostedWith,
  ): Promise<HostedNode> {
    const folder = mkdtempSync(join(tmpdir(), 'hosted-'));
    const model = posted ?? neighboursModel(catalogue.itemMax);
    const interactions = smallInteractions();
    const learning = makeLearning({ catalogue, interactions, tuning: TUNING, shard: 0, shards: 1 });
    const stats = ThreadStats.create();
    const host = new PartitionHost({
      owner: { node, run: '1' },
      models: await HostModels.of(model),
      learning,
      stats,
      partitions: 1,
      sessionGapMs: TUNING.sessionGapMs,
      streamOf: () => Promise.resolve(stream),
      items: new CatalogueView(catalogue),
      pause: rest,
      snapshots: snapshotPlan(stream, { folder, shelf, bytes: snapshotBytes }),
    });
    return new HostedNode(host, learning, {
      shard: PARTITION,
      shards: 1,
      tuning: TUNING,
      folder,
      folderId: node,
      model,
      catalogue,
      interactions,
      market: createSharedMarket(catalogue.itemMax, 86_400_000, 1),
      stats: stats.buffer,
      halt: new HaltFlag().buffer,
      inHand: new InHand().buffer,
      journalSegmentBytes: 65_536,
      checkpointMs: 50,
      interactionCheckpointMs: 3_600_000,
      retention: {
        journalKeptMs: 0,
        journalKeptBytes: 0,
        visitorsKeptMs: keptMs,
        usersKeptMs: keptMs,
        snapshots: '',
      },
      keepsInteractions: true,
    });
  }

  /** Items of the sessions that its interaction graph has, each session in the order of its clicks. */
  get sessionItems(): number[] {
    const { arrays, shared } = this.learning.interactions;
    const { sessions, sessionLength } = shared.bounds;
    return Array.from({ length: sessions }, (_, row) => {
      const start = row * sessionLength;
      return [...arrays.sessionItem.subarray(start, start + arrays.sessionCount[row])];
    }).flat();
  }

  /** The partition, followed; `take` makes it the node's. */
  open(): HostedRun {
    return new HostedRun(this.#host, ++this.#runs, this.#data);
  }

  /** A snapshot of the partition, now. */
  snapshot(): Promise<KeptSnapshot> {
    return this.#host.snapshot(PARTITION);
  }

  /** Makes another model ready, as far as its partitions have come. */
  prepare(model: PostedModel): Promise<void> {
    return this.#host.prepare(model);
  }

  adopt(model: PostedModel): Promise<void> {
    return this.#host.adopt(model);
  }

  /** The partition's runs are over. */
  async remove(): Promise<void> {
    await this.#host.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
