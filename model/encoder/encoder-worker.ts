import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { EncoderDesk } from './encoder-desk.js';
import { readEncoder } from './encoder-manifest.js';
import type { EncoderCall, EncoderReply, EncoderStart } from './encoder-messages.js';
import { TextEncoderModel } from './text-encoder-model.js';
import { VectorCache } from './vector-cache.js';

/** Thread entry of an encoder: where others want the processor it has a tenth of what they have. */
try {
  await main(workerData as EncoderStart);
} catch (error) {
  post({ op: 'failed', reason: (error as Error).message });
}

async function main({ folder, cachePath, cachedMax }: EncoderStart): Promise<void> {
  // On Linux a thread has a priority of its own; elsewhere this would be that of the whole process.
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  const encoder = await TextEncoderModel.load(await readEncoder(folder));
  const { dimension } = encoder.manifest;
  const cache = new VectorCache({
    ...(cachePath !== undefined && { path: cachePath }),
    encoder: encoder.id,
    dimension,
    countMax: cachedMax,
  });
  const desk = new EncoderDesk(encoder, cache, post);
  parentPort?.on('message', (call: EncoderCall) => {
    if (call.op !== 'stop') return desk.take(call);
    desk.stop();
    cache.close();
    encoder.close();
    parentPort?.close();
  });
  post({
    op: 'ready',
    name: encoder.manifest.name,
    cached: cache.count,
    ...(cache.problem && { cacheProblem: cache.problem.message }),
  });
}

function post(reply: EncoderReply): void {
  parentPort?.postMessage(reply);
}
