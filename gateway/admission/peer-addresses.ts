import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { nameList } from './name-list.js';

/** First bytes of an IPv4 address that is written as an IPv6 one. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

/** Letters at the end of what proxies have written that are looked at. */
const FORWARDED_MAX = 1_024;

/** Names kept; with more of them it begins anew. */
const NAMES_MAX = 4_096;

/**
 * Names peers for what is counted by address. What comes from a proxy is its client's, as far as the proxies have written it down
 * (`X-Forwarded-For`): each of them adds the address it was asked from at the end, so the last one that is no proxy's is who asks,
 * and what stands before it can be made up. Where none is written down it is nobody's, for all shoppers behind the proxy share its address.
 */
export class PeerAddresses {
  readonly #proxies = new BlockList();
  /** Names of the IPv4 peers heard of lately: a name costs as much as everything else that is read of a request. */
  readonly #names = new Map<number, string>();

  /** @param proxies addresses and networks (`10.0.0.0/8`), comma separated; what is neither is left out. */
  constructor(proxies: string) {
    for (const name of nameList(proxies)) {
      const [address, bits] = name.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (!isNetwork(name)) continue;
      if (bits === undefined) this.#proxies.addAddress(address, family);
      else this.#proxies.addSubnet(address, Number(bits), family);
    }
  }

  /**
   * @param binary address of the peer, 4 or 16 bytes. @param forwarded what its `X-Forwarded-For` headers say, joined by commas; only
   * asked for of a proxy. @returns as `nameOf`.
   */
  clientOf(binary: ArrayBuffer, forwarded: () => string): string {
    const name = this.nameOf(binary);
    return name === '' ? this.#forwardedName(forwarded()) : name;
  }

  /** @param binary 4 or 16 bytes. @returns an IPv4 address, the first 64 bits of an IPv6 one, or '' for a proxy. */
  nameOf(binary: ArrayBuffer): string {
    const bytes = new Uint8Array(binary);
    if (bytes.length === 4) return this.#nameOfFour(bytes, 0);
    if (isMapped(bytes)) return this.#nameOfFour(bytes, MAPPED.length);
    const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
    if (this.#proxies.check(groups.join(':'), 'ipv6')) return '';
    // One customer of a provider has at least a /64 of addresses.
    return `${groups.slice(0, 4).join(':')}::`;
  }

  /** The last address that is no proxy's; '' when there is none, or what stands there is no address. */
  #forwardedName(forwarded: string): string {
    const addresses = forwarded.slice(-FORWARDED_MAX).split(',');
    for (let at = addresses.length - 1; at >= 0; at--) {
      const address = bareAddress(addresses[at].trim());
      if (isIPv4(address)) {
        if (!this.#proxies.check(address, 'ipv4')) return address;
      } else if (!isIPv6(address)) return '';
      else if (!this.#proxies.check(address, 'ipv6')) return networkOf(address);
    }
    return '';
  }

  /** @param from where the four bytes begin. */
  #nameOfFour(bytes: Uint8Array, from: number): string {
    const key = (bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3];
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const address = bytes.subarray(from).join('.');
    const name = this.#proxies.check(address, 'ipv4') ? '' : address;
    if (this.#names.size === NAMES_MAX) this.#names.clear();
    this.#names.set(key, name);
    return name;
  }
}

/** Without a port, and without the brackets of an IPv6 address. */
function bareAddress(text: string): string {
  const bracketed = /^\[([\da-f:.]+)\](?::\d{1,5})?$/i.exec(text)?.[1];
  const plain = bracketed ?? (text.includes('.') ? text.replace(/:\d{1,5}$/, '') : text);
  return plain.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The first 64 bits of an IPv6 address, as `nameOf` writes them. */
function networkOf(address: string): string {
  const [head, tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const whole = [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])];
  return `${whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::`;
}

function isMapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < MAPPED.length; i++) if (bytes[i] !== MAPPED[i]) return false;
  return bytes.length === 16;
}

/** True for an address, and for a network as `address/bits`. */
export function isNetwork(text: string): boolean {
  const [address, bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
