import type { Attack } from './attack.js';
import { callFlood } from './call-flood.js';
import { connectionStorm, silentSockets } from './connection-storm.js';
import { questions, segmentFlips, wholeBatches } from './costly-calls.js';
import { crossedNames } from './crossed-names.js';
import { eventFlood } from './event-flood.js';
import { growingSearches } from './growing-searches.js';
import { halfOpen } from './half-open.js';
import { helloStorm, manyVisitors, openingPiles } from './hello-floods.js';
import { eventPosts, rankFlood, scrapes } from './http-floods.js';
import { httpPipelines } from './http-pipelines.js';
import { identityChurn } from './identity-churn.js';
import { itemPatches, itemPuts, largePuts } from './bulk-items.js';
import { keyBombs } from './key-bombs.js';
import { manySockets } from './many-sockets.js';
import { oddBodies } from './odd-bodies.js';
import { oddFrames } from './odd-frames.js';
import { foreignPages, oddHttp } from './odd-http.js';
import { oddMessages } from './odd-messages.js';
import { modelCalls, snapshotLoop } from './operator-calls.js';
import { resets } from './resets.js';
import { slowHttp } from './slow-http.js';
import { fragments, unfinishedFrames } from './unfinished-frames.js';
import { pipelinedGets, slowReaders, unreadExports, unreadPongs } from './unread-answers.js';

/** All attacks, in the order in which they are made. */
export const ATTACKS: readonly Attack[] = [
  eventFlood,
  manySockets,
  callFlood,
  growingSearches,
  crossedNames,
  identityChurn,
  oddMessages,
  oddFrames,
  keyBombs,
  resets,
  unfinishedFrames,
  fragments,
  unreadPongs,
  slowReaders,
  pipelinedGets,
  unreadExports,
  openingPiles,
  helloStorm,
  connectionStorm,
  silentSockets,
  manyVisitors,
  oddHttp,
  foreignPages,
  slowHttp,
  halfOpen,
  httpPipelines,
  oddBodies,
  rankFlood,
  wholeBatches,
  questions,
  eventPosts,
  scrapes,
  itemPatches,
  itemPuts,
  largePuts,
  segmentFlips,
  modelCalls,
  snapshotLoop,
];
