/** What is said of a gateway that takes connections. */
export interface ReadyGateway {
  readonly version: string;
  readonly url: string;
  readonly model: string;
  readonly items: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly shards: number;
}

/** Escapes of a terminal. */
const BOLD = '\u001b[1m';
const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';
/** OSC 8: what stands between two of these is a link. */
const link = (url: string): string => `\u001b]8;;${url}\u001b\\`;

/** True where links and colours can be shown, and are wanted (no-color.org). */
export function hasStyles(env: Readonly<Record<string, string | undefined>>): boolean {
  return env['TERM'] !== 'dumb' && (env['NO_COLOR'] ?? '') === '';
}

/** One screen for whoever started the gateway on a terminal. Without styles it is text alone. */
export function readyScreen(gateway: ReadyGateway, isStyled: boolean): string {
  const { version, url, model, items, dataDir, shards } = gateway;
  const dim = (text: string): string => (isStyled ? `${DIM}${text}${PLAIN}` : text);
  const bold = (text: string): string => (isStyled ? `${BOLD}${text}${PLAIN}` : text);
  const address = isStyled ? `${link(url)}${BOLD}${url}${PLAIN}${link('')}` : url;
  const rows = [
    ['Address', address],
    ['Model', model],
    ['Items', items === 0 ? 'none yet: npm run import -- FILE' : items.toLocaleString('en-US')],
    ['Data', dataDir],
    ['Shards', String(shards)],
  ];
  const tries = [
    ['open the address and click an item', ''],
    ['npx wscat -c', `${url.replace(/^http/, 'ws')}/v1/ws`],
    [`curl -s ${url}/v1/recommend`, `--json '{"user":"ada","k":5}'`],
    ['npm run import -- FILE', "your own items, from a shop's feed"],
  ];
  return [
    '',
    `  ${bold(version)} takes connections`,
    '',
    ...rows.map(([name, value]) => `  ${dim(name.padEnd(8))} ${value}`),
    '',
    `  ${dim('Try')}`,
    ...tries.map(([what, more]) => `    ${what} ${more}`.trimEnd()),
    '',
    `  ${dim('Ctrl-C ends it; the next start goes on where it stopped.')}`,
    '',
    '',
  ].join('\n');
}
