import { createSession, floatTensor, type Tensors } from '../onnx/onnx-session.js';
import { contextCount, type Dataset, type SessionRange } from '../train/data/dataset.js';
import { PackedStep } from '../train/network/packed-step.js';
import { cutSessions, packWindows } from '../train/network/packing.js';
import { GRAPH_PARAMETERS, parameterSpecs, type TrainedNetwork } from '../train/network/parameters.js';
import { topItemsGraph } from '../train/network/training-graph.js';
import { Scoreboard } from './scoreboard.js';

const BLOCKS = 4;
const BLOCK_TOKENS = 128;

/**
 * The network alone, by a scan of the whole catalogue for every click of a range that has a next one: what it knows without
 * candidates and re-ranker. Returns metrics in percent, as `Scoreboard.percent`.
 */
export async function evaluateNetwork(
  network: TrainedNetwork,
  dataset: Dataset,
  range: SessionRange,
  k = 20,
): Promise<Record<string, number>> {
  const { width, neighbours } = network.shape;
  const contexts = contextCount(dataset);
  const columns = dataset.itemIds.length;
  const shape = { width, neighbours, contexts, columns, blocks: BLOCKS, blockTokens: BLOCK_TOKENS };
  const { bytes, outputs } = topItemsGraph(shape, k);
  const session = await createSession(bytes);
  const step = new PackedStep(dataset, shape);
  const feeds: Tensors = { ...step.feeds, vectors: floatTensor(network.vectors, [columns, width]) };
  for (const { name, dims } of parameterSpecs(network.shape)) {
    if ((GRAPH_PARAMETERS as readonly string[]).includes(name)) {
      feeds[name] = floatTensor(network.parameters[name], dims);
    }
  }
  const windows = packWindows(cutSessions(dataset, range, BLOCK_TOKENS, neighbours), BLOCK_TOKENS);
  const board = new Scoreboard(k);
  for (let i = 0; i < windows.length; i += BLOCKS) {
    step.fill(windows.slice(i, i + BLOCKS), network.vectors, network.parameters);
    const { top } = await session.run(feeds, outputs);
    const lists = top.data as Int32Array;
    step.next.forEach((next, place) => {
      if (next >= 0) board.add(lists.subarray(place * k, (place + 1) * k), new Set([dataset.item[next]]));
    });
  }
  session.close();
  return board.percent();
}
