import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The engine lets garbage lie until it is five times what lives: a look at memory would tell how long ago that was. */
const EVERY_MS = 10_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
setInterval(collect, EVERY_MS).unref();
