import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';
import { accessOptions } from '../access/access-options.js';
import { namesThat } from '../admission/name-list.js';
import { segmentOptions } from '../segments/segment-options.js';
import { TRANSPORT_NAMES } from '../server/transport/transport.js';
import { readHeaders } from '../tracing/otlp-headers.js';
import { isNetwork } from '../admission/peer-addresses.js';

function isHostName(name: string): boolean {
  return name === '*' || /^[\w.-]+$/.test(name);
}

function isOrigin(name: string): boolean {
  return name === '*' || /^[a-z][\w+.-]*:\/\/[^/?#@\s]+$/.test(name);
}

const countMax = z.coerce.number().int().min(0);

const tracingOptions = {
  otlpEndpoint: {
    schema: z.union(
      [z.literal(''), z.url({ protocol: /^https?$/ })],
      'write it with its scheme, such as http://127.0.0.1:4318',
    ),
    fallback: '',
    help: 'A collector of OpenTelemetry that takes OTLP over HTTP, such as http://127.0.0.1:4318; traces go to /v1/traces there. Without it none are recorded.',
  },
  otlpHeaders: {
    schema: z
      .string()
      .refine(
        (text) => readHeaders(text) !== undefined,
        'write name=value,name=value, values percent-encoded',
      ),
    fallback: '',
    secret: true,
    help: 'Headers for the collector, as name=value, comma separated, values percent-encoded.',
  },
  traceRatio: {
    schema: z.coerce.number().min(0).max(1),
    fallback: 0.01,
    help: 'Share of the clicks and calls without a traceparent that are traced, 0 to 1; of others their sampled flag decides.',
  },
  slowClickMs: {
    schema: z.coerce.number().nonnegative(),
    fallback: 1_000,
    unit: 'ms',
    help: 'A list, an ack or an answer that takes longer is told in the log, with its stages and its trace. 0: none is.',
  },
} as const;

export const gatewayOptions = defineOptions({
  host: {
    schema: z.string().min(1),
    fallback: '127.0.0.1',
    help: 'Address to listen on; 0.0.0.0 takes connections from other machines.',
  },
  transport: {
    schema: z.enum(['auto', ...TRANSPORT_NAMES]),
    fallback: 'auto',
    help: 'What carries sockets and HTTP: uws is uWebSockets.js, a native addon; ws is ws and node:http, which runs wherever Node does and costs more. auto takes uws where it loads.',
  },
  hosts: {
    schema: namesThat(isHostName, 'is no host name: write it without scheme and port'),
    fallback: '',
    help: 'Names that the gateway is reached by, comma separated; addresses and localhost always work, other names are refused with 421. * is every name.',
  },
  origins: {
    schema: namesThat(isOrigin, 'is no origin: write scheme://host or scheme://host:port, without a path'),
    fallback: '',
    help: 'Origins of the pages that may use the gateway besides its own, comma separated, such as https://shop.example; others are refused with 403. * is every page.',
  },
  proxies: {
    schema: namesThat(
      (name) => name === 'none' || isNetwork(name),
      'is no address and no network: write 10.1.2.3 or 10.0.0.0/8',
    ),
    fallback: '127.0.0.1,::1',
    help: 'Addresses and networks of proxies, comma separated: what comes from there counts by the last address in X-Forwarded-For that is not listed, and without one by no address. none trusts nobody.',
  },
  ...accessOptions,
  socketsMax: {
    schema: countMax,
    fallback: 20_000,
    unit: 'sockets',
    help: 'Sockets that may be open; more are refused with 503. 0: no bound.',
  },
  socketsPerAddressMax: {
    schema: countMax,
    fallback: 1_000,
    unit: 'sockets',
    help: 'Sockets that may be open from one address that is not of a proxy; more are refused with 503. 0: no bound.',
  },
  peerBytesMax: {
    schema: countMax,
    fallback: 128 * 1024 * 1024,
    unit: 'bytes',
    help: 'Bytes that peers may make the gateway keep: messages and answers of sockets, and as much again of HTTP requests; beyond it the largest are closed with 4008, requests refused with 503. 0: no bound.',
  },
  peerBytesPerAddressMax: {
    schema: countMax,
    fallback: 32 * 1024 * 1024,
    unit: 'bytes',
    help: 'The same for one address that is not of a proxy. 0: no bound.',
  },
  memoryMaxPercent: {
    schema: z.coerce.number().min(0).max(100),
    fallback: 85,
    unit: '%',
    help: "How much of its container's memory, or of the machine's, the process may take before new sockets are refused with 503. 0: no bound.",
  },
  port: {
    schema: z.coerce.number().int().min(0).max(65_535),
    fallback: 8080,
    help: 'Port to listen on; 0 takes any free one, which the ready line names.',
  },
  tlsCert: {
    schema: z.string(),
    fallback: '',
    help: 'Certificate that the gateway shows, a PEM file with its chain: all is encrypted then (TLS 1.2, 1.3). Another one in its place is noticed, and no socket is dropped.',
  },
  tlsKey: {
    schema: z.string(),
    fallback: '',
    help: 'Private key of that certificate, a PEM file.',
  },
  operatorPort: {
    schema: z.coerce.number().int().min(0).max(65_535),
    fallback: 0,
    help: 'A second port, for operators who show a certificate that AFTERCLICK_OPERATOR_CA has signed (mTLS); what needs the scope operate is served there alone then. 0: none.',
  },
  operatorCa: {
    schema: z.string(),
    fallback: '',
    help: 'PEM file of the authorities that sign for operators. Another one in its place is noticed.',
  },
  dataDir: {
    schema: z.string().min(1),
    fallback: './data',
    help: 'Folder of everything that has to survive: catalogue, journals, user states and snapshots.',
  },
  acceptStoreLoss: {
    schema: z.enum(['no', 'yes']),
    fallback: 'no',
    help: 'yes: start although stores of the data folder are missing, empty or older than they were; what was in them is lost.',
  },
  idleTimeoutMs: {
    // The bounds are those of the socket library.
    schema: z.coerce.number().int().min(8_000).max(960_000),
    fallback: 30_000,
    unit: 'ms',
    help: 'A peer that is silent for so long, pings included, is closed; raise it for phones that sleep.',
  },
  outboxBytes: {
    schema: z.coerce
      .number()
      .int()
      .min(4_096)
      .max(64 * 1024 * 1024),
    fallback: 1024 * 1024,
    unit: 'bytes',
    help: 'Answers that may wait for one slow reader before it is closed with 4008; lists coalesce and do not count.',
  },
  messagesPerSec: {
    schema: z.coerce.number().int().min(10).max(1_000_000),
    fallback: 1_000,
    unit: 'messages/s',
    help: 'Messages that one connection may send in the long run, and twice as many at once; more are "overloaded", and 4010 closes one that goes on.',
  },
  userMessagesPerSec: {
    schema: countMax,
    fallback: 2_000,
    unit: 'messages/s',
    help: 'The same for all connections of one user or visitor together, and for calls with a token of theirs (429). 0: no limit.',
  },
  addressMessagesPerSec: {
    schema: countMax,
    fallback: 20_000,
    unit: 'messages/s',
    help: 'The same for all sockets of one address that is not of a proxy. 0: no limit.',
  },
  addressRequestsPerSec: {
    schema: countMax,
    fallback: 10_000,
    unit: 'requests/s',
    help: 'HTTP requests that one address that is not of a proxy may send in the long run; more get 429. 0: no limit.',
  },
  addressBytesPerSec: {
    schema: countMax,
    fallback: 16 * 1024 * 1024,
    unit: 'bytes/s',
    help: 'Bytes of messages and bodies that one address that is not of a proxy may send in the long run; more are "overloaded" or get 429. 0: no limit.',
  },
  drainGraceMs: {
    // Longer than a timer can wait, and than anybody would.
    schema: z.coerce.number().int().min(0).max(3_600_000),
    fallback: 2_000,
    unit: 'ms',
    help: 'After SIGTERM, how long all is served on while /readyz says 503, so that load balancers send shoppers elsewhere. SIGINT has no grace.',
  },
  snapshotAtEnd: {
    schema: z.enum(['auto', 'on', 'off']),
    fallback: 'auto',
    help: 'Whether a stop makes a last snapshot; auto: when the stores have no more than 256 MiB. It has 4 s in any case, so that a stop takes less than 10 s.',
  },
  networkAllowanceMs: {
    schema: z.coerce.number().min(0).max(1_000),
    fallback: 5,
    unit: 'ms',
    help: 'What of the tmaxMs of a rank call is left to the network; at most half of it.',
  },
  communitiesEveryMs: {
    schema: z.coerce.number().int().min(0).max(2_147_483_647),
    fallback: 60_000,
    unit: 'ms',
    help: 'Pause before all items are cut into communities, and between two cuts; a cut that takes long is followed by a pause of 20 times that. 0: none is made.',
  },
  ...tracingOptions,
  ...segmentOptions,
});
