import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';

/** The NATS servers that keep a stream, by their names. */
export interface StreamServers {
  /** The one that takes appends; undefined while one is being elected. */
  readonly leader: string | undefined;
  /** Others that are there and have all of it. */
  readonly followers: readonly string[];
}

/** Which servers lead streams, and moving that. */
export interface StreamLeaders {
  /** Rejects when nobody answers. */
  of(stream: string): Promise<StreamServers>;
  /** Has another server lead the stream, a follower of it. Rejects when that is refused. */
  move(stream: string, to: string): Promise<void>;
}

const ASK_MS = 1_000;

const failure = z.object({ description: z.string() }).optional();
const info = z.object({
  error: failure,
  cluster: z
    .object({
      leader: z.string().default(''),
      replicas: z
        .array(z.object({ name: z.string(), current: z.boolean(), offline: z.boolean().default(false) }))
        .default([]),
    })
    .default({ leader: '', replicas: [] }),
});
const done = z.object({ error: failure });

/** As the servers that `connection` goes to tell and do it. */
export function natsLeaders(connection: NatsConnection): StreamLeaders {
  const ask = async <T extends { error?: { description: string } | undefined }>(
    subject: string,
    { body, shape }: { readonly body: string; readonly shape: z.ZodType<T> },
  ): Promise<T> => {
    const { data } = await connection.request(`$JS.API.${subject}`, body, { timeout: ASK_MS });
    const answer = shape.parse(JSON.parse(Buffer.from(data).toString('utf8')));
    if (answer.error !== undefined) throw new Error(answer.error.description);
    return answer;
  };
  return {
    of: async (stream) => {
      const { cluster } = await ask(`STREAM.INFO.${stream}`, { body: '', shape: info });
      const followers = cluster.replicas.filter(({ current, offline }) => current && !offline);
      return {
        leader: cluster.leader === '' ? undefined : cluster.leader,
        followers: followers.map(({ name }) => name),
      };
    },
    move: async (stream, to) => {
      const body = JSON.stringify({ placement: { preferred: to } });
      await ask(`STREAM.LEADER.STEPDOWN.${stream}`, { body, shape: done });
    },
  };
}
