/** Suffixes for thousands, as Grafana's `short` and its rates have them. */
const THOUSANDS = ['', 'K', 'Mil', 'Bil'] as const;
const RATE_THOUSANDS = ['', 'K', 'M', 'B'] as const;
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
/** Words of Grafana's rates. */
const RATES: Readonly<Record<string, string>> = {
  cps: 'c/s',
  eps: 'evt/s',
  mps: 'msg/s',
  ops: 'ops/s',
  reqps: 'req/s',
};

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function scaled(value: number, step: number, suffixes: readonly string[]): string {
  const steps = value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(step));
  const place = Math.min(Math.max(steps, 0), suffixes.length - 1);
  return `${digits(value / step ** place)} ${suffixes[place]}`.trim();
}

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 1e-3) return `${digits(value * 1e6)} µs`;
  if (size < 1) return `${digits(value * 1e3)} ms`;
  if (size < 60) return `${digits(value)} s`;
  return size < 3_600 ? `${digits(value / 60)} mins` : `${digits(value / 3_600)} hours`;
}

/** A value as Grafana writes it, for the units that the dashboards use; throws for another. */
export function inUnit(unit: string, value: number): string {
  if (unit === 's') return seconds(value);
  if (unit === 'bytes') return scaled(value, 1_024, BYTES);
  if (unit === 'percentunit') return `${digits(value * 100)}%`;
  if (unit === 'short') return scaled(value, 1_000, THOUSANDS);
  if (unit === 'none') return digits(value);
  const rate = RATES[unit];
  if (rate === undefined) throw new Error(`the unit ${unit} is not known here`);
  return `${scaled(value, 1_000, RATE_THOUSANDS)} ${rate}`;
}
