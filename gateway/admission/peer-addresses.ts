import { BlockList, isIP, isIPv6 } from 'node:net';
import { nameList } from './name-list.js';

/** First bytes of an IPv4 address that is written as an IPv6 one. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

/** Names kept; with more of them it begins anew. */
const NAMES_MAX = 4_096;

/**
 * Names peers for what is counted by address. What comes from a proxy is nobody's: all shoppers behind it have its address,
 * and what it says of them (`X-Forwarded-For`) can be made up, so it is not read.
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
