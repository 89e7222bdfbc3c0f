import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { callJson } from '../../support/gateway/http-json.js';
import { patientlyUntil } from '../../support/patience.js';
import { BUNDLE_ITEMS } from '../../support/model/tiny-bundles.js';
import type { FaultOrder } from '../armed/armed-fault-point.js';
import { SHOP_ITEMS } from '../clients/item-plans.js';
import { Checker } from './checker.js';
import { Crowd } from './crowd.js';
import { GatewayLives, type Life } from './gateway-lives.js';
import type { Bundles } from './bundles.js';
import type { Problems } from '../checks/problems.js';

/** Longest wait until an ordered fault has happened, also on a machine that has much else to do. */
const REACH_MS = 240_000;
const LOOK_EVERY_MS = 2;

/** What a world is made of. */
export interface WorldPlan {
  /** New; removed by `end`. */
  readonly folder: string;
  /** Folder of the small disk. */
  readonly smallDisk: string;
  readonly bundles: Bundles;
  readonly seed: number;
  /** See `Life`. */
  readonly mutant: string;
  /** Integers in 0 … limit − 1. */
  readonly random: (limit: number) => number;
}

/** A shop with its gateway, its data folder, its clients and their ledgers, for some rounds; and what may befall it. */
export class World {
  readonly plan: WorldPlan;
  readonly lives: GatewayLives;
  readonly crowd: Crowd;
  readonly #checker: Checker;
  #shards = 2;
  #isOnSmallDisk = false;
  /** What was found wrong since the last `takeProblems`. */
  #problems: string[] = [];
  readonly counts = { lost: 0, double: 0, outOfOrder: 0 };

  private constructor(plan: WorldPlan, lives: GatewayLives, crowd: Crowd, checker: Checker) {
    this.plan = plan;
    this.lives = lives;
    this.crowd = crowd;
    this.#checker = checker;
  }

  /** A new data folder, its first start, a full shelf, and the clients connected. */
  static async open(plan: WorldPlan): Promise<World> {
    const { folder, seed } = plan;
    const ledgers = join(folder, 'ledgers');
    mkdirSync(ledgers, { recursive: true });
    const lives = await GatewayLives.make(join(folder, 'order'));
    await lives.start(lifeOf(plan, join(folder, 'data'), 2));
    await putItems(lives.url);
    const crowd = await Crowd.open(lives.url, ledgers, seed);
    const { names, folder: shelf } = plan.bundles;
    const checker = new Checker({
      ledgers,
      scratch: join(folder, 'scratch'),
      bundles: names.map((name) => join(shelf, name)),
    });
    return new World(plan, lives, crowd, checker);
  }

  get acknowledged(): number {
    return this.#checker.acknowledged;
  }

  get shards(): number {
    return this.#shards;
  }

  /** What was wrong since the last call, a line each. */
  takeProblems(): string[] {
    return this.#problems.splice(0);
  }

  problem(words: string): void {
    this.#problems.push(words);
  }

  /** The gateway is dead: compares what it left, and starts it again. Rejects when it does not start. */
  async restart(shards = this.#shards, journalKeptBytes = 0): Promise<void> {
    await this.lookAtDead();
    this.#shards = shards;
    await this.lives.start({ ...lifeOf(this.plan, this.#dataDir, shards), journalKeptBytes });
  }

  async lookAtDead(): Promise<void> {
    this.#note(await this.#checker.lookAtDead(this.#dataDir));
  }

  /** A start that an ordered fault ends. */
  async restartAndDie(shards = this.#shards, journalKeptBytes = 0): Promise<void> {
    const started = await this.restart(shards, journalKeptBytes).then(
      () => true,
      () => false,
    );
    if (started) await this.untilCarriedOut();
    else if (!this.lives.isCarriedOut) this.problem(`the gateway did not start: ${this.lives.log}`);
    await this.lives.kill();
  }

  /** Everything is acknowledged and compared. */
  async settle(): Promise<void> {
    if (!this.lives.isAlive) {
      await this.lives.ended();
      await this.restart();
    }
    for (const words of await this.crowd.settle()) this.problem(`other: not acknowledged in time: ${words}`);
    if (this.#problems.length === 0) this.#note(await this.#checker.lookAtSettled(this.#dataDir));
  }

  order(order: Partial<FaultOrder> & Pick<FaultOrder, 'point'>): void {
    this.lives.order({ pass: 1, act: 'kill', afterUs: 0, ...order });
  }

  /** Resolves when the ordered fault has happened. When it does not in good time, that is a problem: then the point is none. */
  async untilCarriedOut(): Promise<void> {
    const times = { everyMs: LOOK_EVERY_MS, ms: REACH_MS };
    if (!(await patientlyUntil(() => this.lives.isCarriedOut, times))) {
      this.problem('other: the ordered point was not reached');
      // Whoever ordered it waits for its end.
      await this.lives.kill();
    }
    this.lives.forgetOrder();
  }

  /** Calls the gateway, which may die over it: what comes of it does not matter. */
  async tryCall(path: string, body: object = {}): Promise<void> {
    await callJson(this.lives.url, 'POST', path, body).catch(() => undefined);
  }

  /** The gateway is dead: from its next start on, the data folder is on the small disk, or on the large one again. */
  moveData(toSmallDisk: boolean): void {
    const from = this.#dataDir;
    this.#isOnSmallDisk = toSmallDisk;
    rmSync(this.#dataDir, { recursive: true, force: true });
    const { status, stderr } = spawnSync('cp', ['-a', '--sparse=always', from, this.#dataDir], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the data folder could not be copied: ${stderr}`);
    rmSync(from, { recursive: true, force: true });
  }

  async end(): Promise<void> {
    this.crowd.end();
    await this.lives.kill();
    await this.#checker.end();
    rmSync(this.plan.folder, { recursive: true, force: true });
  }

  get #dataDir(): string {
    return this.#isOnSmallDisk ? join(this.plan.smallDisk, 'data') : join(this.plan.folder, 'data');
  }

  #note(problems: Problems): void {
    this.#problems.push(...problems.lines);
    this.counts.lost += problems.count('lost');
    this.counts.double += problems.count('double');
    this.counts.outOfOrder += problems.count('out of order');
  }
}

function lifeOf({ bundles, mutant }: WorldPlan, dataDir: string, shards: number): Life {
  return {
    dataDir,
    shards,
    bundle: bundles.first,
    bundlesDir: bundles.folder,
    journalKeptBytes: 0,
    mutant,
  };
}

async function putItems(url: string): Promise<void> {
  const lines = Array.from({ length: SHOP_ITEMS - BUNDLE_ITEMS }, (_, i) =>
    JSON.stringify({ id: `item-${BUNDLE_ITEMS + i}`, category: `category-${i % 5}` }),
  );
  const response = await fetch(`${url}/v1/items`, {
    method: 'PUT',
    body: lines.join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
  });
  if (response.status !== 200) throw new Error(`items could not be put: ${await response.text()}`);
}
