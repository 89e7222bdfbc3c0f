import { parentPort, workerData } from 'node:worker_threads';
import { lowerPriority } from '../communities/lower-priority.js';
import { marketReport, type MarketQuestion } from './market-report.js';
import type { MarketStart } from './market-thread.js';

// Thread entry of the market: answers one question after the other.
lowerPriority();
const { market, catalogue } = workerData as MarketStart;
parentPort?.on('message', (question: MarketQuestion) =>
  parentPort?.postMessage(marketReport(market, catalogue, question)),
);
