// Rows of `npm run bench` of access, privacy and imports; all of them are long.
import { consentMs, eraseSeconds, handshakesPerSec, p99BesideImport } from '../doors.mjs';
import { certificateOf, everything, locked, UNLOCKED, WITH_TOKENS } from '../locked.mjs';
import { SMALL_SHOP } from '../shop.mjs';
import { least, p99Of, ratio, withGateway } from './measuring.mjs';

/** Goods of the feed that is imported beside clicks. */
const FEED_ITEMS = 262_144;

export const DOORS = {
  'locked-door': {
    what: 'p99 with TLS, tokens, encryption and limits ÷ p99 without, 1,000 clicks/s',
    unit: 'times',
    better: 'lower',
    atLeast: 1.1,
    aim: 1.05,
    isLong: true,
    measure: async (bench) => {
      const loadEnv = {
        AFTERCLICK_TOKEN: await everything(),
        NODE_EXTRA_CA_CERTS: certificateOf(bench.work).certificate,
      };
      const inside = p99Of({ ...bench, loadEnv }, { env: locked(bench.work) });
      return ratio(bench, [inside, p99Of(bench, { env: UNLOCKED })]);
    },
  },
  handshakes: {
    what: 'connections with a token that was not seen before, from TCP to welcome',
    unit: '/s',
    better: 'higher',
    atLeast: 500,
    aim: 1_000,
    isLong: true,
    measure: (bench) =>
      withGateway(bench, (gateway) => handshakesPerSec(bench, gateway, least(bench, 20_000, 200)), {
        env: WITH_TOKENS,
      }),
  },
  erase: {
    what: 'erasing a user of 50 events, the longest of 50, encrypted at rest',
    unit: 's',
    better: 'lower',
    atLeast: 1,
    aim: 0.1,
    isLong: true,
    measure: (bench) => {
      const { AFTERCLICK_MASTER_KEY_FILE } = locked(bench.work);
      const env = { AFTERCLICK_MASTER_KEY_FILE };
      return withGateway(bench, (gateway) => eraseSeconds(gateway, least(bench, 50, 5)), { env });
    },
  },
  consent: {
    what: 'asking what a user allows over HTTP, p50',
    unit: 'ms',
    better: 'lower',
    atLeast: 5,
    aim: 2,
    isLong: true,
    measure: (bench) => withGateway(bench, (gateway) => consentMs(gateway, least(bench, 2_000, 50))),
  },
  'import-beside': {
    what: 'p99 of 200 shoppers at 250 clicks/s, worst second while 262,144 items are imported',
    unit: 'ms',
    better: 'lower',
    atLeast: 50,
    aim: 20,
    isLong: true,
    measure: (bench) =>
      withGateway(
        bench,
        (gateway, { items }) =>
          p99BesideImport(bench, gateway, {
            items,
            rate: least(bench, 250, 50),
            feedItems: least(bench, FEED_ITEMS, 5_000),
          }),
        { size: SMALL_SHOP, env: { AFTERCLICK_ITEMS_MAX: '524288' } },
      ),
  },
};
