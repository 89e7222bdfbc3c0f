import type { HostedRun } from './hosted-node.js';
import { patientlyUntil } from '../patience.js';

/** What of a graph changes while nothing happens. */
const FADING: ReadonlySet<string> = new Set(['atMs', 'share', 'weight']);
const CALL = 77;

/** What a partition's shard says of a user's graph, but for what fades. */
export async function graphOf(run: HostedRun, user: string): Promise<string> {
  run.say({ op: 'graph', call: CALL, user });
  const answer = (): unknown => run.replies.find((reply) => 'call' in reply && reply.call === CALL);
  if (!(await patientlyUntil(() => answer() !== undefined, { everyMs: 5, ms: 60_000 })))
    throw new Error(`nobody tells the graph of ${user}`);
  return JSON.stringify(answer(), (name, value: unknown) => (FADING.has(name) ? undefined : value), 1);
}
