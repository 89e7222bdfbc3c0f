import type { Service } from '../../metrics/process/service-stack.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { openEngine, type Engine } from '../engine/engine.js';
import { tryAgain } from '../engine/try-again.js';
import { beatOf, type ToldBeat } from '../membership/heartbeats.js';
import { knownBucket } from '../membership/kv-bucket.js';
import { SUSPECT_MS, type NodeMark } from '../membership/membership.js';
import { NodeMarks } from '../membership/node-marks.js';
import { beatsOf, bucketsOf, factsOf } from '../node/cluster-facts.js';
import { serversOf, type ClusterConfig } from '../node/node-settings.js';
import { clusterState, type ClusterState } from './cluster-state.js';

/** What an operator needs of the process. */
export interface OperatorContext {
  readonly pause: (ms: number) => Promise<void>;
}

/** How long nodes are listened to: each that lives is heard several times. */
const LISTEN_MS = SUSPECT_MS;

/** After a machine is gone the NATS servers have no leader for some seconds. */
const LEADER_MS = 10_000;
const untilLed = ({ pause }: OperatorContext): { forMs: number; pause: OperatorContext['pause'] } => ({
  forMs: LEADER_MS,
  pause,
});

/**
 * Looks at a cluster, and says what its nodes are to do, without being a node of it. What it says is kept by the NATS servers, and done by the nodes when they
 * see it. `open` rejects with a `StartupError` when no server is reached, or when there is no cluster of that name; it makes none.
 */
export class ClusterOperator implements Service {
  readonly #engine: Engine;
  readonly #marks: NodeMarks;
  readonly #partitions: number;
  readonly #name: string;
  readonly #pause: (ms: number) => Promise<void>;

  private constructor(
    engine: Engine,
    marks: NodeMarks,
    cluster: { readonly name: string; readonly partitions: number },
    { pause }: OperatorContext,
  ) {
    this.#engine = engine;
    this.#marks = marks;
    this.#name = cluster.name;
    this.#partitions = cluster.partitions;
    this.#pause = pause;
  }

  static async open(config: ClusterConfig, context: OperatorContext): Promise<ClusterOperator> {
    // Whoever mends a cluster has to get in also while its servers are not fit.
    const engine = await openEngine({ ...serversOf(config), name: 'operator', sync: { kind: 'stated' } });
    try {
      const names = bucketsOf(config.clusterName);
      const [known, nodes] = await tryAgain(async () => {
        const facts = await knownBucket(engine.main, names.facts);
        return [facts && (await factsOf(facts)), await knownBucket(engine.main, names.nodes)] as const;
      }, untilLed(context));
      if (known === undefined || nodes === undefined)
        throw new StartupError(
          'cluster_unknown',
          `the NATS servers know no cluster ${config.clusterName}: check AFTERCLICK_CLUSTER and AFTERCLICK_CLUSTER_NAME; a cluster is made by the first node that starts`,
        );
      const cluster = { name: config.clusterName, partitions: known.partitions };
      return new ClusterOperator(engine, new NodeMarks(nodes), cluster, context);
    } catch (error) {
      await engine.stop();
      throw error;
    }
  }

  /** How the cluster is now, by what its nodes tell while they are listened to. */
  async state(): Promise<ClusterState> {
    const beats = new Map<string, ToldBeat>();
    const heard = this.#engine.main.subscribe(beatsOf(this.#name), {
      callback: (_, { data }) => {
        const beat = beatOf(data);
        if (beat?.leaves === true) beats.delete(beat.node);
        else if (beat !== undefined) beats.set(beat.node, beat);
      },
    });
    await this.#pause(LISTEN_MS);
    heard.unsubscribe();
    const marks = await tryAgain(() => this.#marks.read(), untilLed({ pause: this.#pause }));
    return clusterState({ name: this.#name, partitions: this.#partitions }, marks, beats);
  }

  mark(node: string, mark: NodeMark): Promise<void> {
    return this.#marks.set(node, mark);
  }

  /** It is gone for good; one that comes again under this name is a new member. */
  forget(node: string): Promise<void> {
    return this.#marks.remove(node);
  }

  move(partition: number, node: string | undefined): Promise<void> {
    return this.#marks.pin(partition, node);
  }

  /** Looks again and again until it `isDone`, for as many looks as fit into `seconds`; one at least. Returns the last state. */
  async until(isDone: (state: ClusterState) => boolean, seconds: number): Promise<ClusterState> {
    for (let left = Math.ceil((seconds * 1_000) / LISTEN_MS); ; left--) {
      const state = await this.state();
      if (left <= 1 || isDone(state)) return state;
    }
  }

  stop(): Promise<void> {
    return this.#engine.stop();
  }
}
