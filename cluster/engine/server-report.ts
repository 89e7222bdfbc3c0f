import { z } from 'zod';

/** What a NATS server's monitoring address says of it. */
export interface ServerReport {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly hasJetStream: boolean;
  /** True with `sync_interval: always`: an append is on the disk before it is told of. */
  readonly syncsAlways: boolean;
  /** JetStream servers of its cluster, itself included. */
  readonly clusterSize: number;
}

/** The part of `/varz` that is looked at; `config` is only there with JetStream, `meta` only in a cluster. */
const varz = z.object({
  server_id: z.string(),
  server_name: z.string(),
  version: z.string(),
  jetstream: z
    .object({
      config: z.object({ sync_always: z.boolean().default(false) }).optional(),
      meta: z.object({ cluster_size: z.number().int().min(1) }).optional(),
    })
    .default({}),
});

const ASK_MS = 5_000;

/**
 * Asks one monitoring address, such as `http://10.0.0.1:8222`. Undefined when nobody answers within 5 s; rejects when what
 * answers is no NATS server.
 */
export async function askServer(address: string): Promise<ServerReport | undefined> {
  const answer = await fetch(new URL('/varz', address), { signal: AbortSignal.timeout(ASK_MS) }).catch(
    () => undefined,
  );
  return answer === undefined ? undefined : reportOf(address, await answer.text());
}

function reportOf(address: string, text: string): ServerReport {
  const { data } = varz.safeParse(parsed(text));
  if (data === undefined) throw new Error(`${address}/varz is not what a NATS server says of itself`);
  return {
    id: data.server_id,
    name: data.server_name,
    version: data.version,
    hasJetStream: data.jetstream.config !== undefined,
    syncsAlways: data.jetstream.config?.sync_always ?? false,
    clusterSize: data.jetstream.meta?.cluster_size ?? 1,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
