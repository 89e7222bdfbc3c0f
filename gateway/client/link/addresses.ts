/** Where a client may connect: one gateway, or the nodes of a cluster. One of them is in use. */
export class Addresses {
  readonly #urls: readonly string[];
  #at: number;

  /** Begins with any of them, so that pages spread over the nodes. Throws when one is none of a gateway. */
  constructor(urls: string | readonly string[], random: () => number) {
    this.#urls = [urls].flat().map(socketUrl);
    this.#at = Math.floor(random() * this.#urls.length);
  }

  get url(): string {
    return this.#urls[this.#at];
  }

  get count(): number {
    return this.#urls.length;
  }

  /** The one in use does not answer: the one behind it is in use from now on. */
  leave(): void {
    this.#at = (this.#at + 1) % this.#urls.length;
  }

  /** True for another one than that in use. A page connects to none that it does not name. */
  isOther(url: string | undefined): url is string {
    return url !== this.url && this.#urls.includes(url!);
  }

  /** Uses it from now on, if it is one of them. */
  use(url: string | undefined): void {
    if (this.isOther(url)) this.#at = this.#urls.indexOf(url);
  }
}

/** The socket address of a gateway: `http(s)` becomes `ws(s)`, a missing path `/v1/ws`. Throws on anything else. */
function socketUrl(url: string): string {
  if (!URL.canParse(url) || !/^(https?|wss?):$/.test(new URL(url).protocol))
    throw new TypeError(`the url "${url}" is none of a gateway: write http(s)://HOST:PORT`);
  const address = new URL(url);
  address.protocol = address.protocol.replace(/^http/, 'ws');
  if (address.pathname === '/') address.pathname = '/v1/ws';
  address.hash = '';
  return address.href;
}
