import { isIP } from 'node:net';
import { nameList } from '../admission/name-list.js';
import { problemReply } from './problem.js';
import type { HttpReply } from './http-call.js';
import type { RawRequest } from './transport/transport.js';

/** Who may ask, as the options say it. */
export interface FrontDoorConfig {
  /** Address or name that is listened on. */
  readonly host: string;
  /** More names that a request may be for, comma separated; `*` is all. */
  readonly hosts: string;
  /** Origins of other pages that may ask, comma separated; `*` is all. */
  readonly origins: string;
}

/** What of a request says where it comes from; '' where it says nothing. */
export interface RequestHead {
  /** Upper case. */
  readonly method: string;
  /** `Host`. */
  readonly host: string;
  /** `Origin`. */
  readonly origin: string;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string;
}

/** Why a request was not let in, and the answer to it. */
export interface TurnedAway {
  readonly reason: 'host' | 'origin';
  readonly reply: HttpReply;
}

/** Methods that only look. */
const LOOKS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const EVERY = '*';
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * Keeps out what a browser sends on behalf of a page that is not the gateway's own.
 *
 * A page of another site may send requests to a gateway on the visitor's machine or network: its `Origin` gives it away, and
 * where a browser sends none, `Sec-Fetch-Site`. A page whose own name was made to resolve to the gateway's address (DNS
 * rebinding) has the right origin and gives itself away by its `Host`: it needs a name, so addresses are let in, and names
 * only when they are known. Programs that are no browsers send neither header and are not looked at.
 */
export class FrontDoor {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  /** The name asked for last that is known: nearly all ask for one. */
  #askedLast = '';

  constructor({ host, hosts, origins }: FrontDoorConfig) {
    this.#hosts = new Set([...nameList(hosts), host.toLowerCase()]);
    this.#origins = new Set(nameList(origins));
  }

  /** Undefined for a request that may come in. */
  turnAway(head: RequestHead): TurnedAway | undefined {
    if (head.host !== this.#askedLast || head.host === '') {
      if (!this.#knowsHost(head.host)) return { reason: 'host', reply: unknownHost(head.host) };
      this.#askedLast = head.host;
    }
    if (this.#trusts(head)) return undefined;
    return { reason: 'origin', reply: foreignOrigin(head.origin) };
  }

  #knowsHost(host: string): boolean {
    if (!HOST.test(host)) return false;
    if (this.#hosts.has(EVERY)) return true;
    const name = host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
    return name.startsWith('[') || isIP(name) !== 0 || isLocal(name) || this.#hosts.has(name);
  }

  #trusts({ method, host, origin, fetchSite }: RequestHead): boolean {
    if (origin === '') return fetchSite !== 'cross-site' || LOOKS.has(method);
    return this.#origins.has(EVERY) || this.#origins.has(origin.toLowerCase()) || isSameOrigin(origin, host);
  }
}

/** Names that no resolver outside of the machine is asked for. */
function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** A proxy may have taken TLS off, so the scheme is the origin's; the port has to be the same. */
function isSameOrigin(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { host: originHost, protocol } = new URL(origin);
  const asked = `${protocol}//${host}`;
  return originHost !== '' && URL.canParse(asked) && new URL(asked).host === originHost;
}

function unknownHost(host: string): HttpReply {
  if (host === '') return problemReply('malformed', 'the request has no Host header');
  const name = JSON.stringify(host.slice(0, 100));
  const detail =
    `the gateway does not know itself by the name ${name}; ask it by its address or as localhost, ` +
    'or list the name in AFTERCLICK_HOSTS';
  return problemReply('host_not_allowed', detail);
}

function foreignOrigin(origin: string): HttpReply {
  const from = origin === '' ? 'another site' : JSON.stringify(origin.slice(0, 100));
  const detail = `a page of ${from} may not use this gateway; list its origin (scheme://host:port) in AFTERCLICK_ORIGINS`;
  return problemReply('origin_not_allowed', detail);
}

/** What the front door looks at. */
export function readHead(request: RawRequest): RequestHead {
  return {
    method: request.getMethod().toUpperCase(),
    host: request.getHeader('host'),
    origin: request.getHeader('origin'),
    fetchSite: request.getHeader('sec-fetch-site'),
  };
}

/** What all `X-Forwarded-For` headers say, in their order: some proxies write a header of their own below the one that they got. */
export function forwardedBy(request: RawRequest): string {
  let forwarded = '';
  request.forEach((name, value) => {
    if (name === 'x-forwarded-for') forwarded += forwarded === '' ? value : `,${value}`;
  });
  return forwarded;
}
