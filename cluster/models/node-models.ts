import { setTimeout } from 'node:timers/promises';
import type { KV } from '@nats-io/kv';
import { realClock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { ClusterModel, FetchBundle } from '../../shards/pool/shard-pool.js';
import type { PostedModel } from '../../shards/wire/posted-model.js';
import { openObjects } from '../objects/object-bucket.js';
import { tryAgain } from '../engine/try-again.js';
import type { Engine } from '../engine/engine.js';
import { BundleDepot } from './bundle-depot.js';
import { ModelAgreement, type ModelHost } from './model-agreement.js';
import { natsBoard, type ModelBoard } from './model-board.js';
import { ModelChange } from './model-change.js';
import type { ModelOffer } from './said-model.js';

/** Where what concerns models is kept. */
export interface ModelsPlan {
  readonly engine: Engine;
  readonly facts: KV;
  readonly bundles: { readonly name: string; readonly replicas: number };
  /** What the cluster was made with. */
  readonly first: ModelOffer;
}

/** Makes the model ready that a cluster serves with. */
export type StartModel = (model: ClusterModel, fetch: FetchBundle) => Promise<PostedModel>;

/** Servers that have just started elect their leaders, ms. */
const PATIENCE_MS = 20_000;
/** What all nodes together may take to make a model ready, ms. */
const READY_MS = 600_000;

/** What a node serves with when it starts, and what agrees with the others on it from then on. */
export interface NodeModels {
  readonly posted: PostedModel;
  /** To be called once there are partitions. */
  agree(ends: AgreementEnds): { readonly agreement: ModelAgreement; readonly change: ModelChange };
}

/** Who carries out what is agreed on. */
export interface AgreementEnds {
  readonly self: string;
  readonly host: ModelHost;
  readonly present: () => readonly string[];
  readonly serves: (model: PostedModel) => void;
  readonly log: Log;
}

/** Asks which model the cluster serves with, and has it made ready. Rejects with a `StartupError` when it cannot be. */
export async function startModels(
  { engine, facts, bundles, first }: ModelsPlan,
  make: StartModel,
): Promise<NodeModels> {
  const board = natsBoard(facts, first);
  const pause = (ms: number): Promise<void> => setTimeout(ms);
  const patiently = <T>(work: () => Promise<T>): Promise<T> => tryAgain(work, { forMs: PATIENCE_MS, pause });
  const depot = new BundleDepot(await patiently(() => openObjects(engine, bundles, pause)), () =>
    realClock.nowMs(),
  );
  const fetch: FetchBundle = (fingerprint, folder) => depot.fetch(fingerprint, folder);
  const { serving, posted } = await patiently(() => modelOf(board, make, fetch));
  return {
    posted,
    agree: (ends) => {
      const agreement = new ModelAgreement({ ...ends, board, fetch }, serving);
      const change = new ModelChange({ ...ends, board, depot, agreement, pause, readyMs: READY_MS });
      return { agreement, change };
    },
  };
}

async function modelOf(
  board: ModelBoard,
  make: StartModel,
  fetch: FetchBundle,
): Promise<{ readonly serving: ModelOffer; readonly posted: PostedModel }> {
  const { serving, previous } = (await board.look()).said;
  const model = {
    serving: serving.fingerprint,
    ...(previous !== null && { previous: previous.fingerprint }),
  };
  try {
    return { serving, posted: { ...(await make(model, fetch)), number: serving.number } };
  } catch (cause) {
    throw new StartupError(
      'cluster_model_unavailable',
      `the cluster serves with ${serving.name}, which this node cannot: ${(cause as Error).message}. Look at its disk and at the NATS servers, or have the cluster serve with another model`,
      { cause },
    );
  }
}
