import { SUBPROTOCOLS, type Subprotocol } from '../protocol/version.js';
import type { HttpReply } from './http-call.js';
import { problemReply } from './problem.js';
import type { RawRequest } from './transport/transport.js';

/** Versions of the handshake that are spoken: RFC 6455, and the draft that differs from it in a header's name alone. */
const VERSIONS: readonly string[] = ['13', '8'];

/** What an upgrade asks for. */
export interface SocketOffer {
  /** C1; undefined when none of those offered is spoken. */
  readonly subprotocol: Subprotocol | undefined;
  /** What the answer names of those offered; '' when none was. */
  readonly named: string;
  /** For a version of the handshake that is not spoken. */
  readonly refusal: HttpReply | undefined;
}

/** The list of subprotocols may stand in one header or in several (RFC 6455, 11.3.4). */
export function readOffer(request: RawRequest): SocketOffer {
  const offered: string[] = [];
  request.forEach((name, value) => {
    if (name === 'sec-websocket-protocol') offered.push(...value.split(','));
  });
  const names = offered.map((name) => name.trim()).filter((name) => name !== '');
  const subprotocol =
    names.length === 0
      ? 'afterclick.v1.json'
      : names.find((name): name is Subprotocol => (SUBPROTOCOLS as readonly string[]).includes(name));
  return {
    subprotocol,
    named: names.length === 0 ? '' : (subprotocol ?? ''),
    refusal: versionRefusal(request),
  };
}

export function unknownSubprotocol(): HttpReply {
  const detail = `none of the offered subprotocols is spoken here; offer ${SUBPROTOCOLS.join(' or ')}, or none for JSON`;
  return problemReply('subprotocol_unknown', detail);
}

function versionRefusal(request: RawRequest): HttpReply | undefined {
  const version = request.getHeader('sec-websocket-version').trim();
  if (VERSIONS.includes(version)) return undefined;
  const detail = `the WebSocket handshake has the version ${JSON.stringify(version.slice(0, 40))}; send 13`;
  return problemReply(
    'upgrade_required',
    detail,
    {},
    { upgrade: 'websocket', 'sec-websocket-version': VERSIONS.join(', ') },
  );
}
